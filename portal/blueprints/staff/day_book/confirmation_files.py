"""The transporter's answer for the gates of a day, from a file: preview, then all of it or nothing."""

from __future__ import annotations

from typing import NamedTuple

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.authorisations import CUT_WORDS
from portal.domain.counts import agree, counted
from portal.domain.gas_day import GasDay
from portal.domain.quantities import plain
from portal.services import day_book as books
from portal.services.day_book import ConfirmationsDone
from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.store.refusals import Conflict, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import exact, measure
from portal.web.limits import takes_file
from portal.web.uploaded import Told, answers_of_form, answers_upload, content_of, name_of, told_of_file
from portal.words.understood import understood

from .days import asked_day
from .forms import AuthorisedFileForm, DecisionForm
from .gate_rows import difference_words
from .words import BOOK_WORDS, REASON_CHOICES, spoken

ADDRESS = "/consola/libro/<day>/confirmacion/archivo/<upload>"


class AnswerRow(NamedTuple):
    """Row of the preview: a gate with what it would be confirmed, beside what it asks and what counts now."""

    code: str
    name: str
    value: str
    asked: str
    before: str
    confirmed: str
    difference: str
    reason: str
    nominated: str


@blueprint.route("/consola/libro/<day>/confirmacion/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.AUTHORISE))
def confirmation_file(day: str) -> ResponseReturnValue:
    """Take a file and lead to its preview; one with errors is refused whole, each of them listed."""
    gas_day = asked_day(day)
    form, told = AuthorisedFileForm(), Told()
    if form.validate_on_submit():
        with told_of_file() as told:
            kept = intake.keep(
                act(),
                books.ConfirmationFiles(gas_day),
                name=name_of(form.file.data),
                content=content_of(form.file.data),
                answers=answers_of_form(),
            )
            return go(".confirmation_upload", day=day, upload=kept)
    return page(
        "staff/day_book_confirmation_file.html",
        form=form,
        status=200 if told.is_sound else 422,
        day=gas_day,
        reasons=REASON_CHOICES[1:],
        **told.context(),
    )


@blueprint.get(ADDRESS)
@open_to(Staff(Function.AUTHORISE))
def confirmation_upload(day: str, upload: str) -> ResponseReturnValue:
    """Show what a waiting file would record for the gates of the day."""
    return _show(asked_day(day), upload, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.AUTHORISE))
def act_on_confirmation_upload(day: str, upload: str) -> ResponseReturnValue:
    """Record the answers of the previewed file, or discard it."""
    gas_day, form = asked_day(day), DecisionForm()
    try:
        if answers_upload(upload):
            return go(".confirmation_upload", day=day, upload=upload)
        if chosen(("registrar", "descartar")) == "descartar":
            intake.discard_upload(act(), books.ConfirmationFiles(gas_day), upload=upload)
            flash("El archivo se descartó: nada de él se registró.", "success")
            return go(".confirmation_file", day=day)
        shown = form.shown.data or ""
        done = intake.take_upload(act(), books.ConfirmationFiles(gas_day), upload=upload, shown=shown)
    except Rejected as refused:
        show_refusal(form, spoken(refused), BOOK_WORDS)
        return _show(gas_day, upload, form)
    except BadFile:
        return _show(gas_day, upload, form)
    except Conflict as conflict:
        if conflict.reason != "upload-decided":
            form.form_errors.append("El libro o una respuesta cambió desde que vio esto: así quedaría ahora.")
        return _show(gas_day, upload, form)
    flash(_said(done), "success")
    return go(".day_book_confirmation", day=day)


def _show(gas_day: GasDay, upload: str, form: DecisionForm) -> ResponseReturnValue:
    preview, waits = None, True
    told = Told()
    try:
        with told_of_file() as told:
            preview = intake.preview_upload(act(), books.ConfirmationFiles(gas_day), upload=upload)
            form.shown.data = preview.plan.fingerprint
    except Rejected as decided:
        told, waits = Told([BOOK_WORDS[decided.refusal]]), False
    return page(
        "staff/day_book_confirmation_upload.html",
        form=form,
        day=gas_day,
        upload=upload,
        waits=waits,
        preview=preview,
        understood=understood(preview.plan.seen) if preview else [],
        rows=_rows(preview.plan) if preview else [],
        **told.context(),
    )


def _rows(plan: ConfirmationsDone) -> list[AnswerRow]:
    rows = []
    for new, before, asked in plan.answers:
        apart = new.confirmed - asked.in_unit(new.confirmed.unit)
        rows.append(
            AnswerRow(
                new.gate.code,
                new.gate.name,
                plain(new.confirmed),
                measure(asked.in_unit(new.confirmed.unit)),
                measure(None if before is None else before.confirmed),
                exact(new.confirmed),
                difference_words(apart) if apart.micro else "",
                "; ".join(part for part in (CUT_WORDS[new.cut_reason] if new.cut_reason else "", new.note) if part),
                "" if new.nominated is None else exact(new.nominated),
            )
        )
    return rows


def _said(done: ConfirmationsDone) -> str:
    words = agree(len(done.answers), "Quedó registrada 1 respuesta.", "Quedaron registradas {} respuestas.")
    same = f" {counted(done.unchanged, 'fila no dice', 'filas no dicen')} nada nuevo." if done.unchanged else ""
    return f"{words}{same}"
