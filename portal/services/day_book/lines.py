"""Lines of a day's book: every delivery point of a gas day with its nomination in force, by one query."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from portal.domain.authorisations import Answer, LineState, Origin, answers, find_line_state
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.services.points import settings
from portal.services.store.statements import moment_of

from . import hot


class Line(NamedTuple):
    """A delivery point on a gas day, column by column as the statements of ``hot`` name them; amounts in millionths.

    The columns of the nomination are None without one in force; so are those of a missing authorisation or record.
    A book may have a thousand lines: values are made only when they are read. ``maximum_micro`` is that of the day.
    """

    point_id: int
    point_public_id: str
    point: str
    carrier_code: str
    unit_word: str
    exit_code: str
    exit_point: str
    contract_id: int
    contract_number: str
    modality_word: str
    contract_unit_word: str
    maximum_micro: int
    has_steps: bool
    company_id: int
    company: str
    contact: str | None
    phone: str | None
    shift_hours: str | None
    nomination_id: int | None
    kind_word: str | None
    revision: int | None
    channel_word: str | None
    asked_m3: int | None
    asked_mbtu: int | None
    heating_milli: int | None
    received: Any
    effective: Any
    published_version: int | None = None
    published_m3: int | None = None
    published_mbtu: int | None = None
    published_cut: str | None = None
    published_revision: int | None = None
    published_at: Any = None
    stands_since: Any = None
    recorded_m3: int | None = None
    recorded_mbtu: int | None = None
    recorded_cut: str | None = None
    recorded_revision: int | None = None

    @property
    def unit(self) -> Unit:
        """The unit of the point."""
        return Unit(self.unit_word)

    @property
    def modality(self) -> Modality:
        """The modality of the contract."""
        return Modality(self.modality_word)

    @property
    def kind(self) -> RequestKind | None:
        """The kind of the request in force."""
        return None if self.kind_word is None else RequestKind(self.kind_word)

    @property
    def origin(self) -> Origin:
        """The source of the quantity."""
        if self.channel_word is None:
            return Origin.NONE
        return Origin.POLICY if self.channel_word == Channel.POLICY else Origin.ENTERED

    @property
    def received_at(self) -> datetime | None:
        """The moment when the nomination in force arrived."""
        return None if self.received is None else moment_of(self.received)

    @property
    def heating_value(self) -> HeatingValue:
        """The heating value that the nomination in force was converted with."""
        if self.heating_milli is None:
            raise LookupError("nothing is nominated")
        return HeatingValue(self.heating_milli)

    @property
    def asked(self) -> Gas | None:
        """The quantity in force, in both units."""
        return _gas(self.asked_m3, self.asked_mbtu)

    @property
    def asked_micro(self) -> int | None:
        """The quantity in force, in the unit of the point, millionths."""
        return self.asked_m3 if self.unit_word == Unit.M3 else self.asked_mbtu

    @property
    def recorded_micro(self) -> int | None:
        """The recorded quantity that is not published yet, in the unit of the point, millionths."""
        return self.recorded_m3 if self.unit_word == Unit.M3 else self.recorded_mbtu

    @property
    def published(self) -> Gas | None:
        """The last published authorised quantity."""
        return _gas(self.published_m3, self.published_mbtu)

    @property
    def published_moment(self) -> datetime | None:
        """The moment when the last authorised quantity was published."""
        return None if self.published_at is None else moment_of(self.published_at)

    @property
    def recorded(self) -> Gas | None:
        """The recorded quantity that is not published yet."""
        return _gas(self.recorded_m3, self.recorded_mbtu)

    @property
    def effective_at(self) -> datetime | None:
        """The moment from which the nomination in force takes effect, None for the whole day."""
        return None if self.effective is None else moment_of(self.effective)

    @property
    def is_answered(self) -> bool:
        """True when the publication answers the nomination in force, not one before it."""
        return self.published_m3 is not None and answers(
            self.published_revision, self.published_at, revision=self.revision, since=self.stands_since
        )

    @property
    def allowed(self) -> Gas | None:
        """The recorded quantity, else the one published for the nomination in force."""
        if self.recorded_m3 is not None:
            return self.recorded
        return self.published if self.is_answered else None

    @property
    def cut_reason(self) -> CutReason | None:
        """The reason why ``allowed`` is less than asked."""
        published = self.published_cut if self.is_answered else None
        word = published if self.recorded_m3 is None else self.recorded_cut
        return None if word is None else CutReason(word)

    @property
    def answered_before(self) -> Gas | None:
        """The last published quantity, when it answers a revision that is not in force any more."""
        return None if self.is_answered else self.published

    @property
    def state(self) -> LineState:
        """The next step that the line needs."""
        if self.recorded_m3 is None and self.published_m3 is None:
            # Fast path: most lines have no authorisation yet.
            return LineState.MISSING if self.nomination_id is None else LineState.TO_AUTHORISE
        in_m3 = self.unit_word == Unit.M3
        recorded = published = None
        if self.recorded_m3 is not None and self.recorded_mbtu is not None:
            micro = self.recorded_m3 if in_m3 else self.recorded_mbtu
            recorded = Answer(micro, self.recorded_cut, self.recorded_revision)
        if self.published_m3 is not None and self.published_mbtu is not None:
            micro = self.published_m3 if in_m3 else self.published_mbtu
            published = Answer(micro, self.published_cut, self.published_revision, self.is_answered)
        return find_line_state(asked=self.asked_micro, revision=self.revision, recorded=recorded, published=published)


def _gas(m3: int | None, mbtu: int | None) -> Gas | None:
    return None if m3 is None or mbtu is None else Gas(Quantity(m3, Unit.M3), Quantity(mbtu, Unit.MBTU))


def list_lines(session: Session, *, gas_day: GasDay) -> list[Line]:
    """Return every delivery point served on the day with its nomination, by exit point, company and contract."""
    return _date_maxima(session, hot.LINES.named(session, Line, day=gas_day.date), gas_day)


def list_some_lines(session: Session, *, gas_day: GasDay, point_ids: Collection[int]) -> list[Line]:
    """Return the lines of these points, by row id, that the day has; one query for 25, in no order."""
    return _date_maxima(session, hot.SOME_LINES.listed(session, Line, point_ids, day=gas_day.date), gas_day)


def find_line(session: Session, *, gas_day: GasDay, point: str) -> Line | None:
    """Return the line of the delivery point with this public id, also where it is not served; None if unknown."""
    found = _date_maxima(session, hot.LINE.named(session, Line, day=gas_day.date, point=point), gas_day)
    return found[0] if found else None


def list_frozen_lines(session: Session, *, book_id: int, gas_day: GasDay) -> list[Line]:
    """Return the lines of a frozen version: nominations never change, so the lines are those that were frozen."""
    return _date_maxima(session, hot.FROZEN.named(session, Line, book=book_id), gas_day)


def list_some_frozen_lines(
    session: Session, *, book_id: int, gas_day: GasDay, point_ids: Collection[int]
) -> list[Line]:
    """Return as ``list_frozen_lines`` those of these points, by row id; one query for 25, in no order."""
    return _date_maxima(session, hot.SOME_FROZEN.listed(session, Line, point_ids, book=book_id), gas_day)


def _date_maxima(session: Session, lines: list[Line], gas_day: GasDay) -> list[Line]:
    """Put the maximum of the day on the lines of contracts for which one was set; that of the settings at most."""
    if not lines or not lines[0].has_steps:
        return lines
    maxima = settings.read(session).list_maxima(gas_day)
    return [
        line._replace(maximum_micro=Quantity.of(maxima[line.contract_id], Unit(line.contract_unit_word)).micro)
        if line.contract_id in maxima
        else line
        for line in lines
    ]
