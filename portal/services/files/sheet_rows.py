"""Rows of a sheet that hold no data of their own: the header again, units, totals, what stands below the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from portal.services.store.names import comparable

from .problems import BadFile, Problem, Rule
from .sheet_headers import Layout

if TYPE_CHECKING:
    from .sheet_tables import Column


class Skipped(Enum):
    """Why a row was passed over."""

    HEADER_AGAIN = 1
    UNITS = 2
    TOTAL = 3
    BELOW = 4


_TOTAL = re.compile(
    r"(?:(?:gran |sub[ -]?)?total(?:es)?[ :.]*"
    r"(?:general|acumulado|(?:de(?:l)? )?(?:dia|mes|periodo|reporte|punto)|s?m3|\(.*\))?"
    r"|suma(?:toria)?|promedio|(?:maxim|minim)[oa]|media|(?:grand )?sum|average)[ :.]*"
)
_MAY_BE_TOTAL = frozenset("tsgpmaTSGPMA")
_BELOW = re.compile(
    r"(?:fin|final|generad[oa]|impres[oa]|elaborad[oa]|descargad[oa]|fuente|notas?|observacion(?:es)?|reporte|informe"
    r"|pagina|end of|this report)\b.*|[*=_-]{3,}.*|\*.*"
)
_UNIT = re.compile(
    r"\(?(s?m3|m\^3|mbtu|mmbtu|gbtu|kpc|mpc|btu(?:/(?:pc|ft3|pie3))?|ft3|pc|kwh|gj|(?:dd|d)[/-]mm?[/-](?:aaaa|aa|yyyy|yy)|"
    r"(?:aaaa|yyyy)-mm-dd|fecha|dia|codigo|texto|nombre|n/?a|-+|bar|barg|psi|psia|psig|kpa|°? ?[cf]|%|id)\)?"
)
_OUR_UNITS = {"m3": ("m3", "sm3", "m^3"), "BTU/ft3": ("btu/pc", "btu/ft3", "btu/pie3", "btu")}


def is_total(text: str) -> bool:
    """Tell whether a cell says that its row is a total."""
    return text[:1] in _MAY_BE_TOTAL and _TOTAL.fullmatch(comparable(text)) is not None


class RowFilter:
    """Tells the rows of data from the others; ``width`` is that of the widest row of data so far."""

    def __init__(self, layout: Layout, columns: Sequence[Column]) -> None:
        self.width = 0
        self._header = tuple(map(comparable, layout.header))
        self._first_titles = {title.casefold() for title in layout.header if title}
        self._after_header = layout.has_header
        self._line = layout.line
        self._units_line: int | None = None
        self._units_known = False
        day = next((column.name for column in columns if column.holds and column.holds.name == "DAY"), "")
        self._at_day = layout.places.get(day, -1)
        self._figure = next((column for column in columns if column.holds and column.holds.name == "FIGURE"), None)
        self._at_figure = -1 if self._figure is None else layout.places.get(self._figure.name, -1)

    def skips(self, line: int, texts: list[str]) -> Skipped | None:
        """Return why the row is no data; None when it is. ``BadFile`` for a row of units that names another unit."""
        if not self._units_known:
            self._units_known = True
            if self._after_header and self._is_units(line, texts):
                self._units_line = line
        if line == self._units_line:
            return Skipped.UNITS
        first = texts[0] or next(filter(None, texts), "")
        if self._after_header and first.casefold() in self._first_titles and self._repeats(texts):
            return Skipped.HEADER_AGAIN
        if is_total(first) or (0 <= self._at_day < len(texts) and is_total(texts[self._at_day])):
            return Skipped.TOTAL
        if (
            self._after_header
            and first
            and not any(texts[texts.index(first) + 1 :])
            and _BELOW.match(comparable(first))
        ):
            return Skipped.BELOW
        return None

    def _repeats(self, texts: list[str]) -> bool:
        row = [comparable(text) for text in texts]
        while row and not row[-1]:
            row.pop()
        return tuple(row) == self._header

    def _is_units(self, line: int, texts: list[str]) -> bool:
        said = [comparable(text) for text in texts if text]
        if not said or not all(_UNIT.fullmatch(text) for text in said):
            return False
        figure = self._figure
        unit = comparable(texts[self._at_figure]).strip("()") if 0 <= self._at_figure < len(texts) else ""
        ours = _OUR_UNITS.get(figure.unit or "", ()) if figure is not None else ()
        if figure is not None and unit and unit not in ours and figure.unit:
            raise BadFile([Problem(Rule.WRONG_UNIT, line, figure.name, texts[self._at_figure], figure.unit)])
        return True
