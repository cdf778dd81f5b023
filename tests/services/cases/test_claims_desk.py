"""The desk of cases with claims about a day: who may do what, in which order they wait, and who was first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Function, Role, may
from portal.domain.cases import PENDING, CaseAction, CaseState, EntryKind, Outcome
from portal.domain.quantities import plain
from portal.models import AuditEvent, Binding, Case, OutboxMessage
from portal.services.cases import pqr
from portal.services.cases.pqr import actions, day_claims, desk, records
from portal.services.ops import cross_checks
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import make_stranger
from portal.services.store.keyset import Place
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, audit_trail
from tests.factories import NOW, TODAY
from tests.services.case_stage import petition
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


DAYS = desk.About(a_day=True)


def do(session: Session, who: Actor, claim: Case, action: CaseAction, **given: Any) -> None:
    actions.do(Act.at(session, who, given.pop("now", NOW)), filing_number=claim.filing_number, action=action, **given)


def tell(session: Session, who: Actor, claim: Case, text: str = "Lo estamos mirando.") -> None:
    do(session, who, claim, CaseAction.TELL, text=text)


def decide(session: Session, who: Actor, claim: Case, **given: Any) -> None:
    wanted: dict[str, Any] = {"outcome": Outcome.UPHELD, "text": OUTCOME, "seen": 1} | given
    do(session, who, claim, CaseAction.ANSWER, **wanted)


def take(session: Session, who: Actor, claim: Case) -> None:
    do(session, who, claim, CaseAction.ASSIGN)


def load(session: Session, who: Actor, claim: Case) -> desk.DeskRecord:
    return desk.load(Act.at(session, who, NOW), filing_number=claim.filing_number)


def test_message_assignment_and_decision_are_written_traced_and_mailed(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    claim, olga = open_claim(session, way, point), staff(session)
    tell(session, olga, claim)
    take(session, olga, claim)
    decide(session, olga, claim, seen=2)
    shown = load(session, olga, claim)
    assert (shown.case.state, shown.case.outcome, shown.case.assigned_to) == (
        CaseState.ANSWERED,
        Outcome.UPHELD,
        olga.name,
    )
    assert shown.decision is not None
    assert (shown.decision.text, shown.decision.by, shown.decision.at) == (OUTCOME, olga.name, NOW)
    assert [entry.kind for entry in shown.entries] == [
        EntryKind.FILED,
        EntryKind.TOLD,
        EntryKind.ASSIGNED,
        EntryKind.ANSWERED,
        EntryKind.NOTIFIED,
    ]
    assert shown.day is not None
    assert [reading.version for reading in shown.day.sources.readings] == [1]
    both = (way.actor.email, way.contract.company.contact_email)
    assert mails(session) == [(kind, to) for kind in ("case-filed", "case-changed", "case-changed") for to in both]
    bodies = session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).all()
    assert OUTCOME in bodies[0]
    assert "procede" in bodies[0]
    assert "Lo estamos mirando." in bodies[2]
    assert events(session) == ["case:filed", "case:told", "case:assigned", "case:answered"]
    assert audit.verify(session) is None


def test_the_customer_sees_the_outcome(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    decide(session, staff(session), claim, outcome=Outcome.DISMISSED)
    seen = day_claims.find(session, delivery_point_id=point.id, public_id=claim.public_id)
    assert (seen.claim.outcome, seen.claim.pending) == (Outcome.DISMISSED, False)
    assert seen.decision is not None
    assert (seen.decision.text, seen.decision.at) == (OUTCOME, NOW)


@pytest.mark.parametrize("role", Role)
def test_each_role_does_what_the_table_says_and_nothing_else(session: Session, vault: Vault, role: Role):
    way, point = arrived(session, vault)
    claim, who = open_claim(session, way, point), staff(session, role)
    reads = [
        lambda: load(session, who, claim),
        lambda: desk.find_number(Act.at(session, who, NOW), public_id=claim.public_id),
        lambda: desk.list_cases(Act.at(session, who, NOW), states=PENDING, about=DAYS),
    ]
    acts = [
        lambda: tell(session, who, claim),
        lambda: take(session, who, claim),
        lambda: decide(session, who, claim, seen=2),
    ]
    for function, wanted in ((Function.READ_CASES, reads), (Function.ANSWER_CASES, acts)):
        for action in wanted:
            if may(role, function):
                action()
            else:
                with pytest.raises(NotAllowed):
                    action()


@pytest.mark.parametrize("role", Role)
def test_the_figures_of_the_day_are_shown_to_roles_that_see_them_and_to_no_agent(
    session: Session, vault: Vault, role: Role
):
    way, point = arrived(session, vault)
    measure(session, way)
    claim, who = open_claim(session, way, point), staff(session, role)
    if may(role, Function.READ_CASES):
        assert (load(session, who, claim).day is not None) == may(role, Function.SEE_DISPUTED_DAYS)
    assert not may(Role.AGENT, Function.SEE_DISPUTED_DAYS)


def test_a_decided_claim_takes_nothing_more(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    decide(session, olga, claim)
    for action in (
        lambda: tell(session, olga, claim),
        lambda: take(session, olga, claim),
        lambda: decide(session, olga, claim, outcome=Outcome.DISMISSED, text="Otra cosa."),
    ):
        with pytest.raises(Conflict):
            action()
    assert [kind for kind, _ in mails(session)] == ["case-filed"] * 2 + ["case-changed"] * 2


def test_two_who_decide_at_once_leave_one_decision(sessions: sessionmaker[Session], session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    people = [staff(session) for _ in range(6)]
    outcomes = list(Outcome) * 3

    def send(who: Actor, outcome: Outcome) -> Outcome | None:
        with sessions() as own:
            try:
                decide(own, who, claim, outcome=outcome)
            except Conflict:
                return None
            return outcome

    with ThreadPoolExecutor(6) as pool:
        won = [outcome for outcome in pool.map(send, people, outcomes) if outcome]
    assert len(won) == 1
    session.rollback()
    session.expire_all()
    assert session.scalars(select(Case.outcome)).one() is won[0]
    assert events(session).count("case:answered") == 1


def test_who_did_not_see_the_last_message_does_not_decide(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Esperen.")
    with pytest.raises(Conflict) as found:
        decide(session, olga, claim, seen=1)
    assert found.value.reason == "case-written"
    decide(session, olga, claim, seen=2)


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        ({"text": " \n"}, Refusal.CASE_TEXT_MISSING, "text"),
        ({"text": "x" * 10_001}, Refusal.CASE_TEXT_TOO_LONG, "text"),
        ({"outcome": None}, Refusal.CASE_OUTCOME_MISSING, "outcome"),
    ],
)
def test_a_decision_needs_its_words_and_its_outcome(
    session: Session, vault: Vault, given: dict[str, Any], refusal: Refusal, field: str
):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    with pytest.raises(Rejected) as found:
        decide(session, staff(session), claim, **given)
    assert (found.value.refusal, found.value.field) == (refusal, field)


def test_a_message_sent_twice_is_written_and_mailed_once(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    tell(session, olga, claim)
    tell(session, olga, claim)
    assert [kind for kind, _ in mails(session)].count("case-changed") == 2, "one to each of two people"


def test_what_is_not_there_is_not_found(session: Session, vault: Vault):
    olga = staff(session)
    with pytest.raises(NotFound):
        desk.load(Act.at(session, olga, NOW), filing_number="nada")
    with pytest.raises(NotFound):
        desk.find_number(Act.at(session, olga, NOW), public_id="nada")
    with pytest.raises(NotFound):
        actions.do(Act.at(session, olga, NOW), filing_number="nada", action=CaseAction.ASSIGN)


def test_the_oldest_undecided_stands_first_and_the_list_says_how_long_it_waits(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    friday = NOW - timedelta(days=3)
    newer = open_claim(session, way, point)
    older = open_claim(session, way, point, day=TODAY.plus(-5), now=friday)
    decided = open_claim(session, way, point, day=TODAY.plus(-60), now=friday - timedelta(days=30))
    olga = staff(session)
    decide(session, olga, decided)
    act = Act.at(session, olga, NOW)
    shown = desk.list_cases(act, states=CaseState, about=DAYS)
    in_order = [older.filing_number, newer.filing_number, decided.filing_number]
    assert [each.filing_number for each in shown.cases] == in_order
    assert [each.day for each in shown.cases][:2] == [1, 0]
    assert shown.cases[0].due_on == date(2026, 12, 14)
    assert not shown.cases[0].late
    assert [each.gas_day for each in shown.cases] == [TODAY.plus(-5), YESTERDAY, TODAY.plus(-60)]
    assert shown.cases[0].point == way.point.name
    assert {state: many for state, many in shown.counts.items() if many} == {
        CaseState.FILED: 2,
        CaseState.ANSWERED: 1,
    }
    pending = desk.list_cases(act, states=PENDING, about=DAYS)
    assert [each.filing_number for each in pending.cases] == in_order[:2]
    upheld = desk.list_cases(act, states=CaseState, about=desk.About(a_day=True, outcome=Outcome.UPHELD))
    assert [each.filing_number for each in upheld.cases] == in_order[2:]
    assert desk.list_cases(act, states=CaseState, about=desk.About(a_day=False)).cases == ()


def test_a_claim_is_late_from_the_sixteenth_business_day(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    open_claim(session, way, point)
    olga = staff(session)
    for day, late in ((15, False), (16, True)):
        # 8 December is a holiday: the fifteenth business day is 15 December.
        now = NOW.replace(month=12, day=day)
        pqr.watch_due(Act.of_system(session, now))
        shown = desk.list_cases(Act.at(session, olga, now), states=PENDING, about=DAYS)
        assert [(each.day, each.late) for each in shown.cases] == [(15, late)]


def test_a_claim_whose_term_passed_is_upheld_or_not_answered_at_all(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    olga, late = staff(session), NOW.replace(month=12, day=16)
    pqr.watch_due(Act.of_system(session, late))
    lapsed = "se entiende resuelta a su favor"
    both = {way.actor.email, way.contract.company.contact_email}
    told = session.execute(
        select(OutboxMessage.recipient, OutboxMessage.body).where(OutboxMessage.kind == "case-changed")
    )
    assert {row.recipient for row in told if lapsed in row.body} == both
    with pytest.raises(Rejected) as found:
        decide(session, olga, claim, outcome=Outcome.DISMISSED, now=late)
    assert (found.value.refusal, found.value.field) == (Refusal.CASE_OUTCOME_LAPSED, "outcome")
    # The day still has its claim: no second one is opened beside it.
    with pytest.raises(Rejected):
        open_claim(session, way, point)
    decide(session, olga, claim, now=late)
    assert load(session, olga, claim).case.outcome is Outcome.UPHELD


@pytest.mark.parametrize(("outcome", "says"), [(Outcome.UPHELD, False), (Outcome.DISMISSED, True)])
def test_only_a_decision_against_the_customer_says_the_appeal(
    session: Session, vault: Vault, outcome: Outcome, says: bool
):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    decide(session, olga, claim, outcome=outcome)
    words = "cabe el recurso de reposición"
    told = session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).first() or ""
    thread = day_claims.find(session, delivery_point_id=point.id, public_id=claim.public_id)
    said = day_claims.read_appeal(Act.at(session, way.actor, NOW), thread=thread)
    assert ((words in told), (words in said)) == (says, says)


def test_a_claim_is_extended_noted_and_opened_again_as_every_case(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    do(session, olga, claim, CaseAction.EXTEND, text="Se ordenó una prueba del medidor.")
    do(session, olga, claim, CaseAction.NOTE, text="Ojo con el acta.")
    thread = day_claims.find(session, delivery_point_id=point.id, public_id=claim.public_id)
    assert "Ojo con el acta." not in [entry.text for entry in thread.entries]
    assert thread.claim.due_on == date(2027, 1, 7)
    decide(session, olga, claim)
    do(session, olga, claim, CaseAction.REOPEN, text="Llegó otra acta.")
    again = day_claims.find(session, delivery_point_id=point.id, public_id=claim.public_id)
    assert (again.claim.state, again.claim.outcome, again.decision) == (CaseState.REOPENED, None, None)


def test_a_claim_is_not_opened_again_beside_another_open_one_of_its_day(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    first, olga = open_claim(session, way, point), staff(session)
    decide(session, olga, first)
    second = open_claim(session, way, point)
    with pytest.raises(Rejected) as found:
        do(session, olga, first, CaseAction.REOPEN, text="Llegó otra acta.")
    assert (found.value.refusal, found.value.facts["number"]) == (Refusal.CLAIM_ALREADY_OPEN, second.filing_number)


def test_a_case_about_no_day_has_no_conversation(session: Session, vault: Vault):
    arrived(session, vault)
    filed = pqr.file_case(Act.at(session, make_stranger(address="203.0.113.7"), NOW), petition=petition())
    with pytest.raises(Conflict):
        actions.do(
            Act.at(session, staff(session), NOW),
            filing_number=filed.filing_number,
            action=CaseAction.TELL,
            text="Hola.",
        )


def test_a_claim_about_a_day_has_no_code_and_is_listed_to_who_has_access_to_its_contract(
    session: Session, vault: Vault
):
    way, point = arrived(session, vault)
    claim, olga = open_claim(session, way, point), staff(session)
    act = Act.at(session, way.actor, NOW)
    assert load(session, olga, claim).code == ""
    guessed = records.code_of(vault, public_id=claim.public_id)
    for code in ("", guessed):
        with pytest.raises(Rejected):
            pqr.prove(act, filing_number=claim.filing_number, code=code)
    with pytest.raises(NotFound):
        pqr.view(act, filing_number=claim.filing_number, proved=[claim.public_id])
    place = day_claims.find_place(act, filing_number=claim.filing_number)
    assert place == (way.modality, way.point.public_id, claim.public_id)
    (mine,) = pqr.mine(act)
    assert (mine.filing_number, mine.gas_day, mine.point) == (claim.filing_number, YESTERDAY, way.point.name)
    with transaction(session):
        session.execute(update(Binding).values(disabled_at=NOW))
    assert day_claims.find_place(act, filing_number=claim.filing_number) is None
    assert pqr.mine(act) == []


def test_other_cases_about_a_point_are_listed_to_who_filed_them_and_to_no_colleague(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    mine = Act.at(session, way.actor, NOW)
    filed = pqr.file_case(mine, petition=petition(delivery_point=way.point.public_id))
    claim = open_claim(session, way, point, now=NOW + timedelta(minutes=1))
    listed = day_claims.list_cases_of_point(mine, delivery_point_id=point.id)
    assert [each.filing_number for each in listed] == [claim.filing_number, filed.filing_number]
    colleague = Act.at(session, staff(session, Role.CUSTOMER), NOW)
    listed = day_claims.list_cases_of_point(colleague, delivery_point_id=point.id)
    assert [each.filing_number for each in listed] == [claim.filing_number]


def test_the_audit_of_a_claim_is_found_by_its_number(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    match = audit_trail.match_subject(session, text=claim.filing_number.lower())
    assert session.scalars(select(AuditEvent.event).where(match)).all() == ["case:filed"]
    assert cross_checks.verify_receipts(session) is None


def test_the_list_goes_on_on_further_pages_and_asks_the_same_few_questions(session: Session, vault: Vault, monkeypatch):
    way, point = arrived(session, vault)
    olga = staff(session)
    asked = questions(session)

    def page(after: Place | None = None) -> tuple[list[str], Place | None]:
        asked.clear()
        found = desk.list_cases(Act.at(session, olga, NOW), states=PENDING, about=DAYS, after=after)
        assert len([each for each in asked if each.startswith("SELECT")]) == 2
        return [each.filing_number[-1] for each in found.cases], found.next

    monkeypatch.setattr(desk, "PAGE", 2)
    open_claim(session, way, point)
    assert page() == (["1"], None)
    for n in range(2, 6):
        open_claim(session, way, point, day=TODAY.plus(-n))
    first, after = page()
    second, later = page(after)
    assert (first, second, page(later)) == (["1", "2"], ["3", "4"], (["5"], None))
    # One that is answered meanwhile hides none after it.
    assert page((1, later[1] if later else 0, 9)) == ([], None)


def test_a_claim_of_the_day_before_is_shown_with_every_version_of_it(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    claim = open_claim(session, way, point)
    shown = load(session, staff(session, Role.AUDITOR), claim)
    assert (shown.case.gas_day, shown.case.point, shown.case.company) == (
        YESTERDAY,
        way.point.name,
        way.contract.company.name,
    )
    assert shown.day is not None
    assert len(shown.day.sources.nominations) == 1
    assert plain(shown.day.figures.consumed) == "11800"
