"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from portal.domain.quantities import Unit
from portal.models import (
    AccessKey,
    Authorisation,
    Company,
    Contract,
    DailyBalance,
    DeliveryPoint,
    LateDecision,
    MonthlyBalance,
    Nomination,
    NominationDraft,
    NominationHead,
    ReceiptHead,
    SignInSession,
    is_head_of,
)
from portal.services import mail, timetable
from portal.services.keys import VERSION_COLUMNS, grants
from portal.services.ledger import heating_values
from portal.services.mail import Topic
from portal.services.people import bindings
from portal.services.points import settings
from portal.services.points.service_days import is_served_on
from portal.services.store.statements import RawDay, RawMoment, Statement, is_listed, nest

# Not measured apart: runs in the same transactions.
FIRST_HEAD = Statement(
    insert(NominationHead).values(
        delivery_point_id=bindparam("point_id"),
        gas_day=bindparam("day"),
        revision=bindparam("new_revision"),
        renominations=bindparam("new_renominations"),
        nomination_id=bindparam("new_nomination_id"),
    )
)
THIS_HEAD = (
    NominationHead.delivery_point_id == bindparam("point_id"),
    NominationHead.gas_day == bindparam("day"),
    NominationHead.revision == bindparam("seen"),
)
# Not measured apart: runs in the same transactions.
MOVE_HEAD = Statement(
    update(NominationHead)
    .where(*THIS_HEAD)
    .values(
        revision=bindparam("new_revision"),
        renominations=bindparam("new_renominations"),
        nomination_id=bindparam("new_nomination_id"),
    )
    .returning(NominationHead.revision)
)
# Not measured apart: runs in the same transactions.
DROP_HEAD = Statement(delete(NominationHead).where(*THIS_HEAD).returning(NominationHead.revision))
# Built once: these run at each step and again under the lock of the signature.
THESE = (
    NominationHead.delivery_point_id == bindparam("point_id"),
    NominationHead.gas_day.between(bindparam("first"), bindparam("last")),
)
# Not measured apart: runs in the same transactions.
HEADS_LOCK = Statement(
    select(NominationHead.revision).where(*THESE).order_by(NominationHead.gas_day).with_for_update(key_share=True)
)
_OF_DAY = (Nomination.delivery_point_id == bindparam("point_id"), Nomination.gas_day == bindparam("day"))
_LAST_REVISION = select(func.max(Nomination.revision).label("last")).where(*_OF_DAY)
# Prepared 85 µs, plain 255 µs: 0.9 % of a signature.
LAST_REVISION = Statement(_LAST_REVISION)
LATE_REQUESTS = select(func.count()).where(*_OF_DAY, Nomination.is_late)
_OTHERS = (
    select(
        NominationHead.gas_day,
        NominationHead.delivery_point_id,
        Nomination.quantity_m3.expression,
        Nomination.quantity_mbtu.expression,
    )
    .select_from(NominationHead)
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .join(DeliveryPoint, DeliveryPoint.id == NominationHead.delivery_point_id)
    .where(
        DeliveryPoint.contract_id == bindparam("contract_id"),
        DeliveryPoint.id != bindparam("point_id"),
        NominationHead.gas_day.between(bindparam("first"), bindparam("last")),
    )
)
# Prepared 134 µs, plain 329 µs: 1.0 % of a signature.
OTHERS = Statement(_OTHERS)
_ALIVE = select(SignInSession.id).where(SignInSession.id == bindparam("session_id"), SignInSession.ended_at.is_(None))
# Prepared 144 µs, plain 389 µs: 1.3 % of a signature.
ALIVE = Statement(_ALIVE)
# Lock first, read after: a statement that waited for the lock would return the joined tables as they were before.
# Prepared 80 µs, plain 207 µs: 0.7 % of a signature.
DRAFT_LOCK = Statement(
    select(NominationDraft.public_id).where(NominationDraft.id == bindparam("draft")).with_for_update(key_share=True)
)
# Not measured apart: runs in the same transactions.
SIGNED = Statement(
    update(NominationDraft)
    .where(NominationDraft.id == bindparam("draft"))
    .values(nomination_id=bindparam("nomination"))
)
_CONSUMPTION = {
    unit: select(column.label("micro"))
    .where(
        DailyBalance.delivery_point_id == bindparam("point_id"),
        DailyBalance.gas_day < bindparam("before"),
        DailyBalance.gas_day >= bindparam("since"),
        column.is_not(None),
    )
    .order_by(DailyBalance.gas_day.desc())
    .limit(bindparam("most"))
    for unit, column in ((Unit.M3, DailyBalance.consumed_m3), (Unit.MBTU, DailyBalance.consumed_mbtu))
}


