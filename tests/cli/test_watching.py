"""`portal readings watch`: a folder into which the telemetry drops its files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import OutboxMessage, Reading
from portal.services.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.services.messy_workbooks import workbook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that is watched."""
    made = tmp_path / "telemetry"
    made.mkdir()
    return made


def drop(folder: Path, name: str, content: bytes, *, rested: bool = True) -> None:
    path = folder / name
    path.write_bytes(content)
    if rested:
        os.utime(path, (time.time() - 60,) * 2)


def test_files_are_taken_in_or_refused_beside_their_mistakes(portal: Run, point, database: Session, folder: Path):
    drop(folder, "a.csv", b"punto;fecha;cantidad\nM-1;2026-11-22;5320,75\n")
    drop(folder, "b.xlsx", workbook(("punto", "fecha", "cantidad"), ("M-1", "2026-11-21", 5000)))
    drop(folder, "c.CSV", b"punto;fecha;cantidad\nM-9;2026-11-20;\n")
    drop(folder, "d.csv", b"M-1;2026-11-19;5\n", rested=False)
    drop(folder, ".e.csv", b"M-1;2026-11-18;5\n")
    drop(folder, "f.pdf", b"%PDF")
    (folder / "g.csv").symlink_to("/etc/passwd")
    result = portal("readings", "watch", folder, "--once")
    assert result.exit_code == 1
    assert sorted(path.name for path in (folder / "taken").iterdir()) == ["a.csv", "b.xlsx"]
    assert sorted(path.name for path in (folder / "refused").iterdir()) == ["c.CSV", "c.CSV.errores.txt"]
    assert "Fila 2, columna «cantidad»" in (folder / "refused" / "c.CSV.errores.txt").read_text("utf-8")
    assert {path.name for path in folder.iterdir() if not path.is_dir()} == {".e.csv", "d.csv", "f.pdf", "g.csv"}
    assert database.scalar(select(func.count()).select_from(Reading)) == 2
    # The same bytes again change nothing, and nothing in the folder is written over.
    drop(folder, "a.csv", b"punto;fecha;cantidad\nM-1;2026-11-22;5320,75\n")
    assert "taken in already" in portal("readings", "watch", folder, "--once").stderr
    assert sorted(path.name for path in (folder / "taken").iterdir()) == ["a.2.csv", "a.csv", "b.xlsx"]


def test_the_operators_are_written_to_once_about_a_file_that_was_refused(portal: Run, database: Session, folder: Path):
    with transaction(database):
        factories.user(database, role=Role.OPERATOR, email="turno@example.com")
        factories.user(database, role=Role.OPERATOR, email="antes@example.com", disabled_at=factories.NOW)
        factories.user(database, role=Role.CUSTOMER, email="estacion@example.com")
    for _ in range(2):
        drop(folder, "c.csv", b"punto;fecha;cantidad\n" + b"M-9;2026-11-20;\n" * 12)
        portal("readings", "watch", folder, "--once")
    (told,) = database.scalars(select(OutboxMessage)).all()
    assert told.recipient == "turno@example.com"
    assert "Fila 2, columna «cantidad»" in told.body
    assert "Y 14 más" in told.body
