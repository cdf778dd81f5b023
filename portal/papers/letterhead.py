"""The head of every paper, as its template places it: who it is from, where they are, in their colour."""

from __future__ import annotations

from portal.domain.distributor import Distributor


def letterhead(distributor: Distributor) -> dict[str, str]:
    """Return what the templates read as ``data.letterhead``."""
    return {
        "short": distributor.name,
        "name": distributor.legal_name,
        "line": f"NIT {distributor.nit} · {distributor.place} · PBX {distributor.telephone}",
        "brand": distributor.colours.brand,
    }
