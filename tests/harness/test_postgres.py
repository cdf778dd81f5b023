"""The PostgreSQL that tests run on is a real one, is quick to start and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.databases.binaries import SOURCE, NoPostgres, embedded_folders, find_binaries
from tests.databases.postgres import PostgresServer

trials = Table(
    "trials",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("micro", Integer, CheckConstraint("micro >= 0", name="not_negative")),
)


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.postgres
def test_a_constraint_refuses_and_names_itself(postgres_url: str):
    engine = create_engine(postgres_url)
    trials.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(trials).values(id=1, micro=5))
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        connection.execute(insert(trials).values(id=2, micro=-5))
    assert refused.value.orig.diag.constraint_name == "not_negative"
    with engine.connect() as connection:
        assert connection.execute(select(trials.c.id)).scalars().all() == [1]
    engine.dispose()


@pytest.mark.postgres
def test_a_copy_of_the_template_has_its_rows_and_is_alone(postgres_server: PostgresServer):
    connected = []

    def prepare(url: str) -> None:
        # Left connected on purpose: a copy must be possible all the same.
        engine = create_engine(url)
        connected.append(engine)
        trials.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(insert(trials).values(id=1, micro=5))

    def count_after_adding(url: str, key: int) -> int:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(insert(trials).values(id=key, micro=0))
            found = len(connection.execute(select(trials.c.id)).all())
        engine.dispose()
        return found

    template = postgres_server.template(prepare)
    with postgres_server.database(template) as one, postgres_server.database(template) as other:
        assert count_after_adding(one, 2) == 2
        assert count_after_adding(other, 2) == 2
    engine = create_engine(one)
    with pytest.raises(OperationalError, match="does not exist"):
        engine.connect()
    postgres_server.drop(template)
    connected[0].dispose()


def test_a_test_asking_for_a_database_runs_on_the_kind_it_was_given(database_url: str):
    engine = create_engine(database_url)
    with engine.connect() as connection:
        version = "sqlite_version()" if engine.dialect.name == "sqlite" else "version()"
        assert connection.execute(text(f"SELECT {version}")).scalar_one()
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("source", ["system", "embedded"])
def test_both_sources_of_the_programs_give_a_server_that_goes_away(source: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SOURCE, source)
    try:
        find_binaries()
    except NoPostgres:
        pytest.skip("this machine has no PostgreSQL of its own")
    with PostgresServer() as server:
        pid, folder = server.process.pid, server.folder
        with server.database() as url:
            engine = create_engine(url)
            with engine.connect() as connection:
                assert connection.execute(text("SHOW fsync")).scalar_one() == "off"
                assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
            engine.dispose()
        assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert not alive(pid)
    assert not folder.exists()


@pytest.mark.postgres
@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_programs_in_a_folder_closed_to_the_server_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = embedded_folders()[0].parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        (closed / part.name).symlink_to(part)
    monkeypatch.setattr("tests.databases.postgres.find_binaries", lambda: closed / package.name / "pginstall" / "bin")
    with PostgresServer() as server, server.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("room", [True, False])
def test_its_data_lies_in_memory_where_there_is_room_and_else_on_the_disk(room: bool, monkeypatch: pytest.MonkeyPatch):
    with tempfile.TemporaryDirectory(prefix="memory-") as name:
        memory = Path(name)
        # The server's user has to pass.
        memory.chmod(0o711)
        monkeypatch.setattr("tests.databases.memory.MEMORY", memory)
        monkeypatch.setattr("tests.databases.memory.ROOM_BYTES", 0 if room else 10**18)
        with PostgresServer() as server:
            data = server.data
            assert data.parent == (memory if room else server.folder)
            with server.database(server.template(lambda url: None)) as url:
                engine = create_engine(url)
                with engine.connect() as connection:
                    assert connection.execute(text("SELECT 1")).scalar_one() == 1
                engine.dispose()
        assert not data.exists()


@pytest.mark.postgres
def test_a_killed_run_takes_its_server_along():
    code = (
        "import time; from tests.databases.postgres import PostgresServer as P\n"
        "with P() as s: print(s.process.pid, s.folder, s.data, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root)
    pid, *folders = run.stdout.readline().split()
    assert alive(int(pid))
    run.send_signal(signal.SIGKILL)
    run.communicate()
    give_up = time.monotonic() + 10
    while (alive(int(pid)) or any(map(os.path.exists, folders))) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not alive(int(pid))
    assert [folder for folder in folders if Path(folder).exists()] == []
