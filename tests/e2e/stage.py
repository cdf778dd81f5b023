"""The portal that the browser tests walk: a small demonstration under a frozen clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.config import Settings
from portal.database import session_factory
from portal.domain.gas_day import GasDay
from portal.migrations import runner
from portal.models.engine import make_engine
from portal.services import demo
from portal.services.vault import Vault

# A Monday, nine in the morning in Colombia: nominations for Tuesday are open for three more hours.
NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NOON_AND_A_HALF = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


def set_the_stage(instance: Path, now: datetime) -> dict[str, str]:
    """Migrate and fill a database in ``instance``; return the environment with which to serve it."""
    environment = {"PORTAL_INSTANCE": str(instance), "PORTAL_NOW": now.isoformat()}
    settings = Settings.from_environment(environment)
    engine = make_engine(settings.database_url)
    runner.upgrade(engine)
    vault = Vault(settings.pepper)
    with session_factory(engine, vault)() as session:
        loaded = demo.load(session, vault=vault, now=now, first=GasDay.of(now).plus(-70), points_per_contract=2)
    (instance / "demo.json").write_text(json.dumps(loaded.demonstration.as_json(), ensure_ascii=False))
    engine.dispose()
    return environment


def demonstration(instance: Path) -> dict[str, Any]:
    """Return what the demonstration wrote for people: accounts and letters."""
    found: dict[str, Any] = json.loads((instance / "demo.json").read_text())
    return found
