"""PostgreSQL goes back to a moment: what was signed before it is there and verifies, what came after is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from portal.cli.verify import verify_all
from portal.models import Nomination
from portal.models.engine import make_engine
from portal.services.ops import anchors
from portal.services.ops.anchors import Required
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.databases.postgres import PostgresServer
from tests.factories import NOW, TODAY
from tests.faults.archiving import RecoveredServer, Shelf
from tests.services.nominations.test_nominations import nominate
from tests.services.way import Way, open_contract, set_out

pytestmark = pytest.mark.postgres


def opened(url: str, vault: Vault) -> Session:
    return session_factory(make_engine(url), vault)()


def close(session: Session) -> None:
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr]


def numbers(session: Session) -> list[str | None]:
    found = list(session.scalars(select(Nomination.filing_number).order_by(Nomination.id)))
    session.rollback()
    return found


def test_nominations_before_the_moment_are_there_and_verify_and_those_after_it_are_not(
    migrate: Callable[[str], None], vault: Vault, tmp_path: Path
):
    file = tmp_path / "anchors.log"
    with Shelf() as shelf:
        with PostgresServer(shelf.archiving) as server:
            name = server.create()
            migrate(server.url(name))
            session = opened(server.url(name), vault)
            way = open_contract(session, vault, set_out(session, vault))
            nominate(session, vault, way, gas_day=TODAY.plus(1))
            anchors.anchor(Act.of_system(session, NOW), path=file)
            session.commit()
            shelf.take_base(server)
            nominate(session, vault, way, gas_day=TODAY.plus(2))
            anchors.anchor(Act.of_system(session, NOW), path=file)
            address = make_url(server.url(name)).set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(address, autocommit=True) as connection:
                (moment,) = connection.execute("SELECT clock_timestamp()::text").fetchone() or ("",)
                nominate(session, vault, way, gas_day=TODAY.plus(3))
                assert numbers(session) == ["N-2026-000001", "N-2026-000002", "N-2026-000003"]
                shelf.wait_for(connection)
            close(session)
        # The server and its data are gone.
        with RecoveredServer(shelf, moment) as recovered:
            recovered.wait_until_promoted()
            session = opened(recovered.url(name), vault)
            assert numbers(session) == ["N-2026-000001", "N-2026-000002"]
            verify_all(session, required=Required(file, NOW))
            session.rollback()
            again = Way(session.merge(way.contract), session.merge(way.point), way.web_key, way.numeric_key, way.actor)
            assert nominate(session, vault, again, gas_day=TODAY.plus(3)).filing_number == "N-2026-000003"
            verify_all(session, required=Required(file, NOW))
            close(session)
