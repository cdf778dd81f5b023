"""Adjustments of the balances: shown, recorded up to the limit, beyond it decided by another person (adr/0130)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.readings import AdjustmentReason
from portal.domain.settings import SettingName
from portal.models import Adjustment, AdjustmentRequest, AuditEvent, DeliveryPoint, SettingRow
from portal.services import ledger
from portal.services.ledger import adjustment_requests, closings
from portal.services.ledger.adjustment_requests import Wanted
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY, act_of
from tests.services.ledger_rows import day

YESTERDAY = TODAY.plus(-1)


def in_favour(session: Session, point: DeliveryPoint, asked: str, taken: str) -> DeliveryPoint:
    factories.nomination(session, point, YESTERDAY, asked)
    factories.reading(session, point, YESTERDAY, taken)
    ledger.rewrite_day(session, delivery_point=point, gas_day=YESTERDAY)
    return point


@pytest.fixture
def points(session: Session) -> dict[str, DeliveryPoint]:
    """One company: 500 m³ in favour, 300 m³ against, one in MBTU; and a point of another company against."""
    with transaction(session):
        company = factories.company(session)
        given = {"starts_on": day("2026-10-01"), "company_id": company.id}
        owner = factories.contract(session, **given)
        other_unit = factories.contract(session, unit=Unit.MBTU, **given)
        stranger = factories.contract(session, starts_on=day("2026-10-01"))
        return {
            "favour": in_favour(session, factories.delivery_point(session, contract=owner), "1000", "500"),
            "against": in_favour(session, factories.delivery_point(session, contract=owner), "1000", "1300"),
            "mbtu": in_favour(session, factories.delivery_point(session, contract=other_unit), "10", "1000"),
            "stranger": in_favour(session, factories.delivery_point(session, contract=stranger), "1000", "1300"),
        }


def wanted_of(points: dict[str, DeliveryPoint], **changed: Any) -> Wanted:
    other = changed.pop("other", None)
    given: dict[str, Any] = {
        "reason": AdjustmentReason.PAYBACK,
        "point": points[changed.pop("at", "favour")].public_id,
        "other": "" if other is None else points[other].public_id,
        "gas_day": YESTERDAY,
        "quantity": Quantity.of("-200", Unit.M3),
        "note": "Acta 12",
    } | changed
    return Wanted(**given)


def netting(points: dict[str, DeliveryPoint], amount: str = "300", **changed: Any) -> Wanted:
    given = {"reason": AdjustmentReason.NETTING, "other": "against", "quantity": Quantity.of(amount, Unit.M3)} | changed
    return wanted_of(points, **given)


def propose(act: Act, wanted: Wanted) -> bool:
    shown = adjustment_requests.preview(act, wanted=wanted).fingerprint(wanted)
    return adjustment_requests.propose(act, wanted=wanted, shown=shown)


def totals(session: Session, points: dict[str, DeliveryPoint], *names: str) -> list[str]:
    return [plain(adjustment_requests.find_total(session, point=points[name])) for name in names]


def set_limit(session: Session, value: str) -> None:
    with transaction(session):
        session.add(
            SettingRow(
                name=SettingName.ADJUSTMENT_LIMIT,
                value=value,
                valid_from=day("2026-11-01"),
                reason="Acta",
                recorded_at=NOW,
                recorded_by_id=factories.user(session).id,
            )
        )


def test_up_to_the_limit_an_adjustment_is_shown_and_recorded_with_its_note(session: Session, points) -> None:
    act, wanted = act_of(session), wanted_of(points, note="  Acta\n 12 ")
    effect = adjustment_requests.preview(act, wanted=wanted)
    assert [(plain(each.before), plain(each.after)) for each in effect.moved] == [("500", "300")]
    assert not effect.needs_second
    assert session.scalars(select(Adjustment)).all() == []
    assert propose(act, wanted)
    made = session.scalars(select(Adjustment)).one()
    assert (made.reason, made.note, made.recorded_by_id) == (AdjustmentReason.PAYBACK, "Acta 12", act.actor.user_id)
    assert totals(session, points, "favour") == ["300"]
    assert ledger.verify(session) is None


@pytest.mark.parametrize("at", ["favour", "against"])
def test_a_netting_moves_both_points_by_the_same_from_whichever_side_it_is_asked(session: Session, points, at) -> None:
    other = "against" if at == "favour" else "favour"
    assert propose(act_of(session), netting(points, at=at, other=other))
    assert totals(session, points, "favour", "against") == ["200", "0"]
    rows = session.scalars(select(Adjustment)).all()
    assert sorted(plain(row.quantity_m3) for row in rows) == ["-300", "300"]
    assert {row.note for row in rows} == {"Acta 12"}
    assert ledger.verify(session) is None


@pytest.mark.parametrize(
    ("changed", "refusal", "field"),
    [
        ({"other": "stranger"}, Refusal.NETTING_POINT, "other"),
        ({"other": "mbtu"}, Refusal.NETTING_POINT, "other"),
        ({"other": "favour"}, Refusal.NETTING_POINT, "other"),
        ({"other": None}, Refusal.NETTING_POINT, "other"),
        ({"amount": "300.5"}, Refusal.NETTING_TOO_MUCH, "quantity"),
        ({"amount": "0"}, Refusal.QUANTITY_ZERO, "quantity"),
        ({"note": " \n"}, Refusal.NOTE_MISSING, "note"),
        ({"note": "x" * 501}, Refusal.NOTE_TOO_LONG, "note"),
        ({"gas_day": TODAY.plus(1)}, Refusal.DAY_TO_COME, "gas_day"),
        ({"gas_day": day("2026-09-30")}, Refusal.DAY_NOT_SERVED, "gas_day"),
        ({"reason": AdjustmentReason.CORRECTION}, Refusal.ADJUSTMENT_KIND, "reason"),
    ],
)
def test_what_cannot_be_adjusted_is_refused_by_its_field_and_writes_nothing(
    session: Session, points, changed, refusal, field
) -> None:
    act, wanted = act_of(session), netting(points, **changed)
    for do in (
        lambda: adjustment_requests.preview(act, wanted=wanted),
        lambda: adjustment_requests.propose(act, wanted=wanted, shown=""),
    ):
        with pytest.raises(Rejected) as refused:
            do()
        assert (refused.value.refusal, refused.value.field) == (refusal, field)
    assert session.scalars(select(Adjustment)).all() == []
    assert session.scalars(select(AdjustmentRequest)).all() == []


def test_two_points_on_one_side_have_nothing_to_net(session: Session, points) -> None:
    with transaction(session):
        points["also"] = in_favour(
            session, factories.delivery_point(session, contract=points["against"].contract), "1000", "1300"
        )
    with pytest.raises(Rejected) as refused:
        adjustment_requests.preview(act_of(session), wanted=netting(points, "1", at="against", other="also"))
    assert (refused.value.refusal, refused.value.facts["largest"]) == (
        Refusal.NETTING_TOO_MUCH,
        Quantity.zero(Unit.M3),
    )


def test_a_closed_month_takes_no_adjustment(session: Session, points) -> None:
    act, point = act_of(session, Role.SUPERVISOR), points["favour"]
    with transaction(session):
        for gas_day in Month(2026, 10).days():
            factories.reading(session, point, gas_day, "0")
            ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)
    closings.close_month(act, delivery_point_id=point.id, month=Month(2026, 10))
    with pytest.raises(Rejected) as refused:
        adjustment_requests.preview(act, wanted=wanted_of(points, gas_day=day("2026-10-31")))
    assert refused.value.refusal is Refusal.MONTH_CLOSED


def test_beyond_the_limit_one_person_asks_and_a_supervisor_decides(session: Session, points) -> None:
    set_limit(session, "5")
    operator, supervisor = act_of(session), act_of(session, Role.SUPERVISOR)
    assert not propose(operator, netting(points))
    assert totals(session, points, "favour", "against") == ["500", "-300"]
    (waiting,) = adjustment_requests.list_requests(supervisor)
    assert waiting.effect is not None
    given = {"public_id": waiting.public_id, "approve": True, "shown": waiting.shown}
    with pytest.raises(Rejected) as refused:
        adjustment_requests.decide(operator, **given)
    assert refused.value.refusal is Refusal.ADJUSTMENT_BY_SUPERVISOR
    adjustment_requests.decide(supervisor, **given)
    assert totals(session, points, "favour", "against") == ["200", "0"]
    (decided,) = adjustment_requests.list_requests(supervisor)
    assert (decided.approved, decided.decided_by) == (True, supervisor.actor.name)
    with pytest.raises(Conflict):
        adjustment_requests.decide(supervisor, **given)
    events = session.scalars(select(AuditEvent.event).where(AuditEvent.event.startswith("adjustment:"))).all()
    assert sorted(events) == [
        "adjustment:approved",
        "adjustment:recorded",
        "adjustment:recorded",
        "adjustment:requested",
    ]
    assert ledger.verify(session) is None


def test_nobody_decides_their_own_and_a_rejection_moves_nothing(session: Session, points) -> None:
    set_limit(session, "0")
    supervisor, other = act_of(session, Role.SUPERVISOR), act_of(session, Role.SUPERVISOR)
    assert not propose(supervisor, wanted_of(points))
    (waiting,) = adjustment_requests.list_requests(other)
    given = {"public_id": waiting.public_id, "shown": waiting.shown}
    with pytest.raises(Rejected) as refused:
        adjustment_requests.decide(supervisor, approve=True, **given)
    assert refused.value.refusal is Refusal.OWN_REQUEST
    adjustment_requests.decide(other, approve=False, **given)
    assert totals(session, points, "favour") == ["500"]
    assert adjustment_requests.list_requests(other)[0].approved is False


def test_what_is_split_into_small_ones_passes_the_limit_all_the_same(session: Session, points) -> None:
    set_limit(session, "10")
    act = act_of(session)
    assert propose(act, wanted_of(points))
    again = wanted_of(points, quantity=Quantity.of("-100", Unit.M3))
    effect = adjustment_requests.preview(act, wanted=again)
    assert (effect.made.micro > 0, effect.needs_second) == (True, True)
    assert not propose(act, again)


def test_an_effect_that_is_not_the_shown_one_is_neither_recorded_nor_approved(session: Session, points) -> None:
    set_limit(session, "5")
    operator, supervisor = act_of(session), act_of(session, Role.SUPERVISOR)
    wanted = wanted_of(points)
    assert not propose(operator, wanted)
    (waiting,) = adjustment_requests.list_requests(supervisor)
    with transaction(session):
        factories.reading(session, points["favour"], YESTERDAY, "400", version=2)
        ledger.rewrite_day(session, delivery_point=points["favour"], gas_day=YESTERDAY)
    with pytest.raises(Conflict):
        adjustment_requests.decide(supervisor, public_id=waiting.public_id, approve=True, shown=waiting.shown)
    with pytest.raises(Conflict):
        adjustment_requests.propose(operator, wanted=wanted, shown=waiting.shown)
    assert totals(session, points, "favour") == ["600"]
    (now,) = adjustment_requests.list_requests(supervisor)
    adjustment_requests.decide(supervisor, public_id=now.public_id, approve=True, shown=now.shown)
    assert totals(session, points, "favour") == ["400"]


def test_two_supervisors_at_once_move_the_account_once(sessions: sessionmaker[Session], session, points) -> None:
    set_limit(session, "5")
    assert not propose(act_of(session), wanted_of(points))
    actors = [act_of(session, Role.SUPERVISOR).actor for _ in range(2)]
    (waiting,) = adjustment_requests.list_requests(act_of(session, Role.SUPERVISOR))
    session.rollback()
    ended: list[str] = []

    def decide(actor: Any) -> None:
        with sessions() as own:
            try:
                adjustment_requests.decide(
                    Act.at(own, actor, NOW), public_id=waiting.public_id, approve=True, shown=waiting.shown
                )
                ended.append("done")
            except Conflict as conflict:
                ended.append(conflict.reason)

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["adjustment-decided", "done"]
    assert totals(session, points, "favour") == ["300"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.ADMIN, Role.CUSTOMER])
def test_who_keeps_no_balances_adjusts_none(session: Session, points, role: Role) -> None:
    act = act_of(session, role)
    with pytest.raises(NotAllowed):
        adjustment_requests.preview(act, wanted=wanted_of(points))
    with pytest.raises(NotAllowed):
        adjustment_requests.propose(act, wanted=wanted_of(points), shown="")


def test_an_unknown_point_or_request_is_not_found(session: Session, points) -> None:
    with pytest.raises(NotFound):
        adjustment_requests.preview(act_of(session), wanted=wanted_of(points, point="nada"))
    with pytest.raises(NotFound):
        adjustment_requests.decide(act_of(session, Role.SUPERVISOR), public_id="nada", approve=True, shown="")
