"""Authorised quantities from a file: preview, then all of it or nothing."""

from __future__ import annotations

from typing import NamedTuple

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.whole_files import DecisionForm, WholeFile, decide_file, preview_file
from portal.domain.accounts import Function
from portal.domain.authorisations import CUT_WORDS
from portal.domain.counts import agree, counted
from portal.domain.gas_day import GasDay
from portal.domain.quantities import plain
from portal.services import day_book as books
from portal.services.day_book.authorisations import Recorded
from portal.web.access import Staff, open_to
from portal.web.answers import go, page
from portal.web.filters import NONE, exact, measure
from portal.web.limits import takes_file
from portal.web.uploaded import MOST_SHOWN, Told, keep_sent, told_of_file

from .days import asked_day
from .forms import AuthorisedFileForm
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
            kept = keep_sent(books.AuthorisedFiles(gas_day), form.file.data)
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

    def done(taken: books.FileDone) -> ResponseReturnValue:
        flash(_said(taken), "success")
        return go(".day_book", day=day)

    return decide_file(_file(gas_day), form, upload=upload, done=done, show=lambda: _show(gas_day, upload, form))


def _file(gas_day: GasDay) -> WholeFile[books.FileDone, books.FileDone]:
    return WholeFile(
        books.AuthorisedFiles(gas_day),
        preview=".authorised_upload",
        another=".day_book_file",
        words=BOOK_WORDS,
        changed="El libro cambió desde que vio esto: nada se registró. Así quedaría ahora.",
        place={"day": gas_day.isoformat()},
    )


def _show(gas_day: GasDay, upload: str, form: DecisionForm) -> ResponseReturnValue:
    plan, shown = preview_file(_file(gas_day), form, upload=upload)
    recorded = plan.recorded if plan else ()
    return page(
        "staff/day_book_upload.html",
        day=gas_day,
        rows=[_row(each) for each in recorded[:MOST_SHOWN]],
        more_rows=max(0, len(recorded) - MOST_SHOWN),
        **shown,
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
