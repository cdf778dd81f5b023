"""Published tariffs of each market, fixed and per m³ (docs/rules.md, "Tariffs of May 2024")."""

from __future__ import annotations

from .may_2024 import MAY_2024
from .sheet import Basis, Market, Range, TariffSheet

__all__ = ["MAY_2024", "Basis", "Market", "Range", "TariffSheet", "newest_of"]
_PUBLISHED = (MAY_2024,)


def newest_of(nit: str) -> TariffSheet | None:
    """Return the last tariffs that the distributor with this NIT published, None when the portal has none of its."""
    theirs = [sheet for sheet in _PUBLISHED if sheet.published_by == nit]
    return max(theirs, key=lambda sheet: sheet.month, default=None)
