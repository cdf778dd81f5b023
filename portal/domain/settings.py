"""Dated settings, and the row that holds for a gas day.

Source: docs/rules.md, "No nomination at the close", "What blocks and what warns".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from .gas_day import GasDay
from .modalities import Modality
from .quantities import Quantity


class SettingName(StrEnum):
    """Name of a setting."""

    TOLERANCE = "tolerance"
    CLOSE_POLICY = "close-policy"
    SUSPICIOUS_FACTOR = "suspicious-factor"
    UNIT_FACTOR_LOW = "unit-factor-low"
    UNIT_FACTOR_HIGH = "unit-factor-high"
    ADJUSTMENT_LIMIT = "adjustment-limit"
    CUT_PRIORITY = "cut-priority"
    DAILY_MAXIMUM = "daily-maximum"
    KEEP_FILES = "keep-files"
    KEEP_SESSIONS = "keep-sessions"
    KEEP_ATTEMPTS = "keep-attempts"
    KEEP_MAILS = "keep-mails"
    KEEP_DRAFTS = "keep-drafts"
    PURGE_DAILY = "purge-daily"
    ONE_CODE = "one-code"


class SettingScope(StrEnum):
    """Scope of a row, the widest first; among rows that hold the narrowest decides."""

    ALL = "all"
    MODALITY = "modality"
    CONTRACT = "contract"
    POINT = "point"


_FACTORS = frozenset({SettingScope.ALL, SettingScope.MODALITY, SettingScope.CONTRACT, SettingScope.POINT})
# Tolerance and daily maximum are terms of each contract: nothing wider sets them.
SCOPES: Mapping[SettingName, frozenset[SettingScope]] = {
    SettingName.TOLERANCE: frozenset({SettingScope.CONTRACT}),
    SettingName.CLOSE_POLICY: frozenset(SettingScope),
    SettingName.SUSPICIOUS_FACTOR: _FACTORS,
    SettingName.UNIT_FACTOR_LOW: _FACTORS,
    SettingName.UNIT_FACTOR_HIGH: _FACTORS,
    SettingName.ADJUSTMENT_LIMIT: frozenset({SettingScope.ALL, SettingScope.MODALITY, SettingScope.CONTRACT}),
    SettingName.CUT_PRIORITY: frozenset({SettingScope.ALL, SettingScope.MODALITY, SettingScope.CONTRACT}),
    SettingName.DAILY_MAXIMUM: frozenset({SettingScope.CONTRACT}),
    SettingName.KEEP_FILES: frozenset({SettingScope.ALL}),
    SettingName.KEEP_SESSIONS: frozenset({SettingScope.ALL}),
    SettingName.KEEP_ATTEMPTS: frozenset({SettingScope.ALL}),
    SettingName.KEEP_MAILS: frozenset({SettingScope.ALL}),
    SettingName.KEEP_DRAFTS: frozenset({SettingScope.ALL}),
    SettingName.PURGE_DAILY: frozenset({SettingScope.ALL}),
    # A term of trust with one customer.
    SettingName.ONE_CODE: frozenset({SettingScope.CONTRACT}),
}
# Least days for which a kind is kept, where it is not kept for ever (0, which holds without a row).
RETENTION: Mapping[SettingName, int] = {
    SettingName.KEEP_FILES: 30,
    SettingName.KEEP_SESSIONS: 90,
    SettingName.KEEP_ATTEMPTS: 90,
    SettingName.KEEP_MAILS: 180,
    SettingName.KEEP_DRAFTS: 7,
}
FOR_EVER, MOST_DAYS = 0, 3650
LEAST_FACTOR, MOST_FACTOR = 2, 1000
MOST_TOLERANCE = 10_000
# In whole MBTU: an adjustment beyond it needs a second person.
ADJUSTMENT_LIMIT, MOST_LIMIT = 100, 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """Point with its contract and modality, by row ids; a wider place leaves the narrower ids None."""

    modality: Modality | None = None
    contract_id: int | None = None
    delivery_point_id: int | None = None

    @property
    def scope(self) -> SettingScope:
        """Scope of this place."""
        if self.delivery_point_id is not None:
            return SettingScope.POINT
        if self.contract_id is not None:
            return SettingScope.CONTRACT
        return SettingScope.ALL if self.modality is None else SettingScope.MODALITY

    def covers(self, other: Place) -> bool:
        """Tell whether a setting of this place holds at ``other``."""
        match self.scope:
            case SettingScope.POINT:
                return self.delivery_point_id == other.delivery_point_id
            case SettingScope.CONTRACT:
                return self.contract_id == other.contract_id
            case SettingScope.MODALITY:
                return self.modality is other.modality
            case SettingScope.ALL:
                return True


@dataclass(frozen=True, slots=True)
class Dated:
    """Value of a setting for a place, from a gas day on."""

    name: SettingName
    place: Place
    value: str
    valid_from: GasDay


_WIDTHS = {scope: width for width, scope in enumerate(SettingScope)}


def find_value(rows: Iterable[Dated], name: SettingName, place: Place, day: GasDay) -> str | None:
    """Return the value that holds at ``place`` on ``day``, None without one.

    The narrowest place decides, then the latest ``valid_from``, then the last one given.
    """
    found: tuple[tuple[int, GasDay], str] | None = None
    for row in rows:
        if row.name is name and row.valid_from <= day and row.place.covers(place):
            rank = (_WIDTHS[row.place.scope], row.valid_from)
            if found is None or rank >= found[0]:
                found = rank, row.value
    return found[1] if found else None


Step = TypeVar("Step", int, Quantity)


def _find_step(signed: Step, steps: Sequence[tuple[GasDay, Step]], day: GasDay) -> Step:
    found, since = signed, None
    for first, value in steps:
        if first <= day and (since is None or first >= since):
            found, since = value, first
    return found


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Tolerance of a contract in hundredths of a percent: as signed, then as set from later days on."""

    signed: int
    steps: tuple[tuple[GasDay, int], ...] = ()

    def on(self, day: GasDay) -> int:
        """Return the tolerance on ``day``; of two from the same day the last one given."""
        return _find_step(self.signed, self.steps, day)


@dataclass(frozen=True, slots=True)
class Maximum:
    """Daily maximum of a contract in its unit: as signed, then as set from later days on."""

    signed: Quantity
    steps: tuple[tuple[GasDay, Quantity], ...] = ()

    def on(self, day: GasDay) -> Quantity:
        """Return the maximum on ``day``; of two from the same day the last one given."""
        return _find_step(self.signed, self.steps, day)

    def find_next(self, day: GasDay) -> GasDay | None:
        """Return the first day after ``day`` from which another row holds, None without one."""
        return min([first for first, _ in self.steps if first > day], default=None)
