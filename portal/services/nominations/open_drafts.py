"""A draft about to be signed: found with its point and its keys by one statement, read again under the locks by two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import joinedload

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import NominationDraft, NominationHead
from portal.services import ledger
from portal.services.keys import PointKeys, grants
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound
from portal.services.store.statements import day_of

from . import hot

DRAFT_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """Draft of this person whose contract is open here, as it was before its point is locked.

    ``unit`` is that of the point, ``nomination_id`` what was signed with the draft before. ``has_stale_grant`` when
    the use of this session's grants has to be recorded.
    """

    id: int
    public_id: str
    kind: RequestKind | None
    gas_day: GasDay | None
    quantity: Quantity | None
    unit: Unit
    nomination_id: int | None
    contract_id: int
    exit_point_id: int
    keys: PointKeys
    has_stale_grant: bool


def find(act: Act, *, public_id: str) -> OpenDraft | None:
    """Return a customer's own draft whose contract is open here; None without one."""
    parameters = {
        **grants.build_parameters(act.actor, act.now),
        **grants.build_stale_parameters(act.actor, act.now),
        "public_id": public_id,
        "oldest": act.now - DRAFT_LIFE,
    }
    rows = hot.OPEN_DRAFT.rows(act.session, **parameters)
    if not rows:
        return None
    row: Any = rows[0]
    return OpenDraft(
        id=row.draft_id,
        public_id=row.draft,
        kind=None if row.kind is None else RequestKind(row.kind),
        gas_day=None if row.gas_day is None else GasDay(day_of(row.gas_day)),
        quantity=None if row.quantity_micro is None else Quantity.from_micro(row.quantity_micro, Unit(row.unit)),
        unit=Unit(row.point_unit),
        nomination_id=row.nomination_id,
        contract_id=row.contract_id,
        exit_point_id=row.exit_point_id,
        keys=PointKeys(
            row.delivery_point_id,
            row.point,
            row.company_id,
            row.contact_email,
            [each for each in rows if each.id is not None],
            row.open_charges,
        ),
        has_stale_grant=bool(row.has_stale_grant),
    )


_AGAIN = (
    select(NominationDraft, NominationHead)
    .outerjoin(
        NominationHead,
        and_(
            NominationHead.delivery_point_id == NominationDraft.delivery_point_id,
            NominationHead.gas_day == NominationDraft.gas_day,
        ),
    )
    .options(joinedload(NominationHead.nomination, innerjoin=False))
    .where(NominationDraft.id == bindparam("draft"), grants.open_for_draft)
)


def hold(act: Act, *, draft: OpenDraft) -> tuple[NominationDraft, NominationHead | None]:
    """Lock a draft, the account of its point and the head of its day, and read draft and head again.

    ``NotFound`` when its contract is not open here any more. In statements of their own: one that waited for a lock
    would join what was there before. SQLite's write lock holds all of it.
    """
    session, point_id = act.session, draft.keys.delivery_point_id
    if session.get_bind().dialect.name != "sqlite":
        hot.DRAFT_LOCK.rows(session, draft=draft.id)
        ledger.lock(session, point_id)
        if draft.gas_day is not None:
            day = draft.gas_day.date
            hot.HEADS_LOCK.rows(session, point_id=point_id, first=day, last=day)
    parameters = {**grants.build_parameters(act.actor, act.now), "draft": draft.id}
    found = session.execute(_AGAIN, parameters).unique().one_or_none()
    if found is None:
        raise NotFound
    return found.NominationDraft, found.NominationHead
