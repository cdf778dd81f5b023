"""Days of one delivery point: nominated, authorised and measured gas, written as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit, half_up
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.domain.timetable import RequestKind
from portal.services.store.bulk import BulkInsert
from portal.services.store.statements import Stored

from . import events
from .cast import Point
from .rhythm import Draw, GateValues, Known, Rhythm

MICRO = 10**6
PROVISIONAL_DAYS = 9
# For this long the telemetry's first value is kept beside the certified one.
VERSIONS_DAYS = 90
GAP_CHANCE, CORRECTION_CHANCE, CUT_CHANCE = 0.0013, 0.0006, 0.0016
FORGOTTEN_CHANCE, RENOMINATION_CHANCE = 0.0015, 0.011
MBTU_PER_M3_AND_MILLI = 35.3146667214886 / 1e9


@dataclass(frozen=True, slots=True)
class Writers:
    """Bulk inserts of all points, and the time of the demonstration."""

    nominations: BulkInsert
    authorisations: BulkInsert
    readings: BulkInsert
    adjustments: BulkInsert
    stored: Stored
    now: datetime

    @property
    def today(self) -> GasDay:
        """The gas day of ``now``."""
        return GasDay.of(self.now)

    def clock(self, day: date, hour: int, minute: int = 0) -> Any:
        """Return that time of the UTC clock on ``day``, but never a moment in the future."""
        if (self.today.date - day).days <= 1:
            moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            return self.stored.moment(min(moment, self.now))
        return self.stored.clock(day, hour, minute)


class PointHistory:
    """Write the rows of one point, day by day; ``account_m3`` is its account so far, in millionths."""

    def __init__(
        self,
        writers: Writers,
        *,
        row_id: int,
        point: Point,
        unit: Unit,
        gate: GateValues,
        rhythm: Rhythm,
        nominates_tomorrow: bool,
    ) -> None:
        self.account_m3 = 0
        self._writers = writers
        self._id = row_id
        self._point = point
        self._unit = unit
        self._gate = gate
        self._rhythm = rhythm
        self._nominates_tomorrow = nominates_tomorrow
        self._today = writers.today
        self._cut_day = events.find_cut_day(self._today).date
        self._last: defaultdict[int, list[int]] = defaultdict(list)
        self._old_gaps = {date.fromisoformat(day) for day in events.OLD_GAPS.get(point.name, ())}

    def write(self, days: Sequence[date]) -> None:
        """Write the rows of ``days``, which must be consecutive; today has no reading yet."""
        for day in days:
            ago = (self._today.date - day).days
            draw = self._rhythm.draw(day)
            allowed = self._ask(day, ago, draw)
            if ago > 0:
                consumed = self._measure(day, ago, draw)
                if consumed is not None:
                    self.account_m3 += (allowed.m3.micro if allowed else 0) - consumed * MICRO
                self._adjust(day, ago)

    def _ask(self, day: date, ago: int, draw: Draw) -> Gas | None:
        """Write the nomination of the day and its authorisation; return the latter, None without a nomination."""
        if ago < 0 and not self._nominates_tomorrow:
            return None
        missed = self._point.name == events.NOT_NOMINATED_AT and ago == events.NOT_NOMINATED_DAYS_AGO
        if missed or (draw.forgotten < FORGOTTEN_CHANCE and ago > events.CORRECTED_DAYS_AGO):
            return None
        known = self._gate.known_when_nominating(day)
        asked = self._gas(draw.nominated, known.value)
        minute = int(draw.share * 200)
        received = self._writers.clock(day - timedelta(days=1), 13 + minute // 60, minute % 60)
        self._nominate(f"{draw.bits:024x}", day, 1, asked, known, received)
        if draw.renomination < RENOMINATION_CHANCE and ago > 0:
            asked = self._gas(draw.nominated * (0.92 + 0.2 * draw.share), known.value)
            # Sent at 20:00 of the day before, in force from 02:00 on; the database stores UTC.
            received, effective = self._writers.clock(day, 1), self._writers.clock(day, 7)
            self._nominate(f"{draw.bits ^ 1:024x}", day, 2, asked, known, received, effective)
        return self._authorise(day, ago, asked, known.value, draw)

    def _nominate(
        self, public_id: str, day: date, revision: int, gas: Gas, known: Known, received: Any, effective: Any = None
    ) -> None:
        kind = RequestKind.NOMINATION if effective is None else RequestKind.RENOMINATION
        self._writers.nominations.add(
            public_id,
            self._id,
            self._writers.stored.day(day),
            revision,
            kind.value,
            self._unit.value,
            gas.m3.micro,
            gas.mbtu.micro,
            known.value.milli,
            self._writers.stored.day(known.measured_on),
            effective,
            received,
            Channel.CARRIED_OVER.value,
        )

    def _authorise(self, day: date, ago: int, asked: Gas, value: HeatingValue, draw: Draw) -> Gas:
        """Write the authorisation, at 20:00 of the day before; until then the nomination counts."""
        evening = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        if ago < 0 and self._writers.now < evening:
            return asked
        allowed, reason = asked, None
        always = self._point.name == events.CUT_AT and day == self._cut_day
        if always or (draw.cut < CUT_CHANCE and ago > 1):
            quantity = asked.in_unit(self._unit)
            step = self._step(quantity.micro * (700 + int(200 * draw.share)) // 1000)
            allowed = Gas.of(Quantity.from_micro(step, self._unit), value)
            reason = CutReason.CCD if always else events.CUT_REASONS[int(draw.share * len(events.CUT_REASONS))]
        self._writers.authorisations.add(
            self._id,
            self._writers.stored.day(day),
            1,
            allowed.m3.micro,
            allowed.mbtu.micro,
            reason.value if reason else None,
            self._writers.clock(day, 1),
        )
        return allowed

    def _measure(self, day: date, ago: int, draw: Draw) -> int | None:
        """Write the versions of the reading; return the one in force in whole m³, None for a gap."""
        name = self._point.name
        if day in self._old_gaps or (name == events.GAP_AT and ago == events.GAP_DAYS_AGO):
            return None
        same_weekday = self._last[day.weekday()]
        if (name == events.ESTIMATED_AT and ago == events.ESTIMATED_DAYS_AGO) or (
            draw.gap < GAP_CHANCE and ago > events.CORRECTED_DAYS_AGO and same_weekday
        ):
            estimate = half_up(sum(same_weekday), len(same_weekday)) if same_weekday else draw.consumed
            self._read(day, 1, ReadingState.ESTIMATED, estimate, days_later=2)
            return estimate
        volume = draw.consumed
        version = 1
        if ago <= PROVISIONAL_DAYS:
            self._read(day, version, ReadingState.PROVISIONAL, volume)
        else:
            if ago <= VERSIONS_DAYS:
                first = volume if draw.share < 0.8 else round(volume * (0.99 + draw.correction / 50))
                self._read(day, version, ReadingState.PROVISIONAL, first)
                version += 1
            volume = self._certify(day, ago, version, volume, draw)
        same_weekday.append(volume)
        del same_weekday[:-4]
        return volume

    def _certify(self, day: date, ago: int, version: int, volume: int, draw: Draw) -> int:
        always = self._point.name == events.CORRECTED_AT and ago == events.CORRECTED_DAYS_AGO
        if not always and draw.correction >= CORRECTION_CHANCE:
            # Long ago the version of the next morning stands for both: it came in time.
            self._read(day, version, ReadingState.CERTIFIED, volume, days_later=8 if version > 1 else 1)
            return volume
        self._read(day, version, ReadingState.CERTIFIED, round(volume * (0.9 + 0.15 * draw.share)), days_later=8)
        reasons = events.CORRECTION_REASONS
        reason = reasons[int(draw.share * len(reasons))]
        self._read(day, version + 1, ReadingState.CORRECTED, volume, days_later=15, reason=reason)
        return volume

    def _read(
        self, day: date, version: int, state: ReadingState, m3: int, *, days_later: int = 1, reason: str | None = None
    ) -> None:
        self._writers.readings.add(
            self._id,
            self._writers.stored.day(day),
            version,
            state.value,
            m3 * MICRO,
            reason,
            self._writers.clock(day + timedelta(days=days_later), 11),
        )

    def _adjust(self, day: date, ago: int) -> None:
        name = self._point.name
        if name in events.NETTED and (day.month, day.day) == (11, 30):
            note = events.NETTING_NOTE.format(first=day.year - 1, last=day.year)
            self._move(day, AdjustmentReason.NETTING, note, -(self.account_m3 // MICRO))
        adjustment = events.ADJUSTMENTS.get(name)
        if adjustment is not None and adjustment[0] == ago:
            _, reason, m3, note = adjustment
            self._move(day, reason, note, m3)

    def _move(self, day: date, reason: AdjustmentReason, note: str, m3: int) -> None:
        gas = Gas.of(Quantity.from_micro(m3 * MICRO, Unit.M3), self._gate.at(day).value)
        self.account_m3 += gas.m3.micro
        self._writers.adjustments.add(
            self._id,
            self._writers.stored.day(day),
            reason.value,
            note,
            gas.m3.micro,
            gas.mbtu.micro,
            self._writers.clock(day + timedelta(days=1), 15),
        )

    def _gas(self, m3: float, value: HeatingValue) -> Gas:
        """Return the quantity as a person would ask for it: tens of m³ or half MBTU."""
        amount = m3 if self._unit is Unit.M3 else m3 * MBTU_PER_M3_AND_MILLI * value.milli
        return Gas.of(Quantity.from_micro(self._step(round(amount * MICRO)), self._unit), value)

    def _step(self, micro: int) -> int:
        step = 10 * MICRO if self._unit is Unit.M3 else MICRO // 2
        return half_up(micro, step) * step
