"""The columns of a file of heating values, by the titles that others give them."""

from __future__ import annotations

from portal.services.files.problems import Rule
from portal.services.files.sheet_tables import Column, Holds, titles

EXIT_POINT, DAY, VALUE = "exit point", "gas day", "heating value"

COLUMNS = (
    Column(EXIT_POINT, titles(EXIT_POINT, "punto de salida", "punto salida", "código", "salida"), required=True),
    Column(
        DAY, titles(DAY, "date", "fecha", "fecha gas", "día", "día de gas", "día gas"), required=True, holds=Holds.DAY
    ),
    Column(
        VALUE,
        titles(
            VALUE,
            *("poder calorífico", "pc", "pcs", "pcs btu/ft3", "pcs (btu/ft³)", "poder calorífico (btu/ft³)", "valor"),
            *("btu/ft3", "btu/pc", "poder calorífico (btu/pc)", "poder calorífico superior", "hhv"),
        ),
        required=True,
        elsewhere=titles("poder calorífico (mj/m3)", "pcs (mj/m3)", "poder calorífico mj/m3", "mj/m3", "kcal/m3"),
        unit="BTU/ft3",
        holds=Holds.FIGURE,
    ),
    Column("hour", titles("hora", "hour", "hora gas", "periodo", "período"), refuses=Rule.HOURLY),
)