class LockedHead(NamedTuple):
    """Head of a day that is locked."""

    revision: int


class UsualRow(NamedTuple):
    """Consumption of a point on a measured day, in millionths."""

    delivery_point_id: int
    consumed_m3: int
    consumed_mbtu: int


# Prepared 40 µs, plain 121 µs: 1.0 % of a signature.
CONSUMPTION = {unit: Statement(consumption) for unit, consumption in _CONSUMPTION.items()}
# Not measured apart: takes the place of one statement for each point.
CONSUMPTION_OF_POINTS = Statement(
    select(DailyBalance.delivery_point_id, DailyBalance.consumed_m3, DailyBalance.consumed_mbtu)
    .where(
        is_listed(DailyBalance.delivery_point_id),
        DailyBalance.gas_day < bindparam("before"),
        DailyBalance.gas_day >= bindparam("since"),
        DailyBalance.consumed_m3.is_not(None),
    )
    .order_by(DailyBalance.delivery_point_id, DailyBalance.gas_day.desc())
)
# Not measured apart: runs in the same transactions.
HEADS_OF_POINTS_LOCK = Statement(
    select(NominationHead.revision)
    .where(
        is_listed(NominationHead.delivery_point_id),
        NominationHead.gas_day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(NominationHead.delivery_point_id, NominationHead.gas_day)
    .with_for_update(key_share=True)
)
_INSERTED: dict[Any, Any] = {
    column: bindparam(f"new_{column.name}") for column in Nomination.__table__.c if not column.primary_key
}
# Not measured apart: runs in the same transactions.
WRITE = Statement(insert(Nomination).values(_INSERTED).returning(Nomination.id))
# A draft of this person, its point and its keys: all that is asked before the attempt is charged.
# Not measured apart: takes the place of five statements (adr/0147).
OPEN_DRAFT = Statement(
    select(
        NominationDraft.id.label("draft_id"),
        NominationDraft.public_id.label("draft"),
        NominationDraft.kind,
        NominationDraft.gas_day,
        NominationDraft.quantity_micro,
        NominationDraft.unit,
        NominationDraft.nomination_id,
        NominationDraft.delivery_point_id,
        DeliveryPoint.public_id.label("point"),
        DeliveryPoint.contract_id,
        DeliveryPoint.exit_point_id,
        DeliveryPoint.unit.label("point_unit"),
        Contract.company_id,
        Company.contact_email,
        grants.has_stale.label("has_stale_grant"),
        *VERSION_COLUMNS,
    )
    .select_from(NominationDraft)
    .join(DeliveryPoint, DeliveryPoint.id == NominationDraft.delivery_point_id)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Company, Company.id == Contract.company_id)
    .outerjoin(AccessKey, AccessKey.delivery_point_id == NominationDraft.delivery_point_id)
    .where(
        NominationDraft.public_id == bindparam("public_id"),
        NominationDraft.user_id == bindparam("user_id"),
        NominationDraft.created_at > bindparam("oldest"),
        grants.open_for_draft,
    )
)
_LAST_RECEIPT = ReceiptHead.delivery_point_id == bindparam("point_id")


def _select_facts(consumption: Select[Any]) -> Select[*tuple[Any, ...]]:
    """Return the SELECT of everything that a signature asks under its locks, as columns of one row."""
    return select(
        _ALIVE.scalar_subquery().label("alive"),
        bindings.select_may_nominate().scalar_subquery().label("may_nominate"),
        _LAST_REVISION.scalar_subquery().label("last_revision"),
        LATE_REQUESTS.scalar_subquery().label("late_requests"),
        select(ReceiptHead.position).where(_LAST_RECEIPT).scalar_subquery().label("receipt_position"),
        select(ReceiptHead.receipt_hash).where(_LAST_RECEIPT).scalar_subquery().label("receipt_hash"),
        nest(heating_values.select_in_force()).label("heating"),
        nest(consumption).label("consumption"),
        nest(_OTHERS).label("others"),
        nest(mail.select_addresses(Topic.RECEIPTS)).label("addresses"),
        timetable.content.label("timetable"),
        settings.row_count.label("settings"),
        settings.last_row.label("last_setting"),
    )


