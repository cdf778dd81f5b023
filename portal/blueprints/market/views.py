"""The public front door: what the portal is, the day in figures, guide, contract, tariffs, notices, privacy."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Audience, open_to
from portal.domain.consents import CONSENT_TEXT, CONSENT_VERSION
from portal.domain.gas_day import GasDay
from portal.domain.tariffs import may_2024
from portal.services import holidays, timetable
from portal.web import page

from .guide import STEPS

blueprint = Blueprint("market", __name__)


@blueprint.get("/")
@open_to(Audience.PUBLIC)
def home() -> ResponseReturnValue:
    """Show both accesses and the day in figures."""
    session, now = database.current(), runtime.now()
    today = GasDay.of(now)
    return page(
        "market/home.html",
        today=today,
        deadline=timetable.next_close(session, now=now),
        holiday=holidays.next_one(session, day=today.date),
        tariff_month=may_2024.MONTH,
    )


@blueprint.get("/guia")
@open_to(Audience.PUBLIC)
def guide() -> ResponseReturnValue:
    """Tell the way through the portal, step by step."""
    return page("market/guide.html", steps=STEPS)


@blueprint.get("/contrato")
@open_to(Audience.PUBLIC)
def contract() -> ResponseReturnValue:
    """Tell what the uniform service contract says about measuring and complaining, in short."""
    return page("market/contract.html")


@blueprint.get("/tarifas")
@open_to(Audience.PUBLIC)
def tariffs() -> ResponseReturnValue:
    """Show the published tariffs."""
    return page("market/tariffs.html", tariff=may_2024)


@blueprint.get("/avisos")
@open_to(Audience.PUBLIC)
def notices() -> ResponseReturnValue:
    """Say that there are no notices yet."""
    return page("market/notices.html")


@blueprint.get("/privacidad")
@open_to(Audience.PUBLIC)
def privacy() -> ResponseReturnValue:
    """Show the authorisation that people give when they register."""
    return page("market/privacy.html", paragraphs=CONSENT_TEXT, version=CONSENT_VERSION)
