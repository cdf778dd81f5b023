"""Cancellation until the close, late nominations and what the operator decides, the chain of receipts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.timetable import RequestKind, find_window
from portal.models import AuditEvent, DailyBalance, LateDecision, Nomination, NominationHead, OutboxMessage, ReceiptHead
from portal.services import ledger, nominations, timetable
from portal.services.keys import grants
from portal.services.ledger import heating_values
from portal.services.nominations import Request, day_closes, entry, late
from portal.services.nominations.requests import Rule
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, receipts
from tests import factories
from tests.factories import NOW
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
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


def withdraw(session: Session, vault: Vault, way: Way, nomination: Nomination, **given: object) -> Nomination:
    now = given.pop("now", NOW)
    public_id = nomination.public_id
    shown = given.pop("shown", None)
    if shown is None:
        shown = nominations.review_cancellation(Act.at(session, way.actor, now), public_id=public_id).digest
    commits_at = given.pop("commits_at", now)
    return nominations.cancel(
        Act(session, way.actor, now, lambda: commits_at),
        public_id=public_id,
        shown=shown,
        typed=given.pop("typed", way.numeric_key),
    )


def head_of(session: Session, way: Way) -> NominationHead | None:
    session.expire_all()
    return session.get(NominationHead, (way.point.id, TOMORROW))


def nominated_in_the_account(session: Session, way: Way) -> object:
    session.expire_all()
    row = session.get(DailyBalance, (way.point.id, TOMORROW))
    return None if row is None else row.nominated_m3


def late_request(session: Session, vault: Vault, way: Way, amount: int = 9_000, now=AFTER_NOON) -> Nomination:
    open_contract(session, vault, way, now=now)
    return nominate(session, vault, way, quantity=m3(amount), kind=RequestKind.RENOMINATION, now=now)


def by_policy(session: Session, way: Way, amount: int = 8_000) -> Nomination:
    """What the rule of the point wrote at the close."""
    value = heating_values.find_in_force(session, exit_point_id=way.point.exit_point_id, gas_day=TOMORROW)
    request = Request(
        point=way.point,
        kind=RequestKind.NOMINATION,
        gas_day=TOMORROW,
        quantity=m3(amount),
        submission_id=f"policy:{way.point.public_id}:{TOMORROW.isoformat()}",
    )
    with transaction(session):
        window = find_window(timetable.list_windows(session), way.modality, RequestKind.NOMINATION, TOMORROW)
        weighed = day_closes.weigh_by_rule(request, window=window, heating_value=value)
        (made,) = entry.put_in_force(Act.of_system(session, NOON), [weighed], proof=Rule(NOON))
        return made


def test_a_cancelled_day_has_no_nomination_and_keeps_both_revisions(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    withdrawn = withdraw(session, vault, way, first)
    assert (withdrawn.revision, withdrawn.cancels, withdrawn.quantity.micro) == (2, True, 0)
    assert withdrawn.filing_number != first.filing_number
    assert head_of(session, way) is None
    assert nominated_in_the_account(session, way) is None
    assert ledger.verify(session) is None
    mails = session.scalars(select(OutboxMessage.subject).order_by(OutboxMessage.id)).all()
    assert mails[-1] == f"Nominación anulada: {withdrawn.filing_number}"
    events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.sequence)).all()
    assert events[-1] == "nomination:cancelled"
    assert audit.verify(session) is None


def test_a_cancelled_day_can_be_nominated_again_and_its_revisions_have_no_gap(session: Session, vault: Vault, way: Way):
    withdraw(session, vault, way, nominate(session, vault, way))
    again = nominate(session, vault, way, quantity=m3(7_000))
    assert again.revision == 3
    head = head_of(session, way)
    assert head is not None
    assert (head.revision, head.nomination.quantity) == (3, m3(7_000))
    assert nominated_in_the_account(session, way) == m3(7_000)


def test_the_same_cancellation_sent_again_is_the_same_receipt(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    shown = nominations.review_cancellation(Act.at(session, way.actor, NOW), public_id=first.public_id).digest
    once = withdraw(session, vault, way, first, shown=shown).public_id
    assert withdraw(session, vault, way, first, shown=shown).public_id == once
    assert session.scalar(select(func.count()).select_from(Nomination)) == 2


@pytest.mark.parametrize(("moment", "taken"), [(-MILLISECOND, True), (0 * MILLISECOND, True), (MILLISECOND, False)])
def test_a_cancellation_is_taken_until_the_close_to_the_millisecond(
    session: Session, vault: Vault, way: Way, moment: timedelta, taken: bool
):
    first = nominate(session, vault, way)
    open_contract(session, vault, way, now=NOON - timedelta(minutes=5))
    arrival = NOON + moment
    if taken:
        assert withdraw(session, vault, way, first, now=arrival).cancels
        return
    with pytest.raises(Rejected) as refused:
        withdraw(session, vault, way, first, now=arrival)
    assert refusal_of(refused) is Refusal.CANCEL_TOO_LATE
    assert head_of(session, way) is not None


def test_a_cancellation_written_more_than_ten_seconds_after_the_close_is_refused(
    session: Session, vault: Vault, way: Way
):
    first = nominate(session, vault, way)
    open_contract(session, vault, way, now=NOON - timedelta(minutes=5))
    with pytest.raises(Rejected) as refused:
        withdraw(session, vault, way, first, now=NOON, commits_at=NOON + timedelta(seconds=10, milliseconds=1))
    assert refusal_of(refused) is Refusal.CANCEL_TOO_LATE
    assert head_of(session, way) is not None
    assert session.scalar(select(func.count()).select_from(Nomination)) == 1


def test_what_was_replaced_cannot_be_cancelled(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    nominate(session, vault, way, quantity=m3(9_000))
    with pytest.raises(Rejected) as refused:
        withdraw(session, vault, way, first, shown="00")
    assert refusal_of(refused) is Refusal.NOT_IN_FORCE


def test_a_cancellation_needs_the_code_and_what_was_shown(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    with pytest.raises(Rejected) as wrong:
        withdraw(session, vault, way, first, typed=wrong_numeric_key(way))
    assert refusal_of(wrong) is Refusal.NUMERIC_KEY_WRONG
    with pytest.raises(Conflict, match="shown"):
        withdraw(session, vault, way, first, shown="ab" * 32)
    assert head_of(session, way) is not None


def test_somebody_elses_nomination_is_not_there_to_cancel(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    stranger = open_contract(session, vault, set_out(session, vault))
    with pytest.raises(NotFound):
        nominations.review_cancellation(Act.at(session, stranger.actor, NOW), public_id=first.public_id)


def test_a_request_for_a_day_nobody_nominated_waits_for_the_operator(session: Session, vault: Vault, way: Way):
    asked = late_request(session, vault, way)
    assert (asked.is_late, asked.revision) == (True, 1)
    assert asked.filing_number
    assert head_of(session, way) is None
    assert nominated_in_the_account(session, way) is None
    assert [each.public_id for each in late.list_pending(session, gas_day=TOMORROW)] == [asked.public_id]


def test_an_accepted_one_is_in_force_with_the_moment_it_arrived(
    session: Session, vault: Vault, way: Way, operator: Actor
):
    asked = late_request(session, vault, way)
    late.decide(
        Act.at(session, operator, AFTER_NOON + timedelta(hours=1)), public_id=asked.public_id, accept=True, reason=None
    )
    head = head_of(session, way)
    assert head is not None
    assert (head.revision, head.renominations, head.nomination.received_at) == (1, 0, AFTER_NOON)
    assert nominated_in_the_account(session, way) == m3(9_000)
    assert late.list_pending(session, gas_day=TOMORROW) == []
    assert ledger.verify(session) is None
    subjects = session.scalars(select(OutboxMessage.subject)).all()
    assert f"Nominación tardía aceptada: {head.nomination.filing_number}" in subjects


def test_only_who_authorises_decides_about_a_late_one(session: Session, vault: Vault, way: Way):
    asked = late_request(session, vault, way)
    with transaction(session):
        auditor = factories.signed_in(session, factories.user(session, role=Role.AUDITOR))
    for nobody in (way.actor, auditor):
        with pytest.raises(NotAllowed):
            late.decide(Act.at(session, nobody, AFTER_NOON), public_id=asked.public_id, accept=True, reason=None)
    assert head_of(session, way) is None


def test_a_refused_one_says_why_and_changes_nothing(session: Session, vault: Vault, way: Way, operator: Actor):
    asked = late_request(session, vault, way)
    with pytest.raises(Rejected) as silent:
        late.decide(Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=False, reason="  ")
    assert refusal_of(silent) is Refusal.REASON_MISSING
    late.decide(
        Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=False, reason="No hay capacidad."
    )
    assert head_of(session, way) is None
    decision = session.get_one(LateDecision, asked.id)
    assert (decision.accepted, decision.reason) == (False, "No hay capacidad.")
    bodies = session.scalars(select(OutboxMessage.body)).all()
    assert any("Razón: No hay capacidad." in body for body in bodies)


def test_a_late_one_is_decided_once(session: Session, vault: Vault, way: Way, operator: Actor):
    asked = late_request(session, vault, way)
    late.decide(Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=True, reason=None)
    with pytest.raises(Rejected) as again:
        late.decide(Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=False, reason="No.")
    assert refusal_of(again) is Refusal.LATE_DECIDED


def test_a_second_late_request_replaces_the_one_that_waits(session: Session, vault: Vault, way: Way, operator: Actor):
    first = late_request(session, vault, way)
    second = late_request(session, vault, way, amount=9_500)
    assert second.revision == 2
    assert [each.public_id for each in late.list_pending(session, gas_day=TOMORROW)] == [second.public_id]
    with pytest.raises(Rejected) as overtaken:
        late.decide(Act.at(session, operator, AFTER_NOON), public_id=first.public_id, accept=True, reason=None)
    assert refusal_of(overtaken) is Refusal.LATE_REPLACED
    late.decide(Act.at(session, operator, AFTER_NOON), public_id=second.public_id, accept=True, reason=None)
    assert nominated_in_the_account(session, way) == m3(9_500)


def test_a_fifth_late_request_for_a_day_is_refused(session: Session, vault: Vault, way: Way):
    for amount in (9_000, 9_100, 9_200, 9_300):
        late_request(session, vault, way, amount=amount)
    with pytest.raises(Rejected) as refused:
        late_request(session, vault, way)
    assert refusal_of(refused) is Refusal.TOO_MANY_RENOMINATIONS


def test_once_accepted_the_day_can_be_renominated_like_any_other(
    session: Session, vault: Vault, way: Way, operator: Actor
):
    asked = late_request(session, vault, way)
    late.decide(Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=True, reason=None)
    changed = nominate(session, vault, way, quantity=m3(9_900), kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    assert (changed.is_late, changed.revision) == (False, 2)
    head = head_of(session, way)
    assert head is not None
    assert (head.revision, head.renominations) == (2, 1)


def test_what_the_rule_of_the_point_wrote_is_no_nomination_of_the_customer(
    session: Session, vault: Vault, way: Way, operator: Actor
):
    by_policy(session, way)
    asked = late_request(session, vault, way)
    assert (asked.is_late, asked.revision) == (True, 2)
    head = head_of(session, way)
    assert head is not None
    assert head.revision == 1, "until the operator accepts it the rule's quantity holds"
    late.decide(Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=True, reason=None)
    head = head_of(session, way)
    assert head is not None
    assert (head.revision, head.nomination.quantity) == (2, m3(9_000))


def test_a_late_one_is_not_accepted_after_its_day(session: Session, vault: Vault, way: Way, operator: Actor):
    asked = late_request(session, vault, way)
    with pytest.raises(Rejected) as over:
        late.decide(Act.at(session, operator, TOMORROW.end), public_id=asked.public_id, accept=True, reason=None)
    assert refusal_of(over) is Refusal.LATE_DAY_OVER


def test_the_signature_binds_that_it_is_late(session: Session, vault: Vault, way: Way, operator: Actor):
    asked = late_request(session, vault, way)
    draft = drafted(session, way, quantity=m3(9_500), kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    shown = nominations.review(Act.of_system(session, AFTER_NOON), draft=draft).digest
    late.decide(Act.at(session, operator, AFTER_NOON), public_id=asked.public_id, accept=True, reason=None)
    with pytest.raises(Conflict, match="shown"):
        signed(session, vault, way, draft, shown=shown, now=AFTER_NOON)


def test_each_receipt_of_a_point_carries_the_hash_of_the_one_before(session: Session, vault: Vault, way: Way):
    one = nominate(session, vault, way)
    two = nominate(session, vault, way, gas_day=TOMORROW.plus(1))
    three = withdraw(session, vault, way, one)
    session.refresh(two)
    chain = session.scalars(select(Nomination).order_by(Nomination.chain_position)).all()
    assert [each.chain_position for each in chain] == [1, 2, 3]
    assert chain[0].previous_hash == receipts.FIRST_HASH
    assert [each.previous_hash for each in chain[1:]] == [each.receipt_hash for each in chain[:-1]]
    assert all(receipts.hash_receipt(each) == each.receipt_hash for each in chain)
    head = session.get_one(ReceiptHead, way.point.id)
    assert (head.position, head.receipt_hash) == (3, three.receipt_hash)


def test_points_have_chains_of_their_own(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    other = open_contract(session, vault, set_out(session, vault))
    assert nominate(session, vault, other).chain_position == 1


def test_what_nobody_signed_has_no_radicado_and_no_place_in_the_chain(session: Session, way: Way):
    written = by_policy(session, way)
    assert (written.filing_number, written.chain_position, written.receipt_hash) == (None, None, None)
    assert grants.list_proved_point_ids(Act.at(session, way.actor, NOW)) == set()


def test_after_a_signature_that_was_rolled_back_the_next_one_is_written(session: Session, vault: Vault, way: Way):
    open_contract(session, vault, way, now=NOON)
    draft = drafted(session, way, now=NOW)
    with pytest.raises(Rejected) as kept:
        signed(session, vault, way, draft, now=NOON, commits_at=NOON + timedelta(seconds=11))
    assert kept.traceback, "which holds what was rolled back, as a log would"
    found = nominate(session, vault, way, quantity=m3(8_000))
    assert (found.revision, found.quantity) == (1, m3(8_000))
