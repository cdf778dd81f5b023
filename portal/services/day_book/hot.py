"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from portal.domain.nominations import MEAN_DAYS
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName
from portal.models import (
    Authorisation,
    AuthorisationDraft,
    Company,
    Contract,
    DailyBalance,
    DayBook,
    DayBookFile,
    DayBookLine,
    DayBookSending,
    DeliveryPoint,
    ExitPoint,
    LateDecision,
    Nomination,
    NominationHead,
    SettingRow,
    ShiftNote,
    User,
)
from portal.services.points import service_days, stations
from portal.services.store.statements import Statement, is_listed

DAY: BindParameter[date] = bindparam("day")
# Prepared 78 µs, plain 222 µs: 1.1 % of the day book.
NOTES = Statement(
    select(
        DeliveryPoint.name.label("point"),
        Company.name.label("company"),
        ShiftNote.text,
        ShiftNote.written_at,
        User.name.label("written_by"),
    )
    .join(DeliveryPoint, DeliveryPoint.id == ShiftNote.delivery_point_id)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Company, Company.id == Contract.company_id)
    .join(User, User.id == ShiftNote.written_by_id)
    .where(ShiftNote.gas_day == DAY)
    .order_by(ShiftNote.written_at, ShiftNote.id)
)
Later = aliased(Nomination)
# Prepared 93 µs, plain 347 µs: 1.9 % of the day book.
LATE = Statement(
    select(
        Nomination.public_id,
        DeliveryPoint.name.label("point"),
        Company.name.label("company"),
        stations.select_phone().label("contact_phone"),
        DeliveryPoint.unit,
        Nomination.quantity_m3,
        Nomination.quantity_mbtu,
        Nomination.revision,
        Nomination.received_at,
        User.name.label("signed_by"),
    )
    .join(DeliveryPoint, DeliveryPoint.id == Nomination.delivery_point_id)
    .join(Contract, Contract.id == DeliveryPoint.contract_id)
    .join(Company, Company.id == Contract.company_id)
    .outerjoin(User, User.id == Nomination.signed_by_id)
    .where(
        # Same predicate as the partial index: SQLite does not recognise it in "is_late = 1".
        text("nominations.is_late"),
        Nomination.gas_day == DAY,
        ~exists().where(LateDecision.nomination_id == Nomination.id),
        # Only the newest request of a day waits: it replaced the earlier ones.
        ~exists().where(
            Later.delivery_point_id == Nomination.delivery_point_id,
            Later.gas_day == Nomination.gas_day,
            Later.revision > Nomination.revision,
        ),
    )
    .order_by(Nomination.received_at, Nomination.id)
)
sender = aliased(User)
# Prepared 93 µs, plain 338 µs: 1.8 % of the day book.
VERSIONS = Statement(
    select(
        DayBook.id,
        DayBook.version,
        DayBook.frozen_at,
        User.name.label("frozen_by"),
        DayBook.file_hash,
        DayBookSending.sent_at,
        sender.name.label("sent_by"),
        DayBookSending.sent_to,
    )
    .join(User, User.id == DayBook.frozen_by_id)
    .outerjoin(DayBookSending, DayBookSending.book_id == DayBook.id)
    .outerjoin(sender, sender.id == DayBookSending.sent_by_id)
    .where(DayBook.gas_day == DAY)
    .order_by(DayBook.version)
)
# Prepared 79 µs, plain 199 µs: 0.9 % of the day book.
NOMINATIONS = Statement(
    select(DayBookLine.delivery_point_id, DayBookLine.nomination_id).where(DayBookLine.book_id == bindparam("book"))
)
# Not measured apart: runs in the same transactions.
CONTENT = Statement(select(DayBookFile.content).where(DayBookFile.book_id == bindparam("book")))
SINCE: BindParameter[date] = bindparam("since")
BEFORE: BindParameter[date] = bindparam("before")
# The last 28 days of a point with a reading, as when a nomination is weighed: sought point by point along the primary
# key, since numbering all days of all points costs 80 ms with 1,000 points of two years.
NEWEST = (
    select(
        case(
            (DeliveryPoint.unit == Unit.M3, DailyBalance.consumed_m3.expression),
            else_=DailyBalance.consumed_mbtu.expression,
        ).label("micro")
    )
    .where(
        DailyBalance.delivery_point_id == DeliveryPoint.id,
        DailyBalance.gas_day >= SINCE,
        DailyBalance.gas_day < BEFORE,
        DailyBalance.consumed_m3.is_not(None),
    )
    .order_by(DailyBalance.gas_day.desc())
    .limit(MEAN_DAYS)
    .correlate(DeliveryPoint)
    .subquery()
)
# Prepared 7760 µs, plain 8920 µs: 3.9 % of the day book, both with 1,000 points that have readings.
USUAL = Statement(
    select(
        DeliveryPoint.id.label("delivery_point_id"),
        select(func.sum(NEWEST.c.micro)).scalar_subquery().label("micro"),
        select(func.count(NEWEST.c.micro)).scalar_subquery().label("days"),
    )
)
# Columns of a line, under the names of the fields of ``lines.Line``.
PLACE = (
    DeliveryPoint.id.label("point_id"),
    DeliveryPoint.public_id.label("point_public_id"),
    DeliveryPoint.name.label("point"),
    DeliveryPoint.carrier_code,
    DeliveryPoint.unit.label("unit_word"),
    ExitPoint.code.label("exit_code"),
    ExitPoint.name.label("exit_point"),
    Contract.id.label("contract_id"),
    Contract.number.label("contract_number"),
    Contract.modality.label("modality_word"),
    Contract.unit.label("contract_unit_word"),
    Contract.maximum_micro,
    # Asked once for all lines: whether any maximum was set since its contract was signed (adr/0143).
    exists().where(SettingRow.name == SettingName.DAILY_MAXIMUM).label("has_steps"),
    Company.id.label("company_id"),
    Company.name.label("company"),
    stations.select_contact().label("contact"),
    stations.select_phone().label("phone"),
    DeliveryPoint.shift_hours,
)
ASKED = (
    Nomination.id.label("nomination_id"),
    Nomination.kind.label("kind_word"),
    Nomination.revision,
    Nomination.channel.label("channel_word"),
    Nomination.quantity_m3.label("asked_m3"),
    Nomination.quantity_mbtu.label("asked_mbtu"),
    Nomination.heating_value.label("heating_milli"),
    Nomination.received_at.label("received"),
    Nomination.effective_at.label("effective"),
)
ANSWERED = (
    Authorisation.version.label("published_version"),
    Authorisation.quantity_m3.label("published_m3"),
    Authorisation.quantity_mbtu.label("published_mbtu"),
    Authorisation.cut_reason.label("published_cut"),
    Authorisation.revision.label("published_revision"),
    Authorisation.recorded_at.label("published_at"),
    # A late nomination counts from its acceptance on.
    func.coalesce(LateDecision.decided_at, Nomination.received_at).label("stands_since"),
    AuthorisationDraft.quantity_m3.label("recorded_m3"),
    AuthorisationDraft.quantity_mbtu.label("recorded_mbtu"),
    AuthorisationDraft.cut_reason.label("recorded_cut"),
    AuthorisationDraft.revision.label("recorded_revision"),
)


