"""Published tariffs: what a market pays a month and for each m³ (docs/rules.md, "Tariffs of May 2024")."""

from __future__ import annotations

from .may_2024 import MAY_2024
from .sheet import Basis, Market, Range, TariffSheet

__all__ = ["MAY_2024", "Basis", "Market", "Range", "TariffSheet"]
