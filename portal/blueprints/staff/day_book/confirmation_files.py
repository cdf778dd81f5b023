"""The transporter's answer for the gates of a day, from a file: preview, then all of it or nothing."""

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
from portal.services.day_book import ConfirmationsDone
from portal.web.access import Staff, open_to
from portal.web.answers import go, page
from portal.web.filters import exact, measure
from portal.web.limits import takes_file
from portal.web.uploaded import Told, keep_sent, told_of_file

from .days import asked_day
from .forms import AuthorisedFileForm
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
            kept = keep_sent(books.ConfirmationFiles(gas_day), form.file.data)
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

    def done(taken: ConfirmationsDone) -> ResponseReturnValue:
        flash(_said(taken), "success")
        return go(".day_book_confirmation", day=day)

    return decide_file(_file(gas_day), form, upload=upload, done=done, show=lambda: _show(gas_day, upload, form))


def _file(gas_day: GasDay) -> WholeFile[ConfirmationsDone, ConfirmationsDone]:
    return WholeFile(
        books.ConfirmationFiles(gas_day),
        preview=".confirmation_upload",
        another=".confirmation_file",
        words=BOOK_WORDS,
        changed="El libro o una respuesta cambió desde que vio esto: así quedaría ahora.",
        place={"day": gas_day.isoformat()},
        speak=spoken,
    )


def _show(gas_day: GasDay, upload: str, form: DecisionForm) -> ResponseReturnValue:
    plan, shown = preview_file(_file(gas_day), form, upload=upload)
    return page("staff/day_book_confirmation_upload.html", day=gas_day, rows=_rows(plan) if plan else [], **shown)


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
