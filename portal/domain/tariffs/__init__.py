"""Published tariffs of each market, fixed and per m³ (docs/rules.md, "Tariffs")."""

from __future__ import annotations

from .differences import LARGE, Change, Difference, compare_figures
from .figures import LEVELS, OF_THE_MONTH, TEXTS, UNITS, Concept, Figure, Level, Rule
from .invoice import SUBSIDISED, Charge, Line, LineKind, Use, compute_charge
from .sheet import (
    TOLERANCE,
    BadTariffs,
    Basis,
    Flaw,
    Market,
    Problem,
    Range,
    StratumCost,
    TariffSheet,
    build_sheet,
    slug_of,
)

__all__ = [
    "LARGE",
    "LEVELS",
    "OF_THE_MONTH",
    "SUBSIDISED",
    "TEXTS",
    "TOLERANCE",
    "UNITS",
    "BadTariffs",
    "Basis",
    "Change",
    "Charge",
    "Concept",
    "Difference",
    "Figure",
    "Flaw",
    "Level",
    "Line",
    "LineKind",
    "Market",
    "Problem",
    "Range",
    "Rule",
    "StratumCost",
    "TariffSheet",
    "Use",
    "build_sheet",
    "compare_figures",
    "compute_charge",
    "slug_of",
]
