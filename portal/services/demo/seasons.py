"""The seasonal patterns of the demonstration: what two plants declared of their year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from portal.domain.accounts import Role
from portal.models import SeasonalPattern
from portal.services.store.acts import Act

from .disputes import user_with
from .registry import LoadedPoint

# The months of the year in which their rhythm is another, by point.
SEASONS = {
    "Molino La Cachamera": ("7,8,9", "Cosecha de arroz: secamos más de julio a septiembre."),
    "Planta extractora El Cumare": ("3,4,5", "Pico de cosecha de palma entre marzo y mayo."),
}
DECLARED_BEFORE = timedelta(days=200)


def write(act: Act, points: Sequence[LoadedPoint]) -> int:
    """Write the declarations of the points that are there, inside the caller's transaction; return how many."""
    customer = user_with(act.session, Role.CUSTOMER)
    declared = [(loaded.row.id, *SEASONS[loaded.point.name]) for loaded in points if loaded.point.name in SEASONS]
    for point_id, months, note in declared:
        act.session.add(
            SeasonalPattern(
                delivery_point_id=point_id,
                version=1,
                months=months,
                note=note,
                declared_at=act.now - DECLARED_BEFORE,
                declared_by_id=customer,
            )
        )
    return len(declared)
