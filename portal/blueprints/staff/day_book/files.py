"""Authorised quantities from a file: preview, then all of it or nothing."""

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
from portal.services.day_book.authorisations import Recorded
from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.store.refusals import Conflict, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import NONE, exact, measure
from portal.web.limits import takes_file
from portal.web.uploaded import MOST_SHOWN, Told, answers_of_form, answers_upload, content_of, name_of, told_of_file
from portal.words.understood import understood

from .days import asked_day
from .forms import AuthorisedFileForm, DecisionForm
from .words import BOOK_WORDS, REASON_CHOICES

ADDRESS = "/consola/libro/<day>/archivo/<upload>"


class RecordedRow(NamedTuple):
    """Row of the preview: a point with the quantity to record, what it asked and what is recorded for it now."""

    point: str
    name: str
    value: str
    quantity: str
    reason: str
    asked: str
    recorded: str


@blueprint.route("/consola/libro/<day>/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.AUTHORISE))
def day_book_file(day: str) -> ResponseReturnValue:
    """Take a file and lead to its preview; one with errors is refused whole, each of them listed."""
    gas_day = asked_day(day)
    form, told = AuthorisedFileForm(), Told()
    if form.validate_on_submit():
        with told_of_file() as told:
            kept = intake.keep(
                act(),
                books.AuthorisedFiles(gas_day),
                name=name_of(form.file.data),
                content=content_of(form.file.data),
                answers=answers_of_form(),
            )
            return go(".authorised_upload", day=day, upload=kept)
    return page(
        "staff/day_book_file.html",
        form=form,
        status=200 if told.is_sound else 422,
        day=gas_day,
        reasons=REASON_CHOICES[1:],
        **told.context(),
    )


@blueprint.get(ADDRESS)
@open_to(Staff(Function.AUTHORISE))
def authorised_upload(day: str, upload: str) -> ResponseReturnValue:
    """Show what a waiting file would record for the day."""
    return _show(asked_day(day), upload, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.AUTHORISE))
def act_on_authorised_upload(day: str, upload: str) -> ResponseReturnValue:
    """Record the quantities of the previewed file, or discard it."""
    gas_day, form = asked_day(day), DecisionForm()
    try:
        if answers_upload(upload):
            return go(".authorised_upload", day=day, upload=upload)
        if chosen(("registrar", "descartar")) == "descartar":
            intake.discard_upload(act(), books.AuthorisedFiles(gas_day), upload=upload)
            flash("El archivo se descartó: nada de él se registró.", "success")
            return go(".day_book_file", day=day)
        shown = form.shown.data or ""
        done = intake.take_upload(act(), books.AuthorisedFiles(gas_day), upload=upload, shown=shown)
    except Rejected as refused:
        show_refusal(form, refused, BOOK_WORDS)
        return _show(gas_day, upload, form)
    except BadFile:
        return _show(gas_day, upload, form)
    except Conflict as conflict:
        if conflict.reason != "upload-decided":
            form.form_errors.append("El libro cambió desde que vio esto: nada se registró. Así quedaría ahora.")
        return _show(gas_day, upload, form)
    flash(_said(done), "success")
    return go(".day_book", day=day)


def _show(gas_day: GasDay, upload: str, form: DecisionForm) -> ResponseReturnValue:
    preview, waits = None, True
    told = Told()
    try:
        with told_of_file() as told:
            preview = intake.preview_upload(act(), books.AuthorisedFiles(gas_day), upload=upload)
            form.shown.data = preview.plan.fingerprint
    except Rejected as decided:
        told, waits = Told([BOOK_WORDS[decided.refusal]]), False
    return page(
        "staff/day_book_upload.html",
        form=form,
        day=gas_day,
        upload=upload,
        waits=waits,
        preview=preview,
        understood=understood(preview.plan.seen) if preview else [],
        rows=[_row(each) for each in preview.plan.recorded[:MOST_SHOWN]] if preview else [],
        more_rows=max(0, len(preview.plan.recorded) - MOST_SHOWN) if preview else 0,
        **told.context(),
    )


def _row(each: Recorded) -> RecordedRow:
    line = each.line
    quantity = each.gas.in_unit(line.unit)
    return RecordedRow(
        line.point_public_id,
        line.point,
        plain(quantity),
        exact(quantity),
        CUT_WORDS[each.cut_reason] if each.cut_reason else "",
        NONE if line.asked is None else measure(line.asked.in_unit(line.unit)),
        NONE if line.recorded is None else exact(line.recorded.in_unit(line.unit)),
    )


def _said(done: books.FileDone) -> str:
    words = agree(len(done.recorded), "Quedó registrada 1 cantidad.", "Quedaron registradas {} cantidades.")
    same = f" {counted(done.unchanged, 'fila no dice', 'filas no dicen')} nada nuevo." if done.unchanged else ""
    return f"{words}{same} Los clientes las ven cuando se publiquen."
