"""All gates of a day, their measurements typed there, and one gate day by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.day_book.days import asked_day
from portal.blueprints.staff.readings.forms import parse_typed_figure
from portal.blueprints.staff.readings.views import asked_month, beside, this_month
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.calendar import month_words
from portal.domain.counts import counted
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.quantities import Quantity, Unit
from portal.services.files.cells import BadCell
from portal.services.files.problems import Problem
from portal.services.measures import gates
from portal.services.store.refusals import Conflict, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import page, refusal_words
from portal.web.filters import bare_figure, measure
from portal.web.forms import argument, whole
from portal.web.limits import takes_fields
from portal.words.files import PAGE_EXAMPLE, rule_words
from portal.words.gates import ALLOCATION_WORDS, GATE_WORDS, band_words, percent, side
from portal.words.refusals import say_facts

from .presenters import row_of

ADDRESS = "/consola/puertas/dia/<day>"
MOST_GATES = 200
OVERTAKEN = "Otra persona escribió {now} mientras tanto: eso rige. Si lo suyo es lo correcto, guárdelo otra vez."


class Kept(NamedTuple):
    """Text of a field that broke a rule, and the rule."""

    typed: str
    error: str


@blueprint.get("/consola/puertas")
@open_to(Staff(Function.SEE_DAY_BOOK))
def gates_desk() -> ResponseReturnValue:
    """Lead to the gates of ``?dia=``; without one, or for what is no day that has been, to those of yesterday."""
    today = GasDay.of(runtime.now())
    try:
        day = parse_gas_day(argument("dia"))
    except BadGasDay:
        day = today.plus(-1)
    return redirect(url_for(".gates_of_day", day=min(day, today).isoformat()), 303)


@blueprint.get(ADDRESS)
@open_to(Staff(Function.SEE_DAY_BOOK))
def gates_of_day(day: str) -> ResponseReturnValue:
    """Show every gate of a day: measured, sum of its points, and what no point accounts for."""
    return _show(_past_day(day), {})


@blueprint.post(ADDRESS)
@takes_fields(2 * MOST_GATES + 10)
@open_to(Staff(Function.LOAD_READINGS))
def save_gates_of_day(day: str) -> ResponseReturnValue:
    """Save what was typed, each gate by itself: one that breaks a rule keeps its text and its reason."""
    gas_day, kept, saved = _past_day(day), dict[str, Kept](), 0
    for name in request.form:
        field, _, code = name.partition("-")
        typed = request.form[name].strip()
        if field != "volume" or not typed:
            continue
        try:
            volume = Quantity.of(parse_typed_figure(typed), Unit.M3)
            seen = whole(request.form.get(f"seen-{code}", "")) or 0
            saved += gates.record_volume(act(), code=code, gas_day=gas_day, volume=volume, seen=seen)
        except BadCell as bad:
            kept[code] = Kept(typed, rule_words(Problem(bad.rule), example=PAGE_EXAMPLE))
        except Rejected as refused:
            kept[code] = Kept(typed, refusal_words(say_facts(refused), GATE_WORDS))
        except Conflict:
            kept[code] = Kept(typed, OVERTAKEN)
    flash(f"{counted(saved, 'medición guardada', 'mediciones guardadas')}.", "success" if saved else "info")
    if not kept:
        return redirect(url_for(".gates_of_day", day=day), 303)
    return _show(gas_day, kept, status=422)


@blueprint.get("/consola/puertas/<gate>")
@open_to(Staff(Function.SEE_DAY_BOOK))
def gate_month(gate: str) -> ResponseReturnValue:
    """Show a gate day by day in the month of ``?mes=&anio=``, with its sums over the complete days."""
    month = asked_month(this_month())
    found = gates.load_month_of_gate(act(), code=gate, month=month)
    role = me().role
    terms = found.days[-1].terms if found.days else gates.USUAL
    return page(
        "staff/gates/month.html",
        found=found,
        gate=found.gate,
        month=month,
        rows=[row_of(day, GasDay.of(runtime.now())) for day in reversed(found.days)],
        percent=percent(found.basis_points),
        side=side(found.difference),
        terms=terms,
        band=band_words(terms.band),
        rules=ALLOCATION_WORDS,
        allocations=gates.list_allocations(act(), gate=found.gate),
        keeps=may(role, Function.KEEP_REGISTRY),
        allocates=may(role, Function.ADJUST_BALANCES),
        **beside(month),
    )


def _past_day(text: str) -> GasDay:
    day = asked_day(text)
    if day > GasDay.of(runtime.now()):
        abort(404)
    return day


def _show(gas_day: GasDay, kept: Mapping[str, Kept], *, status: int = 200) -> ResponseReturnValue:
    found = gates.load_gates_of_day(act(), gas_day=gas_day)
    today = GasDay.of(runtime.now())
    rows = [
        (
            row_of(day, GasDay.of(runtime.now())),
            kept[day.code].typed if day.code in kept else _typed(day.measured.volume),
            kept[day.code].error.format(now=measure(day.measured.volume)) if day.code in kept else "",
        )
        for day in found
    ]
    return page(
        "staff/gates/day.html",
        status=status,
        day=gas_day,
        today=today,
        rows=rows,
        waiting=[
            (f"{each.code}, {month_words(each.month)}", _allocation_url(each))
            for each in gates.list_waiting_allocations(act())
        ],
        failed=bool(kept),
        writes=may(me().role, Function.LOAD_READINGS),
        complete=sum(day.is_complete for day in found),
        outside=sum(day.is_outside for day in found),
        bands={day.code: band_words(day.terms.band) for day in found},
    )


def _allocation_url(each: gates.WaitingAllocation) -> str:
    return url_for(".gate_allocation", gate=each.code, month=str(each.month))


def _typed(volume: Quantity | None) -> str:
    return "" if volume is None else bare_figure(volume.amount)
