"""Pages of a file that is taken whole or not at all: its preview, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.files.sheet_notes import Seen
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import act
from portal.web.answers import chosen, go, show_refusal
from portal.web.forms import TypedForm
from portal.web.uploaded import Told, answers_upload, told_of_file
from portal.words.understood import understood


class WholePlan(intake.Planned, Protocol):
    """Effect of a file, and what was understood of the file."""

    @property
    def seen(self) -> Seen:
        """Return what was understood of the file."""


Plan = TypeVar("Plan", bound=WholePlan)
Done = TypeVar("Done")


class DecisionForm(TypedForm):
    """Decision about the previewed file; ``shown`` is its digest."""

    shown = HiddenField()


@dataclass(frozen=True, slots=True)
class WholeFile(Generic[Plan, Done]):
    """A kind of file and its two pages: ``preview`` and ``another`` are their endpoints, both at ``place``.

    ``words`` are those of its refusals, whose facts ``speak`` turns into words; ``changed`` says that something else
    holds since the preview was shown.
    """

    kind: intake.Kind[Any, Plan, Done]
    preview: str
    another: str
    words: Mapping[Refusal, str]
    changed: str
    place: Mapping[str, str] = field(default_factory=dict)
    speak: Callable[[Rejected], Rejected] = lambda refused: refused


def preview_file(file: WholeFile[Plan, Any], form: DecisionForm, *, upload: str) -> tuple[Plan | None, dict[str, Any]]:
    """Return the effect of a waiting file, None where there is none to show, and the context of its page."""
    preview, waits, told = None, True, Told()
    try:
        with told_of_file() as told:
            preview = intake.preview_upload(act(), file.kind, upload=upload)
            form.shown.data = preview.plan.fingerprint
    except Rejected as decided:
        told, waits = Told([file.words[decided.refusal]]), False
    plan = preview.plan if preview else None
    return plan, {
        "form": form,
        "upload": upload,
        "waits": waits,
        "preview": preview,
        "understood": understood(plan.seen) if plan else [],
        **told.context(),
    }


def decide_file(
    file: WholeFile[Any, Done],
    form: DecisionForm,
    *,
    upload: str,
    done: Callable[[Done], ResponseReturnValue],
    show: Callable[[], ResponseReturnValue],
) -> ResponseReturnValue:
    """Take the previewed file in and answer with ``done``, or discard it; ``show`` its preview with what is wrong."""
    try:
        if answers_upload(upload):
            return go(file.preview, upload=upload, **file.place)
        if chosen(("registrar", "descartar")) == "descartar":
            intake.discard_upload(act(), file.kind, upload=upload)
            flash("El archivo se descartó: nada de él se registró.", "success")
            return go(file.another, **file.place)
        taken = intake.take_upload(act(), file.kind, upload=upload, shown=form.shown.data or "")
    except Rejected as refused:
        show_refusal(form, file.speak(refused), file.words)
        return show()
    except BadFile:
        return show()
    except Conflict as conflict:
        if conflict.reason != "upload-decided":
            form.form_errors.append(file.changed)
        return show()
    return done(taken)
