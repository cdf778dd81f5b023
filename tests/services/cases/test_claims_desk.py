"""The desk of claims: who may do what, in which order they wait, and who was first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Function, Role, may
from portal.domain.claims import PENDING, ClaimAction, ClaimState
from portal.domain.quantities import plain
from portal.models import Claim, OutboxMessage
from portal.services.cases import claims
from portal.services.cases.claims import desk
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW, TODAY
from tests.services.claim_stage import (
    YESTERDAY,
    arrived,
    events,
    mails,
    measure,
    open_claim,
    questions,
    staff,
)

OUTCOME = "El acta lo confirma: se corrige la lectura."


def answer(session: Session, who: Actor, claim: Claim, text: str = "Lo estamos mirando.") -> None:
    desk.answer(Act.at(session, who, NOW), public_id=claim.public_id, text=text)


def decide(session: Session, who: Actor, claim: Claim, **given: Any) -> None:
    wanted: dict[str, Any] = {"action": ClaimAction.UPHOLD, "outcome": OUTCOME, "seen": 1} | given
    desk.decide(Act.at(session, who, NOW), public_id=claim.public_id, **wanted)


def test_answer_review_and_decision_are_written_traced_and_mailed(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    claim, olga = open_claim(session, way, point), staff(session)
    answer(session, olga, claim)
    desk.take_into_review(Act.at(session, olga, NOW), public_id=claim.public_id)
    desk.take_into_review(Act.at(session, staff(session), NOW), public_id=claim.public_id)
    decide(session, olga, claim, seen=2)
    shown = desk.load(Act.at(session, olga, NOW), public_id=claim.public_id)
    assert (shown.claim.state, shown.claim.outcome, shown.claim.decided_by) == (ClaimState.UPHELD, OUTCOME, olga.name)
    assert [said.by_staff for said in shown.messages] == [False, True]
    assert [reading.version for reading in shown.sources.readings] == [1]
    both = (way.actor.email, way.contract.company.contact_email)
    assert mails(session) == [(kind, to) for kind in ("claim-opened", "claim-answered", "claim-decided") for to in both]
    bodies = session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).all()
    assert OUTCOME in bodies[0]
    assert "procede" in bodies[0]
    assert "Lo estamos mirando." in bodies[2]
    assert events(session) == ["claim:opened", "claim:answered", "claim:reviewed", "claim:decided"]
    assert audit.verify(session) is None


def test_the_customer_sees_the_outcome(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    decide(session, staff(session), claim, action=ClaimAction.DISMISS)
    seen = claims.find(session, delivery_point_id=point.id, public_id=claim.public_id).claim
    assert (seen.state, seen.outcome, seen.closed_at, seen.pending) == (ClaimState.DISMISSED, OUTCOME, NOW, False)


@pytest.mark.parametrize("role", Role)
def test_each_role_does_what_the_table_says_and_nothing_else(session: Session, vault: Vault, role: Role):
    way, point = arrived(session, vault)
    claim, who = open_claim(session, way, point), staff(session, role)
    reads = [
        lambda: desk.load(Act.at(session, who, NOW), public_id=claim.public_id),
        lambda: desk.list_claims(Act.at(session, who, NOW), states=PENDING),
    ]
    acts = [
        lambda: answer(session, who, claim),
        lambda: desk.take_into_review(Act.at(session, who, NOW), public_id=claim.public_id),
        lambda: decide(session, who, claim, seen=2),
    ]
    for function, actions in ((Function.READ_CLAIMS, reads), (Function.ANSWER_CLAIMS, acts)):
        for action in actions:
            if may(role, function):
                action()
            else:
                with pytest.raises(NotAllowed):
                    action()


def test_a_decided_claim_takes_nothing_more(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    decide(session, olga, claim)
    for action in (
        lambda: answer(session, olga, claim),
        lambda: desk.take_into_review(Act.at(session, olga, NOW), public_id=claim.public_id),
        lambda: decide(session, olga, claim, action=ClaimAction.DISMISS),
    ):
        with pytest.raises(Conflict):
            action()
    assert [kind for kind, _ in mails(session)] == ["claim-opened"] * 2 + ["claim-decided"] * 2


def test_two_who_decide_at_once_leave_one_decision(sessions: sessionmaker[Session], session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    people = [staff(session) for _ in range(6)]
    actions = [ClaimAction.UPHOLD, ClaimAction.DISMISS] * 3

    def send(who: Actor, action: ClaimAction) -> ClaimAction | None:
        with sessions() as own:
            try:
                decide(own, who, claim, action=action)
            except Conflict:
                return None
            return action

    with ThreadPoolExecutor(6) as pool:
        won = [action for action in pool.map(send, people, actions) if action]
    assert len(won) == 1
    session.rollback()
    session.expire_all()
    state = session.scalars(select(Claim.state)).one()
    assert state is (ClaimState.UPHELD if won[0] is ClaimAction.UPHOLD else ClaimState.DISMISSED)
    assert events(session).count("claim:decided") == 1


def test_who_did_not_see_the_last_message_does_not_decide(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Esperen.")
    with pytest.raises(Conflict) as found:
        decide(session, olga, claim, seen=1)
    assert found.value.reason == "claim-written"
    decide(session, olga, claim, seen=2)


@pytest.mark.parametrize(
    ("outcome", "refusal"), [(" \n", Refusal.CLAIM_TEXT_MISSING), ("x" * 2001, Refusal.CLAIM_TEXT_TOO_LONG)]
)
def test_a_decision_needs_its_words(session: Session, vault: Vault, outcome: str, refusal: Refusal):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    with pytest.raises(Rejected) as found:
        decide(session, staff(session), claim, outcome=outcome)
    assert (found.value.refusal, found.value.field) == (refusal, "outcome")


def test_an_answer_sent_twice_is_written_and_mailed_once(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    answer(session, olga, claim)
    answer(session, olga, claim)
    assert [kind for kind, _ in mails(session)].count("claim-answered") == 2, "one to each of two people"


def test_what_is_not_there_is_not_found(session: Session, vault: Vault):
    olga = staff(session)
    with pytest.raises(NotFound):
        desk.load(Act.at(session, olga, NOW), public_id="nada")
    with pytest.raises(NotFound):
        desk.take_into_review(Act.at(session, olga, NOW), public_id="nada")


def test_the_oldest_undecided_stands_first_and_the_list_says_how_long_it_waits(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    friday = NOW - timedelta(days=3)
    newer = open_claim(session, way, point)
    older = open_claim(session, way, point, day=TODAY.plus(-5), now=friday)
    decided = open_claim(session, way, point, day=TODAY.plus(-60), now=friday - timedelta(days=30))
    olga = staff(session)
    decide(session, olga, decided)
    shown = desk.list_claims(Act.at(session, olga, NOW), states=ClaimState)
    assert [each.public_id for each in shown.claims] == [older.public_id, newer.public_id, decided.public_id]
    assert [each.age for each in shown.claims][:2] == [1, 0]
    assert shown.claims[0].due == date(2026, 12, 14)
    assert not shown.claims[0].late
    assert plain(shown.claims[1].figures.consumed) == "11800"
    assert shown.claims[0].figures.consumed is None
    assert shown.counts == {
        ClaimState.OPEN: 2,
        ClaimState.IN_REVIEW: 0,
        ClaimState.UPHELD: 1,
        ClaimState.DISMISSED: 0,
    }
    assert [each.public_id for each in desk.list_claims(Act.at(session, olga, NOW), states=PENDING).claims] == [
        older.public_id,
        newer.public_id,
    ]


def test_a_claim_is_late_from_the_sixteenth_business_day(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    open_claim(session, way, point)
    olga = staff(session)
    for day, age, late in ((15, 15, False), (16, 16, True)):
        # 8 December is a holiday: the fifteenth business day is 15 December.
        shown = desk.list_claims(Act.at(session, olga, NOW.replace(month=12, day=day)), states=PENDING)
        assert [(each.age, each.late) for each in shown.claims] == [(age, late)]


def test_the_list_goes_on_on_further_pages_and_asks_the_same_few_questions(session: Session, vault: Vault, monkeypatch):
    way, point = arrived(session, vault)
    olga = staff(session)
    asked = questions(session)

    def page(number: int) -> tuple[list[str], bool, int]:
        asked.clear()
        found = desk.list_claims(Act.at(session, olga, NOW), states=PENDING, page=number)
        return (
            [each.filing_number[-1] for each in found.claims],
            found.has_more,
            len([each for each in asked if each.startswith("SELECT")]),
        )

    monkeypatch.setattr(desk, "PAGE_LENGTH", 2)
    open_claim(session, way, point)
    assert page(1) == (["1"], False, 2)
    for n in range(2, 6):
        open_claim(session, way, point, day=TODAY.plus(-n))
    assert page(1) == (["1", "2"], True, 2)
    assert page(3) == (["5"], False, 2)
    assert page(9) == ([], False, 2)


def test_a_claim_of_the_day_before_is_shown_with_every_version_of_it(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    claim = open_claim(session, way, point)
    shown = desk.load(Act.at(session, staff(session, Role.AUDITOR), NOW), public_id=claim.public_id)
    assert (shown.claim.gas_day, shown.claim.point, shown.claim.company) == (
        YESTERDAY,
        way.point.name,
        way.contract.company.name,
    )
    assert len(shown.sources.nominations) == 1
