"""Twelve cases of a clock that stands a moment before or after the hours of a window, or jumps while somebody signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.timetable import COMMIT_GRACE
from portal.models import Nomination
from portal.services import nominations
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.vault import Vault
from tests.factories import NOW
from tests.services.nominations.test_nominations import (
    NOON,
    TOMORROW,
    drafted,
    refusal_of,
    signed,
)
from tests.services.way import open_contract, set_out

MS, HOUR, ON_TIME = timedelta(milliseconds=1), timedelta(hours=1), timedelta(0)


@dataclass(frozen=True, slots=True)
class Case:
    """Signature of a nomination: when it arrived and when it was written, by the clock, from the close on.

    ``refusal`` None: taken, as received when it arrived.
    """

    arrives: timedelta
    is_written: timedelta
    refusal: Refusal | None = None


CASES = {
    "a millisecond before the close": Case(-MS, -MS),
    "at the close": Case(ON_TIME, ON_TIME),
    "a millisecond after the close": Case(MS, MS, Refusal.TOO_LATE),
    "an hour after the close": Case(HOUR, HOUR, Refusal.TOO_LATE),
    "arrived at the close, written at the end of the grace": Case(ON_TIME, COMMIT_GRACE),
    "arrived at the close, written a millisecond after the grace": Case(ON_TIME, COMMIT_GRACE + MS, Refusal.TOO_LATE),
    "arrived well before, written after the grace": Case(-HOUR, COMMIT_GRACE + MS, Refusal.TOO_LATE),
    "arrived after the close, in its grace": Case(COMMIT_GRACE, COMMIT_GRACE, Refusal.TOO_LATE),
    "clock set back while it is written": Case(-MS, -HOUR),
    "arrived after the close, clock set back while it is written": Case(MS, -HOUR, Refusal.TOO_LATE),
    "clock set forward while it is written": Case(-MS, HOUR, Refusal.TOO_LATE),
    "clock a day ahead": Case(timedelta(days=1), timedelta(days=1), Refusal.TOO_LATE),
}


def test_there_are_twelve():
    assert len(CASES) == 12


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=14))], ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_signature_is_taken_by_its_arrival_and_written_in_time(
    session: Session, vault: Vault, case: Case, zone: timezone
):
    way = open_contract(session, vault, set_out(session, vault))
    draft = drafted(session, way)
    arrives, is_written = _shown(NOON + case.arrives, zone), _shown(NOON + case.is_written, zone)
    open_contract(session, vault, way, now=arrives)
    if case.refusal is None:
        nomination = signed(session, vault, way, draft, now=arrives, commits_at=is_written)
        assert nomination.received_at == arrives
        assert nomination.gas_day == TOMORROW
        return
    # What they saw was shown while the window was open.
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, shown=shown, now=arrives, commits_at=is_written)
    assert refusal_of(refused) is case.refusal
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


def _shown(moment: datetime, zone: timezone) -> datetime:
    """The same moment as another clock writes it."""
    return moment.astimezone(zone)
