"""Nominations: the rules at each step, the signature, its races and its traces.

Source: docs/rules.md, "Timetable", "What blocks and what warns"; docs/security.md, "Signatures".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import DayState, NominationState
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import (
    AttemptCounter,
    AuditEvent,
    DailyBalance,
    Nomination,
    NominationDraft,
    NominationHead,
    OutboxMessage,
)
from portal.services import keys, ledger, nominations
from portal.services.keys import grants
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected, StepMissing, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.mail_stage import rendered
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key

TOMORROW = TODAY.plus(1)
NOON = GasDay.of(NOW).start + timedelta(hours=12)
AFTER_NOON = NOON + timedelta(hours=1)


def m3(amount: int) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def drafted(
    session: Session,
    way: Way,
    *,
    quantity: Quantity | None = None,
    kind: RequestKind = RequestKind.NOMINATION,
    gas_day: GasDay = TOMORROW,
    confirmed: bool = False,
    actor: Actor | None = None,
    now: datetime = NOW,
) -> NominationDraft:
    """A draft with every answer given."""
    draft = nominations.start(
        Act.at(session, actor or way.actor, now), modality=way.modality, point=way.point.public_id
    )
    nominations.set_kind(Act.of_system(session, now), draft=draft, kind=kind, version=draft.version)
    nominations.set_day(Act.of_system(session, now), draft=draft, gas_day=gas_day, version=draft.version)
    nominations.set_quantity(
        Act.of_system(session, now),
        draft=draft,
        quantity=m3(12_500) if quantity is None else quantity,
        confirmed_unusual=confirmed,
        version=draft.version,
    )
    return draft


def signed(
    session: Session,
    vault: Vault,
    way: Way,
    draft: NominationDraft,
    *,
    shown: str | None = None,
    typed: str | None = None,
    actor: Actor | None = None,
    now: datetime = NOW,
    commits_at: datetime | None = None,
) -> Nomination:
    """The draft signed with the right code unless told."""
    if shown is None:
        shown = nominations.review(Act.of_system(session, now), draft=draft).digest
    return nominations.sign(
        Act(session, actor or way.actor, now, lambda: commits_at or now),
        draft=draft.public_id,
        shown=shown,
        typed=typed or way.numeric_key,
    )


def nominate(session: Session, vault: Vault, way: Way, **given: Any) -> Nomination:
    """A nomination from the first step to the signature."""
    now = given.get("now", NOW)
    return signed(session, vault, way, drafted(session, way, **given), now=now, actor=given.get("actor"))


def refusal_of(raised: pytest.ExceptionInfo[Rejected]) -> Refusal:
    return raised.value.refusal


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A customer whose contract is open in this session."""
    return open_contract(session, vault, set_out(session, vault))


def test_a_signed_nomination_is_in_force_numbered_mailed_audited_and_in_the_balance(
    session: Session, vault: Vault, way: Way
):
    with transaction(session):
        factories.heating_value(session, way.point.exit_point_id, TODAY.plus(-1), HeatingValue.of("1130"))
    nomination = nominate(session, vault, way)
    assert nomination.filing_number == "N-2026-000001"
    assert (nomination.revision, nomination.quantity) == (1, m3(12_500))
    assert nomination.quantity_mbtu == Quantity.of("498.819667", Unit.MBTU)
    assert nomination.heating_value_on == TODAY.plus(-1)
    assert nomination.received_at == NOW
    row = session.get_one(DailyBalance, (way.point.id, TOMORROW))
    assert row.nominated_m3 == m3(12_500)
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "receipt")).one()
    assert mail.recipient == way.actor.email
    assert "12.500 m³ (doce mil quinientos m³)" in rendered(session, mail)[0]
    event = session.scalars(select(AuditEvent).where(AuditEvent.event == "nomination:signed")).one()
    assert event.subject == nomination.public_id
    assert audit.verify(session) is None


