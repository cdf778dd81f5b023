"""Append-only rows behind a day, newest first, each with its author and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import HANDED, RESTATED, Channel, CutReason, ReceiptStanding, RequestFacts, tell_standing
from portal.domain.quantities import Gas, HeatingValue, Quantity
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.domain.timetable import RequestKind
from portal.models import (
    Adjustment,
    Authorisation,
    DailyHeatingValue,
    ExitPoint,
    LateDecision,
    Nomination,
    NominationHead,
    Reading,
    ReadingImport,
    User,
)
from portal.services import ledger
from portal.services.ledger.heating_values import REFERENCE
from portal.services.points import service_days


class Author(NamedTuple):
    """Author of a row; ``is_staff`` for the distributor's people."""

    name: str
    is_staff: bool


class NominationRevision(NamedTuple):
    """One revision of the nomination; ``quantity`` in the unit it was signed in.

    ``standing`` is its outcome. ``is_handed``: it goes on here from an earlier account; ``is_restated``: its gas
    is shared with another point.
    """

    revision: int
    public_id: str
    filing_number: str | None
    kind: RequestKind
    channel: Channel
    quantity: Quantity
    effective_at: datetime | None
    at: datetime
    by: Author | None
    is_handed: bool
    is_restated: bool
    standing: ReceiptStanding
    cancels: bool
    is_late: bool


class AuthorisationVersion(NamedTuple):
    """One version of the authorised quantity, in both units as recorded.

    ``revision`` is the one of the nomination that it answers, None where it was carried over from the earlier system.
    """

    version: int
    revision: int | None
    gas: Gas
    cut_reason: CutReason | None
    at: datetime
    by: Author | None


class ReadingVersion(NamedTuple):
    """One version of the reading, in m³; ``file_name`` and ``line`` when a file brought it."""

    version: int
    state: ReadingState
    volume: Quantity
    reason: str | None
    file_name: str | None
    line: int | None
    at: datetime
    by: Author | None


class Movement(NamedTuple):
    """A dated adjustment, in both units as recorded."""

    gas_day: GasDay
    reason: AdjustmentReason
    note: str
    gas: Gas
    at: datetime
    by: Author | None


class ConversionUsed(NamedTuple):
    """The heating value that converts a day, the day it was measured on, and the time of its record.

    ``measured_on`` is None where an exit point has no value yet: the reference value stands in.
    """

    value: HeatingValue
    measured_on: GasDay | None
    version: int | None
    at: datetime | None
    exit_point: str


class Sources(NamedTuple):
    """All rows of a day, each kind with its newest version first."""

    nominations: tuple[NominationRevision, ...]
    authorisations: tuple[AuthorisationVersion, ...]
    readings: tuple[ReadingVersion, ...]
    movements: tuple[Movement, ...]


def read(session: Session, *, delivery_point_id: int, gas_day: GasDay, today: GasDay) -> Sources:
    """Return all rows of a day, and the adjustments of its month up to it, by four queries.

    Readings and authorised quantities of a day that is in another account by now are that account's (adr/0135).
    """

    def of_the_day(model: Any) -> ColumnElement[bool]:
        return and_(model.delivery_point_id == delivery_point_id, model.gas_day == gas_day)

    def own(model: Any) -> ColumnElement[bool]:
        return and_(of_the_day(model), ~service_days.is_handed_on(model))

    return Sources(
        nominations=_nominations(session.execute(_NOMINATIONS.where(of_the_day(Nomination))).all(), today),
        authorisations=tuple(
            [
                AuthorisationVersion(
                    row.version,
                    row.revision,
                    Gas(row.quantity_m3, row.quantity_mbtu),
                    row.cut_reason,
                    row.at,
                    _by(row),
                )
                for row in session.execute(_AUTHORISATIONS.where(own(Authorisation)))
            ]
        ),
        readings=tuple(
            [
                ReadingVersion(
                    row.version, row.state, row.volume_m3, row.reason, row.file_name, row.import_line, row.at, _by(row)
                )
                for row in session.execute(_READINGS.where(own(Reading)))
            ]
        ),
        movements=tuple(
            [
                Movement(row.gas_day, row.reason, row.note, _gas(row), row.at, _by(row))
                for row in session.execute(
                    _MOVEMENTS.where(
                        Adjustment.delivery_point_id == delivery_point_id,
                        # The accumulated figures of a day depend on its month up to it.
                        Adjustment.gas_day.between(Month.of(gas_day).first, gas_day),
                    )
                )
            ]
        ),
    )


