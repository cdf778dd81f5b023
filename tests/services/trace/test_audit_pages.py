"""The audit searched and anchored, accounts opened to look, evidence taken out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import AccountView, AuditEvent
from portal.services import ledger
from portal.services.ops import anchors, audit_search
from portal.services.ops.anchors import Required
from portal.services.ops.audit_search import Filters
from portal.services.people import account_views
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, audit_trail, evidence
from portal.services.trace.chain_findings import ChainFault, Finding
from portal.words.upkeep import chain_words
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import m3, nominate
from tests.services.way import Way, open_contract, set_out


def staff(session: Session, role: Role) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role))


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


@pytest.fixture
def auditor(session: Session) -> Actor:
    return staff(session, Role.AUDITOR)


def happen(session: Session, event: str, *, actor: Actor | None = None, now: datetime = NOW, **given: Any) -> None:
    with transaction(session):
        audit.record(Act.at(session, actor or Actor.system(), now), **({"event": event, "subject": "x"} | given))


def test_what_was_replaced_is_told_beside_what_came_in_its_place(session: Session):
    happen(session, "contact:changed", details={"old_name": "Ana", "new_name": "Eva", "new_phone": "1", "why": "x"})
    (entry,) = audit_trail.list_of_subject(session, subject="x")
    assert [(change.name, change.old, change.new) for change in entry.changes] == [
        ("name", "Ana", "Eva"),
        ("phone", None, "1"),
    ]
    assert entry.details == {"why": "x"}


def test_events_are_found_by_what_who_company_subject_and_day(session: Session, way: Way, auditor: Actor):
    happen(session, "letter:printed", company_id=way.contract.company_id, subject="carta-1")
    happen(session, "letter:approved", details={"point": way.point.public_id})
    happen(session, "notice:published", now=NOW + timedelta(days=1))

    def found(**given: Any) -> list[str]:
        return [
            entry.event
            for entry in audit_search.search(Act.at(session, auditor, NOW), filters=Filters(**given)).entries
        ]

    assert found(event="letter:") == ["letter:approved", "letter:printed"]
    assert found(subject="carta-1") == ["letter:printed"]
    assert found(subject=way.point.public_id)[0] == "letter:approved"
    assert "letter:printed" in found(company=way.contract.company.public_id)
    assert "letter:approved" not in found(company=way.contract.company.public_id)
    assert found(since=TODAY.plus(1).date) == ["notice:published"]
    assert "notice:published" not in found(until=TODAY.date)
    assert found(who=way.actor.email.upper())
    assert found(event="nothing") == []


def test_pages_follow_one_another_without_a_gap(session: Session, auditor: Actor):
    for number in range(audit_search.PAGE + 3):
        happen(session, "day:closed", subject=str(number))
    first = audit_search.search(Act.at(session, auditor, NOW), filters=Filters(event="day:"))
    second = audit_search.search(Act.at(session, auditor, NOW), filters=Filters(event="day:"), before=first.next_before)
    assert [entry.subject for entry in first.entries + second.entries] == [str(n) for n in reversed(range(53))]
    assert second.next_before is None


def test_the_chain_is_anchored_once_a_day_and_a_tail_cut_off_is_found(session: Session, auditor: Actor, tmp_path: Path):
    path = tmp_path / "anchors.log"
    happen(session, "day:closed")
    assert [anchors.anchor_due(Act.of_system(session, NOW), path=path) for _ in range(3)] == [True, False, False]
    assert anchors.anchor_due(Act.of_system(session, NOW + timedelta(days=1)), path=path)
    required = Required(path, NOW + timedelta(days=1))
    state = audit_search.prove(Act.at(session, auditor, NOW), required=required)
    assert (state.broken, state.anchors.count, len(state.anchors.newest)) == (None, 2, 2)
    path.write_text(path.read_text().replace(state.anchors.newest[0].mac.hex(), "ab" * 32))
    broken = audit_search.prove(Act.at(session, auditor, NOW), required=required).broken
    assert broken == f"anchor 1 is another one in {path} than in the database"


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.OPERATOR])
def test_who_may_not_read_the_audit_reads_nothing_of_it(session: Session, tmp_path: Path, role: Role):
    nobody = staff(session, role)
    acts: list[Callable[[], object]] = [
        lambda: audit_search.search(Act.at(session, nobody, NOW), filters=Filters()),
        lambda: audit_search.list_companies(Act.at(session, nobody, NOW), most=1),
        lambda: audit_search.prove(Act.at(session, nobody, NOW), required=Required(tmp_path / "none", NOW)),
        lambda: evidence.gather(Act.at(session, nobody, NOW), receipt="x"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_an_account_is_open_to_a_look_for_a_quarter_of_an_hour_and_its_customer_reads_who_and_why(
    session: Session, vault: Vault, way: Way
):
    operator = staff(session, Role.OPERATOR)
    point = way.point.public_id
    with pytest.raises(Rejected) as silent:
        account_views.open_view(Act.at(session, operator, NOW), point=point, reason=" ")
    assert silent.value.refusal is Refusal.REASON_MISSING
    assert account_views.find_opened(Act.at(session, operator, NOW), point=way.point) is None
    account_views.open_view(Act.at(session, operator, NOW), point=point, reason="Reclamo RB-1")
    last = NOW + timedelta(minutes=15)
    assert account_views.find_opened(Act.at(session, operator, last - timedelta(seconds=1)), point=way.point)
    assert account_views.find_opened(Act.at(session, operator, last), point=way.point) is None
    # Another session of the same role has not given a reason.
    assert account_views.find_opened(Act.at(session, staff(session, Role.OPERATOR), NOW), point=way.point) is None
    (look,), more = account_views.list_seen(Act.at(session, way.actor, NOW), page=1)
    assert (look.point, look.name, look.role, look.reason) == (
        way.point.name,
        operator.name,
        Role.OPERATOR,
        "Reclamo RB-1",
    )
    assert not more
    stranger = open_contract(session, vault, set_out(session, vault))
    assert account_views.list_seen(Act.at(session, stranger.actor, NOW), page=1) == ([], False)
    assert session.scalars(select(AuditEvent).where(AuditEvent.event == "balance:seen")).one().subject == point


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.ADMIN])
def test_other_roles_open_no_account(session: Session, way: Way, role: Role):
    nobody = staff(session, role)
    with pytest.raises(NotAllowed):
        account_views.open_view(Act.at(session, nobody, NOW), point=way.point.public_id, reason="x")
    assert session.scalars(select(AccountView)).all() == []


def test_the_evidence_of_a_nomination_holds_what_was_signed_and_both_chains(
    session: Session, vault: Vault, way: Way, auditor: Actor
):
    first = nominate(session, vault, way, quantity=m3(9_000))
    second = nominate(session, vault, way, quantity=m3(9_500))
    found = evidence.gather(Act.at(session, auditor, NOW), receipt=second.public_id)
    record, chain = json.loads(found.record), json.loads(found.chain)
    assert record["nomination"]["quantity"] == "9500"
    assert record["nomination"]["signed_by"] == way.actor.email
    assert record["receipt_chain"]["previous_sha256"] == (first.receipt_hash or b"").hex()
    assert record["receipt_chain"]["sha256"] == record["receipt_chain"]["recomputed_sha256"]
    assert [event["event"] for event in record["audit"]] == ["nomination:signed", "evidence:exported"]
    assert chain["whole"] is True
    assert [row["filing_number"] for row in chain["receipts"]] == [first.filing_number, second.filing_number]
    assert audit.verify(session) is None
    assert ledger.verify(session) is None
    with pytest.raises(NotFound):
        evidence.gather(Act.at(session, auditor, NOW), receipt="nada")


def test_what_is_wrong_with_the_chain_is_said_in_spanish_with_its_facts():
    at = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    found = Finding(ChainFault.ANCHORED_EVENT_MISSING, event=7, at=at)
    assert found == f"event 7, anchored at {at.isoformat()}, is missing"
    assert chain_words(found) == "Falta el hecho n.º 7, que se ancló el sábado 21 de noviembre de 2026 a las 12:00"
    for fault in ChainFault:
        facts = {"event": 7, "what": "user:signed-in", "anchor": 3, "place": "/x", "at": at, "line": 2, "last": 1}
        words = chain_words(Finding(fault, **facts, day=at.date(), more=2))
        assert "2026-" not in words, words
        assert not {"missing", "anchor", "event", "the"} & set(words.replace("audit anchor", "").split()), words
