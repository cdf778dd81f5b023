"""A point or contract ended before what its account has: shown, confirmed, kept, nominations withdrawn (adr/0095)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.nominations import Channel, ReceiptStanding
from portal.models import Contact, DailyBalance, DeliveryPoint, Nomination, NominationHead, OutboxMessage
from portal.services import ledger, nominations, registry
from portal.services.ledger import closings
from portal.services.registry import Later, fingerprint
from portal.services.registry.entries import of_contract, of_point
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import receipts
from tests import factories
from tests.services.ledger.test_closings import measured
from tests.services.ledger_rows import day

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
OCTOBER = Month(2026, 10)
ENDS = day("2026-10-21")
COMING = (day("2026-11-24"), day("2026-11-25"))

Save = Callable[[str], object]


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """Measured on every day of a closed October, nominated for two days to come."""
    found = measured(session, OCTOBER)
    closings.close_month(Act.at(session, Actor.system(), NOW), delivery_point_id=found.id, month=OCTOBER)
    with transaction(session):
        company = found.contract.company
        session.add(
            Contact(public_id="con", company_id=company.id, name="Ana", email="compras@cliente.example", created_at=NOW)
        )
        for each in COMING:
            factories.nomination(session, found, each, "100")
            ledger.rewrite_day(session, delivery_point=found, gas_day=each)
    return found


def end_point(session: Session, actor: Actor, point: DeliveryPoint) -> Save:
    def save(agreed: str) -> object:
        entry = of_point(point)
        return registry.save_point(
            Act.at(session, actor, NOW),
            entry=replace(entry, ends_on=ENDS),
            point=point.public_id,
            seen=fingerprint(entry),
            agreed=agreed,
        )

    return save


def end_contract(session: Session, actor: Actor, point: DeliveryPoint) -> Save:
    def save(agreed: str) -> object:
        entry = of_contract(point.contract)
        return registry.save_contract(
            Act.at(session, actor, NOW),
            entry=replace(entry, ends_on=ENDS),
            contract=point.contract.public_id,
            seen=fingerprint(entry),
            agreed=agreed,
        )

    return save


def refused(save: Save, agreed: str = "") -> Rejected:
    with pytest.raises(Rejected) as found:
        save(agreed)
    assert found.value.refusal is Refusal.END_UNCONFIRMED
    return found.value


@pytest.mark.parametrize("door", [end_point, end_contract])
def test_an_end_before_figures_is_shown_confirmed_and_takes_nothing_away(
    session: Session, operator: Actor, point: DeliveryPoint, door: Callable[[Session, Actor, DeliveryPoint], Save]
) -> None:
    save = door(session, operator, point)
    shown = refused(save)
    [later] = shown.facts["later"]
    assert isinstance(later, Later)
    assert (later.days, later.measured, later.last) == (11, 11, OCTOBER.last)
    assert (later.statements, later.nominated) == (("CB-2026-000001",), COMING)
    assert session.scalar(select(func.count()).select_from(NominationHead)) == 33
    save(shown.facts["agreed"])
    assert point.ends_on == ENDS
    assert session.scalar(select(func.count()).where(DailyBalance.consumed_m3.is_not(None))) == 31
    assert ledger.verify(session) is None
    assert closings.verify(session) is None
    assert receipts.verify(session) is None
    [row] = closings.load_board(session, month=OCTOBER).page.rows
    assert (row.missing, row.statement_number) == (0, "CB-2026-000001")


def test_nominations_after_the_end_are_withdrawn_and_their_people_told(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    save = end_point(session, operator, point)
    save(refused(save).facts["agreed"])
    withdrawn = session.scalars(select(Nomination).where(Nomination.cancels).order_by(Nomination.gas_day)).all()
    assert [(each.gas_day, each.channel, each.revision) for each in withdrawn] == [
        (each, Channel.OPERATOR, 2) for each in COMING
    ]
    assert all(each.filing_number and each.signed_by_id == operator.user_id for each in withdrawn)
    left = session.scalars(select(NominationHead.gas_day).where(NominationHead.gas_day > OCTOBER.last)).all()
    assert left == []
    before = session.scalars(select(Nomination).where(Nomination.gas_day == COMING[0], Nomination.revision == 1)).one()
    follows = nominations.get_follow_up(Act.of_system(session, NOW), nomination=before)
    assert (follows.standing, follows.correct_until) == (ReceiptStanding.CANCELLED, None)
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "compras@cliente.example")).all()
    [told] = [each for each in mail if "anuladas" in each.subject]
    assert "20 de octubre" in told.body
    assert all(str(each.filing_number) in told.body for each in withdrawn)


def test_what_changed_since_it_was_shown_is_shown_again(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    save = end_point(session, operator, point)
    seen = refused(save).facts["agreed"]
    with transaction(session):
        factories.reading(session, point, day("2026-11-02"), "90")
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-02"))
    again = refused(save, seen)
    assert again.facts["later"][0].measured == 12
    assert point.ends_on is None
    save(again.facts["agreed"])


def test_an_end_set_too_early_is_taken_back_where_every_closed_day_was_measured(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    save = end_point(session, operator, point)
    save(refused(save).facts["agreed"])
    entry = of_point(point)
    registry.save_point(
        Act.at(session, operator, NOW),
        entry=replace(entry, ends_on=None),
        point=point.public_id,
        seen=fingerprint(entry),
    )
    assert point.ends_on is None
