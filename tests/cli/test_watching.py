"""`portal readings watch`: a folder into which the telemetry drops its files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cli.folders import STATE
from portal.domain.accounts import Role
from portal.models import OutboxMessage, Reading
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.services.messy_workbooks import workbook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that is watched."""
    made = tmp_path / "telemetry"
    made.mkdir()
    return made


def drop(folder: Path, name: str | bytes, content: bytes) -> Path:
    path = folder / os.fsdecode(name)
    path.write_bytes(content)
    return path


def look(portal: Run, folder: Path, *more: str) -> Result:
    """Look once at the folder, as a timer does."""
    return portal("readings", "watch", folder, "--once", *more)


def rest(folder: Path, seconds: int = 61) -> None:
    """Let time pass since the last look: what was seen then was seen so long ago."""
    state = folder / STATE
    said = json.loads(state.read_text())
    said["waiting"] = {name: [size, at, seen - seconds] for name, (size, at, seen) in said["waiting"].items()}
    state.write_text(json.dumps(said))


def look_twice(portal: Run, folder: Path) -> Result:
    look(portal, folder)
    rest(folder)
    return look(portal, folder)


def taken(folder: Path) -> list[str]:
    there = folder / "taken"
    return sorted(path.name for path in there.iterdir()) if there.exists() else []


HEAD = b"punto;fecha;cantidad\n"


def test_files_are_taken_in_or_refused_beside_their_mistakes(portal: Run, point, database: Session, folder: Path):
    drop(folder, "a.csv", HEAD + b"M-1;2026-11-22;5320,75\n")
    drop(folder, "b.xlsx", workbook(("punto", "fecha", "cantidad"), ("M-1", "2026-11-21", 5000)))
    drop(folder, "c.CSV", HEAD + b"M-9;2026-11-20;x\n")
    drop(folder, ".e.csv", b"M-1;2026-11-18;5\n")
    drop(folder, "f.pdf", b"%PDF")
    assert look(portal, folder).exit_code == 0
    assert taken(folder) == []
    rest(folder)
    (folder / "g.csv").symlink_to("/etc/passwd")
    drop(folder, "d.csv", b"M-1;2026-11-19;5\n")
    assert look(portal, folder).exit_code == 1
    assert taken(folder) == ["a.csv", "b.xlsx"]
    assert sorted(path.name for path in (folder / "refused").iterdir()) == ["c.CSV", "c.CSV.errores.txt"]
    assert "Fila 2, columna «cantidad»" in (folder / "refused" / "c.CSV.errores.txt").read_text("utf-8")
    left = {path.name for path in folder.iterdir() if not path.is_dir()}
    assert left == {".e.csv", STATE, "d.csv", "f.pdf", "g.csv"}
    assert database.scalar(select(func.count()).select_from(Reading)) == 2
    # The same bytes again change nothing, and nothing in the folder is written over.
    drop(folder, "a.csv", HEAD + b"M-1;2026-11-22;5320,75\n")
    assert "taken in already" in look_twice(portal, folder).stderr
    assert taken(folder) == ["a.2.csv", "a.csv", "b.xlsx", "d.csv"]


def test_a_link_is_not_followed_and_is_told_wherever_it_leads(portal: Run, point, database: Session, folder: Path):
    with transaction(database):
        factories.user(database, role=Role.OPERATOR, email="turno@example.com")
    (folder / "hoy.csv").symlink_to(folder / "no-hay.csv")
    (folder / "otro.csv").symlink_to("/etc/passwd")
    seen = look(portal, folder)
    assert seen.exit_code == 1
    assert [line.partition(":")[0] for line in seen.stderr.splitlines() if "a link" in line] == ["hoy.csv", "otro.csv"]
    look(portal, folder)
    mails = database.scalars(select(OutboxMessage)).all()
    assert len(mails) == 2, "one for each link, and none at the second look"
    assert all("enlace" in mail.body for mail in mails)


def test_an_upload_that_pauses_is_waited_for_until_it_is_whole(portal: Run, point, database: Session, folder: Path):
    half = HEAD + b"M-1;2026-11-22;53"
    drop(folder, "dia.csv", half)
    assert "its end is missing" in look_twice(portal, folder).stderr
    drop(folder, "dia.csv", half + b"20,75\nM-1;2026-11-21;5000\n")
    # Changed since the last look: it has to rest again.
    assert look(portal, folder).exit_code == 0
    assert taken(folder) == []
    rest(folder)
    assert look(portal, folder).exit_code == 0
    assert taken(folder) == ["dia.csv"]
    assert database.scalar(select(func.count()).select_from(Reading)) == 2


