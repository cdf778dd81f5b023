"""Strategies of domain values for property tests."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY, GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit

units = st.sampled_from(Unit)
micros = st.integers(-(10**15), 10**15)
gas_days = st.dates(FIRST_GAS_DAY.date, LAST_GAS_DAY.date).map(GasDay)
heating_values = st.integers(700_000, 1_500_000).map(HeatingValue)
_FIRST_MOMENT = dt.datetime(2014, 12, 2, tzinfo=dt.UTC)
_SECONDS = int((dt.datetime(2099, 12, 30, tzinfo=dt.UTC) - _FIRST_MOMENT).total_seconds())
# Whole seconds, half of them on the hour, where the rules turn; and anything in between.
moments = st.builds(
    lambda seconds, micro: _FIRST_MOMENT + dt.timedelta(seconds=seconds, microseconds=micro),
    st.one_of(st.integers(0, _SECONDS), st.integers(0, _SECONDS // 3600).map(lambda hours: hours * 3600)),
    st.one_of(st.just(0), st.integers(-1, 999_999)),
)


def quantities(unit: Unit, least: int = -(10**15), most: int = 10**15) -> st.SearchStrategy[Quantity]:
    """Return amounts of ``unit`` between ``least`` and ``most`` millionths."""
    return st.integers(least, most).map(lambda micro: Quantity.from_micro(micro, unit))
