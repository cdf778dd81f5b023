"""`portal adjustments add`: a dated movement of the account, a mistake named."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, DeliveryPoint
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run

GIVEN = {
    "point": "M-1",
    "day": "03/11/2026",
    "reason": "Devolución",
    "quantity": "-1.500",
    "note": "Acta 12",
}


def add(portal: Run, **changed: str):
    given = GIVEN | changed
    return portal("adjustments", "add", *[f"--{name}={value}" for name, value in given.items()])


@pytest.fixture
def olga(point: DeliveryPoint, database: Session) -> None:
    """An operator."""
    with transaction(database):
        factories.user(database, email="olga@example.com", role=Role.OPERATOR)


def test_an_adjustment_is_recorded_with_its_reason_and_its_person(portal: Run, olga: None, database: Session) -> None:
    done = add(portal, by="olga@example.com")
    assert (done.exit_code, "2026-11-03: -1500 m3, -59.85836 MBTU." in done.stdout) == (0, True)
    made = database.scalars(select(Adjustment)).one()
    assert (made.reason, made.note, made.recorded_by_id is not None) == (AdjustmentReason.PAYBACK, "Acta 12", True)
    assert portal("ledger", "verify").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_quantity_may_be_in_the_other_unit(portal: Run, olga: None) -> None:
    assert "m3, 12.5 MBTU." in add(portal, quantity="12,5", unit="mbtu").stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"point": "M-9"}, "No delivery point has the id or code M-9."),
        ({"day": "31/11/2026"}, "31/11/2026 is no gas day"),
        ({"day": "2026-11-24"}, "That gas day is still to come: today is 2026-11-23."),
        ({"reason": "regalo"}, "regalo is no reason; write cruce, devolución, compensación or corrección."),
        ({"quantity": "--5"}, "--5 is no quantity in m3"),
        ({"quantity": "1.25"}, "1.25 is no quantity in m3"),
        ({"quantity": "0"}, "An adjustment of zero moves nothing"),
        ({"unit": "kpc"}, "kpc is no unit of an account; write m3 or MBTU."),
        ({"note": " "}, "Give a note"),
        ({"by": "ana@example.com"}, "No staff account has the e-mail ana@example.com."),
    ],
)
def test_a_mistake_is_named_and_nothing_is_recorded(
    portal: Run, olga: None, database: Session, changed: dict[str, str], words: str
) -> None:
    done = add(portal, **changed)
    assert (done.exit_code, words in done.stderr) == (1, True)
    assert database.scalar(select(func.count()).select_from(Adjustment)) == 0
