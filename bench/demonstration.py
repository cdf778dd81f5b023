"""Demonstration in a folder of its own, the start of every measurement."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from portal.config import Settings
from portal.domain.gas_day import BOGOTA, FIRST_GAS_DAY, GasDay
from portal.migrations import runner
from portal.models.engine import make_engine
from portal.services import demo
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.web.database import session_factory

DATABASE = "portal.db"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A loaded demonstration: its folder, the settings that name its database, the clock of the measurement."""

    folder: Path
    settings: Settings
    environment: dict[str, str]
    now: datetime

    def copied(self, name: str) -> Demonstration:
        """Return a copy of it in the folder ``name``, to be made larger."""
        folder = self.folder / name
        folder.mkdir()
        for path in self.folder.glob("*"):
            if path.is_file() and not path.name.startswith(DATABASE):
                shutil.copy(path, folder / path.name)
        # Never as a file: closing it would drop the locks that this process holds on it, and spoil the one copied.
        with (
            closing(sqlite3.connect(self.folder / DATABASE)) as source,
            closing(sqlite3.connect(folder / DATABASE)) as target,
        ):
            source.backup(target)
        settings = replace(self.settings, database_url=f"sqlite:///{folder / DATABASE}")
        return replace(self, folder=folder, settings=settings)


def load(
    folder: Path, *, database_url: str = "", days: int | None = None, points_per_contract: int | None = None
) -> Demonstration:
    """Load the demonstration into ``folder`` (or the empty database at ``database_url``): all of it unless told.

    The clock says nine o'clock of a real day: nominations are open, and the demonstration is as always.
    """
    nine = datetime.now(BOGOTA).replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC)
    environment = {
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_NOW": nine.isoformat(),
        "PORTAL_DATABASE_URL": database_url,
        # As in production mail waits for the worker: it is not shown on the terminal.
        "PORTAL_SMTP_URL": "smtp://127.0.0.1:1",
    }
    os.environ.update(environment)
    settings = Settings.from_environment()
    vault = Vault(settings.pepper)
    engine = make_engine(settings.database_url)
    runner.upgrade(engine)
    first = FIRST_GAS_DAY if days is None else GasDay.of(nine).plus(-days)
    with session_factory(engine, vault)() as session:
        demo.load(Act.of_system(session, nine), first=first, points_per_contract=points_per_contract)
    engine.dispose()
    return Demonstration(folder, settings, environment, nine)