def find_conversion(session: Session, *, delivery_point_id: int, exit_point_id: int, gas_day: GasDay) -> ConversionUsed:
    """Return the heating value that converts the day of a point; the last one known when it has none."""
    row = session.execute(
        select(
            ExitPoint.name,
            DailyHeatingValue.heating_value,
            DailyHeatingValue.gas_day,
            DailyHeatingValue.version,
            DailyHeatingValue.recorded_at,
        )
        .outerjoin(
            DailyHeatingValue,
            and_(
                DailyHeatingValue.exit_point_id == ExitPoint.id,
                DailyHeatingValue.gas_day <= gas_day,
                ledger.is_counted_for(delivery_point_id, gas_day),
            ),
        )
        .where(ExitPoint.id == exit_point_id)
        .order_by(DailyHeatingValue.gas_day.desc(), DailyHeatingValue.version.desc())
        .limit(1)
    ).one()
    return ConversionUsed(row.heating_value or REFERENCE, row.gas_day, row.version, row.recorded_at, row.name)


_AUTHOR = (User.name.label("author"), User.role)
_NOMINATIONS = (
    select(Nomination, NominationHead.revision.label("in_force"), LateDecision.accepted, *_AUTHOR)
    .outerjoin(User, User.id == Nomination.signed_by_id)
    .outerjoin(
        NominationHead,
        and_(
            NominationHead.delivery_point_id == Nomination.delivery_point_id,
            NominationHead.gas_day == Nomination.gas_day,
        ),
    )
    .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
    .order_by(Nomination.revision.desc())
)
_AUTHORISATIONS = (
    select(
        Authorisation.version,
        Authorisation.revision,
        Authorisation.quantity_m3,
        Authorisation.quantity_mbtu,
        Authorisation.cut_reason,
        Authorisation.recorded_at.label("at"),
        *_AUTHOR,
    )
    .outerjoin(User, User.id == Authorisation.recorded_by_id)
    .order_by(Authorisation.version.desc())
)
_READINGS = (
    select(
        Reading.version,
        Reading.state,
        Reading.volume_m3,
        Reading.reason,
        ReadingImport.file_name,
        Reading.import_line,
        Reading.recorded_at.label("at"),
        *_AUTHOR,
    )
    .outerjoin(ReadingImport, ReadingImport.id == Reading.import_id)
    .outerjoin(User, User.id == Reading.recorded_by_id)
    .order_by(Reading.version.desc())
)
_MOVEMENTS = (
    select(
        Adjustment.gas_day,
        Adjustment.reason,
        Adjustment.note,
        Adjustment.quantity_m3,
        Adjustment.quantity_mbtu,
        Adjustment.recorded_at.label("at"),
        *_AUTHOR,
    )
    .outerjoin(User, User.id == Adjustment.recorded_by_id)
    .order_by(Adjustment.gas_day.desc(), Adjustment.id.desc())
)


def _nominations(rows: Sequence[Row[*tuple[Any, ...]]], today: GasDay) -> tuple[NominationRevision, ...]:
    """Return the revisions of a day, the newest first, as their rows come."""
    return tuple([_nomination(row, newest=rows[0].Nomination.revision, today=today) for row in rows])


def _nomination(row: Row[*tuple[Any, ...]], *, newest: int, today: GasDay) -> NominationRevision:
    asked: Nomination = row.Nomination
    facts = RequestFacts(
        revision=asked.revision,
        in_force=row.in_force,
        newest=newest,
        cancels=asked.cancels,
        is_late=asked.is_late,
        accepted=row.accepted,
        is_day_over=asked.gas_day < today,
    )
    return NominationRevision(
        asked.revision,
        asked.public_id,
        asked.filing_number,
        asked.kind,
        asked.channel,
        asked.quantity,
        asked.effective_at,
        asked.received_at,
        _by(row),
        (asked.submission_id or "").startswith(HANDED),
        (asked.submission_id or "").startswith(RESTATED),
        tell_standing(facts),
        asked.cancels,
        asked.is_late,
    )


def _gas(row: Row[*tuple[Any, ...]]) -> Gas:
    return Gas(row.quantity_m3, row.quantity_mbtu)


def _by(row: Row[*tuple[Any, ...]]) -> Author | None:
    return None if row.author is None else Author(row.author, row.role is not Role.CUSTOMER)
