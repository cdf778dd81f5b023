"""Fixtures: `portal(...)` runs a command on this test's database, which holds one contract with one point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from portal.cli import main
from portal.config import Settings
from portal.models import DeliveryPoint
from portal.models.engine import make_engine
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests import factories
from tests.cheap_vault import cheapen
from tests.factories import NOW

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def quick_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands hash as quickly as the other tests do."""
    monkeypatch.setattr("portal.cli.installation.Vault", lambda pepper, **given: cheapen(Vault(pepper, **given)))


@pytest.fixture
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of the commands: a folder of their own, this test's database, a frozen clock."""
    for name in ("PORTAL_ENV", "PORTAL_SMTP_URL", "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return {
        "PORTAL_INSTANCE": str(tmp_path / "instance"),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_NOW": NOW.isoformat(),
    }


@pytest.fixture
def instance(environment: dict[str, str]) -> Path:
    """The folder of this test's installation."""
    return Path(environment["PORTAL_INSTANCE"])


@pytest.fixture
def portal(environment: dict[str, str]) -> Run:
    """Run `portal …` and return the result; a traceback fails the test."""

    def run(*arguments: object, standard_input: str | None = None, **settings: str) -> Result:
        result = CliRunner().invoke(
            main, [str(each) for each in arguments], input=standard_input, env=environment | settings
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def point(environment: dict[str, str]) -> Iterator[DeliveryPoint]:
    """The point M-1 of contract NR-1, an EDS that began in 2014."""
    settings = Settings.from_environment(environment)
    engine = make_engine(settings.database_url)
    with session_factory(engine, cheapen(Vault(settings.pepper)))() as session:
        with transaction(session):
            contract = factories.contract(session, number="NR-1")
            found = factories.delivery_point(session, contract=contract, carrier_code="M-1", public_id="uno")
        yield found
    engine.dispose()


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Session]:
    """A session on what the commands wrote."""
    settings = Settings.from_environment(environment)
    engine = make_engine(settings.database_url)
    with session_factory(engine, cheapen(Vault(settings.pepper)))() as session:
        yield session
    engine.dispose()