def _of_the_day(table: Any) -> ColumnElement[bool]:
    return and_(table.delivery_point_id == DeliveryPoint.id, table.gas_day == DAY)


def _placed(wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        wanted.select_from(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
    )


NEWEST_ANSWER = (
    select(func.max(Authorisation.version))
    .where(Authorisation.delivery_point_id == DeliveryPoint.id, Authorisation.gas_day == DAY)
    .correlate(DeliveryPoint)
    .scalar_subquery()
)
ORDER = (ExitPoint.code, Company.sort_name, Contract.number, DeliveryPoint.sort_name, DeliveryPoint.id)
NOW = (
    _placed(select(*PLACE, *ASKED, *ANSWERED))
    .outerjoin(NominationHead, _of_the_day(NominationHead))
    .outerjoin(Nomination, Nomination.id == NominationHead.nomination_id)
    .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
    .outerjoin(Authorisation, and_(_of_the_day(Authorisation), Authorisation.version == NEWEST_ANSWER))
    .outerjoin(AuthorisationDraft, _of_the_day(AuthorisationDraft))
)
# Include points that ended after their nomination.
# Prepared 366 µs, plain 775 µs: 5.7 % of the day book.
LINES = Statement(
    NOW.where(or_(service_days.is_served_on(DAY), NominationHead.nomination_id.is_not(None))).order_by(*ORDER)
)
# Prepared 108 µs, plain 372 µs: 2.1 % of the day book after a nomination.
SOME_LINES = Statement(
    NOW.where(
        or_(service_days.is_served_on(DAY), NominationHead.nomination_id.is_not(None)), is_listed(DeliveryPoint.id)
    )
)
# Prepared 108 µs, plain 372 µs: 9.6 % of an authorisation.
LINE = Statement(NOW.where(DeliveryPoint.public_id == bindparam("point")))
# A frozen book holds no answers.
SENT = (
    _placed(select(*PLACE, *ASKED, *[null().label(column.name) for column in ANSWERED]))
    .join(
        DayBookLine, and_(DayBookLine.delivery_point_id == DeliveryPoint.id, DayBookLine.book_id == bindparam("book"))
    )
    .outerjoin(Nomination, Nomination.id == DayBookLine.nomination_id)
)
# Prepared 224 µs, plain 500 µs: 9.2 % of a frozen version of the day book.
FROZEN = Statement(SENT.order_by(*ORDER))
# Not measured apart: asked once for each point that differs from the frozen version.
SOME_FROZEN = Statement(SENT.where(is_listed(DeliveryPoint.id)))
