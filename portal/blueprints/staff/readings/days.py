"""Days of a point, and a reading written by hand."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.gas_day import BadGasDay, GasDay, Month, parse_gas_day
from portal.domain.readings import ReadingState, is_old
from portal.services.files.problems import BadFile
from portal.services.ledger import closings
from portal.services.measures import readings as measured
from portal.services.measures.readings import DayVersions, Written
from portal.services.measures.readings.rules import CLOSED_STATES
from portal.services.measures.readings.shapes import QUANTITY, REASON, STATE
from portal.services.store.refusals import Conflict, NotFound, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.filters import exact
from portal.words.files import rule_words

from .forms import LateForm, ReadingForm
from .views import asked_month, beside, this_month
from .words import READING_WORDS, STATES, spoken

# Field of the form for each rule; other rules go to the summary.
FIELDS: Mapping[str, str] = {QUANTITY: "volume", STATE: "state", REASON: "reason"}


@blueprint.get("/consola/mediciones/puntos/<point>")
@open_to(Staff(Function.LOAD_READINGS))
def point_readings(point: str) -> ResponseReturnValue:
    """List the days of a month of a point."""
    month = asked_month(this_month())
    found, days = measured.load_month_of_point(act(), point=point, month=month)
    return page("staff/readings/point.html", point=found, days=days, month=month, states=STATES, **beside(month))


@blueprint.route("/consola/mediciones/puntos/<point>/dias/<day>", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def reading(point: str, day: str) -> ResponseReturnValue:
    """Write a day's reading; for a closed month, request a correction that another person decides."""
    try:
        gas_day = parse_gas_day(day)
    except BadGasDay:
        raise NotFound from None
    found = measured.load_day_of_point(database.current(), point=point, gas_day=gas_day)
    if found.is_closed(gas_day):
        return _ask_late(found, gas_day)
    newest = found.versions[0] if found.versions else None
    form = ReadingForm(
        data={
            "seen": newest.version if newest else 0,
            "volume": _typed(found),
            "state": _likely_state(newest.state if newest else None).value,
        }
    )
    if form.validate_on_submit() and form.parsed is not None:
        written = Written(
            gas_day, form.parsed, ReadingState(form.state.data), form.reason_given, int(form.seen.data or 0)
        )
        try:
            measured.record(act(), point=point, written=written)
        except BadFile as bad:
            for problem in bad.problems:
                field = form._fields.get(FIELDS.get(problem.column or "", ""))
                if field is None:
                    form.form_errors.append(rule_words(problem))
                else:
                    field.errors = [*field.errors, rule_words(problem)]
        except Conflict:
            return _changed(point, gas_day)
        else:
            flash("La medición quedó registrada y la cuenta está al día.", "success")
            return _back(found, gas_day)
    return _show(found, gas_day, form)


def _ask_late(found: DayVersions, gas_day: GasDay) -> ResponseReturnValue:
    form = LateForm(data={"volume": _typed(found)})
    if form.validate_on_submit() and form.parsed is not None:
        try:
            closings.request(
                act(),
                delivery_point_id=found.point.id,
                gas_day=gas_day,
                volume=form.parsed,
                reason=str(form.reason.data or ""),
                clause=form.clause,
                clause_reason=str(form.exception_reason.data or ""),
            )
        except Rejected as refused:
            show_refusal(form, spoken(refused), READING_WORDS)
        else:
            flash("La corrección quedó pedida: otra persona la decide.", "success")
            return go(".late_corrections")
    return _show(found, gas_day, form)


def _likely_state(known: ReadingState | None) -> ReadingState:
    """Return the form's initial state: a certified reading can only be corrected."""
    if known is None:
        return ReadingState.PROVISIONAL
    return ReadingState.CORRECTED if known in CLOSED_STATES else known


def _typed(found: DayVersions) -> str:
    return exact(found.versions[0].volume).partition(" ")[0] if found.versions else ""


def _back(found: DayVersions, gas_day: GasDay) -> ResponseReturnValue:
    month = Month.of(gas_day)
    return go(".point_readings", point=found.point.public_id, mes=month.number, anio=month.year)


def _show(found: DayVersions, gas_day: GasDay, form: ReadingForm | LateForm) -> ResponseReturnValue:
    return page(
        "staff/readings/day.html",
        form=form,
        found=found,
        day=gas_day,
        month=Month.of(gas_day),
        is_closed=found.is_closed(gas_day),
        is_to_come=gas_day > GasDay.of(runtime.now()),
        is_old=is_old(gas_day, GasDay.of(runtime.now())),
        may_except=may(me().role, Function.CORRECT_OLD_DAYS),
        states=STATES,
    )


def _changed(point: str, gas_day: GasDay) -> ResponseReturnValue:
    """Tell what is in force now, and show the unsaved input."""
    found = measured.load_day_of_point(database.current(), point=point, gas_day=gas_day)
    newest = found.versions[0] if found.versions else None
    said = "ninguna" if newest is None else f"{exact(newest.volume)}, {STATES[newest.state][1]}"
    return page(
        "errors/409.html",
        status=409,
        changes=[
            ("Medición vigente", said),
            ("Lo que usted escribió y no se registró", str(request.form.get("volume", ""))),
        ],
        continue_url=url_for(".reading", point=point, day=gas_day.isoformat()),
    )
