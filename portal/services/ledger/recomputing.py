"""A point's whole projection worked out anew from the append-only tables, without looking at what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, Unit
from portal.models import Adjustment, Authorisation, DeliveryPoint, Nomination, NominationHead, Reading
from portal.services.heating_values import History
from portal.services.statements import Statement, day_of

from .figures import DayFigures, MonthFigures, Sources, Totals, gas_of
from .reading import authoritative
from .tables import POINT

_NOMINATIONS = Statement(
    select(
        NominationHead.gas_day, Nomination.unit, Nomination.quantity_m3, Nomination.quantity_mbtu, Nomination.revision
    )
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .where(NominationHead.delivery_point_id == POINT)
)
_AUTHORISATIONS = Statement(
    select(Authorisation.gas_day, Authorisation.quantity_m3, Authorisation.quantity_mbtu, Authorisation.cut_reason)
    .where(Authorisation.delivery_point_id == POINT)
    .order_by(Authorisation.gas_day, Authorisation.version)
)
_READINGS = Statement(
    select(Reading.gas_day, Reading.volume_m3, Reading.state)
    .where(Reading.delivery_point_id == POINT)
    .order_by(Reading.gas_day, Reading.version)
)
_ADJUSTMENTS = Statement(
    select(Adjustment.gas_day, Adjustment.quantity_m3, Adjustment.quantity_mbtu).where(
        Adjustment.delivery_point_id == POINT
    )
)


class Projection(NamedTuple):
    """The rows that ``daily_balances`` and ``monthly_balances`` should hold for a point, in order."""

    days: dict[date, DayFigures]
    months: dict[date, MonthFigures]


class Recomputer:
    """Works out one point after the other; the heating values of an exit point are read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heating_values: dict[int, History] = {}

    def of(self, point: DeliveryPoint) -> Projection:
        """Return what the projection of ``point`` should say."""
        history = self._heating_values.get(point.exit_point_id)
        if history is None:
            history = History(self._session, exit_point_id=point.exit_point_id)
            self._heating_values[point.exit_point_id] = history
        sources = _sources(self._session, point)
        days = {day: DayFigures.of(sources[day], history.in_force(GasDay(day))) for day in sorted(sources)}
        return Projection(days, dict(_months(days)))


def _sources(session: Session, point: DeliveryPoint) -> dict[date, Sources]:
    found: dict[date, Sources] = defaultdict(Sources)
    for day, unit, m3, mbtu, revision in _NOMINATIONS.rows(session, point=point.id):
        of_day = found[day_of(day)]
        of_day.nominated, of_day.nomination_revision = authoritative(m3, mbtu, Unit(unit)), revision
    # Of several versions the newest comes last and stays.
    for day, m3, mbtu, cut in _AUTHORISATIONS.rows(session, point=point.id):
        of_day = found[day_of(day)]
        of_day.authorised, of_day.cut_reason = authoritative(m3, mbtu, point.unit), cut
    for day, volume, state in _READINGS.rows(session, point=point.id):
        of_day = found[day_of(day)]
        of_day.consumed, of_day.reading_state = Quantity(volume, Unit.M3), state
    for day, m3, mbtu in _ADJUSTMENTS.rows(session, point=point.id):
        of_day = found[day_of(day)]
        of_day.adjustment = (of_day.adjustment or Gas.zero()) + (gas_of(m3, mbtu) or Gas.zero())
    return found


def _months(days: dict[date, DayFigures]) -> Iterator[tuple[date, MonthFigures]]:
    opening, measured = Gas.zero(), 0
    for first, of_month in groupby(days.items(), lambda item: item[0].replace(day=1)):
        totals = Totals.zero()
        for _, figures in of_month:
            totals = totals.plus(Totals.of(figures))
        month = MonthFigures(totals, opening, measured)
        yield first, month
        opening, measured = month.closing, measured + totals.measured_days
