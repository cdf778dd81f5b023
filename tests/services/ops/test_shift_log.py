"""The shift log: entries that stay, found by what people know, and a shift given, acknowledged once, with its work."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.shift_log import ShiftEntryKind
from portal.models import AuditEvent, ShiftEntry, User
from portal.services.ops import shift_log
from portal.services.ops.shift_log import Happening
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import NotAllowed
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW, TODAY


def person(session: Session, role: Role = Role.OPERATOR, name: str = "Olga Toro") -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role, name=name))


def public_id(session: Session, actor: Actor) -> str:
    return session.scalars(select(User.public_id).where(User.id == actor.user_id)).one()


def test_what_happened_is_written_once_for_ever_and_found_by_what_people_know(session: Session) -> None:
    olga = person(session)
    with transaction(session):
        point = factories.delivery_point(session, name="EDS Apiay", carrier_code="PE-0077")
        gate = factories.exit_point(session, code="PS-ZZ", name="Usme")
    act = Act.at(session, olga, NOW)
    about = Happening("Bajó la presión.\nSe revisó el regulador.", "Ana Rueda, TGI", "pe-0077", "PS-ZZ", TODAY)
    entry = shift_log.write(act, happening=about)
    shift_log.write(act, happening=Happening("Llegó el archivo de la mañana"))
    assert (entry.delivery_point_id, entry.exit_point_id, entry.gas_day) == (point.id, gate.id, TODAY)
    for words in ("presion", "RUEDA tgi", "apiay bajo", "usme", "olga regulador", point.contract.company.name):
        assert [each.text for each in shift_log.list_entries(act, text=words).rows] == [entry.text], words
    assert not shift_log.list_entries(act, text="%").rows
    assert [each.id for each in shift_log.list_entries(act, gas_day=TODAY).rows] == [entry.id]
    for change in (update(ShiftEntry).values(text="otra"), delete(ShiftEntry)):
        with pytest.raises(DatabaseError, match="append-only"), transaction(session):
            session.execute(change)
        session.rollback()
    events = session.scalars(select(AuditEvent.event).where(AuditEvent.event.startswith("shift:"))).all()
    assert events == ["shift:entry-written"] * 2
    assert audit.verify(session) is None


@pytest.mark.parametrize(
    ("about", "refusal", "field"),
    [
        (Happening("  \n "), Refusal.NOTE_MISSING, "text"),
        (Happening("x" * 1001), Refusal.NOTE_TOO_LONG, "text"),
        (Happening("x", "y" * 201), Refusal.NOTE_TOO_LONG, "told"),
        (Happening("x", point="EDS"), Refusal.SHIFT_POINT, "point"),
        (Happening("x", point="nada así"), Refusal.SHIFT_POINT, "point"),
        (Happening("x", gate="NO"), Refusal.SHIFT_GATE, "gate"),
    ],
)
def test_a_bad_entry_is_refused_and_writes_nothing(
    session: Session, about: Happening, refusal: Refusal, field: str
) -> None:
    olga = person(session)
    with transaction(session):
        for number in range(2):
            factories.delivery_point(session, name=f"EDS Norte {number}")
    with pytest.raises(Rejected) as refused:
        shift_log.write(Act.at(session, olga, NOW), happening=about)
    assert (refused.value.refusal, refused.value.field) == (refusal, field)
    session.rollback()
    assert session.scalars(select(ShiftEntry)).all() == []


def test_a_shift_is_given_with_what_is_open_and_taken_over_once_by_whom_it_was_given_to(session: Session) -> None:
    olga, pedro, rosa = (person(session, name=name) for name in ("Olga Toro", "Pedro Gil", "Rosa Paz"))
    with transaction(session):
        # Not nominated for tomorrow, and not measured yesterday.
        factories.delivery_point(session, starts_on=TODAY.plus(-1))
    giver = Act.at(session, olga, NOW)
    given = shift_log.hand_over(giver, to=public_id(session, pedro), text="Falta llamar a Apiay")
    waiting = shift_log.find_waiting(giver)
    assert waiting is not None
    assert (waiting.given_to, waiting.written_by, waiting.text) == ("Pedro Gil", "Olga Toro", "Falta llamar a Apiay")
    assert {each.name: each.amount for each in waiting.matters}["not-nominated"] == 1
    assert {each.name: each.amount for each in waiting.matters}["gaps"] == 1
    for other in (olga, rosa):
        with pytest.raises(NotFound):
            shift_log.take_over(Act.at(session, other, NOW), public_id=given.public_id)
        session.rollback()
    shift_log.take_over(Act.at(session, pedro, NOW), public_id=given.public_id)
    assert shift_log.find_waiting(giver) is None
    with pytest.raises(Conflict):
        shift_log.take_over(Act.at(session, pedro, NOW), public_id=given.public_id)
    session.rollback()
    (entry,) = shift_log.list_entries(giver, kind=ShiftEntryKind.HANDOVER).rows
    assert (entry.taken_by, entry.taken_at) == ("Pedro Gil", NOW)


def test_a_shift_that_is_given_anew_is_no_longer_the_first_ones_to_take(session: Session) -> None:
    olga, pedro, rosa = (person(session, name=name) for name in ("Olga Toro", "Pedro Gil", "Rosa Paz"))
    giver = Act.at(session, olga, NOW)
    first = shift_log.hand_over(giver, to=public_id(session, pedro), text="")
    shift_log.hand_over(giver, to=public_id(session, rosa), text="")
    with pytest.raises(Conflict):
        shift_log.take_over(Act.at(session, pedro, NOW), public_id=first.public_id)


def test_only_who_authorises_writes_and_is_given_a_shift(session: Session) -> None:
    olga, auditor, agent = person(session), person(session, Role.AUDITOR), person(session, Role.AGENT)
    for nobody in (public_id(session, olga), public_id(session, auditor), "nada", ""):
        with pytest.raises(Rejected) as refused:
            shift_log.hand_over(Act.at(session, olga, NOW), to=nobody, text="")
        assert refused.value.refusal is Refusal.SHIFT_COLLEAGUE
        session.rollback()
    assert shift_log.list_entries(Act.at(session, auditor, NOW)).rows == []
    for act in (Act.at(session, auditor, NOW), Act.at(session, agent, NOW)):
        with pytest.raises(NotAllowed):
            shift_log.write(act, happening=Happening("x"))
    with pytest.raises(NotAllowed):
        shift_log.list_entries(Act.at(session, agent, NOW))
