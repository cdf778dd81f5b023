"""Operators are told by mail what they chose: gathered, with what matters, once whatever number of workers look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.authorisations import OperatorTopic
from portal.domain.timetable import RequestKind
from portal.models import Nomination, OperatorMailTold, OutboxMessage, User
from portal.services import day_book
from portal.services.day_book import operator_mails
from portal.services.day_book.operator_mails import messages
from portal.services.ops import duties
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from portal.web.database import HERE
from tests.factories import NOW, TODAY
from tests.services.book_stage import TOMORROW, Stage, late, nominate, set_up, staff

BASE = HERE
MINUTE = timedelta(minutes=1)
# After the close of tomorrow.
LATER = TODAY.start + timedelta(hours=13)


@pytest.fixture
def stage(session: Session) -> Stage:
    return set_up(session)


def want(session: Session, stage: Stage, *topics: OperatorTopic) -> None:
    operator_mails.choose(Act.at(session, stage.operator, NOW), topics=topics)


def tell(session: Session, now=LATER) -> int:
    return duties.tell_operators(Act.of_system(session, now)).operator_mails


def bodies(session: Session) -> list[str]:
    found = list(session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "operator")))
    session.rollback()
    return found


def renominate(session: Session, stage: Stage, amount: str, revision: int = 2, **given: object) -> Nomination:
    values = {
        "revision": revision,
        "kind": RequestKind.RENOMINATION,
        "received_at": LATER - 2 * MINUTE,
        "effective_at": TOMORROW.start + timedelta(hours=6),
    } | given
    with transaction(session):
        nominate(session, stage.first, amount, **values)


def test_fifty_re_nominations_of_a_minute_are_one_mail_with_all_that_matters(session: Session, stage: Stage) -> None:
    want(session, stage, OperatorTopic.RENOMINATIONS)
    for revision in range(2, 52):
        renominate(session, stage, str(8_000 + revision), revision)
    assert tell(session) == 1
    [body] = bodies(session)
    assert body.startswith("Hola:\n\nDesde el último correo hubo: 50 re-nominaciones para el martes 24 de")
    assert (
        "EDS Apiay (re-nominación): día de gas martes 24 de noviembre de 2026; 8.002 m³, antes 12.500 m³; "
        "rige desde el martes 24 de noviembre de 2026 a las 06:00; "
        "recibida el lunes 23 de noviembre de 2026 a las 12:58, hace 2 min" in body
    )
    assert f"{BASE}/consola/libro/2026-11-24" in body
    assert tell(session, LATER + MINUTE) == 0
    assert len(bodies(session)) == 1


def test_what_just_came_waits_a_minute_for_what_follows(session: Session, stage: Stage) -> None:
    want(session, stage, OperatorTopic.RENOMINATIONS)
    renominate(session, stage, "9000", received_at=LATER)
    assert tell(session, LATER + timedelta(seconds=59)) == 0
    assert tell(session, LATER + MINUTE) == 1


def test_only_what_was_chosen_comes_and_only_to_who_may_authorise(session: Session, stage: Stage) -> None:
    renominate(session, stage, "9000")
    assert tell(session) == 0
    want(session, stage, OperatorTopic.CANCELLATIONS)
    assert tell(session) == 0
    with transaction(session):
        late(session, stage.silent, "100")
        nominate(session, stage.second, "0", revision=2, cancels=True, received_at=LATER - MINUTE)
    with transaction(session):
        session.get_one(User, stage.operator.user_id).disabled_at = NOW
    assert tell(session) == 0
    with transaction(session):
        session.get_one(User, stage.operator.user_id).disabled_at = None
    assert tell(session) == 1
    [body] = bodies(session)
    assert "EDS Barzal (anulación)" in body
    assert "sin nominación, antes 7.500 m³" in body
    assert "re-nominación" not in body
    with pytest.raises(NotAllowed):
        operator_mails.choose(Act.at(session, staff(session, Role.AUDITOR), NOW), topics=[])


def test_a_book_is_told_when_it_was_forgotten_and_when_it_changed(session: Session, stage: Stage) -> None:
    want(session, stage, *OperatorTopic)
    noon = TODAY.start + timedelta(hours=12)
    assert tell(session, noon + 14 * MINUTE) == 0
    assert tell(session, noon + 15 * MINUTE) == 1
    assert "Libro sin congelar: día de gas martes 24 de noviembre de 2026; cerró el lunes 23" in bodies(session)[-1]
    day_book.freeze(Act.at(session, stage.operator, LATER), gas_day=TOMORROW)
    assert tell(session, LATER + 15 * MINUTE) == 1
    assert "Libro sin enviar: día de gas martes 24 de noviembre de 2026; versión 1; congelado el" in bodies(session)[-1]
    day_book.mark_sent(Act.at(session, stage.operator, LATER), gas_day=TOMORROW, version=1, sent_to="x@example.com")
    renominate(session, stage, "9000", received_at=LATER + 20 * MINUTE)
    assert tell(session, LATER + 25 * MINUTE) == 1
    body = bodies(session)[-1]
    assert "1 re-nominación, 1 cambio en un libro congelado" in body
    assert "9.000 m³, antes 12.500 m³" in body
    assert tell(session, LATER + 26 * MINUTE) == 0


def test_of_two_workers_that_found_the_same_one_tells_it(
    session: Session, sessions: sessionmaker[Session], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    want(session, stage, OperatorTopic.RENOMINATIONS)
    renominate(session, stage, "9000")
    told, faster = messages._tell, []

    def after_another(*arguments: object) -> int:
        monkeypatch.setattr(messages, "_tell", told)
        with sessions() as other:
            faster.append(tell(other))
        return told(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "_tell", after_another)
    assert tell(session) == 0
    assert faster == [1]
    assert len(bodies(session)) == 1
    assert len(session.scalars(select(OperatorMailTold)).all()) == 1
