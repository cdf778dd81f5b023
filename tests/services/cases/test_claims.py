"""Claims of customers about a day: one open at a time, cases numbered without gaps, added to until answered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.cases import LONGEST_DISPUTE, CaseAction, CaseState, EntryKind, Outcome
from portal.domain.quantities import plain
from portal.models import Case, CaseEntry, OutboxMessage
from portal.services.cases import pqr
from portal.services.cases.pqr import day_claims, day_figures
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW, TODAY
from tests.services.claim_stage import (
    BASE_URL,
    TEXT,
    YESTERDAY,
    arrived,
    events,
    mails,
    measure,
    open_claim,
    staff,
)


def refused(session: Session, way, point, **given) -> Rejected:
    with pytest.raises(Rejected) as caught:
        open_claim(session, way, point, **given)
    return caught.value


def decide(session: Session, claim: Case, *, outcome: Outcome = Outcome.UPHELD, seen: int = 1) -> None:
    pqr.actions.do(
        Act.at(session, staff(session), NOW),
        filing_number=claim.filing_number,
        action=CaseAction.ANSWER,
        outcome=outcome,
        text="Se corrige la medición del día.",
        seen=seen,
    )


def take(session: Session, claim: Case) -> None:
    pqr.actions.do(Act.at(session, staff(session), NOW), filing_number=claim.filing_number, action=CaseAction.ASSIGN)


def said_of(session: Session, point, claim: Case) -> list[str]:
    """What was said in a claim, in order."""
    thread = day_claims.find(session, delivery_point_id=point.id, public_id=claim.public_id)
    return [entry.text for entry in thread.entries if entry.kind in (EntryKind.FILED, EntryKind.WRITTEN)]


def test_a_claim_gets_a_number_its_text_a_trace_and_an_acknowledgement_to_both(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    assert (claim.filing_number, claim.state, claim.gas_day) == ("PQR-2026-000001", CaseState.FILED, YESTERDAY)
    thread = day_claims.find(session, delivery_point_id=point.id, public_id=claim.public_id)
    assert [(said.text, said.kind) for said in thread.entries] == [(TEXT, EntryKind.FILED)]
    assert mails(session) == [
        ("case-filed", way.actor.email),
        ("case-filed", way.contract.company.contact_email),
    ]
    body = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "case-filed")).first()
    assert "PQR-2026-000001" in body
    assert "hasta cinco meses (cláusula 69)" in body
    assert f"Lo presentó {way.actor.name} ({way.actor.email}) por {way.contract.company.name}, sobre" in body
    assert "Si huele a gas, no espere esta respuesta: llame a la línea de emergencias 164" in body
    assert "lunes 14 de diciembre de 2026" not in body, "8 December is a holiday"
    assert "martes 15 de diciembre de 2026" in body
    url = f"{BASE_URL}/cuentas-de-balance/gnv-suministro/{point.public_id}/reclamos/{claim.public_id}"
    assert url in body
    assert TEXT not in body
    assert events(session) == ["case:filed"]
    assert audit.verify(session) is None


def test_a_contact_who_opens_the_claim_is_told_once(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    with transaction(session):
        session.merge(way.contract.company).contact_email = way.actor.email
    open_claim(session, way, point)
    assert mails(session) == [("case-filed", way.actor.email)]


@pytest.mark.parametrize("day", [TODAY, TODAY.plus(1), TODAY.plus(4000)])
def test_a_day_that_is_not_over_cannot_be_disputed(session: Session, vault: Vault, day):
    way, point = arrived(session, vault)
    assert refused(session, way, point, day=day).refusal is Refusal.CLAIM_DAY_NOT_OVER
    assert not session.scalars(select(Case)).all()


def test_a_day_on_which_the_point_was_not_served_cannot_be_disputed(session: Session, vault: Vault):
    way, point = arrived(session, vault, starts_on=TODAY.plus(-10), ends_on=TODAY.plus(-2))
    for day in (TODAY.plus(-11), TODAY.plus(-2)):
        assert refused(session, way, point, day=day).refusal is Refusal.CLAIM_DAY_NOT_SERVED
    assert open_claim(session, way, point, day=TODAY.plus(-3))
    assert open_claim(session, way, point, day=TODAY.plus(-10))


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", Refusal.CLAIM_TEXT_MISSING),
        (" \r\n\t ", Refusal.CLAIM_TEXT_MISSING),
        ("\u202e", Refusal.CLAIM_TEXT_MISSING),
        ("x" * (LONGEST_DISPUTE + 1), Refusal.CLAIM_TEXT_TOO_LONG),
    ],
)
def test_a_claim_without_words_or_with_too_many_is_refused(session: Session, vault: Vault, text: str, refusal: Refusal):
    way, point = arrived(session, vault)
    found = refused(session, way, point, text=text)
    assert (found.refusal, found.field) == (refusal, "text")
    assert not session.scalars(select(Case)).all()
    assert mails(session) == []


def test_two_thousand_characters_with_line_ends_of_a_form_are_taken(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    text = "ñ" * 999 + "\r\n" + "😀" * 1000
    claim = open_claim(session, way, point, text=text)
    assert said_of(session, point, claim) == [text.replace("\r\n", "\n")]


def test_one_claim_of_a_day_is_open_at_a_time_and_another_follows_its_decision(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    first = open_claim(session, way, point)
    found = refused(session, way, point)
    assert found.refusal is Refusal.CLAIM_ALREADY_OPEN
    assert found.facts == {"number": first.filing_number, "claim": first.public_id}
    assert open_claim(session, way, point, day=TODAY.plus(-2)).filing_number == "PQR-2026-000002", "no number is lost"
    decide(session, first)
    assert open_claim(session, way, point).filing_number == "PQR-2026-000003"


def test_many_at_once_on_one_day_open_one_claim_and_lose_no_number(
    sessions: sessionmaker[Session], session: Session, vault: Vault
):
    way, point = arrived(session, vault)

    def send(_n: int) -> str:
        with sessions() as own:
            try:
                return open_claim(own, way, point).filing_number
            except Rejected as found:
                return found.facts["number"]

    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(send, range(8)))
    assert numbers == {"PQR-2026-000001"}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(CaseEntry)) == 1
    assert open_claim(session, way, point, day=TODAY.plus(-2)).filing_number == "PQR-2026-000002"


def test_the_numbers_begin_anew_with_the_year_in_colombia(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    open_claim(session, way, point)
    # 23:30 on 31 December in Colombia is January in UTC.
    late = NOW.replace(year=2027, month=1, day=1, hour=4, minute=30)
    assert open_claim(session, way, point, day=TODAY.plus(-2), now=late).filing_number == "PQR-2026-000002"
    later = late + timedelta(hours=1)
    assert open_claim(session, way, point, day=TODAY.plus(-3), now=later).filing_number == "PQR-2027-000001"


def test_the_customer_adds_to_an_open_claim_and_to_one_that_somebody_took(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Falta el acta.")
    take(session, claim)
    day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Ya está.")
    assert said_of(session, point, claim) == [TEXT, "Falta el acta.", "Ya está."]
    assert events(session) == ["case:filed", "case:written", "case:assigned", "case:written"]


def test_the_same_text_sent_twice_is_added_once(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    for _ in range(2):
        day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Otra cosa.")
    day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Otra más.")
    day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Otra cosa.")
    assert said_of(session, point, claim)[1:] == ["Otra cosa.", "Otra más.", "Otra cosa."]


@pytest.mark.parametrize("outcome", Outcome)
def test_nothing_is_added_to_a_decided_claim(session: Session, vault: Vault, outcome: Outcome):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    decide(session, claim, outcome=outcome)
    with pytest.raises(Conflict):
        day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Tarde.")
    assert said_of(session, point, claim) == [TEXT]


def test_a_claim_of_another_point_is_not_there(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    _, other = arrived(session, vault)
    with pytest.raises(NotFound):
        day_claims.find(session, delivery_point_id=other.id, public_id=claim.public_id)
    with pytest.raises(NotFound):
        day_claims.write(Act.at(session, way.actor, NOW), point=other, public_id=claim.public_id, text="Hola.")
    assert day_claims.list_cases_of_point(Act.at(session, way.actor, NOW), delivery_point_id=other.id) == []


def test_an_account_writes_sixty_texts_a_day(session: Session, vault: Vault, monkeypatch):
    monkeypatch.setattr(day_claims, "TEXTS_A_DAY", 2)
    way, point = arrived(session, vault)
    claim = open_claim(session, way, point)
    day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Dos.")
    with pytest.raises(Rejected) as found:
        day_claims.write(Act.at(session, way.actor, NOW), point=point, public_id=claim.public_id, text="Tres.")
    assert found.value.refusal is Refusal.CLAIM_TEXTS_SPENT
    assert refused(session, way, point, day=TODAY.plus(-2)).refusal is Refusal.CLAIM_TEXTS_SPENT
    tomorrow = NOW + timedelta(days=1)
    day_claims.write(Act.at(session, way.actor, tomorrow), point=point, public_id=claim.public_id, text="Tres.")


def test_the_figures_of_the_day_are_those_in_force_in_the_unit_asked_for(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    shown = day_figures.load_day_figures(session, delivery_point_id=point.id, gas_day=YESTERDAY, unit=point.unit)
    assert [plain(each) for each in (shown.nominated, shown.consumed, shown.imbalance)] == ["12000", "11800", "200"]
    nothing = day_figures.load_day_figures(session, delivery_point_id=point.id, gas_day=TODAY.plus(-9), unit=point.unit)
    assert set(nothing) == {None}


def test_the_list_of_a_point_shows_the_newest_first(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    numbers = [open_claim(session, way, point, day=TODAY.plus(-n)).filing_number for n in (3, 1, 2)]
    listed = day_claims.list_cases_of_point(Act.at(session, way.actor, NOW), delivery_point_id=point.id)
    assert [each.filing_number for each in listed] == numbers[::-1]
    assert all(each.outcome is None and each.filed_by == way.actor.name for each in listed)
