"""Standing orders: signed once, used by the close before the rule of the point, never silently left out.

Source: docs/rules.md, "Standing orders"; adr/0132.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.keys import KeyKind
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity, Unit
from portal.domain.standing_orders import Lapse, Pattern
from portal.domain.timetable import RequestKind
from portal.models import (
    AttemptCounter,
    AuditEvent,
    Contract,
    DayClose,
    DeliveryPoint,
    Nomination,
    NominationHead,
    OutboxMessage,
    StandingOrder,
    StandingOrderUse,
)
from portal.services import keys, ledger
from portal.services.keys.letters import blocks
from portal.services.nominations import day_closes, reminders, standing_orders
from portal.services.nominations.standing_orders import Asked
from portal.services.ops import cross_checks
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, Refusal, Rejected, StepMissing, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, receipts
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import AFTER_NOON, NOON, TOMORROW, m3, nominate
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key

AFTER_CLOSE = NOON + timedelta(seconds=11)
SUNDAY = TODAY.plus(6)


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A customer whose contract is open in this session; nothing is due for the running day."""
    way = open_contract(session, vault, set_out(session, vault))
    with transaction(session):
        for modality in Modality:
            session.add(
                DayClose(gas_day=TODAY, modality=modality, closed_at=TODAY.start, applied_at=TODAY.start, filled=0)
            )
    return way


def asked_of(every_day: int, *, confirmed: bool = False, **rest: int | GasDay) -> Asked:
    pattern = Pattern(
        every_day=m3(every_day), **{name: m3(each) if isinstance(each, int) else each for name, each in rest.items()}
    )
    return Asked(pattern=pattern, confirmed=confirmed)


def order(
    session: Session,
    way: Way,
    asked: Asked,
    *,
    typed: str | None = None,
    now: datetime = NOW,
    shown: str | None = None,
) -> StandingOrder:
    """A standing order signed with the right code unless told."""
    act = Act.at(session, way.actor, now)
    point = session.get_one(DeliveryPoint, way.point.id)
    shown = shown or standing_orders.review(act, point=point, asked=asked).digest
    return standing_orders.sign(
        act,
        modality=way.modality,
        point=way.point.public_id,
        asked=asked,
        shown=shown,
        typed=typed or way.numeric_key,
    )


def end(session: Session, way: Way, version: str, *, now: datetime = NOW) -> None:
    act = Act.at(session, way.actor, now)
    standing_orders.end(act, modality=way.modality, point=way.point.public_id, version=version)


def close(session: Session, way: Way, now: datetime = AFTER_CLOSE, day: GasDay = TOMORROW) -> int:
    session.rollback()
    return day_closes.apply(Act.of_system(session, now), gas_day=day, modality=way.modality)


def in_force(session: Session, way: Way, day: GasDay = TOMORROW) -> Nomination | None:
    session.rollback()
    head = session.get(NominationHead, (way.point.id, day))
    return None if head is None else head.nomination


def mails(session: Session, words: str) -> list[OutboxMessage]:
    session.rollback()
    found = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [each for each in found if words in each.subject]


def events(session: Session, event: str) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.event == event)) or 0


def test_an_order_nominates_at_the_close_with_number_receipt_signer_mail_and_audit(session: Session, way: Way):
    signed = order(session, way, asked_of(9_000))
    assert close(session, way) == 1
    found = in_force(session, way)
    assert found is not None
    assert (found.quantity, found.channel, found.kind) == (m3(9_000), Channel.STANDING_ORDER, RequestKind.NOMINATION)
    assert (found.received_at, found.signed_by_id, found.is_late) == (NOON, way.actor.user_id, False)
    assert found.filing_number == "N-2026-000001"
    assert found.content_hash == signed.content_hash
    assert standing_orders.get_of_nomination(session, nomination=found).id == signed.id
    (mail,) = mails(session, "Nominado por su orden permanente")
    assert mail.recipient == way.actor.email
    assert found.filing_number in mail.body
    assert events(session, "nomination:by-standing-order") == 1
    assert audit.verify(session) is None
    assert receipts.verify(session) is None
    assert cross_checks.verify_receipts(session) is None
    assert ledger.verify(session) is None


def test_sundays_have_a_quantity_of_their_own(session: Session, way: Way):
    order(session, way, asked_of(9_000, sundays=4_000))
    close(session, way, SUNDAY.at(-1, (NOON + timedelta(hours=-5)).time()) + timedelta(seconds=11), SUNDAY)
    found = in_force(session, way, SUNDAY)
    assert found is not None
    assert found.quantity == m3(4_000)


