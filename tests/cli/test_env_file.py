"""The `.env` of the folder that `portal` is run in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from portal.env_file import read_env_file
from tests.processes import without_portal_settings

ROOT = Path(__file__).parents[2]


def read(tmp_path: Path, text: str, **environ: str) -> dict[str, str]:
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")
    read_env_file(path, environ)
    return environ


def test_no_file_is_no_mistake(tmp_path: Path):
    environ: dict[str, str] = {}
    read_env_file(tmp_path / ".env", environ)
    assert environ == {}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("PORTAL_X=plain", "plain"),
        ("  export PORTAL_X = a b  ", "a b"),
        ("PORTAL_X=a#b # said of it", "a#b"),
        ('PORTAL_X=" a # b "', " a # b "),
        ("PORTAL_X='it=is' # said of it", "it=is"),
        ("PORTAL_X=$HOME/x", "$HOME/x"),
        ("\ufeffPORTAL_X=from a Windows editor\r", "from a Windows editor"),
    ],
)
def test_a_line_is_a_setting(tmp_path: Path, line: str, value: str):
    assert read(tmp_path, f"{line}\n\n# nothing\n") == {"PORTAL_X": value}


def test_what_has_no_value_is_not_set_and_the_environment_wins(tmp_path: Path):
    assert read(tmp_path, "PORTAL_A=\nPORTAL_B=file\nPORT=1 # one\nPORTAL_C= # none\n", PORTAL_B="shell") == {
        "PORTAL_B": "shell",
        "PORT": "1",
    }


@pytest.mark.parametrize("line", ["PORTAL_SECRET_KEY", 'PORTAL_X="open', "2X=1", "PORTAL-X=1", "= 3"])
def test_a_line_that_is_none_is_named_and_not_shown(tmp_path: Path, line: str):
    with pytest.raises(click.ClickException) as refused:
        read(tmp_path, f"PORT=1\n\n{line}\n")
    assert str(refused.value) == (
        f"{tmp_path / '.env'}, line 3: expected NAME=value (a value in quotes ends with one)."
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("PORTAL_NOW=gestern", "PORTAL_NOW is neither"),
        ("PORTAL_INSTANCE", ".env, line 1:"),
        ("PORT=8000", "nunca se preparó"),
    ],
)
def test_the_command_reads_it_where_it_is_typed_and_tells_in_one_line(tmp_path: Path, line: str, told: str):
    (tmp_path / ".env").write_text(line)
    result = subprocess.run(
        [sys.executable, "-c", "from portal.cli import console; console()", "demo", "code", "nadie"],
        cwd=tmp_path,
        env=without_portal_settings() | {"PYTHONPATH": str(ROOT), "PORTAL_INSTANCE": str(tmp_path / "instance")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert told in result.stderr


def test_the_example_is_read_and_sets_nothing(tmp_path: Path):
    assert read(tmp_path, (ROOT / ".env.example").read_text(encoding="utf-8")) == {}