def test_a_second_nomination_replaces_the_first_and_both_are_kept(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    second = nominate(session, vault, way, quantity=m3(9_000))
    assert (first.revision, second.revision) == (1, 2)
    assert session.get_one(NominationHead, (way.point.id, TOMORROW)).nomination_id == second.id
    assert session.get_one(DailyBalance, (way.point.id, TOMORROW)).nominated_m3 == m3(9_000)
    assert session.scalar(select(func.count()).select_from(Nomination)) == 2


def test_zero_is_a_valid_nomination_and_is_not_the_same_as_none(session: Session, vault: Vault, way: Way):
    nomination = nominate(session, vault, way, quantity=m3(0))
    assert nomination.quantity == m3(0)
    assert session.get_one(DailyBalance, (way.point.id, TOMORROW)).nominated_m3 == m3(0)


@pytest.mark.parametrize(
    ("arrival", "taken"),
    [
        (NOON - timedelta(milliseconds=1), True),
        (NOON, True),
        (NOON + timedelta(milliseconds=1), False),
    ],
)
def test_the_moment_of_arrival_decides_to_the_millisecond(
    session: Session, vault: Vault, way: Way, arrival: datetime, taken: bool
):
    draft = drafted(session, way)
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    open_contract(session, vault, way, now=arrival)
    if taken:
        assert signed(session, vault, way, draft, shown=shown, now=arrival).received_at == arrival
        return
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, shown=shown, now=arrival)
    assert refusal_of(refused) is Refusal.TOO_LATE
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


@pytest.mark.parametrize(("seconds", "taken"), [(10, True), (11, False)])
def test_what_arrived_in_time_must_also_be_written_within_ten_seconds_of_the_close(
    session: Session, vault: Vault, way: Way, seconds: int, taken: bool
):
    draft = drafted(session, way)
    open_contract(session, vault, way, now=NOON)
    commits_at = NOON + timedelta(seconds=seconds)
    if taken:
        assert signed(session, vault, way, draft, now=NOON, commits_at=commits_at)
        return
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, now=NOON, commits_at=commits_at)
    assert refusal_of(refused) is Refusal.TOO_LATE
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


def test_a_renomination_changes_the_total_after_the_close_and_says_when_it_takes_effect(
    session: Session, vault: Vault, way: Way
):
    nominate(session, vault, way)
    open_contract(session, vault, way, now=AFTER_NOON)
    changed = nominate(session, vault, way, quantity=m3(9_000), kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    assert changed.revision == 2
    assert changed.effective_at == changed.gas_day.start


def test_a_renomination_before_the_close_is_refused(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    with pytest.raises(Rejected) as early:
        drafted(session, way, kind=RequestKind.RENOMINATION)
    assert refusal_of(early) is Refusal.TOO_EARLY


def test_a_renomination_may_not_go_below_what_has_already_flowed(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way, quantity=m3(12_000))
    ten = TOMORROW.start + timedelta(hours=10)  # effective at 16:00: two thirds of the day
    open_contract(session, vault, way, now=ten)
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=m3(7_999), kind=RequestKind.RENOMINATION, now=ten)
    assert refusal_of(refused) is Refusal.BELOW_FLOOR
    assert refused.value.facts["floor"] == m3(8_000)
    assert nominate(session, vault, way, quantity=m3(8_000), kind=RequestKind.RENOMINATION, now=ten).revision == 2


def test_a_fifth_renomination_of_a_day_is_refused(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    open_contract(session, vault, way, now=AFTER_NOON)
    for amount in (9_000, 9_100, 9_200, 9_300):
        nominate(session, vault, way, quantity=m3(amount), kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    with pytest.raises(Rejected) as refused:
        drafted(session, way, kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    assert refusal_of(refused) is Refusal.TOO_MANY_RENOMINATIONS


def test_a_quantity_above_the_contract_asks_for_a_tick(session: Session, vault: Vault, way: Way):
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=m3(20_001))
    assert refusal_of(refused) is Refusal.UNUSUAL_QUANTITY
    assert nominate(session, vault, way, quantity=m3(20_001), confirmed=True).quantity == m3(20_001)


def test_a_contract_that_blocks_its_maximum_takes_no_tick(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault, maximum_blocks=True))
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=m3(20_001), confirmed=True)
    assert refusal_of(refused) is Refusal.ABOVE_MAXIMUM


def test_the_maximum_is_of_the_whole_contract(session: Session, vault: Vault, way: Way):
    with transaction(session):
        second = factories.delivery_point(session, contract=way.contract)
    key = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=second)
    nominate(session, vault, way, quantity=m3(15_000))
    other = Way(way.contract, second, way.web_key, key, way.actor)
    with pytest.raises(Rejected) as refused:
        drafted(session, other, quantity=m3(5_001))
    assert refusal_of(refused) is Refusal.UNUSUAL_QUANTITY
    assert nominate(session, vault, other, quantity=m3(5_000)).quantity == m3(5_000)


