"""Figures, days, months and moments of the audit, as they are read in Colombia."""

from __future__ import annotations

import re
from datetime import date, datetime

from portal.domain.calendar import MONTHS
from portal.domain.gas_day import BOGOTA

# Figures with decimals, days, months and moments, as details store them.
_FIGURE = re.compile(r"-?[0-9]+\.[0-9]+")
_WHEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-([0-3][0-9])(T[0-9:.]+(?:Z|[+-][0-9:]+))?)?")


def figure_or_day(text: str) -> str | None:
    """Return a figure or a day as it is read; None for anything else."""
    if _FIGURE.fullmatch(text):
        whole, _, decimals = text.rstrip("0").partition(".")
        sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
        return f"{sign}{int(digits):,}".replace(",", ".") + (f",{decimals}" if decimals else "")
    found = _WHEN.fullmatch(text)
    if found is None:
        return None
    year, month, day, moment = found.groups()
    try:
        if moment:
            local = datetime.fromisoformat(text).astimezone(BOGOTA)
            return f"{local:%d/%m/%Y %H:%M}"
        return f"{date(int(year), int(month), int(day)):%d/%m/%Y}" if day else f"{MONTHS[int(month) - 1]} de {year}"
    except (ValueError, IndexError):
        return None
