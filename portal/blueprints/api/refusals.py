"""Answers of the API to refusals of use cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import structlog
from flask import Response, g

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.services.store.refusals import Refusal, Rejected
from portal.web import problems

from . import shapes
from .bodies import Unreadable
from .views import blueprint

log = structlog.get_logger("portal.refusals")
FORBIDDEN = (Refusal.NOT_APPROVED, Refusal.POINT_NOT_OPENED)
# Facts that may be shown: never those about other points of the contract.
FACTS = (
    "opens_at",
    "closed_at",
    "effective_at",
    "gas_day",
    "floor",
    "maximum",
    "most",
    "unit",
    "warnings",
    "left",
    "wait_until",
    "ended_at",
)


@blueprint.errorhandler(Rejected)
def rejected(refused: Rejected) -> Response:
    """Answer with the code of the refusal, its words and its facts."""
    log.info("refused", refusal=refused.refusal.value, request_id=g.get("request_id"))
    status = 403 if refused.refusal in FORBIDDEN else 422
    words = WORDS[refused.refusal]
    facts = {name: _plain(refused.facts[name]) for name in FACTS if refused.facts.get(name) is not None}
    errors = [{"field": refused.field, "detail": words}] if refused.field else None
    return problems.answer(status, refused.refusal.value, TITLES[status], words, errors=errors, **facts)


@blueprint.errorhandler(Unreadable)
def unreadable(error: Unreadable) -> Response:
    """Answer with every wrong place."""
    return problems.known(error.code, errors=error.errors)


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        return shapes.quantity(value)
    if isinstance(value, datetime | GasDay):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


NO_CODE = "La clave numérica no se aceptó: "
WORDS: Mapping[Refusal, str] = {
    Refusal.NUMERIC_KEY_WRONG: NO_CODE + "no es la del punto. El intento se contó.",
    Refusal.NUMERIC_KEY_FORMAT: NO_CODE + "son 9 cifras. El intento no se contó.",
    Refusal.NUMERIC_KEY_TYPO: NO_CODE + "alguna cifra está mal digitada. El intento no se contó.",
    Refusal.KEY_ENDED: NO_CODE + "dejó de ser válida. Use la de la carta más reciente.",
    Refusal.KEY_EXPIRED: NO_CODE + "venció sin usarse; vea ended_at. Pida otra carta. El intento no se contó.",
    Refusal.KEY_REPLACED: NO_CODE + "la reemplazó otra carta; vea ended_at. El intento no se contó.",
    Refusal.KEY_REVOKED: NO_CODE + "fue anulada; vea ended_at. El intento no se contó.",
    Refusal.POINT_NOT_OPENED: (
        "Las cifras de este punto no están abiertas para el token. Quien lo creó debe abrir el punto una vez en el "
        "portal con su clave numérica vigente."
    ),
    Refusal.UNIT_OTHER: "La cantidad va en la unidad del punto.",
    Refusal.CONTRACT_INACTIVE: "El contrato o el punto no está activo para ese día.",
    Refusal.NOT_APPROVED: "La cuenta que creó el token puede consultar este contrato, pero no nominar.",
    Refusal.TOO_EARLY: "Para ese día todavía no se reciben solicitudes de esta clase; vea opens_at.",
    Refusal.TOO_LATE: "Para ese día ya no se reciben solicitudes de esta clase; vea closed_at.",
    Refusal.TOO_MANY_RENOMINATIONS: "Ese día ya tiene el máximo de re-nominaciones; vea most.",
    Refusal.BELOW_FLOOR: "El total es menor que lo que el día ya habrá tomado cuando rija el cambio; vea floor.",
    Refusal.ABOVE_MAXIMUM: "La cantidad supera el máximo diario del contrato y este contrato no admite más.",
    Refusal.CANCEL_TOO_LATE: "El plazo para anular ya cerró; vea closed_at. Desde entonces se pide una re-nominación.",
    Refusal.NOT_IN_FORCE: "Esa nominación ya no es la que está en firme: otra la reemplazó, o ya no es de este día.",
    Refusal.UNUSUAL_QUANTITY: "La cantidad está fuera de lo usual. Si es correcta, envíe confirm_unusual en true.",
}
TITLES: Mapping[int, str] = {403: "No permitido", 422: "No se aceptó"}
