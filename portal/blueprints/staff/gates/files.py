"""Measurements of gates from a file: preview, then all of it or nothing."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.day_book.forms import DecisionForm
from portal.blueprints.staff.readings.forms import FileForm
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree, counted
from portal.domain.quantities import plain
from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.measures import gates
from portal.services.measures.gates import GateChange, GatePlan
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import measure
from portal.web.limits import takes_file
from portal.web.uploaded import MOST_SHOWN, Told, answers_of_form, answers_upload, content_of, name_of, told_of_file
from portal.words.understood import understood

FILE_WORDS = {Refusal.FILE_DECIDED: "Ese archivo ya se registró o se descartó."}
ADDRESS = "/consola/puertas/archivo/<upload>"


@blueprint.route("/consola/puertas/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def gate_file() -> ResponseReturnValue:
    """Take a file and lead to its preview; one with errors is refused whole, each of them listed."""
    form, told = FileForm(), Told()
    if form.validate_on_submit():
        with told_of_file() as told:
            kept = intake.keep(
                act(),
                gates.FILES,
                name=name_of(form.file.data),
                content=content_of(form.file.data),
                answers=answers_of_form(),
            )
            return go(".gate_upload", upload=kept)
    return page("staff/gates/file.html", form=form, status=200 if told.is_sound else 422, **told.context())


@blueprint.get(ADDRESS)
@open_to(Staff(Function.LOAD_READINGS))
def gate_upload(upload: str) -> ResponseReturnValue:
    """Show what a waiting file would write."""
    return _show(upload, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.LOAD_READINGS))
def act_on_gate_upload(upload: str) -> ResponseReturnValue:
    """Write the previewed file, or discard it."""
    form = DecisionForm()
    try:
        if answers_upload(upload):
            return go(".gate_upload", upload=upload)
        if chosen(("registrar", "descartar")) == "descartar":
            intake.discard_upload(act(), gates.FILES, upload=upload)
            flash("El archivo se descartó: nada de él se registró.", "success")
            return go(".gate_file")
        done = intake.take_upload(act(), gates.FILES, upload=upload, shown=form.shown.data or "")
    except Rejected as refused:
        show_refusal(form, refused, FILE_WORDS)
        return _show(upload, form)
    except BadFile:
        return _show(upload, form)
    except Conflict as conflict:
        if conflict.reason != "upload-decided":
            form.form_errors.append("Lo medido cambió desde que vio esto: nada se registró. Así quedaría ahora.")
        return _show(upload, form)
    flash(_said(done), "success")
    return go(".gates_desk", **_last_day(done))


def _show(upload: str, form: DecisionForm) -> ResponseReturnValue:
    preview, waits = None, True
    told = Told()
    try:
        with told_of_file() as told:
            preview = intake.preview_upload(act(), gates.FILES, upload=upload)
            form.shown.data = preview.plan.fingerprint
    except Rejected as decided:
        told, waits = Told([FILE_WORDS[decided.refusal]]), False
    changes = preview.plan.changes if preview else ()
    return page(
        "staff/gates/upload.html",
        form=form,
        upload=upload,
        waits=waits,
        preview=preview,
        understood=understood(preview.plan.seen) if preview else [],
        rows=[_row(each) for each in changes[:MOST_SHOWN]],
        more_rows=max(0, len(changes) - MOST_SHOWN),
        **told.context(),
    )


def _row(each: GateChange) -> tuple[GateChange, str, str, str]:
    return each, plain(each.new.volume), measure(each.new.volume), measure(each.before)


def _last_day(done: GatePlan) -> dict[str, str]:
    return {"dia": max(each.new.gas_day for each in done.changes).isoformat()} if done.changes else {}


def _said(done: GatePlan) -> str:
    words = agree(len(done.changes), "Quedó registrada 1 medición.", "Quedaron registradas {} mediciones.")
    same = f" {counted(done.unchanged, 'fila no dice', 'filas no dicen')} nada nuevo." if done.unchanged else ""
    return f"{words}{same}"