def test_any_nomination_of_the_day_comes_before_the_order(session: Session, vault: Vault, way: Way):
    order(session, way, asked_of(9_000))
    nominate(session, vault, way, quantity=m3(7_777))
    assert close(session, way) == 0
    found = in_force(session, way)
    assert found is not None
    assert (found.quantity, found.channel) == (m3(7_777), Channel.WEB)


def test_after_an_order_a_renomination_is_none_of_the_late_ones(session: Session, vault: Vault, way: Way):
    order(session, way, asked_of(9_000))
    close(session, way)
    open_contract(session, vault, way, now=AFTER_NOON)
    change = nominate(session, vault, way, quantity=m3(9_500), kind=RequestKind.RENOMINATION, now=AFTER_NOON)
    assert not change.is_late
    found = in_force(session, way)
    assert found is not None
    assert found.quantity == m3(9_500)


def test_the_newest_order_holds_and_an_ended_one_leaves_the_day_to_the_rule(session: Session, way: Way):
    order(session, way, asked_of(9_000))
    second = order(session, way, asked_of(8_000))
    assert second.version == 2
    end(session, way, second.public_id)
    end(session, way, second.public_id)
    assert session.scalar(select(func.max(StandingOrder.version))) == 3, "an end pressed twice is one end"
    assert len(mails(session, "Orden permanente terminada")) == 1
    close(session, way)
    found = in_force(session, way)
    assert found is not None
    assert found.channel is Channel.POLICY


def test_what_was_signed_or_ended_after_the_close_does_not_count_for_it(session: Session, way: Way):
    first = order(session, way, asked_of(9_000))
    after = Act.at(session, way.actor, NOON + timedelta(seconds=5))
    keys.open_contract(after, modality=way.modality, typed=way.web_key)
    end(session, way, first.public_id, now=after.now)
    order(session, way, asked_of(8_000), now=after.now)
    close(session, way)
    found = in_force(session, way)
    assert found is not None
    assert found.quantity == m3(9_000)


def test_an_end_needs_an_account_that_gave_the_numeric_key(session: Session, vault: Vault, way: Way):
    first = order(session, way, asked_of(9_000))
    with transaction(session):
        elsewhere = factories.signed_in(session, factories.user(session))
    keys.open_contract(Act.at(session, elsewhere, NOW), modality=way.modality, typed=way.web_key)
    other = Way(way.contract, way.point, way.web_key, way.numeric_key, elsewhere)
    with pytest.raises(StepMissing, match="numeric-key"):
        end(session, other, first.public_id)
    keys.open_point(Act.at(session, elsewhere, NOW), delivery_point=way.point, typed=way.numeric_key)
    with pytest.raises(Conflict):
        end(session, other, "another")
    end(session, other, first.public_id)


def test_the_same_signature_sent_again_is_one_order(session: Session, way: Way):
    asked = asked_of(9_000)
    first = order(session, way, asked)
    assert first.content_hash is not None
    again = order(session, way, asked, shown=first.content_hash.hex())
    assert again.id == first.id
    with pytest.raises(Conflict):
        order(session, way, asked_of(8_000), shown="ab" * 32)


def test_two_signatures_at_once_are_one_after_the_other(sessions: sessionmaker[Session], session: Session, way: Way):
    act = Act.at(session, way.actor, NOW)
    point = session.get_one(DeliveryPoint, way.point.id)
    wanted = [asked_of(9_000), asked_of(8_000)]
    digests = [standing_orders.review(act, point=point, asked=each).digest for each in wanted]
    where = {"modality": way.modality, "point": point.public_id, "typed": way.numeric_key}
    session.rollback()

    def attempt(number: int) -> str:
        with sessions() as other:
            try:
                standing_orders.sign(
                    Act.at(other, way.actor, NOW), asked=wanted[number], shown=digests[number], **where
                )
            except Conflict:
                return "conflict"
            return "signed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["conflict", "signed"]
    assert session.scalar(select(func.count()).select_from(StandingOrder)) == 1


def test_a_wrong_code_is_charged_and_any_other_failure_gives_the_attempt_back(session: Session, way: Way):
    def wrong() -> int:
        session.rollback()
        return session.scalar(select(func.sum(AttemptCounter.count)).where(AttemptCounter.scope == "pair")) or 0

    with pytest.raises(Rejected) as raised:
        order(session, way, asked_of(9_000), typed=wrong_numeric_key(way))
    assert raised.value.refusal is Refusal.NUMERIC_KEY_WRONG
    assert wrong() == 1
    with pytest.raises(Conflict):
        order(session, way, asked_of(9_000), shown="ab" * 32)
    assert wrong() == 0, "the code was right"
    for _ in range(5):
        with pytest.raises((Rejected, TooManyAttempts)):
            order(session, way, asked_of(9_000), typed=wrong_numeric_key(way))
    with pytest.raises(TooManyAttempts):
        order(session, way, asked_of(9_000))
    assert session.scalar(select(func.count()).select_from(StandingOrder)) == 0