# Not measured apart: takes the place of twelve statements (adr/0147).
SIGNING_FACTS = {unit: Statement(_select_facts(consumption)) for unit, consumption in _CONSUMPTION.items()}


class LightRow(NamedTuple):
    """A point of a contract: whether a day is served and nominated; ``strain`` None in a month without figures.

    ``is_recent``: that day, the one before or the one before that is served.
    """

    id: int
    contract_id: int
    sort_name: str
    is_served: int
    is_recent: int
    is_nominated: int
    strain: int | None


DAY: BindParameter[date] = bindparam("day")
DAY_BEFORE: BindParameter[date] = bindparam("day_before")
TWO_BEFORE: BindParameter[date] = bindparam("two_before")
# Prepared 53 µs, plain 103 µs: 0.7 % of the start page.
LIGHT_POINTS = Statement(
    select(
        DeliveryPoint.id,
        DeliveryPoint.contract_id,
        DeliveryPoint.sort_name,
        is_served_on(DAY).label("is_served"),
        or_(is_served_on(DAY), is_served_on(DAY_BEFORE), is_served_on(TWO_BEFORE)).label("is_recent"),
        NominationHead.delivery_point_id.is_not(None).label("is_nominated"),
        MonthlyBalance.strain,
    )
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .outerjoin(
        NominationHead, and_(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == DAY)
    )
    .outerjoin(
        MonthlyBalance,
        and_(MonthlyBalance.delivery_point_id == DeliveryPoint.id, MonthlyBalance.month == bindparam("month")),
    )
    .where(is_listed(DeliveryPoint.contract_id))
)


class RevisionRow(NamedTuple):
    """A revision of a day; ``accepted`` and ``decided_at`` None while nobody decided on it.

    ``renominations`` None unless it is in force; amounts in millionths.
    """

    delivery_point_id: int
    gas_day: RawDay
    revision: int
    channel: str
    unit: str
    quantity_m3: int
    quantity_mbtu: int
    received_at: RawMoment
    is_late: int
    cancels: int
    accepted: int | None
    decided_at: RawMoment | None
    renominations: int | None


BETWEEN: tuple[BindParameter[date], BindParameter[date]] = (bindparam("first"), bindparam("last"))
# Prepared 84 µs, plain 266 µs: 2.6 % of the start page.
REVISIONS = Statement(
    select(
        Nomination.delivery_point_id,
        Nomination.gas_day,
        Nomination.revision,
        Nomination.channel,
        Nomination.unit,
        Nomination.quantity_m3.expression,
        Nomination.quantity_mbtu.expression,
        Nomination.received_at,
        Nomination.is_late,
        Nomination.cancels,
        LateDecision.accepted,
        LateDecision.decided_at,
        NominationHead.renominations,
    )
    .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
    .outerjoin(NominationHead, is_head_of(Nomination))
    .where(is_listed(Nomination.delivery_point_id), Nomination.gas_day.between(*BETWEEN))
    .order_by(Nomination.revision)
)


class AnswerRow(NamedTuple):
    """The last authorised quantity of a day, in millionths; ``revision`` None when it was carried over."""

    delivery_point_id: int
    gas_day: RawDay
    quantity_m3: int
    quantity_mbtu: int
    cut_reason: str | None
    revision: int | None
    recorded_at: RawMoment


_Later = aliased(Authorisation)
# Prepared 56 µs, plain 157 µs: 1.5 % of the start page.
ANSWERS = Statement(
    select(
        Authorisation.delivery_point_id,
        Authorisation.gas_day,
        Authorisation.quantity_m3.expression,
        Authorisation.quantity_mbtu.expression,
        Authorisation.cut_reason,
        Authorisation.revision,
        Authorisation.recorded_at,
    ).where(
        is_listed(Authorisation.delivery_point_id),
        Authorisation.gas_day.between(*BETWEEN),
        Authorisation.version
        == select(func.max(_Later.version))
        .where(_Later.delivery_point_id == Authorisation.delivery_point_id, _Later.gas_day == Authorisation.gas_day)
        .scalar_subquery(),
    )
)
