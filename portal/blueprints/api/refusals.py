"""Answers of the API to refusals of use cases."""

from __future__ import annotations

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
from .words import TITLES, WORDS

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
