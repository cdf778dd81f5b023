"""Point of a day: nominated and authorised quantity, and the next one to do."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.authorisations import LineState
from portal.domain.gas_day import GasDay
from portal.services import day_book as books
from portal.services.account.explanations.sources import read
from portal.services.day_book import Line
from portal.services.store.refusals import Conflict, NotFound, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import measure, quantity

from .days import asked_day
from .forms import RecordForm
from .words import BOOK_WORDS, STATES, spoken

ADDRESS = "/consola/libro/<day>/puntos/<point>"
WAITING = (LineState.TO_AUTHORISE, LineState.OUTDATED)


@blueprint.route(ADDRESS, methods=["GET", "POST"])
@open_to(Staff(Function.AUTHORISE))
def day_book_point(day: str, point: str) -> ResponseReturnValue:
    """Record the authorised quantity of a point, or withdraw it; then go to the next one that waits."""
    gas_day = asked_day(day)
    line = _line(gas_day, point)
    action = chosen(("registrar", "volver", "retirar"), absent="registrar")
    if action == "retirar":
        return _take_back(gas_day, line)
    form = RecordForm(data=_known(line))
    form.unit = line.unit
    if form.validate_on_submit() and form.parsed is not None:
        try:
            books.record(
                act(),
                gas_day=gas_day,
                point=point,
                quantity=form.parsed,
                cut_reason=form.reason,
                revision=form.shown_revision,
            )
        except Rejected as refused:
            show_refusal(form, spoken(refused), BOOK_WORDS)
        except Conflict:
            return _changed(gas_day, point, form)
        else:
            return _onward(gas_day, line)
    return _show(gas_day, line, form)


def _line(gas_day: GasDay, point: str) -> Line:
    found = next((line for line in _lines(gas_day) if line.point_public_id == point), None)
    if found is None:
        raise NotFound
    return found


def _lines(gas_day: GasDay) -> Sequence[Line]:
    return books.load(act(), gas_day=gas_day).lines


def _known(line: Line) -> dict[str, str]:
    """Return the form's initial values: recorded, else published, else nominated."""
    gas = line.allowed or line.asked
    if line.state in WAITING:
        gas = line.asked
    reason = line.cut_reason if gas is line.allowed else None
    return {
        "revision": "" if line.revision is None else str(line.revision),
        "quantity": "" if gas is None else quantity(gas.in_unit(line.unit)),
        "cut_reason": "" if reason is None else reason.value,
    }


def _take_back(gas_day: GasDay, line: Line) -> ResponseReturnValue:
    books.take_back(act(), gas_day=gas_day, point=line.point_public_id)
    flash(f"Lo registrado para {line.point} quedó retirado.", "success")
    return go(".day_book", day=gas_day.isoformat())


def _onward(gas_day: GasDay, line: Line) -> ResponseReturnValue:
    """Lead to the next waiting point in the order of the book, else back to the book."""
    lines = list(_lines(gas_day))
    place = next(n for n, each in enumerate(lines) if each.point_id == line.point_id)
    waiting = [each for each in (*lines[place + 1 :], *lines[:place]) if each.state in WAITING]
    flash(f"{line.point}: registrada, por publicar.", "success")
    if request.form.get("accion") == "volver" or not waiting:
        return go(".day_book", day=gas_day.isoformat())
    return go(".day_book_point", day=gas_day.isoformat(), point=waiting[0].point_public_id)


def _show(gas_day: GasDay, line: Line, form: RecordForm) -> ResponseReturnValue:
    session = database.current()
    together = [each for each in _lines(gas_day) if each.contract_id == line.contract_id]
    (contract,) = books.sum_lines(together).contracts
    return page(
        "staff/day_book_point.html",
        form=form,
        line=line,
        day=gas_day,
        contract=contract,
        state=STATES[line.state],
        sources=read(session, delivery_point_id=line.point_id, gas_day=gas_day, today=GasDay.of(runtime.now())),
    )


def _changed(gas_day: GasDay, point: str, form: RecordForm) -> ResponseReturnValue:
    """Tell what is in force now, and show the unsaved input."""
    line = _line(gas_day, point)
    asked = None if line.asked is None else line.asked.in_unit(line.unit)
    return page(
        "errors/409.html",
        status=409,
        changes=[
            ("Nominación vigente", "ninguna" if asked is None else f"{measure(asked)}, versión {line.revision}"),
            ("Lo que usted escribió y no se registró", str(form.quantity.data)),
        ],
        continue_url=url_for(".day_book_point", day=gas_day.isoformat(), point=point),
    )
