"""Fifteen minutes before the close a deputy is told of what is missing, if nobody opened the last reminder."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.modalities import Modality
from portal.domain.ports import Port
from portal.models import Contact, ContactPort, OutboxMessage, SignInSession
from portal.services.nominations import reminders
from portal.services.ops import duties
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.timetable import close_moves
from tests.factories import NOW
from tests.services.nominations.test_nominations import nominate, way
from tests.services.way import Way

__all__ = ["way"]

# The close is at 12:00, three hours after NOW; the last reminder left at 10:30.
REMINDED, LAST_CALL = NOW + timedelta(hours=1, minutes=30), NOW + timedelta(hours=2, minutes=45)


@pytest.fixture
def deputy(session: Session, way: Way) -> Contact:
    """A contact and a deputy with a telephone; the person of the company was last seen before the reminder."""
    with transaction(session):
        for name, is_deputy in (("gas", False), ("suplente", True)):
            found = Contact(
                public_id=name,
                company_id=way.contract.company_id,
                name=name,
                email=f"{name}@cliente.example",
                phone="311 555 0101",
                is_deputy=is_deputy,
                created_at=NOW,
            )
            session.add(found)
        session.flush()
        session.add(ContactPort(contact_id=found.id, topic="reminders", port=Port.SMS))
        session.execute(update(SignInSession).values(last_seen_at=REMINDED - timedelta(minutes=1)))
    return found


@pytest.fixture
def reminded(session: Session, deputy: Contact) -> None:
    """The second reminder left at its hour."""
    remind(session, REMINDED)


def remind(session: Session, at: datetime) -> None:
    session.rollback()
    assert reminders.post_due(Act.of_system(session, at)) > 0


def escalate(session: Session, after: timedelta = timedelta(0)) -> list[str]:
    """Return whom the worker tells at that moment."""
    session.rollback()
    before = session.scalar(select(func.count()).select_from(OutboxMessage))
    told = reminders.post_last_call(Act.of_system(session, LAST_CALL + after))
    posted = session.scalars(select(OutboxMessage.recipient).order_by(OutboxMessage.id).offset(before)).all()
    assert len(posted) == told
    return list(posted)


def test_a_deputy_is_told_once_by_mail_and_by_the_port_it_chose(session: Session, reminded: None) -> None:
    assert escalate(session, -timedelta(seconds=1)) == []
    assert escalate(session) == ["suplente@cliente.example", "+573115550101"]
    assert escalate(session, timedelta(minutes=5)) == []
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.port == Port.MAIL)).all()[-1]
    assert mail.subject.startswith("Cierra a las 12:00 y falta nominar el martes 24 de noviembre de 2026")
    assert "El recordatorio salió el lunes 23 de noviembre de 2026 a las 10:30; desde entonces nadie de" in mail.body


def test_nobody_is_told_when_a_person_of_the_company_was_in_the_portal_after_the_reminder(
    session: Session, reminded: None
) -> None:
    with transaction(session):
        session.execute(update(SignInSession).values(last_seen_at=REMINDED))
    assert escalate(session) == []


def test_nobody_is_told_of_a_point_that_was_nominated_meanwhile(
    session: Session, vault: Vault, way: Way, reminded: None
) -> None:
    nominate(session, vault, way)
    with transaction(session):
        session.execute(update(SignInSession).values(last_seen_at=NOW))
    assert escalate(session) == []


def test_after_the_close_there_is_nothing_to_tell(session: Session, reminded: None) -> None:
    assert escalate(session, timedelta(minutes=15, seconds=1)) == []


def test_it_is_a_duty_of_the_worker(session: Session, reminded: None) -> None:
    session.rollback()
    done = duties.perform_at_hours(Act.of_system(session, LAST_CALL))
    assert done.failed == ()
    subjects = session.scalars(select(OutboxMessage.subject)).all()
    assert any(subject.startswith("Cierra a las 12:00") for subject in subjects)


def test_a_worker_that_was_away_gives_time_to_open_the_reminder_and_says_when_it_left(
    session: Session, deputy: Contact
) -> None:
    session.rollback()
    assert duties.perform_at_hours(Act.of_system(session, LAST_CALL)).reminders == 3
    assert escalate(session, timedelta(minutes=4, seconds=59)) == []
    assert escalate(session, timedelta(minutes=5)) == ["suplente@cliente.example", "+573115550101"]
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.port == Port.MAIL)).all()[-1]
    assert "El recordatorio salió el lunes 23 de noviembre de 2026 a las 11:45; desde entonces nadie" in mail.body


def test_there_is_no_last_call_where_no_reminder_left(session: Session, deputy: Contact) -> None:
    assert escalate(session) == []
    assert escalate(session, timedelta(minutes=10)) == []


@pytest.mark.parametrize(("closes_at", "told_after"), [(time(0, 10), "23:55"), (time(0, 30), "00:15")])
def test_a_close_moved_past_midnight_has_its_last_call_which_names_its_day(
    session: Session, reminded: None, closes_at: time, told_after: str
) -> None:
    gas_day = GasDay.of(NOW).plus(1)
    asked = close_moves.Asked(gas_day, tuple(Modality), 0, closes_at, "falla de la telemetría")
    close_moves.move(Act.of_system(session, REMINDED), asked=asked)
    call = gas_day.at(0, closes_at) - timedelta(minutes=15)
    assert f"{call.astimezone(BOGOTA):%H:%M}" == told_after
    assert escalate(session, call - LAST_CALL - timedelta(seconds=1)) == []
    assert escalate(session, call - LAST_CALL) == ["suplente@cliente.example", "+573115550101"]
    assert escalate(session, call - LAST_CALL + timedelta(minutes=14)) == []
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.port == Port.MAIL)).all()[-1]
    assert f"Se recibe hasta el martes 24 de noviembre de 2026 a las {closes_at:%H:%M}." in mail.body
    assert "falta nominar el martes 24 de noviembre de 2026" in mail.subject
