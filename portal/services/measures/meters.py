"""Meters of points from a gas day on, and readings by their index (adr/0131)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.meters import (
    FEWEST_DIGITS,
    MICRO,
    MOST_DIGITS,
    IndexFell,
    IndexMissing,
    IndexTooLarge,
    Meter,
    compute_volume,
)
from portal.domain.quantities import Quantity, plain
from portal.domain.readings import ReadingState
from portal.domain.typed_text import as_typed
from portal.models import DeliveryPoint, IndexReading, MeterChange, Reading, User
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .readings.entries import Written, write

LONGEST_SERIAL, LONGEST_NOTE = 40, 300
# The correction factor of a station: pressure, temperature and compressibility together.
SMALLEST_FACTOR, LARGEST_FACTOR = Decimal("0.5"), Decimal(100)


class NewMeter(NamedTuple):
    """Meter as typed: indices in m³ of the dial, factor with at most six decimals, maximum in standard m³ a day."""

    gas_day: GasDay
    serial: str
    first_index: Quantity
    former_index: Quantity | None
    factor: Decimal
    digits: int
    maximum: Quantity | None
    note: str


class KnownMeter(NamedTuple):
    """Meter of a point with who recorded it and when."""

    row_id: int
    meter: Meter
    note: str
    recorded_at: datetime
    recorded_by: str

    @property
    def factor(self) -> Decimal:
        """The correction factor."""
        return Decimal(self.meter.factor_micro) / MICRO


class IndexState(NamedTuple):
    """State of a day by index: the meter, the index before, and the one that was typed."""

    meter: Meter
    before: Quantity | None
    typed: Quantity | None


class Recorded(NamedTuple):
    """Reading by index, with the standard m³ of the day after where that was counted anew."""

    reading: Reading
    recounted: Quantity | None


def list_meters(act: Act, *, point: str) -> tuple[DeliveryPoint, list[KnownMeter]]:
    """Return a point and its meters, the newest first; ``NotFound`` for an unknown point."""
    require(act, Function.LOAD_READINGS)
    found = _point(act.session, point)
    rows = act.session.execute(
        select(MeterChange, User.name.label("by"))
        .join(User, User.id == MeterChange.recorded_by_id)
        .where(MeterChange.delivery_point_id == found.id)
        .order_by(MeterChange.gas_day.desc())
    )
    return found, [
        KnownMeter(
            row.MeterChange.id, _meter(row.MeterChange), row.MeterChange.note, row.MeterChange.recorded_at, row.by
        )
        for row in rows
    ]


def record_meter(act: Act, *, point: str, new: NewMeter) -> None:
    """Record the meter of a point from a gas day on. Commits.

    Refuses (``Rejected``) ``METER_SERIAL``, ``METER_FACTOR``, ``METER_DIGITS``, ``METER_MAXIMUM`` (not above zero),
    ``METER_INDEX_LARGE``, ``METER_FORMER_INDEX``, ``METER_DAY`` (not after the last change, to come, or not served),
    ``METER_DAY_CLOSED`` and ``METER_DAY_READ`` (an index of that day or a later one was taken); ``NotFound``.
    """
    user_id = require(act, Function.LOAD_READINGS)
    session = act.session
    serial, note = " ".join(as_typed(new.serial).split()), " ".join(as_typed(new.note).split())
    if not serial or len(serial) > LONGEST_SERIAL:
        raise Rejected(Refusal.METER_SERIAL, "serial", most=LONGEST_SERIAL)
    if len(note) > LONGEST_NOTE:
        raise Rejected(Refusal.REASON_TOO_LONG, "note", most=LONGEST_NOTE)
    if not SMALLEST_FACTOR <= new.factor <= LARGEST_FACTOR or new.factor * MICRO % 1:
        raise Rejected(Refusal.METER_FACTOR, "factor")
    if not FEWEST_DIGITS <= new.digits <= MOST_DIGITS:
        raise Rejected(Refusal.METER_DIGITS, "digits", fewest=FEWEST_DIGITS, most=MOST_DIGITS)
    if new.maximum is not None and new.maximum.micro <= 0:
        raise Rejected(Refusal.METER_MAXIMUM, "maximum")
    with meaning_of_constraints(), transaction(session):
        found = _point(session, point)
        ledger.lock(session, found.id)
        row = MeterChange(
            delivery_point_id=found.id,
            gas_day=new.gas_day,
            serial=serial,
            first_index=new.first_index,
            former_index=new.former_index,
            factor_micro=int(new.factor * MICRO),
            digits=new.digits,
            maximum_m3=new.maximum,
            note=note,
            recorded_at=act.now,
            recorded_by_id=user_id,
        )
        _check_day(act, found, row)
        session.add(row)
        session.flush()
        audit.record(
            act,
            event=AuditEvent.METER_CHANGED,
            subject=found.public_id,
            company_id=found.contract.company_id,
            details={
                "gas_day": new.gas_day.isoformat(),
                "serial": serial,
                "first_index": plain(new.first_index),
                "former_index": None if new.former_index is None else plain(new.former_index),
                "factor": plain(new.factor),
                "digits": new.digits,
                "maximum_m3": None if new.maximum is None else plain(new.maximum),
            },
        )


def find_index_states(session: Session, *, point_ids: Collection[int], gas_day: GasDay) -> Mapping[int, IndexState]:
    """Return for each point with a meter on a day what is needed to take its index. Two queries."""
    meters = _find_meters(session, point_ids=point_ids, gas_day=gas_day)
    rows = session.execute(
        select(Reading.delivery_point_id, Reading.gas_day, IndexReading.meter_index)
        .outerjoin(IndexReading, IndexReading.reading_id == Reading.id)
        .where(Reading.delivery_point_id.in_(list(meters)), Reading.gas_day.in_([gas_day.plus(-1), gas_day]))
        .order_by(Reading.version)
    )
    # The newest version counts, also where it was typed as a volume.
    found = {(row.delivery_point_id, row.gas_day): row.meter_index for row in rows}
    return {
        point_id: IndexState(_meter(pair[0]), found.get((point_id, gas_day.plus(-1))), found.get((point_id, gas_day)))
        for point_id, pair in meters.items()
    }


def record_index(act: Act, *, point: str, gas_day: GasDay, index: Quantity, seen: int) -> Recorded:
    """Write the reading of a day by the index at its end, and that of the day after where it counts from it. Commits.

    Refuses (``Rejected``) ``METER_MISSING``, ``INDEX_MISSING`` (of the day before), ``INDEX_FELL``,
    ``INDEX_ABOVE_NEXT`` (the day after has a lower one), ``METER_INDEX_LARGE``; raises as ``readings.record``.
    """
    require(act, Function.LOAD_READINGS)
    with meaning_of_constraints(), transaction(act.session):
        found = _point(act.session, point)
        ledger.lock(act.session, found.id)
        reading = _write_index(act, found, gas_day, index, seen)
        return Recorded(reading, _recount_next(act, found, gas_day))


def _write_index(act: Act, point: DeliveryPoint, gas_day: GasDay, index: Quantity, seen: int) -> Reading:
    meter, volume = _count(act.session, point, gas_day, index)
    reading = write(act, point=point, written=Written(gas_day, volume, ReadingState.PROVISIONAL, None, seen))
    act.session.add(IndexReading(reading_id=reading.id, meter_id=meter.id, meter_index=index))
    act.session.flush()
    return reading


def _count(session: Session, point: DeliveryPoint, gas_day: GasDay, index: Quantity) -> tuple[MeterChange, Quantity]:
    """Return the meter of a day and the standard m³ that an index at its end gives; refuses as ``record_index``."""
    pair = _find_meters(session, point_ids=[point.id], gas_day=gas_day).get(point.id)
    if pair is None:
        raise Rejected(Refusal.METER_MISSING, "index", day=gas_day)
    current, former = pair
    before = find_index_states(session, point_ids=[point.id], gas_day=gas_day)[point.id].before
    try:
        volume = compute_volume(
            _meter(current),
            former=None if former is None else _meter(former),
            gas_day=gas_day,
            before=before,
            now=index,
        )
    except IndexMissing:
        raise Rejected(Refusal.INDEX_MISSING, "index", day=gas_day.plus(-1)) from None
    except IndexFell as fell:
        raise Rejected(Refusal.INDEX_FELL, "index", before=fell.before, now=fell.now) from None
    except IndexTooLarge as large:
        raise Rejected(Refusal.METER_INDEX_LARGE, "index", dial=large.dial) from None
    return current, volume


def _recount_next(act: Act, point: DeliveryPoint, gas_day: GasDay) -> Quantity | None:
    """Count the provisional reading of the day after anew where it is by index; return its m³ where they changed."""
    after = gas_day.plus(1)
    row = act.session.execute(
        select(Reading.version, Reading.state, Reading.volume_m3, IndexReading.meter_index)
        .outerjoin(IndexReading, IndexReading.reading_id == Reading.id)
        .where(Reading.delivery_point_id == point.id, Reading.gas_day == after)
        .order_by(Reading.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.meter_index is None or row.state is not ReadingState.PROVISIONAL:
        return None
    try:
        _, volume = _count(act.session, point, after, row.meter_index)
    except Rejected as refused:
        raise Rejected(Refusal.INDEX_ABOVE_NEXT, "index", day=after, next=row.meter_index) from refused
    if volume == row.volume_m3:
        return None
    _write_index(act, point, after, row.meter_index, row.version)
    return volume


def _find_meters(
    session: Session, *, point_ids: Collection[int], gas_day: GasDay
) -> dict[int, tuple[MeterChange, MeterChange | None]]:
    """Return for each point with a meter on a day that meter and the one before it."""
    found: dict[int, list[MeterChange]] = {}
    for row in session.scalars(
        select(MeterChange)
        .where(MeterChange.delivery_point_id.in_(list(point_ids)), MeterChange.gas_day <= gas_day)
        .order_by(MeterChange.gas_day.desc())
    ):
        found.setdefault(row.delivery_point_id, []).append(row)
    return {point_id: (rows[0], rows[1] if len(rows) > 1 else None) for point_id, rows in found.items()}


def _check_day(act: Act, point: DeliveryPoint, row: MeterChange) -> None:
    session = act.session
    last = session.scalars(
        select(MeterChange)
        .where(MeterChange.delivery_point_id == point.id)
        .order_by(MeterChange.gas_day.desc())
        .limit(1)
    ).one_or_none()
    if not point.in_force_on(row.gas_day) or row.gas_day > GasDay.of(act.now):
        raise Rejected(Refusal.METER_DAY, "gas_day")
    if last is not None and row.gas_day <= last.gas_day:
        raise Rejected(Refusal.METER_DAY_BEFORE, "gas_day", day=last.gas_day)
    closed = closings.find_last_closed_month(session, delivery_point_id=point.id)
    if closed is not None and row.gas_day <= closed.last:
        raise Rejected(Refusal.METER_DAY_CLOSED, "gas_day")
    if (last is None) is not (row.former_index is None):
        raise Rejected(Refusal.METER_FORMER_INDEX if last else Refusal.METER_NO_FORMER, "former_index")
    for index, meter in ((row.first_index, _meter(row)), (row.former_index, None if last is None else _meter(last))):
        if index is not None and meter is not None and index >= meter.dial:
            field = "first_index" if meter.serial == row.serial and index is row.first_index else "former_index"
            raise Rejected(Refusal.METER_INDEX_LARGE, field, dial=meter.dial)
    read = session.scalar(
        select(func.max(Reading.gas_day))
        .join(IndexReading, IndexReading.reading_id == Reading.id)
        .where(Reading.delivery_point_id == point.id, Reading.gas_day >= row.gas_day)
    )
    if read is not None:
        raise Rejected(Refusal.METER_DAY_READ, "gas_day", day=read)


def _meter(row: MeterChange) -> Meter:
    return Meter(
        row.serial, row.gas_day, row.first_index, row.former_index, row.factor_micro, row.digits, row.maximum_m3
    )


def _point(session: Session, public_id: str) -> DeliveryPoint:
    wanted = select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)
    found = session.scalars(wanted).unique().one_or_none()
    if found is None:
        raise NotFound
    return found