def test_the_maximum_and_the_usual_consumption_are_weighed_at_the_signature(session: Session, way: Way):
    with transaction(session):
        session.get_one(Contract, way.contract.id).maximum_blocks = True
        point = session.get_one(DeliveryPoint, way.point.id)
        for ago in range(1, 29):
            factories.reading(session, point, TODAY.plus(-ago), "1000")
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-ago))
    with pytest.raises(Rejected) as raised:
        order(session, way, asked_of(1_000, holidays=20_001))
    assert (raised.value.refusal, raised.value.field) == (Refusal.ABOVE_MAXIMUM, "holidays")
    with pytest.raises(Rejected) as raised:
        order(session, way, asked_of(1_000, sundays=9_000))
    assert (raised.value.refusal, raised.value.field) == (Refusal.UNUSUAL_QUANTITY, "sundays")
    with pytest.raises(Rejected) as raised:
        order(session, way, asked_of(1_000, last_day=TODAY))
    assert (raised.value.refusal, raised.value.field) == (Refusal.STANDING_ORDER_OVER, "last_day")
    assert order(session, way, asked_of(1_000, sundays=9_000, confirmed=True)).version == 1


def test_what_the_rules_forbid_at_the_close_is_told_to_customer_and_operators_and_left_to_the_rule(
    session: Session, way: Way
):
    order(session, way, asked_of(9_000))
    with transaction(session):
        operator = factories.user(session, role=Role.OPERATOR).email
        contract = session.get_one(Contract, way.contract.id)
        contract.maximum_blocks = True
        other = factories.delivery_point(session, contract=contract)
        factories.nomination(session, other, TOMORROW, "12000")
    close(session, way)
    found = in_force(session, way)
    assert found is not None
    assert found.channel is Channel.POLICY
    told = mails(session, "La orden permanente no nominó")
    assert {each.recipient for each in told} == {way.actor.email, operator}
    assert all("supera el máximo diario" in each.body for each in told)
    assert events(session, "standing-order:not-used") == 1


def test_the_orders_of_a_contract_count_one_after_the_other_for_its_maximum(session: Session, vault: Vault, way: Way):
    with transaction(session):
        contract = session.get_one(Contract, way.contract.id)
        contract.maximum_blocks = True
        second = factories.delivery_point(session, contract=contract)
        second_id = second.id
    key = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=session.get_one(DeliveryPoint, second_id))
    other = Way(way.contract, session.get_one(DeliveryPoint, second_id), way.web_key, key, way.actor)
    order(session, way, asked_of(12_000))
    order(session, other, asked_of(12_000))
    close(session, way)
    first, after = in_force(session, way), in_force(session, other)
    assert first is not None
    assert after is not None
    assert (first.channel, after.channel) == (Channel.STANDING_ORDER, Channel.POLICY)


def test_a_revoked_key_takes_its_order_with_it_and_a_replaced_one_does_not(session: Session, way: Way):
    order(session, way, asked_of(9_000))
    keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point)
    close(session, way)
    found = in_force(session, way)
    assert found is not None
    assert found.channel is Channel.STANDING_ORDER
    with transaction(session):
        staff = factories.signed_in(session, factories.user(session, role=Role.SUPERVISOR))
    act = Act.at(session, staff, AFTER_NOON)
    blocks.revoke(act, point=way.point.public_id, kind=KeyKind.NUMERIC, reason="perdida")
    kept = standing_orders.find_active(session, points=[way.point], gas_day=TOMORROW, as_of=AFTER_NOON)
    assert kept[way.point.id].lapse is Lapse.KEY_REVOKED
    close(session, way, AFTER_CLOSE + timedelta(days=1), TOMORROW.plus(1))
    found = in_force(session, way, TOMORROW.plus(1))
    assert found is not None
    assert found.channel is Channel.POLICY
    told = mails(session, "La orden permanente no nominó")
    assert any("fue anulada" in each.body for each in told)


