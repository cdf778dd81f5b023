"""Words of files that senders produce: points, days and figures as they spell them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

TODAY = dt.date(2026, 11, 23)
# Codes and names, some of which look like a number, a total or a figure of a spreadsheet.
POINTS = (
    ("PE-0001", "EDS La Grama"),
    ("PE-0002", "EDS Piñalito"),
    ("PE-0003", "EDS Brisas del Guatiquía"),
    ("PE-0010", "Planta Aceites del Llano"),
    ("00047", "EDS Total Villavicencio"),
    ("12E3", "Estación Km 7"),
    ("7741", "EDS Máximo Gómez"),
    ("IND-5", "Arrocera San Martín - Planta 2"),
)
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
LONG_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
CUBIC_METRES_PER_KPC = Decimal("28.316846592")
Truth = dict[tuple[str, dt.date], Decimal]


class Missing(NamedTuple):
    """A cell of a day that nobody measured, as its sender marks it."""

    mark: str


class Joined(NamedTuple):
    """A cell that is one with that above it: blank in a text."""

    text: str = ""


class Wrong(NamedTuple):
    """A cell that makes its row one to be mended: a point that nobody has, a figure that no day can have."""

    text: str


MARKS = ("", "-", "N/D", "n/d", "s/d", "#N/A", "ND", "--", " ", "Sin dato", "NULL")


def spell_day(day: dt.date, form: str) -> str:
    month = MONTHS[day.month - 1]
    forms = {
        "slashes": f"{day:%d/%m/%Y}",
        "short": f"{day.day}/{day.month}/{day.year}",
        "two digits": f"{day:%d/%m/%y}",
        "dashes": f"{day:%d-%m-%Y}",
        "dots": f"{day:%d.%m.%Y}",
        "iso": day.isoformat(),
        "compact": f"{day:%Y%m%d}",
        "named": f"{day.day}-{month}-{day:%y}",
        "named long": f"{day:%d}-{month}-{day.year}",
        "Named": f"{day.day:02}-{month.capitalize()}-{day.year}",
        "words": f"{day.day} de {LONG_MONTHS[day.month - 1]} de {day.year}",
        "weekday": f"{WEEKDAYS[day.weekday()]}, {day.day} de {LONG_MONTHS[day.month - 1]} de {day.year}",
        "weekday short": f"{WEEKDAYS[day.weekday()][:3]} {day:%d/%m/%Y}",
        "serial": str((day - dt.date(1899, 12, 30)).days),
        "midnight": f"{day:%d/%m/%Y} 00:00",
        "iso midnight": f"{day.isoformat()} 00:00:00",
        "end": f"{day + dt.timedelta(days=1):%d/%m/%Y} 00:00",
        "last minute": f"{day:%d/%m/%Y} 23:59",
        "twenty-four": f"{day:%d/%m/%Y} 24:00",
        "month first": f"{day.month}/{day.day}/{day.year}",
    }
    return forms[form]


DAY_FORMS = (
    *("slashes", "slashes", "slashes", "short", "two digits", "dashes", "dots", "iso", "iso", "compact", "named"),
    *("named long", "Named", "words", "weekday", "weekday short", "serial", "midnight", "iso midnight", "end"),
    *("last minute", "twenty-four", "month first"),
)


def spell_figure(value: Decimal, form: str) -> str:
    whole, _, decimals = f"{value:f}".partition(".")
    grouped = f"{int(whole):,}"
    if form == "comma":
        return whole + ("," + decimals if decimals else "")
    if form == "point":
        return whole + ("." + decimals if decimals else "")
    if form == "dots and comma":
        return grouped.replace(",", ".") + ("," + decimals if decimals else "")
    if form == "commas and point":
        return grouped + ("." + decimals if decimals else "")
    if form == "blanks and comma":
        return grouped.replace(",", "\u00a0") + ("," + decimals if decimals else "")
    raise AssertionError(form)