def test_a_workbook_without_its_end_is_waited_for_then_refused(portal: Run, point, folder: Path):
    drop(folder, "dia.xlsx", workbook(("punto", "fecha", "cantidad"), ("M-1", "2026-11-21", 5000))[:-60])
    assert "its end is missing" in look_twice(portal, folder).stderr
    rest(folder, 601)
    assert look(portal, folder).exit_code == 1
    assert "puede estar cortado" in (folder / "refused" / "dia.xlsx.errores.txt").read_text("utf-8")


def test_a_file_that_is_being_renamed_is_waited_for(portal: Run, point, folder: Path):
    drop(folder, "dia.csv", HEAD + b"M-1;2026-11-22;5320,75\n")
    part = drop(folder, "dia.csv.part", b"")
    look_twice(portal, folder)
    assert taken(folder) == []
    part.unlink()
    look(portal, folder)
    assert taken(folder) == ["dia.csv"]


def test_what_changes_after_it_was_taken_is_told(portal: Run, point, database: Session, folder: Path):
    with transaction(database):
        factories.user(database, role=Role.OPERATOR, email="turno@example.com")
    drop(folder, "dia.csv", HEAD + b"M-1;2026-11-22;5320,75\n")
    assert look_twice(portal, folder).exit_code == 0
    with (folder / "taken" / "dia.csv").open("ab") as file:
        file.write(b"M-1;2026-11-21;5000\n")
    changed = look(portal, folder)
    assert changed.exit_code == 1
    assert "changed after it was taken in" in changed.stderr
    assert look(portal, folder).exit_code == 0
    (told,) = database.scalars(select(OutboxMessage)).all()
    assert "ya se había tomado" in told.subject
    assert "lo nuevo no se leyó" in told.body


def test_names_that_are_no_text_stop_nobody(portal: Run, point, database: Session, folder: Path):
    drop(folder, b"a\xed\x1b.csv", HEAD + b"M-1;2026-11-22;5320,75\n")
    drop(folder, "b" * 250 + ".csv", HEAD + b"M-9;2026-11-21;x\n")
    drop(folder, "z.csv", HEAD + b"M-1;2026-11-20;5000\n")
    said = look_twice(portal, folder)
    assert said.exception is None or isinstance(said.exception, SystemExit)
    assert "Traceback" not in said.stderr
    assert len(taken(folder)) == 2
    assert len(list((folder / "refused").iterdir())) == 2
    assert database.scalar(select(func.count()).select_from(Reading)) == 2


def test_a_file_that_nobody_can_read_stops_nobody(
    portal: Run, point, database: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    drop(folder, "a.csv", HEAD + b"M-1;2026-11-22;5320,75\n")
    drop(folder, "b.csv", HEAD + b"M-1;2026-11-21;5000\n")
    drop(folder, "c.csv", HEAD + b"M-1;2026-11-20;5000\n")
    read = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        if path.name == "b.csv":
            raise FileNotFoundError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    said = look_twice(portal, folder)
    assert said.exit_code == 1
    assert "a.csv: cannot be taken in (Permission denied)" in said.stderr
    assert "b.csv: gone before it was read" in said.stderr
    assert taken(folder) == ["c.csv"]


def test_days_stamped_at_midnight_are_asked_about_once_for_the_folder(
    portal: Run, point, database: Session, folder: Path
):
    with transaction(database):
        factories.user(database, role=Role.OPERATOR, email="turno@example.com")
    drop(folder, "a.csv", HEAD + b"M-1;22/11/2026 00:00;5320,75\n")
    assert look_twice(portal, folder).exit_code == 1
    assert "00:00" in (folder / "asked" / "a.csv.pregunta.txt").read_text("utf-8")
    (told,) = database.scalars(select(OutboxMessage)).all()
    assert "Falta una respuesta" in told.subject
    assert look(portal, folder, "--hour-00-00-is", "end").exit_code == 0
    rest(folder)
    assert look(portal, folder).exit_code == 0
    drop(folder, "b.csv", HEAD + b"M-1;21/11/2026 00:00;5000\n")
    assert look_twice(portal, folder).exit_code == 0
    database.rollback()
    days = database.scalars(select(Reading.gas_day).order_by(Reading.gas_day)).all()
    assert [day.isoformat() for day in days] == ["2026-11-20", "2026-11-21"]


def test_the_operators_are_written_to_once_about_a_file_that_was_refused(portal: Run, database: Session, folder: Path):
    with transaction(database):
        factories.user(database, role=Role.OPERATOR, email="turno@example.com")
        factories.user(database, role=Role.OPERATOR, email="antes@example.com", disabled_at=factories.NOW)
        factories.user(database, role=Role.CUSTOMER, email="estacion@example.com")
    for _ in range(2):
        drop(folder, "c.csv", b"punto;fecha;cantidad\n" + b"M-9;2026-11-20;x\n" * 12)
        look_twice(portal, folder)
    (told,) = database.scalars(select(OutboxMessage)).all()
    assert told.recipient == "turno@example.com"
    assert "Fila 2, columna «cantidad»" in told.body
    assert "Y 14 más" in told.body
