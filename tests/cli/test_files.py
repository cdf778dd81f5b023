"""`portal readings import` and `portal heating-values import`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cli import words
from portal.models import DailyHeatingValue, Reading
from portal.services.files.problems import Problem, Rule
from portal.services.store.refusals import Refusal
from tests.cli.conftest import Run
from tests.services.messy_workbooks import workbook


@pytest.fixture
def file(tmp_path: Path):
    """Write a file and return its path."""

    def write(text: str, name: str = "lecturas.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def count(database: Session, table: type) -> int:
    database.rollback()
    return database.scalar(select(func.count()).select_from(table)) or 0


def test_a_good_file_is_taken_in_once(portal: Run, point, database: Session, file):
    path = file("punto;fecha;cantidad\nM-1;2026-11-22;5320,75\n")
    assert portal("readings", "import", path, "--preview").stdout.startswith("Would add 1, change 0")
    assert count(database, Reading) == 0
    assert portal("readings", "import", path).stdout == (
        "lecturas.csv: 1 rows; 1 new readings, 0 changed, 0 as they were.\n"
    )
    again = portal("readings", "import", path)
    assert (again.exit_code, again.stdout) == (
        0,
        "lecturas.csv was taken in on 2026-11-23 14:00 UTC already; nothing changed.\n",
    )
    assert count(database, Reading) == 1
    assert portal("ledger", "verify").exit_code == 0


def test_a_bad_file_is_refused_with_a_line_for_every_problem(portal: Run, point, database: Session, file):
    path = file("punto;fecha;cantidad\nM-1;2026-11-22;5320\nM-9;2026-11-22;x\nM-1;31/11/2026;1.250\n")
    result = portal("readings", "import", path)
    assert (result.exit_code, result.stdout) == (1, "")
    either = "this may be two numbers (--answer punto-miles or punto-decimal); write it as 5320,75"
    assert result.stderr.splitlines() == [
        "Error: lecturas.csv was refused and nothing of it was written (4 problems):",
        "  line 3, column “punto”, value “M-9”: no delivery point has this id, carrier's code or name",
        "  line 3, column “cantidad”, value “x”: this is no number; write it as 5320,75",
        "  line 4, column “fecha”, value “31/11/2026”: the calendar has no such day; write YYYY-MM-DD or dd/mm/yyyy",
        f"  line 4, column “cantidad”, value “1.250”: {either}",
    ]
    assert count(database, Reading) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_stands_in_a_file_cannot_drive_the_terminal(portal: Run, point, file):
    result = portal("readings", "import", file(f"M-1;2026-11-22;\x1b[2J{'9' * 100}x\n"))
    assert "\x1b" not in result.stderr
    assert f"“[2J{'9' * 57}…”" in result.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["readings", "heating-values"])
def test_a_file_that_is_not_there_and_a_folder_are_one_line(portal: Run, point, tmp_path: Path, command: str):
    for path in (tmp_path / "missing.csv", tmp_path):
        result = portal(command, "import", path)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {path}: ")


def test_heating_values_are_taken_in(portal: Run, point, database: Session, file):
    path = file(f"{point.exit_point.code};22/11/2026;1130,5\n", "pcs.csv")
    assert (
        portal("heating-values", "import", path).stdout == "pcs.csv: 1 rows; 1 new values, 0 changed, 0 as they were.\n"
    )
    assert count(database, DailyHeatingValue) == 1
    bad = portal("heating-values", "import", file("XX;22/11/2026;9400\n", "malo.csv"))
    assert bad.exit_code == 1
    assert "no exit point has this code" in bad.stderr
    assert "outside of 700–1,500 BTU/ft³" in bad.stderr


def test_every_rule_has_words_and_none_is_left_with_a_hole():
    assert set(words.RULES) == set(Rule)
    for rule in Rule:
        fact = "2026-12-01 2" if rule is Rule.OTHER_WEEKDAY else "the fact"
        told = words.problem_words(Problem(rule, 7, "fecha", "x", fact))
        assert told.startswith("line 7, column “fecha”, value “x”: ")
        assert "{" not in told


def test_problems_say_no_more_than_they_know():
    assert words.problem_words(Problem(Rule.NO_ROWS)) == "there are no rows"
    problem = dataclasses.replace(Problem(Rule.NO_ROWS), line=3)
    assert words.problem_words(problem) == "line 3: there are no rows"


def test_refusals_without_words_of_their_own_are_still_readable():
    from portal.services.store.refusals import Rejected

    for refusal in Refusal:
        told = words.refusal_words(Rejected(refusal))
        assert told.endswith(".")
        assert "-" not in told or refusal in words.REFUSALS


def test_heating_values_come_in_a_workbook_too(portal: Run, point, database: Session, tmp_path: Path):
    path = tmp_path / "pcs.xlsx"
    path.write_bytes(
        workbook(("punto de salida", "fecha", "poder calorífico"), (point.exit_point.code, "2026-11-22", 1130.5))
    )
    assert "1 new values" in portal("heating-values", "import", path).stdout
