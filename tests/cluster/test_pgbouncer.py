"""PgBouncer in transaction mode: every transaction may have another connection, and nothing is left on one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from portal.config import BadSettings, Settings
from portal.models import Nomination
from portal.models.engine import make_engine
from portal.models.patience import COMMANDS
from portal.services.mail import outbox
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.cluster.pgbouncer import pgbouncer
from tests.journeys.whole_way import walk
from tests.services import account_stage

pytestmark = [pytest.mark.postgres, pytest.mark.proxy]
LIMITS = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('timezone')"


@pytest.fixture
def pooled_url(postgres_url: str) -> Iterator[str]:
    """This test's database through PgBouncer, which has two connections for everybody."""
    there = make_url(postgres_url)
    target = f"host={there.query['host']} dbname={there.database} user={there.username}"
    with pgbouncer(target, connections=2) as (_, url):
        yield url


@pytest.fixture
def portal(pooled_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    yield from run(settings_for(pooled_url, tmp_path, clock))


def test_the_24_steps_go_through_it(portal: RunningPortal):
    def read_link() -> str:
        with portal.session() as session:
            body = outbox.read_words(session, account_stage.mails(session)[-1])
        found = re.search(r"http://localhost(/\S+)", body)
        assert found, body
        return found[1]

    # Often enough that a driver which prepares statements would have prepared some.
    for _ in range(8):
        assert portal.browser().open("/").status == 200
    walk(portal.browser(), portal.customer().way, read_link)
    assert portal.count(Nomination) == 1


def test_each_transaction_has_its_own_limits_on_whichever_connection(pooled_url: str):
    pages, commands = make_engine(pooled_url), make_engine(pooled_url, patience=COMMANDS)
    for _ in range(4):
        for engine, says in ((pages, ("4500ms", "4s", "UTC")), (commands, ("0", "5s", "UTC"))):
            with engine.connect() as connection:
                assert tuple(connection.execute(text(LIMITS)).one()) == says
    for engine in (pages, commands):
        engine.dispose()


def test_another_mode_is_refused_with_the_one_that_is_taken(tmp_path: Path):
    url = "postgresql+psycopg://portal@host/portal?pooler=session"
    with pytest.raises(BadSettings, match="takes pooler=transaction"):
        Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_DATABASE_URL": url})
