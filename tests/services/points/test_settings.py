"""Settings by dated rows: seen before they are written, counted from their day on, and never written over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.nominations import FACTORS, ClosePolicy
from portal.domain.quantities import HeatingValue
from portal.domain.settings import SettingName, SettingScope
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.nominations import rules
from portal.services.points import close_policies, settings
from portal.services.points.settings import changes, queries
from portal.services.points.settings.changes import Asked
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit_trail
from tests import factories
from tests.factories import NOW, TODAY

DECEMBER = GasDay(date(2026, 12, 1))
FACTOR = Asked(
    SettingName.SUSPICIOUS_FACTOR, SettingScope.ALL, None, "", "3", TODAY.plus(1), "Demasiados errores de digitación"
)


def person(session: Session, role: Role) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role))


@pytest.fixture
def admin(session: Session) -> Actor:
    return person(session, Role.ADMIN)


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """A point that took a thousand a day and nominated five thousand on one of them."""
    with transaction(session):
        made = factories.delivery_point(session)
        for ago in range(1, 11):
            day = TODAY.plus(-ago)
            factories.nomination(session, made, day, "5000" if ago == 2 else "1000")
            factories.authorisation(session, made, day, "1000")
            factories.reading(session, made, day, "1060" if ago == 3 else "1000")
        factories.heating_value(session, made.exit_point_id, TODAY.plus(-20), HeatingValue.of("1000"))
        ledger.rebuild_point(session, delivery_point=made)
    return made


def change(session: Session, admin: Actor, asked: Asked, **given: Any) -> changes.Effect:
    return changes.change(Act.at(session, admin, NOW), asked=replace(asked, **given))


def refusal(session: Session, admin: Actor, asked: Asked, **given: Any) -> Refusal:
    with pytest.raises(Rejected) as refused:
        changes.preview(Act.at(session, admin, NOW), asked=replace(asked, **given))
    return refused.value.refusal


def test_a_factor_counts_from_its_day_on_and_its_effect_is_counted_before(
    session: Session, admin: Actor, point: DeliveryPoint
):
    effect = changes.preview(Act.at(session, admin, NOW), asked=FACTOR)
    assert (effect.old, effect.new) == ("8", "3")
    assert (effect.reach.points, effect.reach.judged, effect.reach.before, effect.reach.after) == (1, 10, 0, 1)
    assert settings.read(session).rows == ()
    change(session, admin, FACTOR)
    assert rules.find_factors(session, point=point, gas_day=TODAY) == FACTORS
    assert rules.find_factors(session, point=point, gas_day=TODAY.plus(1)) == replace(FACTORS, far=3)
    change(session, admin, FACTOR, scope=SettingScope.POINT, place=point.carrier_code, value="5")
    assert rules.find_factors(session, point=point, gas_day=TODAY.plus(1)).far == 5
    (entry, first) = audit_trail.list_of_subject(session, subject="suspicious-factor")
    assert (first.changes[0].old, first.changes[0].new, entry.details["where"]) == ("8", "3", point.carrier_code)
    lines = queries.list_lines(Act.at(session, admin, NOW), name=SettingName.SUSPICIOUS_FACTOR)
    assert [(line.scope, line.value) for line in lines] == [(SettingScope.POINT, "5"), (SettingScope.ALL, "3")]


def test_a_tolerance_is_set_for_a_contract_from_a_month_on(session: Session, admin: Actor, point: DeliveryPoint):
    asked = replace(
        FACTOR, name=SettingName.TOLERANCE, scope=SettingScope.CONTRACT, place=point.contract.number, value="6,5"
    )
    assert refusal(session, admin, asked) is Refusal.SETTING_NOT_A_MONTH
    assert refusal(session, admin, asked, scope=SettingScope.ALL) is Refusal.SETTING_PLACE
    effect = change(session, admin, asked, valid_from=DECEMBER)
    assert (effect.old, effect.new, effect.reach.judged) == ("500", "650", 10)
    assert (effect.reach.before, effect.reach.after) == (1, 0), "1060 of 1000 is out of 5 % and inside of 6,5 %"
    found = settings.read(session).tolerance(point.contract)
    assert (found.on(DECEMBER.plus(-1)), found.on(DECEMBER)) == (500, 650)
    steps = settings.list_tolerance_steps(session, contract_id=point.contract_id)
    assert steps == found.steps


def test_a_rule_at_the_close_holds_for_whom_it_was_set(session: Session, admin: Actor, point: DeliveryPoint):
    asked = replace(FACTOR, name=SettingName.CLOSE_POLICY, value="zero", scope=SettingScope.MODALITY)
    asked = replace(asked, modality=point.contract.modality)

    def rule(day: GasDay) -> ClosePolicy:
        return close_policies.find_policies(session, points=[point], gas_day=day)[point.id]

    change(session, admin, asked)
    assert (rule(TODAY), rule(TODAY.plus(1))) == (ClosePolicy.FORECAST, ClosePolicy.ZERO)
    effect = change(session, admin, asked, scope=SettingScope.POINT, place=point.carrier_code, value="last")
    assert (effect.old, rule(TODAY.plus(1))) == ("zero", ClosePolicy.LAST)
    lines = queries.list_lines(Act.at(session, admin, NOW), name=SettingName.CLOSE_POLICY)
    assert {line.scope for line in lines} == {SettingScope.MODALITY, SettingScope.POINT}


def test_what_cannot_be_is_refused(session: Session, admin: Actor):
    for value in ("1", "1001", "8.5", "ocho", "-3", "٣", ""):
        assert refusal(session, admin, FACTOR, value=value) is Refusal.SETTING_VALUE, value
    tolerance = replace(FACTOR, name=SettingName.TOLERANCE, scope=SettingScope.CONTRACT, valid_from=DECEMBER)
    for value in ("100,01", "-1", "5,123", "1e2", "NaN"):
        assert refusal(session, admin, tolerance, value=value) is Refusal.SETTING_VALUE, value
    assert refusal(session, admin, tolerance, value="5", place="no-such") is Refusal.SETTING_PLACE
    assert refusal(session, admin, FACTOR, valid_from=TODAY) is Refusal.SETTING_IN_THE_PAST
    assert refusal(session, admin, FACTOR, value="8") is Refusal.SETTING_UNCHANGED
    assert refusal(session, admin, FACTOR, reason=" ") is Refusal.REASON_MISSING
    low = replace(FACTOR, name=SettingName.UNIT_FACTOR_LOW, value="30")
    assert refusal(session, admin, low) is Refusal.FACTORS_CROSSED


def test_nobody_but_the_administrator_sets(session: Session):
    for role in (Role.SUPERVISOR, Role.OPERATOR, Role.CUSTOMER):
        actor = person(session, role)
        with pytest.raises(NotAllowed):
            changes.change(Act.at(session, actor, NOW), asked=FACTOR)
        with pytest.raises(NotAllowed):
            queries.list_lines(Act.at(session, actor, NOW), name=SettingName.TOLERANCE)
