"""The demonstration's plants declared their seasons."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.models import User
from portal.services.account import consumption
from portal.services.store.acts import Act, Actor
from tests.factories import NOW


def test_staff_find_the_seasons_of_the_plants_that_are_there(shown):
    olga = shown.scalars(select(User).where(User.role == Role.OPERATOR)).one()
    found = consumption.list_patterns(
        Act.at(shown, Actor(olga.id, olga.email, olga.name, olga.role, None, "", "web"), NOW)
    )
    assert {each.point: each.pattern.months for each in found.rows} == {
        "Molino La Cachamera": (7, 8, 9),
        "Planta extractora El Cumare": (3, 4, 5),
    }
