"""The production kit holds to the program: its commands exist, its settings are settings, its units are units."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from portal.cli import main
from portal.server.supervision import RELOAD

ROOT = Path(__file__).parents[2]
KIT = ROOT / "deploy"
SERVICES = sorted((KIT / "systemd").glob("*.service"))
TIMERS = sorted((KIT / "systemd").glob("*.timer"))
PROGRAM = "/srv/portal/.venv/bin/portal"


def commands_of(unit: Path) -> list[list[str]]:
    """Return the commands that a unit runs, each as its words."""
    lines = re.findall(r"^Exec(?:Start|StartPre|StartPost)=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
    return [shlex.split(line) for line in lines]


def understand(words: list[str]) -> None:
    """Raise click's own error for a command or an option that the program does not have."""
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, list(words))  # type: ignore[assignment]
        assert command is not None, name
        context = click.Context(command, parent=context)
    command.make_parser(context).parse_args(list(words))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_every_command_of_a_unit_is_one_of_the_program(unit: Path) -> None:
    found = [words[1:] for words in commands_of(unit) if words[0] == PROGRAM]
    assert found
    for words in found:
        understand(words)


def test_a_command_that_is_none_is_found() -> None:
    with pytest.raises(click.UsageError):
        understand(["serve", "--port", "8000", "--threads", "2"])
    with pytest.raises(click.UsageError):
        understand(["backups", "create"])


@pytest.mark.parametrize("timer", TIMERS, ids=lambda path: path.name)
def test_a_timer_starts_a_unit_of_the_kit_at_a_colombian_hour(timer: Path) -> None:
    text = timer.read_text("utf-8")
    (unit,) = re.findall(r"^Unit=(.+)$", text, re.MULTILINE)
    assert (timer.parent / unit).is_file()
    assert "America/Bogota" in text


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_units_run_as_the_account_of_the_kit_and_write_only_where_they_may(unit: Path) -> None:
    parsed = ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(unit.read_text("utf-8"))
    service = parsed["Service"]
    assert (service["User"], service["ReadWritePaths"], service["UMask"]) == ("portal", "/var/lib/portal", "0077")
    assert "u portal " in (KIT / "sysusers.d/portal.conf").read_text("utf-8")
    assert "/var/lib/portal 0700 portal" in (KIT / "tmpfiles.d/portal.conf").read_text("utf-8")


def test_a_reload_signals_the_process_that_reloads_and_a_killed_one_comes_back_at_once():
    unit = (KIT / "systemd/portal-server.service").read_text("utf-8")
    assert f"ExecReload=/bin/kill -{RELOAD.name.removeprefix('SIG')} $MAINPID" in unit
    # The unit's main process is the one that serves: nothing in between would swallow the signal.
    assert re.search(rf"^ExecStart={re.escape(PROGRAM)} serve ", unit, re.MULTILINE)
    assert "Type=" not in unit
    assert "RestartSec=100ms" in unit
    assert "systemctl reload portal-server" in (KIT / "README.md").read_text("utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS], ids=lambda path: path.name)
def test_systemd_understands_every_unit(unit: Path, tmp_path: Path) -> None:
    for path in [*SERVICES, *TIMERS]:
        text = path.read_text("utf-8").replace(PROGRAM, sys.executable).replace("User=portal", "User=root")
        (tmp_path / path.name).write_text(text.replace("Group=portal", "Group=root"), "utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    about = [line for line in said.stderr.splitlines() if "portal-" in line]
    assert about == []


def test_containers_run_commands_of_the_program_as_nobody_in_particular() -> None:
    container = (KIT / "Containerfile").read_text("utf-8")
    assert container.index("USER portal") < container.index('CMD ["python"')
    assert "--require-hashes" in container
    compose = (KIT / "compose.yaml").read_text("utf-8")
    said = re.findall(r"^(?:CMD|\s+command:) (\[.+\])$", f"{container}\n{compose}", re.MULTILINE)
    commands = [json.loads(each) for each in said]
    assert len(commands) == 3
    for words in commands:
        assert words[:3] == ["python", "-m", "portal.cli"]
        understand(words[3:])


def test_every_setting_that_the_kit_names_is_one() -> None:
    known = set(re.findall(r"^(PORTAL_\w+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    named = {
        name
        for path in KIT.rglob("*")
        if path.is_file()
        for name in re.findall(r"\bPORTAL_\w+", path.read_text("utf-8"))
    }
    assert named
    assert named <= known


def test_the_readme_of_the_kit_names_its_files() -> None:
    told = (KIT / "README.md").read_text("utf-8")
    for path in KIT.rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert path.name in told or path.parent.name in told, path
