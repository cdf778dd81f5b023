"""Public pages: home, announcements, privacy (guide steps 1 to 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.accounts import CONSENT_VERSION, consent_text
from portal.domain.calendar import next_holiday
from portal.domain.gas_day import GasDay
from portal.domain.timetable import find_next_deadline
from portal.services import announcements, market, timetable
from portal.services.store.distributors import distributor_of
from portal.services.timetable import holidays
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to, signed_in_visitor
from portal.web.answers import page
from portal.web.distributor import current
from portal.web.shared_pages import share

blueprint = Blueprint("market", __name__)
blueprint.after_request(share)
MINUTE = dt.timedelta(minutes=1)
# What else a visitor looks for, beside the accesses: page, title, what is there.
WAYS = (
    ("market.tariffs", "Tarifas", "Cargos y rangos de cada mercado, con su fórmula."),
    ("market.calculator", "Calculadora", "Cuánto cuesta un consumo, paso por paso."),
    ("market.calendar", "Calendario", "Hasta cuándo se nomina cada día, festivos y trabajos."),
    ("market.heating_values", "Poder calorífico", "De cada día, y conversión entre m³, MBTU y KPC."),
    ("market.documents", "Documentos", "El contrato y sus versiones, para leer y descargar."),
    ("market.contract", "Contrato", "Lo que importa aquí, en resumen y con su cláusula."),
    ("market.guide", "Guía", "Los 24 pasos, y qué hacer si algo sale mal."),
    ("market.punctuality", "Cumplimiento", "Cómo cumplimos nuestros propios plazos, mes a mes."),
    ("pqr.index", "PQR", "Peticiones, quejas, reclamos y recursos, con radicado."),
)


@blueprint.get("/")
@open_to(Audience.PUBLIC)
def home() -> ResponseReturnValue:
    now, session = runtime.now(), database.current()
    today = GasDay.of(now)
    known = holidays.load_known(session)
    holiday = next_holiday(today, known)
    close = find_next_deadline(timetable.list_windows(session), None, now)
    return page(
        "market/home.html",
        today=today,
        close=close,
        close_minute=(close[1] - today.start) // MINUTE if close and close[1] < today.end else None,
        holiday=holiday,
        holiday_name=known[holiday] if holiday else None,
        tariffs=newest_tariffs(),
        # All that are in force or to come: nobody looks elsewhere for what the home page leaves out.
        notices=_notices(now),
        none_in_force=_none_in_force(),
        ways=WAYS,
    )


def newest_tariffs() -> market.PublishedMonth | None:
    """Return the last published month; None also before it is known whose portal this is."""
    return market.find_newest_month(act()) if current().nit else None


@blueprint.get("/avisos")
@open_to(Audience.PUBLIC)
def notices() -> ResponseReturnValue:
    return page("market/notices.html", found=_notices(runtime.now()), none_in_force=_none_in_force())


def _notices(now: dt.datetime) -> Sequence[announcements.Told]:
    """Return the announcements to everybody, and those about the contracts of a signed-in customer."""
    return announcements.list_for_person(act().moved(now), user_id=_customer())


def _none_in_force() -> str:
    """Tell that this reader has none in force; other contracts may have some."""
    if _customer() is None:
        return "No hay avisos vigentes para todos los clientes"
    return "No hay avisos vigentes para sus contratos"


def _customer() -> int | None:
    visitor = signed_in_visitor()
    return None if visitor is None or visitor.is_staff else visitor.signed_in.user_id


@blueprint.get("/privacidad")
@open_to(Audience.PUBLIC)
def privacy() -> ResponseReturnValue:
    return page(
        "market/privacy.html",
        consent_text=consent_text(distributor_of(database.current())),
        consent_version=CONSENT_VERSION,
    )
