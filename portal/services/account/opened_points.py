"""Delivery point of a sheet: found, and checked to be open to this session, by one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from portal.domain.gas_day import GasDay
from portal.domain.keys import GRANT_IDLE, KeyState
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName, Tolerance
from portal.models import AccessKey, Binding, Company, Contract, DeliveryPoint, Grant, SettingRow
from portal.services import ledger
from portal.services.keys import grants
from portal.services.keys.grants import USED_EVERY
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.refusals import StepMissing
from portal.services.store.statements import Statement, day_of, moment_of


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


_WebGrant, _WebKey, _Grant, _Key = aliased(Grant), aliased(AccessKey), aliased(Grant), aliased(AccessKey)


def _alive(grant: type[Grant], key: type[AccessKey]) -> ColumnElement[bool]:
    return and_(
        grant.session_id == bindparam("session_id"),
        grant.last_used_at > bindparam("idle_since"),
        key.id == grant.access_key_id,
        or_(key.state == KeyState.ISSUED, key.state == KeyState.ACTIVE),
        or_(key.valid_until.is_(None), key.valid_until > bindparam("now")),
    )


# Runs with every sheet: built once, so that each use pays only for its execution.
_OPENED = Statement(
    select(
        DeliveryPoint.id,
        DeliveryPoint.name,
        DeliveryPoint.municipality,
        DeliveryPoint.unit,
        DeliveryPoint.starts_on,
        DeliveryPoint.ends_on,
        DeliveryPoint.exit_point_id,
        DeliveryPoint.contract_id,
        Contract.number,
        Contract.supplier_name,
        Contract.tolerance_basis_points,
        Company.name.label("company_name"),
        _WebGrant.last_used_at.label("web_used_at"),
        _Grant.last_used_at.label("used_at"),
        # Few contracts have one: the second query runs only then.
        exists()
        .where(SettingRow.contract_id == Contract.id, SettingRow.name == SettingName.TOLERANCE)
        .label("has_tolerance_steps"),
        ledger.select_last_figure_day(DeliveryPoint.id).label("last_figure_on"),
    )
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Company, Company.id == Contract.company_id)
    .join(
        Binding,
        and_(
            Binding.contract_id == Contract.id,
            Binding.user_id == bindparam("user_id"),
            Binding.disabled_at.is_(None),
        ),
    )
    .join(_WebGrant, _WebGrant.contract_id == Contract.id)
    .join(_WebKey, _alive(_WebGrant, _WebKey))
    .join(_Grant, _Grant.delivery_point_id == DeliveryPoint.id)
    .join(_Key, _alive(_Grant, _Key))
    .where(DeliveryPoint.public_id == bindparam("public_id"), Contract.modality == bindparam("modality"))
    .order_by(_Grant.id.desc(), _WebGrant.id.desc())
    .limit(1)
)


def opened_point(act: Act, *, modality: Modality, public_id: str) -> OpenedPoint:
    """Return the point whose sheet this session may see, and note the use of its grants at most once a minute.

    Refuses as ``grants.opened_point``, which gives the reason when this query finds nothing.
    """
    now = act.now
    row = _OPENED.first(
        act.session,
        session_id=act.actor.session_id,
        user_id=act.actor.user_id,
        public_id=public_id,
        modality=modality.value,
        idle_since=now - GRANT_IDLE,
        now=now,
    )
    if row is None:
        grants.opened_point(act, modality=modality, public_id=public_id)
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
        tolerance_steps=settings.tolerance_steps(act.session, contract_id=row.contract_id)
        if row.has_tolerance_steps
        else (),
        last_figure_on=None if row.last_figure_on is None else GasDay(day_of(row.last_figure_on)),
    )
    if now - min(found.web_used_at, found.used_at) >= USED_EVERY:
        grants.keep_alive(act)
    return found
