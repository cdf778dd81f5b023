"""Lines above the header of a sheet: a point, a day, a month or a unit that all of its rows have."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from portal.domain.searched import comparable

from .problems import BadFile, Problem, Rule
from .row_filters import is_total
from .sheet_columns import Column, Holds
from .sheet_headers import LINES_ABOVE, Above, Layout, match_title, read_header
from .spelled_days import find_month, is_day, write_day_of_month
from .spreads import Spread
from .units import FileUnit, is_unit_word, list_units

_LABELLED = re.compile(r"([^:]{2,40}):\s*(.*)")


def find_values_above(
    first: Sequence[tuple[int, list[str]]], columns: Sequence[Column], left_out: Collection[int]
) -> Layout | None:
    """Return a layout whose point or day stands above the header, for all rows: ``Medidor: PE-0001``."""
    held = {column.holds: column for column in columns if column.holds is not None}
    above = [column for column in (held.get(Holds.KEY), held.get(Holds.DAY)) if column is not None and column.required]
    needed = {column.name for column in columns if column.required}
    for at, (line, raw) in enumerate(first[:LINES_ABOVE]):
        texts = ["" if place in left_out else text for place, text in enumerate(raw)]
        matches = [(text, match_title(text, columns)) for text in texts if text]
        # Under a title that may mean something else stands something else, if a better one stands above.
        found = {match.column.name for text, match in matches if match is not None and not match.column.is_vague(text)}
        lacking = [column for column in above if column.name not in found]
        if not lacking or not found >= needed - {column.name for column in lacking} or not found:
            continue
        if held[Holds.FIGURE].name not in found:
            continue
        values = {column.name: find_labelled(first[:at], column, columns) for column in lacking}
        if any(value is None for value in values.values()):
            continue
        vague = [place for place, text in enumerate(texts) if any(column.is_vague(text) for column in lacking)]
        read = read_header(line, texts, columns, left_out=vague)
        read.extra += [texts[place] for place in vague]
        read.conclude(len(texts), missing=False)
        made = read.make_layout(texts, at=at, rows=1, last_line=line)
        said = {name: value for name, value in values.items() if value is not None}
        kept = tuple(made.places.values())
        spread = Spread(made.width, kept, tuple(value.text for value in said.values()))
        places = {name: place for place, name in enumerate([*made.places, *said])}
        shown = made.shown | {name: name for name in said}
        return replace(made, raw_places=made.places, places=places, shown=shown, spread=spread, above=said)
    return None


def find_labelled(lines: Sequence[tuple[int, list[str]]], column: Column, columns: Sequence[Column]) -> Above | None:
    """Return the one value that lines above a header name for a column; None without one, and for several.

    A label that may mean something else (``Cliente:``) counts only where no better one does. A title is no value.
    """
    found: list[Above] = []
    vague: list[Above] = []
    for line, texts in lines:
        for place, text in enumerate(texts):
            labelled = _LABELLED.fullmatch(text)
            label, value = (labelled[1], labelled[2]) if labelled is not None else (text.rstrip(":"), "")
            if comparable(label) not in column.titles:
                continue
            value = value or next((each for each in texts[place + 1 :] if each), "")
            is_title = labelled is None and match_title(value, columns) is not None
            if value and not is_title and (column.holds is not Holds.DAY or is_day(value)):
                is_vague = column.is_vague(label)
                (vague if is_vague else found).append(Above(value, line, is_vague))
    found = found or vague
    return found[0] if len({each.text for each in found}) == 1 else None


def find_unit_above(first: Sequence[tuple[int, list[str]]], layout: Layout, columns: Sequence[Column]) -> Layout:
    """Return the layout with the unit that the lines above its header name, where nothing else names one.

    ``BadFile`` for a unit that the kind does not convert; several units say nothing of the figures.
    """
    figure = next((column for column in columns if column.holds is Holds.FIGURE), None)
    unit_column = next((column.name for column in columns if column.holds is Holds.UNIT), "")
    if figure is None or not figure.converts or layout.unit is not None or unit_column in layout.in_file:
        return layout
    own = (figure.unit, *figure.converts)
    found: dict[str, tuple[FileUnit | None, int, str]] = {}
    for line, texts in first[: layout.lines_above]:
        for word, unit in list_units(" ".join(texts)).items():
            # The heating value beside a volume is no unit of it.
            if unit is not FileUnit.HEATING_VALUE or unit in own:
                found[unit or word] = unit, line, word
    if not found or (len(found) > 1 and figure.unit in found):
        return layout
    wrong = next((said for said in found.values() if len(found) > 1 or said[0] not in own), None)
    if wrong is not None:
        # Of several units none of which is the column's own, nobody knows which one is that of the figures.
        raise BadFile([Problem(Rule.WRONG_UNIT, wrong[1], None, wrong[2], figure.units)])
    return replace(layout, unit=next(iter(found.values()))[0])


def count_days_of_month(
    first: Sequence[tuple[int, list[str]]], layout: Layout, columns: Sequence[Column], *, sheet: str = ""
) -> Layout:
    """Return the layout of a sheet whose days are numbers of the one month that stands above its header."""
    day = next((column.name for column in columns if column.holds is Holds.DAY), "")
    place = layout.in_file.get(day, -1)
    if place < 0 or layout.spread is not None:
        return layout
    said = [texts[place] for _, texts in first[layout.first_record :] if place < len(texts) and texts[place]]
    days = [text for text in said if not is_unit_word(text) and not is_total(text)]
    month = find_month([*[" ".join(texts) for _, texts in first[: layout.lines_above]], sheet])
    if not days or month is None or any(write_day_of_month(text, month) == text for text in days):
        return layout
    spread = Spread(layout.width, tuple(layout.places.values()), month=month, day_number=place)
    places = {name: place for place, name in enumerate(layout.places)}
    return replace(layout, raw_places=layout.places, places=places, spread=spread)


def find_days_above(first: Sequence[tuple[int, list[str]]], layout: Layout) -> list[Above]:
    """Return the days that stand in the lines above the header, but for when a report was made."""
    found = []
    for line, texts in first[: layout.lines_above]:
        words = comparable(" ".join(texts))
        if _MADE.search(words):
            continue
        for text in texts:
            value = text.rpartition(": ")[2]
            if is_day(value):
                found.append(Above(value, line))
            else:
                found += [Above(each[0], line) for each in _DAY_IN_TEXT.finditer(text) if is_day(each[0])]
    return found


_MADE = re.compile(
    r"generad|impres|elaborad|descargad|creado|consultad|exportad|generaci|impresi|elaboraci|printed|creat"
)
_DAY_IN_TEXT = re.compile(
    r"[0-9]{1,2}[/-][0-9]{1,2}[/-](?:[0-9]{4}|[0-9]{2})\b|20[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{1,2} de [a-záéíóú]{4,10} (?:de|del) 20[0-9]{2}",
    re.IGNORECASE,
)