def test_an_ended_contract_and_an_account_that_waits_for_approval_cannot_start(session: Session, vault: Vault):
    ended = open_contract(session, vault, set_out(session, vault, ends_on=TOMORROW))
    with pytest.raises(Rejected) as inactive:
        drafted(session, ended)
    assert refusal_of(inactive) is Refusal.CONTRACT_INACTIVE
    way = open_contract(session, vault, set_out(session, vault))
    with transaction(session):
        stranger = factories.signed_in(session, factories.user(session, email="otro@vecino.example"))
    keys.open_contract(Act.at(session, stranger, NOW), modality=way.modality, typed=way.web_key)
    with pytest.raises(Rejected) as waiting:
        drafted(session, way, actor=stranger)
    assert refusal_of(waiting) is Refusal.NOT_APPROVED


def test_a_wrong_code_writes_nothing_but_the_attempt(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, typed=wrong_numeric_key(way))
    assert refusal_of(refused) is Refusal.NUMERIC_KEY_WRONG
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0
    assert session.get_one(NominationDraft, draft.id, populate_existing=True).nomination_id is None


def test_a_right_code_under_a_refused_document_costs_no_attempt(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    for _ in range(12):
        with pytest.raises(Conflict):
            signed(session, vault, way, draft, shown="0" * 64)
    spent = session.scalars(select(AttemptCounter.count).where(AttemptCounter.scope.in_(("pair", "account")))).all()
    assert set(spent) == {0}


def test_what_was_not_shown_cannot_be_signed(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    nominations.set_quantity(
        Act.of_system(session, NOW), draft=draft, quantity=m3(1_000), confirmed_unusual=False, version=draft.version
    )
    for digest in (shown, ""):
        with pytest.raises(Conflict):
            signed(session, vault, way, draft, shown=digest)
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


def test_the_same_submission_again_returns_the_same_receipt(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    first = signed(session, vault, way, draft, shown=shown)
    again = signed(session, vault, way, draft, shown=shown)
    assert again.public_id == first.public_id
    with pytest.raises(Conflict):
        signed(session, vault, way, draft, shown="0" * 64)
    assert session.scalar(select(func.count()).select_from(Nomination)) == 1


def test_a_doubled_submission_at_the_same_moment_is_one_nomination(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way
):
    draft = drafted(session, way)
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    public_id = draft.public_id
    session.rollback()

    def send(_: int) -> str:
        with sessions() as own:
            return nominations.sign(
                Act(own, way.actor, NOW, lambda: NOW), draft=public_id, shown=shown, typed=way.numeric_key
            ).public_id

    with ThreadPoolExecutor(4) as pool:
        receipts = set(pool.map(send, range(4)))
    assert len(receipts) == 1
    assert session.scalar(select(func.count()).select_from(Nomination)) == 1
    assert session.scalar(select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == "receipt")) == 1


def test_two_people_on_one_day_get_one_receipt_and_one_conflict(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way
):
    with transaction(session):
        colleague = factories.signed_in(session, factories.user(session))
    keys.open_contract(Act.at(session, colleague, NOW), modality=way.modality, typed=way.web_key)
    sent = []
    for actor, amount in ((way.actor, 9_000), (colleague, 11_000)):
        draft = drafted(session, way, quantity=m3(amount), actor=actor)
        sent.append((actor, draft.public_id, nominations.review(Act.of_system(session, NOW), draft=draft).digest))
    session.rollback()

    def send(what: tuple[Actor, str, str]) -> str:
        actor, public_id, shown = what
        with sessions() as own:
            try:
                nominations.sign(Act(own, actor, NOW, lambda: NOW), draft=public_id, shown=shown, typed=way.numeric_key)
            except Conflict:
                return "conflict"
            return "receipt"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, sent)) == ["conflict", "receipt"]
    assert session.scalars(select(Nomination.revision)).all() == [1]


def test_numbers_of_receipts_have_no_gap_even_when_a_signature_fails_at_the_end(
    session: Session, vault: Vault, way: Way
):
    nominate(session, vault, way)
    draft = drafted(session, way)
    with pytest.raises(Rejected):
        signed(session, vault, way, draft, commits_at=NOON + timedelta(minutes=1))
    assert nominate(session, vault, way).filing_number == "N-2026-000002"


