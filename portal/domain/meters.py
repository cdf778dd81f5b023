"""Volume of a gas day from the index of a meter, also on the day of its change and past the end of its dial.

Source: docs/rules.md, "Meters"; uniform conditions contract, clause 59.1.
"""

from __future__ import annotations

from typing import NamedTuple

from .gas_day import GasDay
from .quantities import Quantity, Unit, half_up

MICRO = 10**6
FEWEST_DIGITS, MOST_DIGITS = 4, 9
# Without a maximum a dial that began again may have turned by this part of itself in a day.
_LARGEST_PART = 10


class Meter(NamedTuple):
    """Meter of a point from a gas day on. Indices are m³ as the dial counts them.

    ``factor_micro`` is the correction factor in millionths: standard m³ for each m³ of the dial. ``former_index`` is
    the last index of the meter before, None for the first one. ``maximum`` is the most of a day, standard m³.
    """

    serial: str
    first_day: GasDay
    first_index: Quantity
    former_index: Quantity | None
    factor_micro: int
    digits: int
    maximum: Quantity | None

    @property
    def dial(self) -> Quantity:
        """The number at which the dial begins again at zero."""
        return Quantity.from_micro(10**self.digits * MICRO, Unit.M3)


class IndexFell(ValueError):
    """Index below the one before, by more than a dial that began again explains: both indices."""

    def __init__(self, before: Quantity, now: Quantity) -> None:
        super().__init__(before, now)
        self.before, self.now = before, now


class IndexTooLarge(ValueError):
    """Index that the dial cannot show: the number at which it begins again."""

    def __init__(self, dial: Quantity) -> None:
        super().__init__(dial)
        self.dial = dial


class IndexMissing(ValueError):
    """No index at the end of the day before, from which to count."""


def compute_volume(
    meter: Meter, *, former: Meter | None, gas_day: GasDay, before: Quantity | None, now: Quantity
) -> Quantity:
    """Return the standard m³ of a gas day by the index at its end.

    ``before`` is the index at the end of the day before. On the first day of a meter the rest of the former one is
    added. Raises ``IndexMissing``, ``IndexFell`` and ``IndexTooLarge``.
    """
    if meter.first_day != gas_day:
        if before is None:
            raise IndexMissing
        return _advance(meter, before, now)
    volume = _advance(meter, meter.first_index, now)
    if former is None or meter.former_index is None:
        return volume
    if before is None:
        raise IndexMissing
    rest = _advance(former, before, meter.former_index)
    return Quantity.from_micro(volume.micro + rest.micro, Unit.M3)


def _advance(meter: Meter, before: Quantity, now: Quantity) -> Quantity:
    """Return the standard m³ between two indices of a meter, half-up to millionths."""
    if now >= meter.dial:
        raise IndexTooLarge(meter.dial)
    turned = now.micro - before.micro
    if turned < 0:
        turned += meter.dial.micro
        corrected = half_up(turned * meter.factor_micro, MICRO)
        most = meter.dial.micro // _LARGEST_PART if meter.maximum is None else meter.maximum.micro
        if corrected > most:
            raise IndexFell(before, now)
    return Quantity.from_micro(half_up(turned * meter.factor_micro, MICRO), Unit.M3)
