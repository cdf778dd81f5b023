"""Figures of a file in thousands of m³, KPC or MBTU, converted into m³."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.domain.quantities import CUBIC_METRES_PER_KPC, half_up, micro_m3
from portal.models import DeliveryPoint
from portal.services.files.cells import BadCell
from portal.services.files.problems import Rule
from portal.services.files.units import FileUnit
from portal.services.ledger import heating_values

from .shapes import LARGEST, LARGEST_WORDS, Converted, ParsedRow


class Conversions:
    """Conversion of the figures of a file into m³, with the heating values of the days."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._histories: dict[int, heating_values.History] = {}

    def convert(self, row: ParsedRow, point: DeliveryPoint) -> ParsedRow:
        """Return the row in m³; ``BadCell`` if the day has no heating value of its own, or the volume is too large."""
        unit, micro, day = row.unit, row.micro, row.gas_day
        if unit is None or micro is None or day is None:
            return row
        milli: int | None = None
        if unit is FileUnit.THOUSAND_M3:
            volume = micro * 1000
        elif unit is FileUnit.KPC:
            volume = half_up(micro * int(CUBIC_METRES_PER_KPC * 10**9), 10**9)
        else:
            history = self._histories.get(point.exit_point_id)
            if history is None:
                history = heating_values.History(self._session, exit_point_id=point.exit_point_id)
                self._histories[point.exit_point_id] = history
            milli, provisional = history.at(day.date, delivery_point_id=point.id)
            if provisional:
                raise BadCell(Rule.HEATING_VALUE_MISSING, day.isoformat())
            volume = micro_m3(micro, milli)
        if volume > LARGEST.micro:
            raise BadCell(Rule.TOO_LARGE, LARGEST_WORDS)
        return row._replace(micro=volume, unit=None, converted=Converted(micro, unit, milli))
