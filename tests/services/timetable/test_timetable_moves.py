"""A close moved in a contingency, and requests that arrive about the close: twelve cases and clocks that jump."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind
from portal.models import AuditEvent, Contact, Nomination, OutboxMessage, TimetableRow
from portal.services import nominations, timetable
from portal.services.nominations import day_closes
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.timetable import close_moves
from portal.services.timetable.close_moves import Asked
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import (
    AFTER_NOON,
    NOON,
    TOMORROW,
    drafted,
    m3,
    nominate,
    refusal_of,
    signed,
)
from tests.services.way import Way, open_contract, set_out

MS, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


def to(hour: int, minute: int = 0, *, day: GasDay = TOMORROW, closes_day: int = -1, reason: str = "Falla.") -> Asked:
    return Asked(day, tuple(Modality), closes_day, time(hour, minute), reason)


# Arrival and commit from the close, and whether the nomination is taken: the twelve cases of the clock.
CLOCK = [
    (-SECOND, -SECOND, True),
    (-SECOND, MS, True),
    (-MS, 10 * SECOND, True),
    (-MS, 10 * SECOND + MS, False),
    (0 * MS, 0 * MS, True),
    (0 * MS, 10 * SECOND, True),
    (0 * MS, 10 * SECOND + MS, False),
    (MS, MS, False),
    (MS, -SECOND, False),  # The clock was set back between arrival and commit: the arrival decides.
    (SECOND, 2 * SECOND, False),
    (-SECOND, 3600 * SECOND, False),  # It was set forward by an hour.
    (-3600 * SECOND, -7200 * SECOND, True),  # It was set back by an hour while it was being written.
]


@pytest.mark.parametrize(("arrival", "commit", "taken"), CLOCK)
def test_arrival_and_commit_decide_about_the_close(
    session: Session, vault: Vault, way: Way, arrival: timedelta, commit: timedelta, taken: bool
):
    arrives = NOON + arrival
    open_contract(session, vault, way, now=NOON - timedelta(minutes=5))
    draft = drafted(session, way, now=NOW)
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    if taken:
        found = signed(session, vault, way, draft, shown=shown, now=arrives, commits_at=NOON + commit)
        assert found.received_at == arrives
        return
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, shown=shown, now=arrives, commits_at=NOON + commit)
    assert refusal_of(refused) is Refusal.TOO_LATE
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


@pytest.mark.parametrize(("moment", "taken"), [(-MS, False), (0 * MS, True), (MS, True)])
def test_the_opening_counts_from_its_own_millisecond(
    session: Session, vault: Vault, way: Way, moment: timedelta, taken: bool
):
    day = TODAY.plus(40)
    arrives = day.at(-31, time(0)) + moment
    open_contract(session, vault, way, now=arrives)
    if taken:
        assert nominate(session, vault, way, gas_day=day, now=arrives).gas_day == day
        return
    with pytest.raises(Rejected) as refused:
        drafted(session, way, gas_day=day, now=arrives)
    assert refusal_of(refused) is Refusal.TOO_EARLY


@pytest.mark.parametrize(("moment", "taken"), [(0 * MS, False), (MS, True)])
def test_noon_belongs_to_the_nomination_and_what_follows_to_the_renomination(
    session: Session, vault: Vault, way: Way, moment: timedelta, taken: bool
):
    nominate(session, vault, way)
    arrives = NOON + moment
    open_contract(session, vault, way, now=arrives)
    if taken:
        found = nominate(session, vault, way, quantity=m3(13_000), kind=RequestKind.RENOMINATION, now=arrives)
        assert found.revision == 2
        return
    with pytest.raises(Rejected) as refused:
        drafted(session, way, kind=RequestKind.RENOMINATION, now=arrives)
    assert refusal_of(refused) is Refusal.TOO_EARLY


@pytest.mark.parametrize(("moment", "taken"), [(0 * MS, True), (MS, False)])
def test_four_in_the_afternoon_of_the_day_is_the_last_moment_of_a_renomination(
    session: Session, vault: Vault, way: Way, moment: timedelta, taken: bool
):
    nominate(session, vault, way)
    arrives = TOMORROW.at(0, time(16)) + moment
    open_contract(session, vault, way, now=arrives)
    if taken:
        changed = nominate(session, vault, way, quantity=m3(13_000), kind=RequestKind.RENOMINATION, now=arrives)
        assert changed.received_at == arrives
        return
    with pytest.raises(Rejected) as refused:
        drafted(session, way, kind=RequestKind.RENOMINATION, now=arrives)
    assert refusal_of(refused) is Refusal.TOO_LATE


def test_a_close_that_is_being_moved_is_not_applied_meanwhile(
    sessions: sessionmaker[Session], session: Session, way: Way, operator: Actor
):
    due_at = NOON + timedelta(seconds=11)

    def close() -> int:
        with sessions() as worker:
            return day_closes.apply(Act.of_system(worker, due_at), gas_day=TOMORROW, modality=way.modality)

    with ThreadPoolExecutor(1) as workers:
        with transaction(session):
            timetable.lock(session)
            closing = workers.submit(close)
            assert wait([closing], timeout=0.3).not_done, "the close waits for who moves it"
            row = session.scalars(select(TimetableRow).where(TimetableRow.kind == RequestKind.NOMINATION)).one()
            moved = {name: getattr(row, name) for name in timetable.FIELDS} | {
                "closes_time": time(14),
                "valid_from": TOMORROW,
                "valid_until": TOMORROW.plus(1),
            }
            session.add(TimetableRow(**moved, reason="Falla"))
        assert closing.result() == 0
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


def test_a_preview_says_what_would_change_and_writes_nothing(session: Session, vault: Vault, way: Way):
    set_out(session, vault)
    nominate(session, vault, way)
    effects = close_moves.preview(Act.of_system(session, NOW), asked=to(14))
    of_gnv = next(effect for effect in effects if effect.modality is way.modality)
    assert (of_gnv.closes_at, of_gnv.moved_to) == (NOON, NOON + timedelta(hours=2))
    assert (of_gnv.points, of_gnv.nominated, of_gnv.missing) == (2, 1, 1)
    assert session.scalar(select(func.count()).select_from(TimetableRow)) == 2


def test_a_moved_close_holds_for_its_day_alone(session: Session, vault: Vault, way: Way, operator: Actor):
    close_moves.move(Act.at(session, operator, NOW), asked=to(14))
    open_contract(session, vault, way, now=AFTER_NOON)
    assert nominate(session, vault, way, now=AFTER_NOON).received_at == AFTER_NOON
    with pytest.raises(Rejected) as early:
        drafted(session, way, kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    assert refusal_of(early) is Refusal.TOO_EARLY, "renominations begin when nominations end"
    later = TOMORROW.at(0, time(13))
    open_contract(session, vault, way, now=later)
    with pytest.raises(Rejected) as closed:
        drafted(session, way, gas_day=TOMORROW.plus(1), now=later)
    assert refusal_of(closed) is Refusal.TOO_LATE
    events = session.scalars(select(AuditEvent.event)).all()
    assert "timetable:moved" in events


def test_an_earlier_close_is_a_close(session: Session, vault: Vault, way: Way, operator: Actor):
    close_moves.move(Act.at(session, operator, NOW), asked=to(11, 30))
    open_contract(session, vault, way, now=NOON - timedelta(minutes=10))
    with pytest.raises(Rejected) as closed:
        drafted(session, way, now=NOON - timedelta(minutes=10))
    assert refusal_of(closed) is Refusal.TOO_LATE
    due = day_closes.list_due(Act.of_system(session, NOON - timedelta(minutes=10)))
    assert (TOMORROW, way.modality) in due


def test_the_last_move_of_a_day_holds_and_the_one_before_is_kept(session: Session, operator: Actor):
    close_moves.move(Act.at(session, operator, NOW), asked=to(14))
    close_moves.move(Act.at(session, operator, NOW), asked=to(15, reason="Sigue la falla."))
    found = close_moves.list_moves(session, since=TODAY, modality=Modality.INDUSTRIAL)
    assert [(move.gas_day, move.reason) for move in found] == [(TOMORROW, "Sigue la falla.")]
    assert found[0].closes_at == NOON + timedelta(hours=3)
    assert session.scalar(select(func.count()).select_from(TimetableRow)) == 2 + 2 * 2 * len(Modality)


def test_the_contacts_who_want_notices_are_told(session: Session, way: Way, operator: Actor):
    with transaction(session):
        for email, wants in (("gas@cliente.example", True), ("quieto@cliente.example", False)):
            session.add(
                Contact(
                    public_id=email[:20],
                    company_id=way.contract.company_id,
                    name="Contacto",
                    email=email,
                    wants_notices=wants,
                    created_at=NOW,
                )
            )
    close_moves.move(Act.at(session, operator, NOW), asked=to(14))
    told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "timetable")).all()
    assert [mail.recipient for mail in told] == ["gas@cliente.example"]
    assert "a las 14:00" in told[0].body


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (to(14, reason="  "), Refusal.REASON_MISSING),
        (to(14, reason="x" * 201), Refusal.REASON_TOO_LONG),
        (to(7), Refusal.CLOSE_IN_THE_PAST),
        (to(16, closes_day=0), Refusal.CLOSE_OUT_OF_RANGE),
        (to(12, day=TODAY.plus(-3)), Refusal.CLOSE_IN_THE_PAST),
        (to(12, day=TODAY.plus(60), closes_day=-40), Refusal.CLOSE_OUT_OF_RANGE),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(session: Session, operator: Actor, asked: Asked, refusal: Refusal):
    with pytest.raises(Rejected) as refused:
        close_moves.move(Act.at(session, operator, NOW), asked=asked)
    assert refusal_of(refused) is refusal
    assert session.scalar(select(func.count()).select_from(TimetableRow)) == 2


def test_the_moment_of_now_is_in_the_morning() -> None:
    """What these tests rest on."""
    assert isinstance(NOW, datetime)
    assert NOW < NOON
