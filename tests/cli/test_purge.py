"""`portal purge`: told first, removed when it is said."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.settings import SettingName
from portal.models import AttemptCounter, DeliveryPoint, SettingRow
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.factories import NOW, TODAY


def test_a_purge_is_told_then_done(portal: Run, point: DeliveryPoint, database: Session):
    with transaction(database):
        old = NOW - timedelta(days=200)
        database.add(AttemptCounter(scope="address", subject="x", count=1, window_started_at=old, last_at=old))
    assert "counters of attempts: 0 due; kept for ever; oldest that stays: 2026-05-07" in portal("purge").stdout
    with transaction(database):
        admin = factories.user(database, role=Role.ADMIN)
        given = {"value": "100", "valid_from": TODAY, "reason": "x", "recorded_at": NOW, "recorded_by_id": admin.id}
        database.add(SettingRow(name=SettingName.KEEP_ATTEMPTS, **given))
    told = portal("purge")
    assert told.exit_code == 0
    assert "counters of attempts: 1 due; kept for 100 days; oldest that stays: none" in told.stdout
    assert told.stdout.splitlines()[-1] == "Nothing was removed: add --yes."
    assert database.scalars(select(AttemptCounter)).all()
    database.rollback()
    assert "counters of attempts: 1 removed" in portal("purge", "--yes").stdout
    assert not database.scalars(select(AttemptCounter)).all()
