"""Deadlines of the calendar feed: the next closes and the points without a nomination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import NoWindow, RequestKind, Window, find_window
from portal.models import Binding, DeliveryPoint, NominationHead, TimetableRow
from portal.services import timetable
from portal.services.store.acts import Act

DAYS_AHEAD = 14
# A close stays in the feed for a day after it passed.
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The close of one kind of request for a gas day of a modality.

    ``missing`` names the points, of ``points`` in all, that have nothing in force for the day. ``reason`` says why the
    window of this one day was moved; None when it was not.
    """

    modality: Modality
    kind: RequestKind
    gas_day: GasDay
    closes_at: datetime
    points: int
    missing: tuple[str, ...]
    reason: str | None


_POINTS = (
    select(DeliveryPoint)
    .join(Binding, Binding.contract_id == DeliveryPoint.contract_id)
    .where(Binding.user_id == bindparam("user_id"), Binding.disabled_at.is_(None))
    .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
)
_NOMINATED = select(NominationHead.delivery_point_id, NominationHead.gas_day).where(
    NominationHead.delivery_point_id.in_(bindparam("point_ids", expanding=True)),
    NominationHead.gas_day.between(bindparam("first"), bindparam("last")),
)
REASONS = select(TimetableRow).where(
    TimetableRow.reason.is_not(None),
    TimetableRow.valid_from.between(bindparam("first"), bindparam("last")),
)


def list_of_person(act: Act, *, user_id: int) -> list[Deadline]:
    """Return the closes from yesterday to two weeks ahead for the points under a person's contracts.

    Ordered by moment of the close; four queries. Contains no quantity, only which days have a nomination, as the start
    page does.
    """
    session = act.session
    first = GasDay.of(act.now)
    last = first.plus(DAYS_AHEAD)
    points = session.scalars(_POINTS, {"user_id": user_id}).unique().all()
    span = {"first": first, "last": last}
    nominated = {
        (row.delivery_point_id, row.gas_day)
        for row in session.execute(_NOMINATED, {"point_ids": [point.id for point in points], **span})
    }
    rows = timetable.list_windows(session)
    moved = session.scalars(REASONS, span).all()
    by_modality: dict[Modality, list[DeliveryPoint]] = {}
    for point in points:
        by_modality.setdefault(point.contract.modality, []).append(point)
    found: list[Deadline] = []
    for modality, theirs in by_modality.items():
        for day in [first.plus(ahead) for ahead in range(DAYS_AHEAD + 1)]:
            served = [point for point in theirs if point.in_force_on(day)]
            missing = tuple(point.name for point in served if (point.id, day) not in nominated)
            for kind in RequestKind if served else ():
                closes_at = find_close(rows, modality, kind, day)
                if closes_at is not None and closes_at >= act.now - KEPT:
                    reason = find_reason(moved, modality, kind, day)
                    found.append(Deadline(modality, kind, day, closes_at, len(served), missing, reason))
    return sorted(found, key=lambda each: (each.closes_at, each.gas_day, each.modality.value, each.kind.value))


def find_close(rows: Sequence[Window], modality: Modality, kind: RequestKind, day: GasDay) -> datetime | None:
    """Return the close of a kind of request for a gas day (aware, UTC); None where no row of the timetable holds."""
    try:
        return find_window(rows, modality, kind, day).closes_at(day)
    except NoWindow:
        return None


def find_reason(moved: Sequence[TimetableRow], modality: Modality, kind: RequestKind, day: GasDay) -> str | None:
    """Return why the window of this one day was moved, None when it was not."""
    for row in reversed(moved):
        if row.kind is kind and row.modality in (None, modality) and row.valid_from == day:
            return row.reason
    return None