def test_an_old_tab_gets_a_conflict_and_changes_nothing(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    with pytest.raises(Conflict):
        nominations.set_quantity(
            Act.of_system(session, NOW), draft=draft, quantity=m3(1), confirmed_unusual=True, version=draft.version - 1
        )
    assert session.get_one(NominationDraft, draft.id, populate_existing=True).quantity == m3(12_500)


def test_the_draft_and_the_receipt_of_somebody_else_are_not_found(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    nomination = nominate(session, vault, way)
    with transaction(session):
        colleague = factories.signed_in(session, factories.user(session))
    keys.open_contract(Act.at(session, colleague, NOW), modality=way.modality, typed=way.web_key)
    with pytest.raises(NotFound):
        nominations.load(Act.at(session, colleague, NOW), public_id=draft.public_id)
    with pytest.raises(NotFound):
        nominations.get_receipt(Act.at(session, colleague, NOW), public_id=nomination.public_id)
    keys.open_point(Act.at(session, colleague, NOW), delivery_point=way.point, typed=way.numeric_key)
    found = nominations.get_receipt(Act.at(session, colleague, NOW), public_id=nomination.public_id)
    assert found.filing_number == nomination.filing_number


def test_a_draft_whose_contract_was_closed_leads_back_to_the_web_key(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    keys.issue(Act.at(session, Actor.system(), NOW), contract=way.contract, compromised=True)
    with pytest.raises(StepMissing):
        signed(session, vault, way, draft, shown="0" * 64)


def test_a_throttled_signature_writes_nothing_even_with_the_right_code(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    for _ in range(5):
        with pytest.raises(Rejected):
            signed(session, vault, way, draft, typed=wrong_numeric_key(way))
    with pytest.raises(TooManyAttempts):
        signed(session, vault, way, draft)
    assert session.scalar(select(func.count()).select_from(Nomination)) == 0


def test_figures_of_a_point_are_hidden_until_its_numeric_key_was_given_right(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    with transaction(session):
        colleague = factories.signed_in(session, factories.user(session))
    keys.open_contract(Act.at(session, colleague, NOW), modality=way.modality, typed=way.web_key)

    def seen(actor: Actor) -> tuple[DayState, Quantity | None]:
        contracts = grants.list_opened_contracts(Act.at(session, actor, NOW), modality=way.modality)
        board = nominations.load_board(Act.at(session, actor, NOW), modality=way.modality, contracts=contracts)
        return board.points[0].tomorrow.state, board.points[0].tomorrow.in_force

    assert seen(colleague) == (DayState.NOMINATED, None)
    assert seen(way.actor) == (DayState.NOMINATED, m3(12_500))


def test_the_open_days_are_those_of_the_window_of_their_kind(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way)
    days = nominations.open_days(Act.of_system(session, NOW), draft=draft)
    assert (days[0], days[-1]) == (TOMORROW, TODAY.plus(31))
    nominate(session, vault, way)
    nominations.set_kind(Act.of_system(session, NOW), draft=draft, kind=RequestKind.RENOMINATION, version=draft.version)
    # Today was not nominated: it can still be asked for, late.
    assert nominations.open_days(Act.of_system(session, AFTER_NOON), draft=draft) == [TODAY, TOMORROW]


def test_history_keeps_every_revision_of_a_day_the_newest_first(session: Session, vault: Vault, way: Way):
    for amount in (9_000, 9_500, 9_700):
        nominate(session, vault, way, quantity=m3(amount))
    shown = nominations.load_month_history(
        Act.at(session, way.actor, NOW), modality=way.modality, month=Month.of(TOMORROW)
    )
    assert [[row.nomination.revision for row in day.revisions] for day in shown.days] == [[3, 2, 1]]


def test_what_was_authorised_for_a_revision_is_no_answer_to_the_next_one(session: Session, vault: Vault, way: Way):
    def states() -> list[NominationState]:
        shown = nominations.load_month_history(
            Act.at(session, way.actor, AFTER_NOON), modality=way.modality, month=Month.of(TOMORROW)
        )
        return [row.state for row in shown.days[0].revisions]

    nominate(session, vault, way, quantity=m3(12_000))
    with transaction(session):
        factories.authorisation(session, way.point, TOMORROW, "9000", cut_reason=CutReason.CCD, revision=1)
        ledger.rewrite_day(session, delivery_point=way.point, gas_day=TOMORROW)
    open_contract(session, vault, way, now=AFTER_NOON)
    assert states() == [NominationState.AUTHORISED_CUT]
    nominate(session, vault, way, quantity=m3(11_000), kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    assert states() == [NominationState.IN_REVIEW, NominationState.REPLACED]
