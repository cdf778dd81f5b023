"""¿Por qué este número?: the sources of a day's figures, in place or as a page."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import BadGasDay, GasDay, Month, parse_gas_day
from portal.domain.quantities import Unit
from portal.services.account.explanations import load_day_record
from portal.services.account.opened_points import use_opened_point
from portal.services.store.refusals import NotFound
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import page
from portal.web.url_rules import modality_of

from .addresses import list_offered
from .reasons import TITLES, explain
from .views import UNIT_WORDS, blueprint

PANEL = "por-que"


@blueprint.get("/cuentas-de-balance/<modality>/<point>/dias/<day>")
@open_to(Audience.CUSTOMER)
def day(modality: str, point: str, day: str) -> ResponseReturnValue:
    """Explain one figure of a day (``?dato=``), or all of them."""
    session, today = database.current(), GasDay.of(runtime.now())
    found = use_opened_point(act(), modality=modality_of(modality), public_id=point)
    gas_day = _gas_day(day)
    unit = _unit(found.unit)
    record = load_day_record(session, point=found, gas_day=gas_day, unit=unit, today=today)
    month = list_offered(found, today).nearest(Month.of(gas_day))
    wanted = request.args.get("dato")
    return page(
        "balances/day.html",
        "balances/_reasons.html",
        into=PANEL,
        point=found,
        gas_day=gas_day,
        unit=unit,
        reasons=explain(record, wanted),
        wanted=wanted if wanted in TITLES else None,
        titles=TITLES,
        unit_words=UNIT_WORDS,
        has_passed=gas_day < today and record.ended_on is None,
        sheet_url=url_for(
            "balances.sheet",
            modality=found.modality.value,
            point=found.public_id,
            mes=month.number,
            anio=month.year,
            unidad=None if unit is found.unit else unit.value,
        ),
    )


def _gas_day(text: str) -> GasDay:
    try:
        return parse_gas_day(text)
    except BadGasDay:
        raise NotFound from None


def _unit(of_point: Unit) -> Unit:
    asked = request.args.get("unidad", "")
    return Unit(asked) if asked in set(Unit) else of_point
