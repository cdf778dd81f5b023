"""Published tariffs of each market, fixed and per m³ (docs/rules.md, "Tariffs")."""

from __future__ import annotations

from .figures import OF_THE_MONTH, TEXTS, UNITS, Concept, Figure, Rule
from .invoice import SUBSIDISED, Charge, Line, LineKind, Use, compute_charge
from .publications import PublicationState
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
    "OF_THE_MONTH",
    "SUBSIDISED",
    "TEXTS",
    "TOLERANCE",
    "UNITS",
    "BadTariffs",
    "Basis",
    "Charge",
    "Concept",
    "Figure",
    "Flaw",
    "Line",
    "LineKind",
    "Market",
    "Problem",
    "PublicationState",
    "Range",
    "Rule",
    "StratumCost",
    "TariffSheet",
    "Use",
    "build_sheet",
    "compute_charge",
    "slug_of",
]
