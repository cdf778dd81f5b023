"""Kinds of text in a pasted table: quantities, days and units, of cells, titles and lines above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from portal.domain.day_text import Clash
from portal.domain.gas_day import GasDay
from portal.domain.quantities import UNIT, Unit, split_unit
from portal.domain.quantities import find_unit as named_unit
from portal.domain.searched import comparable
from portal.services.nominations.batches import find_clash, find_near_day

# Words of a day as people write it, and its unit: "miércoles, 1 de diciembre de 2026 (m3)".
_LONGEST_DAY = 10
_QUANTITY = re.compile(rf"\+?[0-9][0-9.,']*\s*\(?(?:{UNIT})?\)?", re.IGNORECASE)
# No quantity has its thousands so: 02.12.2026.
_DOTTED_DATE = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})")
# Words of a title that says what a column holds: of quantities it has one of the first, and none but these.
_QUANTITY_WORDS = frozenset(
    [
        *[
            "cantidad",
            "cantidades",
            "cant",
            "nominacion",
            "nominado",
            "nominada",
            "nominar",
            "pedido",
            "solicitado",
            "volumen",
            "consumo",
            "valor",
        ],
    ]
)
_BESIDE_QUANTITY = frozenset(["a", "gas", "total", "de", "del", "en", "por", "dia", "diario", "diaria"])
# In a line above a table.
_OF_WEEKS = frozenset(["semana", "semanal", "al"])
_WEEKDAYS = frozenset(["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"])
_DAY_NAMES = frozenset([*_WEEKDAYS, *[name[:3] for name in _WEEKDAYS], "hoy", "manana", "semana", "semanal"])
_LONGEST_MONTH = 31
DAY_WORDS = frozenset(["fecha", "dia", "de", "gas"])
_POINT_WORDS = frozenset(["punto", "puntos", "de", "entrega", "estacion", "eds", "planta", "sede", "nombre", "codigo"])


class DayAbove(NamedTuple):
    """Line above a table about its day: its words, empty without any, and the day that they say."""

    text: str
    day: GasDay | None


def find_day_above(text: str, today: GasDay) -> DayAbove | None:
    """Return the day that a line above a table ends with; where it may be about days and is none, its words alone.

    One that names a weekday, a week or two numbers of days is about days, and so is one with a figure in it.
    """
    words = [word.strip(" .:,;()") for word in comparable(text).split()]
    # A date of another weekday than is written beside it is no day, nor is it without the weekday.
    for end in _ends_of(text) if find_clash_at_end(text, today) is None else ():
        day = find_day(end, today)
        if day is not None:
            before = words[: len(words) - len(end.split())]
            is_one = not any(word in _OF_WEEKS or (word.isdigit() and int(word) <= _LONGEST_MONTH) for word in before)
            return DayAbove(text, day if is_one else None)
    about_days = any(character.isdigit() for character in text) or has_name_of_day(text)
    return DayAbove(text, None) if about_days else None


def has_name_of_day(text: str) -> bool:
    """Tell whether a text has the name of a day in it: of the week, or seen from today."""
    return not _DAY_NAMES.isdisjoint(words_of(text))


def words_of(title: str) -> set[str]:
    """Return the words of a text, without accents, capitals and signs."""
    return {word.strip("(),.:") for word in comparable(title).split()}


def is_number_of_day(texts: Sequence[str], cell: str) -> bool:
    """Tell whether a number in a row with the title of the points is one of a day, without its month."""
    titled = not texts[0] or any(each and words_of(each) <= _POINT_WORDS for each in texts)
    return titled and cell.isdigit() and int(cell) <= _LONGEST_MONTH


def is_quantity(cell: str) -> bool:
    """Tell whether a cell is written as a quantity, with its unit or without."""
    return _QUANTITY.fullmatch(cell) is not None and _DOTTED_DATE.fullmatch(cell) is None


def is_of_quantities(title: str) -> bool:
    """Tell whether a title is that of a column of quantities."""
    words = words_of(title)
    units = {word for word in words if named_unit(word) is not None}
    return bool(units or words & _QUANTITY_WORDS) and words <= units | _QUANTITY_WORDS | _BESIDE_QUANTITY


def find_unit_in(title: str) -> Unit | None:
    """Return the unit that a title names, None without one."""
    return next((unit for word in sorted(words_of(title)) if (unit := named_unit(word)) is not None), None)


def find_days(texts: Sequence[str], today: GasDay) -> dict[int, GasDay]:
    """Return the days among the cells of a row, by their places."""
    return {place: day for place, cell in enumerate(texts) if (day := find_day(cell, today)) is not None}


def find_day(text: str, today: GasDay) -> GasDay | None:
    """Return the day that a cell is, None for a bare number, which is a quantity."""
    bare_number = text.replace(".", "").replace(",", "").isdigit() and not _DOTTED_DATE.fullmatch(text)
    if not text or bare_number:
        return None
    return find_near_day(split_unit(text)[0], today)


def find_clash_at_end(text: str, today: GasDay) -> Clash | None:
    """Return the date with another weekday that a title is, or a line above a table ends with."""
    clashes = (find_clash(split_unit(end)[0], today) for end in _ends_of(text))
    return next((clash for clash in clashes if clash is not None), None)


def _ends_of(text: str) -> Iterator[str]:
    """Yield the last words of a text, the longest end first, as far as a day may reach."""
    words = text.split()
    for place in range(max(0, len(words) - _LONGEST_DAY), len(words)):
        yield " ".join(words[place:]).strip(" .:,;()")
