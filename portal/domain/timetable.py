"""Windows of requests, the moment they take effect, and the least a day may be set to (docs/rules.md, "Timetable")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .counts import counted
from .gas_day import FIRST_GAS_DAY, GasDay, in_bogota
from .modalities import Modality
from .quantities import Quantity, half_up

# A request that arrived in time counts if it is committed within this time after the close.
COMMIT_GRACE = dt.timedelta(seconds=10)
_DAY = dt.timedelta(hours=24)
_HOUR = dt.timedelta(hours=1)
_MINUTE = dt.timedelta(minutes=1)


class RequestKind(StrEnum):
    """A request for a future gas day, or a new total for a day already nominated (guide step 19)."""

    NOMINATION = "nominacion"
    RENOMINATION = "renominacion"


KIND_WORDS = {RequestKind.NOMINATION: "Nominación", RequestKind.RENOMINATION: "Re-nominación"}


class Verdict(StrEnum):
    """Result of comparing a moment of arrival with a window."""

    OPEN = "open"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"


class NoWindow(LookupError):
    """No row of the timetable holds for this modality, kind and gas day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A row of the timetable: when requests of ``kind`` are taken for a gas day D.

    ``opens_day`` and ``closes_day`` count days from D (−1 is the day before), the times are Colombian clock times.
    ``modality`` None means every modality. ``notice_hours`` pass before a request takes effect; ``max_per_day`` is
    the most a point may send for one gas day, None without limit. The row holds for gas days from ``valid_from``
    until before ``valid_until``, None without end.
    """

    kind: RequestKind
    opens_day: int
    opens_time: dt.time
    closes_day: int
    closes_time: dt.time
    notice_hours: int = 0
    max_per_day: int | None = None
    modality: Modality | None = None
    valid_from: GasDay = FIRST_GAS_DAY
    valid_until: GasDay | None = None

    def opens_at(self, gas_day: GasDay) -> dt.datetime:
        """Return the moment, in UTC, at which the window of ``gas_day`` opens.

        The moment itself is inside for a nomination and outside for a renomination: where one window ends and the other
        begins at noon, noon belongs to the nomination.
        """
        return gas_day.at(self.opens_day, self.opens_time)

    def closes_at(self, gas_day: GasDay) -> dt.datetime:
        """Return the last moment, in UTC, at which a request for ``gas_day`` is taken."""
        return gas_day.at(self.closes_day, self.closes_time)

    def holds_for(self, modality: Modality, kind: RequestKind, gas_day: GasDay) -> bool:
        """Tell whether the row holds for this modality, kind and gas day."""
        return (
            self.kind is kind
            and self.modality in (None, modality)
            and self.valid_from <= gas_day
            and (self.valid_until is None or gas_day < self.valid_until)
        )


DEFAULT_WINDOWS = (
    Window(
        kind=RequestKind.NOMINATION,
        opens_day=-31,
        opens_time=dt.time(0),
        closes_day=-1,
        closes_time=dt.time(12),
    ),
    Window(
        kind=RequestKind.RENOMINATION,
        opens_day=-1,
        opens_time=dt.time(12),
        closes_day=0,
        closes_time=dt.time(16),
        notice_hours=6,
        max_per_day=4,
    ),
)


def find_window(rows: Iterable[Window], modality: Modality, kind: RequestKind, gas_day: GasDay) -> Window:
    """Return the row that decides: one of the modality before one for all, then the latest ``valid_from``.

    A row valid for a single date thus moves the window of that date. Among equals the last one given decides. Raises
    ``NoWindow`` when none holds.
    """
    found: Window | None = None
    for row in rows:
        if row.holds_for(modality, kind, gas_day) and (found is None or _rank(row) >= _rank(found)):
            found = row
    if found is None:
        raise NoWindow(f"no window of {modality} for a {kind} of {gas_day}")
    return found


def decide(window: Window, gas_day: GasDay, arrival: dt.datetime) -> Verdict:
    """Return the verdict for a request that arrived at ``arrival``; the close itself is in time (12:00:00.000)."""
    if arrival > window.closes_at(gas_day):
        return Verdict.TOO_LATE
    opens_at = window.opens_at(gas_day)
    if arrival < opens_at or (arrival == opens_at and window.kind is RequestKind.RENOMINATION):
        return Verdict.TOO_EARLY
    return Verdict.OPEN


def commit_in_time(window: Window, gas_day: GasDay, commit: dt.datetime) -> bool:
    """Tell whether a request that arrived in time was committed soon enough: at most 10 s after the close."""
    return commit <= window.closes_at(gas_day) + COMMIT_GRACE


def compute_effective_from(arrival: dt.datetime, notice_hours: int) -> dt.datetime:
    """Return the moment, in UTC, from which a request counts: arrival plus notice, rounded up to the full hour."""
    local = in_bogota(arrival) + dt.timedelta(hours=notice_hours)
    hour = local.replace(minute=0, second=0, microsecond=0)
    return (hour if hour == local else hour + _HOUR).astimezone(dt.UTC)


def compute_floor(
    in_force: Quantity, gas_day: GasDay, effective: dt.datetime, profile: Sequence[int] | None = None
) -> Quantity:
    """Return the part of the quantity in force that has flowed by ``effective``, half-up to six decimals.

    The flow is even, 1/24 an hour, unless ``profile`` weighs the 24 hours: nothing at the day's start, all of it from
    its end on. A renomination may not ask for less.
    """
    elapsed = min(max(effective - gas_day.start, dt.timedelta()), _DAY)
    weights = profile or (1,) * 24
    hours, part = divmod(elapsed, _HOUR)
    # In microseconds of an hour: a part of an hour stays exact.
    microsecond = dt.timedelta(microseconds=1)
    hour = _HOUR // microsecond
    taken = sum(weights[:hours]) * hour + (weights[hours] * (part // microsecond) if part else 0)
    return Quantity.from_micro(half_up(in_force.micro * taken, sum(weights) * hour), in_force.unit)


def list_eligible_days(
    rows: Sequence[Window],
    modality: Modality,
    kind: RequestKind,
    now: dt.datetime,
    *,
    first: GasDay = FIRST_GAS_DAY,
) -> list[GasDay]:
    """Return the gas days from ``first`` on for which a request of ``kind`` is taken at ``now``, in order."""
    today = GasDay.of(now)
    mine = [row for row in rows if row.kind is kind and row.modality in (None, modality)]
    if not mine:
        return []
    # A day is open while today lies between its opening and its close; the row that decides may differ day by day.
    nearest = -max(row.closes_day for row in mine)
    farthest = -min(row.opens_day for row in mine)
    return [
        day
        for day in (today.plus(days) for days in range(nearest, farthest + 1))
        if day >= first and _is_open(rows, modality, kind, day, now)
    ]


def find_next_deadline(
    rows: Sequence[Window], modality: Modality | None, now: dt.datetime
) -> tuple[GasDay, dt.datetime] | None:
    """Return the nearest close of nominations not yet past, with its gas day; of any modality when None is given.

    None when the rows of the timetable have no such close.
    """
    kind = RequestKind.NOMINATION
    today = GasDay.of(now)
    closes = [row.closes_day for row in rows if row.kind is kind]
    found: list[tuple[dt.datetime, GasDay]] = []
    for each in Modality if modality is None else (modality,):
        # One day beyond the offsets: today's close may be past.
        for days in range(-max(closes, default=0), 2 - min(closes, default=0)):
            day = today.plus(days)
            try:
                closes_at = find_window(rows, each, kind, day).closes_at(day)
            except NoWindow:
                continue
            if closes_at >= now:
                found.append((closes_at, day))
    if not found:
        return None
    closes_at, day = min(found)
    return day, closes_at


def time_left_words(left: dt.timedelta) -> str:
    """Return a time in words, rounded down: "2 h 14 min", "3 días 5 h", "menos de 1 min"."""
    if left < _MINUTE:
        return "menos de 1 min" if left > dt.timedelta() else "0 min"
    days, rest = divmod(left, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // _MINUTE
    if days:
        return " ".join(filter(None, [counted(days, "día", "días"), f"{hours} h" if hours else ""]))
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]))


def _is_open(rows: Sequence[Window], modality: Modality, kind: RequestKind, day: GasDay, now: dt.datetime) -> bool:
    try:
        return decide(find_window(rows, modality, kind, day), day, now) is Verdict.OPEN
    except NoWindow:
        return False


def _rank(row: Window) -> tuple[bool, GasDay]:
    return row.modality is not None, row.valid_from
