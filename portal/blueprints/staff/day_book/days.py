"""Days with a book, and their spelling in addresses."""

from __future__ import annotations

import re
from datetime import date

from flask import abort

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.web import runtime

# Nominations open 31 days before their gas day.
AHEAD = 31


def asked_day(text: str) -> GasDay:
    """Return the day of an address; 404 for an invalid one or one without a book."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        abort(404)
    try:
        day = GasDay(date.fromisoformat(text))
    except ValueError:
        abort(404)
    if not has_book(day):
        abort(404)
    return day


def has_book(day: GasDay) -> bool:
    """Tell whether a day may have a book: from the first gas day to the last one open for nominations."""
    return FIRST_GAS_DAY <= day <= GasDay.of(runtime.now()).plus(AHEAD)


def tomorrow() -> GasDay:
    """Return the day that the operator works on."""
    return GasDay.of(runtime.now()).plus(1)
