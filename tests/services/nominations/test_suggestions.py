"""The fast path: what is offered, to whom, by how many questions, and the draft that one tap begins."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit, round_typed
from portal.domain.readings import ReadingState
from portal.domain.suggestions import Basis, Record
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, NominationDraft
from portal.services import keys, ledger, nominations
from portal.services.keys import grants
from portal.services.nominations import suggestions
from portal.services.nominations.suggestions import Offer, PointOffers
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected, StepMissing
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.ledger_rows import counted
from tests.services.way import Way, open_contract, set_out

TOMORROW, YESTERDAY = TODAY.plus(1), TODAY.plus(-1)
AFTER_NOON = TODAY.start.replace(hour=18)


def m3(amount: int) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def opened(session: Session, vault: Vault, way: Way) -> Way:
    """The same customer after both keys."""
    open_contract(session, vault, way)
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    return way


def lived(
    session: Session,
    point: DeliveryPoint,
    days: dict[GasDay, tuple[str | None, str | None]],
    state: ReadingState = ReadingState.CERTIFIED,
) -> None:
    """What was nominated and measured on these days."""
    with transaction(session):
        point = session.merge(point)
        for on, (asked, taken) in days.items():
            if asked is not None:
                factories.nomination(session, point, on, asked)
            if taken is not None:
                factories.reading(session, point, on, taken, state=state)
            ledger.rewrite_day(session, delivery_point=point, gas_day=on)


def tuesdays(*amounts: str) -> dict[GasDay, tuple[str | None, str | None]]:
    """Measured Tuesdays before tomorrow's, the newest first."""
    return {TOMORROW.plus(-7 * ago): (None, amount) for ago, amount in enumerate(amounts, start=1)}


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A customer with contract and point open."""
    return opened(session, vault, set_out(session, vault))


def offered(session: Session, *points: DeliveryPoint, gas_day: GasDay = TOMORROW) -> dict[int, PointOffers]:
    return suggestions.load_offers(
        session, points=points, gas_days={point.id: gas_day for point in points}, today=TODAY
    )


def begin(
    session: Session, way: Way, basis: Basis = Basis.YESTERDAY, now: datetime = NOW, **given: object
) -> nominations.Filled:
    values = {"gas_day": TOMORROW, "point": way.point.public_id, "modality": way.modality} | given
    return suggestions.begin(Act.at(session, way.actor, now), basis=basis, **values)  # type: ignore[arg-type]


def test_a_point_is_offered_today_yesterday_last_week_and_what_tuesdays_take(session: Session, way: Way):
    lived(session, way.point, {YESTERDAY: ("5800", "5700"), TODAY.plus(-6): ("7100", None), TODAY: ("6900", None)})
    lived(session, way.point, tuesdays("7000", "7300", "7200", "7400"))
    found = offered(session, way.point)[way.point.id]
    assert (found.gas_day, found.holiday) == (TOMORROW, None)
    assert found.offers == (
        Offer(Basis.TODAY, m3(6900), TODAY, None, False),
        Offer(Basis.YESTERDAY, m3(5800), YESTERDAY, None, False),
        Offer(Basis.LAST_WEEK, m3(7100), TODAY.plus(-6), None, False),
        Offer(Basis.SUGGESTED, m3(7250), None, Record(1, 1, Decimal("4.3")), False),
    )


def test_what_is_not_known_is_not_offered_and_what_is_nominated_neither(session: Session, way: Way):
    assert offered(session, way.point) == {}
    lived(session, way.point, {YESTERDAY: ("0", None)})
    assert offered(session, way.point)[way.point.id].offers == (Offer(Basis.YESTERDAY, m3(0), YESTERDAY, None, False),)
    lived(session, way.point, {TOMORROW: ("10", None)})
    assert offered(session, way.point) == {}


def test_estimates_suggest_nothing(session: Session, way: Way):
    lived(session, way.point, tuesdays("7000", "7300", "7200"), state=ReadingState.ESTIMATED)
    assert offered(session, way.point) == {}


def test_a_holiday_is_named(session: Session, way: Way):
    holiday = GasDay(TODAY.date.replace(month=12, day=8))
    lived(session, way.point, {YESTERDAY: ("5800", None)})
    assert offered(session, way.point, gas_day=holiday)[way.point.id].holiday == "La Inmaculada Concepción"


def test_a_quantity_that_was_signed_in_another_unit_is_offered_as_it_may_be_typed(session: Session, way: Way):
    lived(session, way.point, {YESTERDAY: ("5800", None)})
    with transaction(session):
        session.get_one(DeliveryPoint, way.point.id).unit = Unit.MBTU
    offer = offered(session, session.get_one(DeliveryPoint, way.point.id))[way.point.id].offers[0]
    assert offer.quantity == round_typed(offer.quantity) == Quantity.of("231.45", Unit.MBTU)


def test_offers_are_for_proved_points_and_the_nearest_open_day(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    lived(session, way.point, {YESTERDAY: ("5800", None)})

    def seen(now: object = NOW) -> dict[int, PointOffers]:
        return suggestions.load_next_open_offers(
            Act.at(session, way.actor, now), modality=way.modality, points=[way.point]
        )

    assert seen() == {}
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    assert seen()[way.point.id].gas_day == TOMORROW
    assert seen(AFTER_NOON)[way.point.id].gas_day == TOMORROW.plus(1)


def test_the_number_of_questions_does_not_grow_with_the_points(session: Session, way: Way):
    lived(session, way.point, {YESTERDAY: ("5800", None)})
    with transaction(session):
        others = [factories.delivery_point(session, contract=session.merge(way.contract)) for _ in range(4)]
    for other in others:
        lived(session, other, {YESTERDAY: ("90", None), **tuesdays("7000", "7300", "7200")})
    points = [session.get_one(DeliveryPoint, point.id) for point in (way.point, *others)]
    offered(session, points[0])
    with counted(session.get_bind()) as one:  # type: ignore[arg-type]
        offered(session, points[0])
    with counted(session.get_bind()) as many:  # type: ignore[arg-type]
        assert len(offered(session, *points)) == 5
    # One tells whether what is kept of the first still holds; the days of all others come with one more.
    assert (len(one), len(many)) == (1, 2)


def test_one_tap_begins_a_draft_that_can_be_signed(session: Session, vault: Vault, way: Way):
    lived(session, way.point, {YESTERDAY: ("5800", "5700")})
    filled = begin(session, way)
    draft = session.get_one(NominationDraft, filled.draft.id)
    assert (draft.kind, draft.gas_day, draft.quantity) == (RequestKind.NOMINATION, TOMORROW, m3(5800))
    assert filled.is_ready
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    signed = nominations.sign(
        Act(session, way.actor, NOW, lambda: NOW), draft=draft.public_id, shown=shown, typed=way.numeric_key
    )
    assert (signed.gas_day, signed.quantity) == (TOMORROW, m3(5800))


def test_a_quantity_that_asks_for_a_tick_is_kept_and_looked_at_first(session: Session, way: Way):
    lived(session, way.point, {YESTERDAY: ("5800", "100")})
    filled = begin(session, way)
    assert not filled.is_ready
    assert filled.draft.quantity == m3(5800)
    assert not filled.draft.confirmed_unusual


def test_a_tap_is_refused_where_its_offer_is_no_more(session: Session, vault: Vault, way: Way):
    lived(session, way.point, {YESTERDAY: ("5800", None)})
    with pytest.raises(Rejected) as refused:
        begin(session, way, Basis.SUGGESTED)
    assert refused.value.refusal is Refusal.NOTHING_OFFERED
    with pytest.raises(Rejected) as refused:
        begin(session, way, gas_day=TODAY.plus(32))
    assert refused.value.refusal is Refusal.TOO_EARLY
    open_contract(session, vault, way, now=AFTER_NOON)
    with pytest.raises(Rejected) as refused:
        begin(session, way, now=AFTER_NOON)
    assert refused.value.refusal is Refusal.TOO_LATE
    lived(session, way.point, {TOMORROW: ("10", None)})
    with pytest.raises(Rejected) as refused:
        begin(session, way)
    assert refused.value.refusal is Refusal.NOTHING_OFFERED
    assert session.query(NominationDraft).count() == 0


def test_a_tap_needs_the_web_key_and_that_the_numeric_key_was_proved(session: Session, vault: Vault):
    way = set_out(session, vault)
    lived(session, way.point, {YESTERDAY: ("5800", None)})
    with pytest.raises(StepMissing) as missing:
        begin(session, way)
    assert missing.value.step == "web-key"
    open_contract(session, vault, way)
    with pytest.raises(StepMissing) as missing:
        begin(session, way)
    assert missing.value.step == "numeric-key"
    with pytest.raises(NotFound):
        begin(session, way, point="otro")
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    assert begin(session, way).is_ready
    assert grants.list_proved_before(Act.at(session, way.actor, NOW)) == {way.point.id}
