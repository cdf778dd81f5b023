"""A database from before the base revision: told for what it is, never changed; a demonstration is set aside."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.migrations import revisions
from portal.migrations.folded import FOLDED
from portal.models.engine import make_engine
from portal.services import demo
from tests.cli.conftest import Run
from tests.cli.test_demo import PRODUCTION
from tests.factories import TODAY

FORMER = "f6c81d2a9e35"
NEWER = "ffffffffffff"
COMMANDS = (
    ("db", "upgrade"),
    ("db", "downgrade", "base", "--yes"),
    ("db", "check"),
    ("serve",),
    ("run",),
    ("worker", "--once"),
    ("demo", "load"),
    ("demo", "reset"),
    ("audit", "verify"),
)
AtRevision = Callable[[str], None]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No server is started, and the demonstration has three days of ten points."""
    started: list[str] = []
    monkeypatch.setattr("portal.cli.serve.os.execv", lambda _program, _arguments: started.append("run"))
    monkeypatch.setattr("portal.server.main.run", lambda _asked: started.append("serve"))
    monkeypatch.setattr(demo, "load", partial(demo.load, first=TODAY.plus(-3), points_per_contract=1))
    return started


@pytest.fixture
def at_revision(environment: dict[str, str]) -> AtRevision:
    """Say of this test's database that it is at another revision."""

    def mark(revision: str) -> None:
        engine = make_engine(environment["PORTAL_DATABASE_URL"])
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})
        engine.dispose()

    return mark


def held(environment: dict[str, str]) -> list[tuple[str, ...]]:
    """Return companies and revision: what no command may change."""
    engine = make_engine(environment["PORTAL_DATABASE_URL"])
    with engine.connect() as connection:
        found = [
            *connection.execute(text("SELECT name FROM companies ORDER BY name")).all(),
            *connection.execute(text("SELECT version_num FROM alembic_version")).all(),
        ]
    engine.dispose()
    return [tuple(map(str, row)) for row in found]


@pytest.mark.parametrize(("revision", "said"), [(FORMER, "de antes de la primera entrega"), (NEWER, "no la conoce")])
def test_every_command_says_in_a_sentence_what_the_database_is_and_changes_nothing(
    portal: Run, point, environment: dict[str, str], at_revision: AtRevision, nothing_starts, revision: str, said: str
):
    at_revision(revision)
    before = held(environment)
    for command in COMMANDS:
        result = portal(*command)
        assert result.exit_code == 1, command
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"Error: La base de datos está en la revisión {revision} y este programa es de la "), (
            command
        )
        assert said in line
        assert "PORTAL_DATABASE_URL" in line
    assert held(environment) == before
    assert nothing_starts == []
    folder = Path(environment["PORTAL_INSTANCE"])
    assert not (folder / "backups").exists()


@on_sqlite
def test_a_demonstration_of_before_is_set_aside_whole_and_a_new_one_is_loaded(
    portal: Run, environment: dict[str, str], instance: Path, at_revision: AtRevision, nothing_starts: list[str]
):
    portal("demo", "load")
    at_revision(FORMER)
    notes = (instance / "demo.json").read_bytes()
    anchors = (instance / "audit-anchors.log").read_bytes()
    database = Path(environment["PORTAL_DATABASE_URL"].removeprefix("sqlite:///"))
    before = held(environment)
    result = portal("run")
    assert result.exit_code == 0, result.stderr
    assert nothing_starts == ["run"]
    (aside,) = database.parent.glob("demostracion-anterior-*")
    (told,) = [line for line in result.stderr.splitlines() if line.startswith("La demostración de ")]
    assert told == (
        f"La demostración de {database} era de la revisión {FORMER}, de antes de la primera entrega: quedó apartada "
        f"entera en {aside}, y se carga una nueva."
    )
    assert (aside / "demo.json").read_bytes() == notes
    assert (aside / "audit-anchors.log").read_bytes() == anchors
    assert aside.stat().st_mode & 0o077 == 0
    assert held(environment | {"PORTAL_DATABASE_URL": f"sqlite:///{aside / database.name}"}) == before
    assert held(environment) == [*before[:-1], (revisions.head(),)]
    assert json.loads((instance / "demo.json").read_text(encoding="utf-8"))["accounts"]
    assert portal("audit", "verify").exit_code == 0
    # The next start finds nothing to set aside.
    assert "apartada" not in portal("run").stderr


@on_sqlite
def test_reset_sets_a_demonstration_of_before_aside_too(
    portal: Run, environment: dict[str, str], at_revision: AtRevision
):
    portal("demo", "load")
    at_revision("a90e4d17c3b8")
    result = portal("demo", "reset")
    assert result.exit_code == 0, result.stderr
    assert "quedó apartada entera" in result.stderr
    assert held(environment)[-1] == (revisions.head(),)


@on_sqlite
def test_what_is_no_demonstration_or_serves_real_customers_is_never_moved(
    portal: Run, point, environment: dict[str, str], instance: Path, at_revision: AtRevision
):
    database = Path(environment["PORTAL_DATABASE_URL"].removeprefix("sqlite:///"))
    # The notes of a demonstration beside it do not make it one.
    instance.mkdir(exist_ok=True)
    (instance / "demo.json").write_text("{}")
    at_revision(FORMER)
    assert portal("run").exit_code == 1
    assert database.exists()
    pepper = instance / "of-production"
    pepper.write_bytes(b"a pepper of production, 32 bytes and more")
    pepper.chmod(0o600)
    portal_in_production = partial(portal, **PRODUCTION, PORTAL_PEPPER_FILE=str(pepper))
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(audit_events)")]
        figures = ["'demonstration:loaded'" if name == "event" else "1" for name in columns]
        figures[columns.index("actor_id")] = figures[columns.index("company_id")] = "NULL"
        connection.execute(f"INSERT INTO audit_events ({', '.join(columns)}) VALUES ({', '.join(figures)})")
    refused = portal_in_production("run")
    assert refused.exit_code == 1
    assert "de antes de la primera entrega" in refused.stderr
    assert database.exists()
    assert not list(database.parent.glob("demostracion-anterior-*"))


@on_sqlite
def test_a_demonstration_that_an_older_portal_has_open_stays_where_it_is(
    portal: Run, environment: dict[str, str], at_revision: AtRevision
):
    portal("demo", "load")
    at_revision(FORMER)
    database = environment["PORTAL_DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as other:
        other.execute("SELECT count(*) FROM companies").fetchone()
        refused = portal("run")
        assert refused.exit_code == 1
        (line,) = refused.stderr.splitlines()
        assert "alguien la tiene abierta; detenga ese portal" in line
        assert other.execute("SELECT version_num FROM alembic_version").fetchone() == (FORMER,)
    assert portal("run").exit_code == 0


@on_sqlite
@pytest.mark.parametrize("revision", [FORMER, NEWER])
def test_a_copy_from_which_no_upgrade_leads_on_is_not_restored(
    portal: Run, point, environment: dict[str, str], revision: str
):
    copy = Path(portal("backup", "create").stdout.strip())
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    # The note of a copy says its revision: of another one, it would not be this copy's.
    copy.with_name(f"{copy.name}.json").unlink()
    before = held(environment)
    result = portal("backup", "restore", copy, "--yes")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: La copia {copy} está en la revisión {revision} y este programa es de la ")
    assert held(environment) == before
    verified = portal("backup", "verify", copy)
    assert verified.exit_code == 0
    assert verified.stderr.startswith(f"Pero la copia {copy} está en la revisión {revision} y este programa es de la ")


def test_no_revision_of_the_code_is_called_one_of_before():
    assert not FOLDED & revisions.known()
