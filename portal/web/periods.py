"""Month of an address, ``?mes=11&anio=2026``."""

from __future__ import annotations

import re

from flask import request

from portal.domain.gas_day import Month


def is_month_asked() -> bool:
    """Tell whether the address says anything of a month."""
    return bool(request.args.get("mes") or request.args.get("anio"))


def typed_month() -> str:
    """Return what the address says of a month, for the words about one that is not there."""
    return f"{request.args.get('mes', '')}/{request.args.get('anio', '')}"[:40].strip("/")


def read_month() -> Month | None:
    """Return the month of the address; None where it names none: nothing, a part of it, or what is no number."""
    number, year = request.args.get("mes", ""), request.args.get("anio", "")
    if not (re.fullmatch("[0-9]{1,2}", number) and re.fullmatch("[0-9]{4}", year)):
        return None
    try:
        return Month(int(year), int(number))
    except ValueError:
        return None
