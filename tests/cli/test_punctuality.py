"""`portal punctuality`: verified, counted anew, and part of every verification."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.models import DeliveryPoint, PunctualityMonth
from portal.services.store.transactions import transaction
from tests.cli.conftest import Run


def test_a_board_that_was_changed_is_named_and_counted_anew(portal: Run, database: Session, point: DeliveryPoint):
    assert point.public_id
    assert portal("punctuality", "rebuild").output.endswith("12 months were counted anew.\n")
    with transaction(database):
        database.execute(update(PunctualityMonth).values(corrections=7))
    for command in (("punctuality", "verify"), ("verify",)):
        found = portal(*command)
        assert found.exit_code == 1
        assert "corrections: 7 is stored, 0 is right" in found.output
    assert portal("punctuality", "rebuild").exit_code == 0
    assert portal("punctuality", "verify").output == "Every month of the board is what the rows say.\n"
    assert portal("verify").exit_code == 0