def test_an_order_in_another_unit_than_the_point_nominates_nothing(session: Session, way: Way):
    order(session, way, asked_of(9_000))
    with transaction(session):
        session.get_one(DeliveryPoint, way.point.id).unit = Unit.MBTU
    close(session, way)
    found = in_force(session, way)
    assert found is not None
    assert found.channel is Channel.POLICY
    assert any("otra unidad" in each.body for each in mails(session, "La orden permanente no nominó"))


def test_the_boards_of_the_consoles_know_who_is_left_to_an_order_and_when_it_is_void(session: Session, way: Way):
    def told(now: datetime = NOW, day: GasDay = TOMORROW) -> bool:
        """What the boards and the book say, which is what the close would find."""
        session.rollback()
        point = session.get_one(DeliveryPoint, way.point.id)
        as_of = standing_orders.find_cutoff(session, gas_day=day, now=now)
        is_left = standing_orders.is_left_to_order(day, as_of)
        listed = session.scalars(select(DeliveryPoint.id).where(is_left)).all()
        of_book = standing_orders.find_quantities_by_point(
            session, units={point.id: point.unit}, gas_day=day, as_of=as_of
        )
        of_close = standing_orders.find_quantities(session, points=[point], gas_day=day, as_of=as_of)
        assert of_book == of_close
        assert list(of_close) == listed
        return bool(listed)

    assert not told()
    first = order(session, way, asked_of(9_000, last_day=TOMORROW))
    assert told()
    assert not told(day=TOMORROW.plus(1))
    end(session, way, first.public_id)
    assert not told()
    keys.open_contract(Act.at(session, way.actor, AFTER_NOON), modality=way.modality, typed=way.web_key)
    order(session, way, asked_of(9_000), now=AFTER_NOON)
    # Signed after the close of tomorrow, it counts from the day after on.
    assert not told(AFTER_NOON)
    assert told(AFTER_NOON, TOMORROW.plus(1))
    with transaction(session):
        session.get_one(DeliveryPoint, way.point.id).unit = Unit.MBTU
    assert not told(AFTER_NOON, TOMORROW.plus(1))
    with transaction(session):
        session.get_one(DeliveryPoint, way.point.id).unit = Unit.M3
        staff = factories.signed_in(session, factories.user(session, role=Role.SUPERVISOR))
    act = Act.at(session, staff, AFTER_NOON)
    blocks.revoke(act, point=way.point.public_id, kind=KeyKind.NUMERIC, reason="perdida")
    assert not told(AFTER_NOON, TOMORROW.plus(1))


def test_after_its_last_day_an_order_is_silent(session: Session, way: Way):
    order(session, way, asked_of(9_000, last_day=TOMORROW))
    close(session, way)
    close(session, way, AFTER_CLOSE + timedelta(days=1), TOMORROW.plus(1))
    first, after = in_force(session, way), in_force(session, way, TOMORROW.plus(1))
    assert first is not None
    assert after is not None
    assert (first.channel, after.channel) == (Channel.STANDING_ORDER, Channel.POLICY)
    assert mails(session, "La orden permanente no nominó") == []


def test_who_has_an_order_is_not_reminded(session: Session, way: Way):
    at_eight = TODAY.start + timedelta(hours=8)
    with transaction(session):
        from portal.models import Contact

        session.add(
            Contact(public_id="c1", company_id=way.contract.company_id, name="C", email="c@example.com", created_at=NOW)
        )
    order(session, way, asked_of(9_000), now=at_eight - timedelta(minutes=30))
    assert reminders.post_due(Act.of_system(session, at_eight)) == 0


@pytest.mark.parametrize("table", [StandingOrder, StandingOrderUse])
def test_an_order_and_its_use_are_never_changed(session: Session, way: Way, table: type):
    order(session, way, asked_of(9_000))
    close(session, way)
    session.rollback()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(table.__table__.delete())
    session.rollback()


def test_the_days_ahead_begin_with_the_first_that_is_still_open(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way, gas_day=TOMORROW.plus(1))
    point = session.get_one(DeliveryPoint, way.point.id)
    pattern = Pattern(every_day=m3(9_000), sundays=Quantity.zero(Unit.M3))
    before = standing_orders.list_days_ahead(Act.at(session, way.actor, NOW), point=point, pattern=pattern)
    after = standing_orders.list_days_ahead(Act.at(session, way.actor, AFTER_NOON), point=point, pattern=pattern)
    assert [each.gas_day for each in before] == [TOMORROW.plus(ahead) for ahead in range(7)]
    assert after[0].gas_day == TOMORROW.plus(1)
    assert [each.is_nominated for each in before] == [False, True, *[False] * 5]
    assert [each.quantity for each in before if each.gas_day == SUNDAY] == [m3(0)]
