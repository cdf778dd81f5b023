"""Columns of the former system's balance sheets, and the words that name a figure elsewhere (docs/files.md, "History").

Of the user guide's own sheet, one point a sheet: Fecha, Nominación, Autorizada, Consumo, Desbalance diario, Acumulado.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache

from portal.domain.searched import comparable
from portal.services.files.sheet_columns import Column, Holds, spell_titles
from portal.services.files.units import FileUnit
from portal.services.measures.readings import shapes


class Figure(StrEnum):
    """A figure of a point and gas day in the former system's sheets.

    ``OPENING`` is the account before the first day. ``ACCUMULATED`` and ``MONTH_ACCUMULATED`` are the account after a
    day, and the sum of the month's imbalances up to it.
    """

    NOMINATED = "nominated"
    AUTHORISED = "authorised"
    CONSUMED = "consumed"
    IMBALANCE = "imbalance"
    ACCUMULATED = "accumulated"
    MONTH_ACCUMULATED = "month-accumulated"
    OPENING = "opening"


# Figures that are written; the others are compared with what follows from these.
WRITTEN = (Figure.NOMINATED, Figure.AUTHORISED, Figure.CONSUMED)
POINT, DAY, UNIT, NAME = shapes.POINT, shapes.DAY, shapes.UNIT, shapes.NAME
_BY_NAME = {column.name: column for column in shapes.COLUMNS}
_CONSUMED = [title for title in _BY_NAME[shapes.QUANTITY].titles if not title.startswith(("cantidad", "quantity"))]
TITLES = {
    Figure.NOMINATED: spell_titles(
        *("nominated", "nominación", "nominaciones", "nominado", "nominada", "cantidad nominada", "volumen nominado"),
        *("nominación diaria", "nominación vigente", "nom", "nom.", "q nom", "q nominada", "cant. nominada"),
    ),
    Figure.AUTHORISED: spell_titles(
        *("authorised", "authorized", "autorizada", "autorizado", "autorizadas", "autorización", "cantidad autorizada"),
        *("volumen autorizado", "nominación autorizada", "aut", "aut.", "q aut", "q autorizada", "cant. autorizada"),
    ),
    Figure.CONSUMED: spell_titles(
        *("consumed", "consumos", "medido", "medida", "medidas", "cantidad medida", "cons", "cons.", "q medida"),
        *("q medido", "entregado", "entregada", "cantidad entregada", "volumen entregado", "tomado", "volumen tomado"),
        *("cantidad tomada", "cantidad consumida", "volumen consumido", "recibido", "cantidad recibida"),
    )
    | frozenset(_CONSUMED),
    Figure.IMBALANCE: spell_titles(
        *("imbalance", "desbalance", "desbalances", "desbalance diario", "desbalance del día", "desbalance día"),
        *("desb", "desb.", "diferencia diaria"),
    ),
    Figure.ACCUMULATED: spell_titles(
        *("accumulated", "acumulado", "acumulado total", "saldo", "saldo acumulado", "saldo final", "total to date"),
        *("desbalance acumulado", "desbalance acumulado total", "balance acumulado", "saldo total", "acumulada"),
    ),
    Figure.MONTH_ACCUMULATED: spell_titles(
        *("month to date", "acumulado mes", "acumulado del mes", "acumulado mensual", "desbalance acumulado del mes"),
        *("desbalance acumulado mes", "saldo del mes"),
    ),
    Figure.OPENING: spell_titles(
        *("opening", "opening balance", "saldo inicial", "saldos iniciales", "saldo anterior", "saldo de apertura"),
        *("apertura", "acumulado inicial", "acumulado anterior"),
    ),
}
# Titles that say no more than that they are figures: the name of the sheet or of the file tells of what.
_PLAIN = spell_titles("cantidad", "quantity", "valor", "value", "volumen", "volume", "total", "energía")
_OPENING_ROW = re.compile(
    r"(?:saldos? (?:inicial|anterior)(?:es)?|viene[n]?|apertura|acumulado (?:inicial|anterior)).*"
)
_OPENING_BEGINS = frozenset("svaSVA")
_WORDS = (
    (Figure.OPENING, re.compile(r"saldos? (?:inicial|anterior|de apertura)|apertura|opening")),
    (Figure.MONTH_ACCUMULATED, re.compile(r"acumulados? (?:del? )?(?:mes|mensual)|month to date")),
    (Figure.ACCUMULATED, re.compile(r"acumulad|\bsaldos?\b|accumulated")),
    (Figure.IMBALANCE, re.compile(r"desbalance|imbalance")),
    (Figure.AUTHORISED, re.compile(r"autorizad|autorizacion|authori[sz]")),
    (Figure.NOMINATED, re.compile(r"nominacion|nominad|nominat")),
    (Figure.CONSUMED, re.compile(r"consumo|medicion|lectura|medid[oa]|consumption|reading")),
)
# A word hides these: "desbalance acumulado" is a total, "saldo inicial" an opening balance.
_HIDES = {
    Figure.OPENING: (Figure.ACCUMULATED,),
    Figure.MONTH_ACCUMULATED: (Figure.ACCUMULATED, Figure.IMBALANCE),
    Figure.ACCUMULATED: (Figure.IMBALANCE,),
}


@cache
def columns_of(figure: Figure, *, keyed: bool, plain: bool = False) -> tuple[Column, ...]:
    """Return the columns of one figure; ``keyed``: each row, or a title, names its point.

    ``plain``: a title without a word of its own will do, as the sheet or the file is named after the figure.
    """
    point, day = _BY_NAME[POINT], _BY_NAME[DAY]
    return (
        Column(POINT, point.titles, required=keyed, holds=Holds.KEY),
        Column(DAY, day.titles, required=figure is not Figure.OPENING, holds=Holds.DAY),
        Column(
            figure.value,
            TITLES[figure] | (_PLAIN if plain else frozenset()),
            required=True,
            unit=FileUnit.M3,
            holds=Holds.FIGURE,
            converts=frozenset({FileUnit.KPC, FileUnit.MBTU}),
        ),
        Column(UNIT, _BY_NAME[UNIT].titles, holds=Holds.UNIT),
        Column(NAME, _BY_NAME[NAME].titles, holds=Holds.NAME),
    )


def list_columns() -> list[Column]:
    """Return every column that a sheet of the former system may have."""
    found = {column.name: column for figure in Figure for column in columns_of(figure, keyed=True, plain=True)}
    return list(found.values())


def find_figure(text: str) -> Figure | None:
    """Return the one figure that the name of a sheet or a file, or a title above a table, says; else None."""
    key = comparable(text.replace("_", " ").replace("-", " "))
    found = [figure for figure, words in _WORDS if words.search(key)]
    hidden = {each for figure in found for each in _HIDES.get(figure, ())}
    left = [figure for figure in found if figure not in hidden]
    return left[0] if len(left) == 1 else None


def is_opening_row(texts: Sequence[str]) -> int | None:
    """Return the place of the words in a row that gives the balance before the first day; None for another row."""
    for place, text in enumerate(texts):
        # Read for every cell of every file: its first letter tells nearly all of them apart.
        if text[:1] in _OPENING_BEGINS and _OPENING_ROW.fullmatch(comparable(text)) is not None:
            return place
    return None
