"""The public pages: the front door, the guide, the contract, tariffs, notices, privacy (guide steps 1 to 3)."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Audience, open_to, signed_in_visitor
from portal.domain.calendar import next_holiday
from portal.domain.consents import CONSENT_TEXT, CONSENT_VERSION
from portal.domain.gas_day import GasDay
from portal.domain.tariffs import MAY_2024
from portal.domain.timetable import next_deadline
from portal.filters import grouped
from portal.services import bulletins, holidays, timetable
from portal.web import page

from .presenters import tariff_rows

blueprint = Blueprint("market", __name__)
MINUTE = dt.timedelta(minutes=1)


@blueprint.get("/")
@open_to(Audience.PUBLIC)
def home() -> ResponseReturnValue:
    now, session = runtime.now(), database.current()
    today = GasDay.of(now)
    known = holidays.known(session)
    holiday = next_holiday(today, known)
    close = next_deadline(timetable.windows(session), None, now)
    return page(
        "market/home.html",
        today=today,
        elapsed=(now - today.start) // MINUTE,
        close=close,
        close_minute=(close[1] - today.start) // MINUTE if close and close[1] < today.end else None,
        holiday=holiday,
        holiday_name=known[holiday] if holiday else None,
        tariffs=MAY_2024,
    )


@blueprint.get("/guia")
@open_to(Audience.PUBLIC)
def guide() -> ResponseReturnValue:
    return page("market/guide.html")


@blueprint.get("/contrato")
@open_to(Audience.PUBLIC)
def contract() -> ResponseReturnValue:
    return page("market/contract.html")


@blueprint.get("/tarifas")
@open_to(Audience.PUBLIC)
def tariffs() -> ResponseReturnValue:
    vehicular = grouped(MAY_2024.vehicular_distribution, 2)
    return page("market/tariffs.html", sheet=MAY_2024, markets=tariff_rows(MAY_2024), vehicular=vehicular)


@blueprint.get("/avisos")
@open_to(Audience.PUBLIC)
def notices() -> ResponseReturnValue:
    visitor = signed_in_visitor()
    user_id = None if visitor is None or visitor.is_staff else visitor.signed_in.user_id
    return page(
        "market/notices.html", found=bulletins.of_person(database.current(), user_id=user_id, now=runtime.now())
    )


@blueprint.get("/privacidad")
@open_to(Audience.PUBLIC)
def privacy() -> ResponseReturnValue:
    return page("market/privacy.html", consent_text=CONSENT_TEXT, consent_version=CONSENT_VERSION)
