"""A point that is still to begin: its key may come before its first day, and no page of it fails."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.models import DeliveryPoint
from tests.application import RunningPortal
from tests.factories import TODAY


@pytest.mark.parametrize("ahead", [1, 2, 8, 40])
def test_no_page_of_a_point_that_is_still_to_begin_fails(portal: RunningPortal, ahead: int, subtests: pytest.Subtests):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    with portal.session() as session:
        row = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == customer.point)).one()
        row.starts_on = TODAY.plus(ahead)
        session.commit()
    of_points = re.compile("/(cuentas-de-balance|nominacion)/<modality>(/<point>)?(/[a-z.-]+)*")
    addresses = [
        rule.rule.replace("<modality>", customer.modality).replace("<point>", customer.point)
        for rule in portal.app.url_map.iter_rules()
        if of_points.fullmatch(rule.rule) and "GET" in (rule.methods or ())
    ]
    assert len(addresses) > 20
    for address in ["/inicio", *addresses]:
        with subtests.test(address=address):
            # A month before its first day is none of its months.
            assert customer.open(address).status in (200, 404, 422)
