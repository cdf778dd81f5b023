"""What held at a point from which day on: rows, maximum, tolerance and meters, in one order (adr/0135)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import SettingName
from portal.domain.successions import SuccessionKind
from portal.models import DeliveryPoint, SettingRow, User
from portal.services.registry import maxima
from portal.services.registry.timelines import load_timeline
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests.services.registry.test_moves import FROM, from_then
from tests.services.registry.test_succession import NOVEMBER, NOW, done, operator, point, to_mbtu

__all__ = ["operator", "point"]


def set_maximum(session: Session, actor: Actor, point: DeliveryPoint, m3: int, *, days: int) -> None:
    asked = maxima.Asked(GasDay.of(NOW + timedelta(days=days)), Quantity.of(m3, Unit.M3), f"Otrosí {m3}")
    act, contract = Act.at(session, actor, NOW), point.contract.public_id
    effect = maxima.preview(act, contract=contract, asked=asked)
    maxima.change(act, contract=contract, asked=asked, agreed=effect.fingerprint)


def test_each_row_says_what_held_in_it_from_which_day_on(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    given = {"reason": "Otrosí", "recorded_at": NOW, "recorded_by_id": operator.user_id}
    with transaction(session):
        session.add(
            SettingRow(
                name=SettingName.TOLERANCE,
                contract_id=point.contract_id,
                value="800",
                valid_from=NOVEMBER.first,
                **given,
            )
        )
    for m3, days in ((15_000, -20), (12_000, 0), (11_000, 2)):
        set_maximum(session, operator, point, m3, days=days)
    new = done(session, operator, point, from_then(to_mbtu(session, point)))
    before, after = load_timeline(session, point=point)
    assert (before.row.id, after.row.id) == (point.id, new.id)

    def m3(amount: int) -> Quantity:
        return Quantity.of(amount, Unit.M3)

    changed, name = GasDay.of(NOW - timedelta(days=20)), session.get_one(User, operator.user_id).name
    assert before.maxima == [(point.starts_on, m3(20_000), "", ""), (changed, m3(15_000), name, "Otrosí 15000")]
    assert after.maxima == [
        (FROM, m3(15_000), name, "Otrosí 15000"),
        (GasDay.of(NOW), m3(12_000), name, "Otrosí 12000"),
        (GasDay.of(NOW + timedelta(days=2)), m3(11_000), name, "Otrosí 11000"),
    ]
    assert before.tolerances == [(point.starts_on, 500), (NOVEMBER.first, 800)]
    assert after.tolerances == [(FROM, 800)]
    assert [(came.other.id, came.kind, came.carries) for came in after.came] == [
        (point.id, SuccessionKind.CHANGE, True)
    ]
    assert load_timeline(session, point=new)[1].came == after.came
