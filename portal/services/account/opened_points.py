"""Delivery point of a sheet: found, and checked to be open to this session, by one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.gas_day import GasDay
from portal.domain.keys import GRANT_IDLE
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.settings import Tolerance
from portal.services.keys import grants
from portal.services.keys.grants import USED_EVERY
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.refusals import StepMissing
from portal.services.store.statements import day_of, moment_of

from . import hot


@dataclass(frozen=True, slots=True)
class OpenedPoint:
    """A point as its sheet needs it, with the times when the use of its two grants was last noted.

    ``last_figure_on`` is the last gas day with a figure in its account, which may lie ahead.
    """

    id: int
    public_id: str
    name: str
    municipality: str
    unit: Unit
    starts_on: GasDay
    ends_on: GasDay | None
    exit_point_id: int
    modality: Modality
    contract_number: str
    supplier_name: str | None
    tolerance_basis_points: int
    company_name: str
    web_used_at: datetime
    used_at: datetime
    tolerance_steps: tuple[tuple[GasDay, int], ...] = ()
    last_figure_on: GasDay | None = None

    @property
    def tolerance(self) -> Tolerance:
        """The tolerance of its contract, day by day."""
        return Tolerance(self.tolerance_basis_points, self.tolerance_steps)


def use_opened_point(act: Act, *, modality: Modality, public_id: str) -> OpenedPoint:
    """Return the point whose sheet this session may see, and note the use of its grants at most once a minute.

    Refuses as ``grants.require_opened_point``, which gives the reason when this query finds nothing.
    """
    now = act.now
    row = hot.OPENED.first(
        act.session,
        session_id=act.actor.session_id,
        user_id=act.actor.user_id,
        public_id=public_id,
        modality=modality.value,
        idle_since=now - GRANT_IDLE,
        now=now,
    )
    if row is None:
        grants.require_opened_point(act, modality=modality, public_id=public_id)
        # Opened between the two queries: run the first one again.
        raise StepMissing("numeric-key", modality=modality, delivery_point=public_id)
    found = OpenedPoint(
        id=row.id,
        public_id=public_id,
        name=row.name,
        municipality=row.municipality,
        unit=Unit(row.unit),
        starts_on=GasDay(day_of(row.starts_on)),
        ends_on=None if row.ends_on is None else GasDay(day_of(row.ends_on)),
        exit_point_id=row.exit_point_id,
        modality=modality,
        contract_number=row.number,
        supplier_name=row.supplier_name,
        tolerance_basis_points=row.tolerance_basis_points,
        company_name=row.company_name,
        web_used_at=moment_of(row.web_used_at),
        used_at=moment_of(row.used_at),
        tolerance_steps=settings.list_tolerance_steps(act.session, contract_id=row.contract_id)
        if row.has_tolerance_steps
        else (),
        last_figure_on=None if row.last_figure_on is None else GasDay(day_of(row.last_figure_on)),
    )
    if now - min(found.web_used_at, found.used_at) >= USED_EVERY:
        grants.keep_alive(act)
    return found
