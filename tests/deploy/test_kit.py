"""The production kit holds to the program: its commands exist, its settings are settings, its units are units."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
import yaml

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
    assert container.index("USER 10001:10001") < container.index('\nCMD ["')
    assert "--require-hashes" in container
    compose = (KIT / "compose.yaml").read_text("utf-8")
    said = re.findall(r"^(?:CMD|\s+command:) (\[.+\])$", f"{container}\n{compose}", re.MULTILINE)
    commands = [json.loads(each) for each in said]
    assert len(commands) == 3
    for words in commands:
        assert words[0] == ".venv/bin/portal"
        understand(words[1:])


def test_the_container_is_made_of_what_it_copies_and_sees_nothing_else_of_the_machine() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (KIT / "Containerfile").read_text("utf-8"), re.MULTILINE)
    sources = {source.removeprefix("./") for line in copied for source in line.split()}
    seen = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in seen
    assert {line.removeprefix("!") for line in seen if line.startswith("!")} == sources
    assert all((ROOT / source).exists() for source in sources)


def lint(container: Path) -> list[str]:
    """Return what hadolint says of a file, a line each."""
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        pytest.skip("hadolint's package has no program for this kind of machine")
    command = [str(program), "--no-color", str(container)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout.splitlines()


def test_the_containerfile_has_nothing_that_its_linter_finds(tmp_path: Path) -> None:
    assert lint(KIT / "Containerfile") == []
    planted = tmp_path / "Containerfile"
    planted.write_text("FROM python:latest\nRUN cd /srv && pip install flask\n", "utf-8")
    assert len(lint(planted)) > 2


def test_the_client_of_the_container_is_of_the_server_of_its_composition() -> None:
    server = re.search(r"image: postgres:(\d+)", (KIT / "compose.yaml").read_text("utf-8"))
    client = re.search(r"postgresql-client-(\d+)", (KIT / "Containerfile").read_text("utf-8"))
    assert server
    assert client
    assert int(client[1]) >= int(server[1])


def test_the_composition_names_only_what_it_declares() -> None:
    said = yaml.safe_load((KIT / "compose.yaml").read_text("utf-8"))
    services = said["services"]
    assert set(said) == {"services", "secrets", "volumes"}
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services) - {name}
        assert set(service.get("secrets", [])) <= set(said["secrets"])
        volumes = {each.split(":")[0] for each in service.get("volumes", [])}
        assert volumes <= set(said["volumes"])
        if build := service.get("build"):
            assert (KIT / build["context"] / build["dockerfile"]).is_file()
    # Copies outlive the container that takes them.
    assert "portal:/var/lib/portal" in services["worker"]["volumes"]


def builder() -> list[str] | None:
    """Return the command of a program that builds containers on this machine; None without one that works."""
    for command, question in ((["buildah"], "version"), (["podman"], "info"), (["docker"], "info")):
        if shutil.which(command[0]):
            asked = subprocess.run([*command, question], capture_output=True, timeout=60, check=False)
            if asked.returncode == 0:
                return command
    return None


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    # Builders of Debian come without a runtime of containers.
    environment = os.environ | {"BUILDAH_ISOLATION": "chroot"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200, check=False)


def test_the_container_is_built_where_a_builder_has_its_base() -> None:
    command = builder()
    if command is None:
        pytest.skip("no buildah and no podman on this machine, and no engine behind docker")
    base = re.search(r"^FROM (\S+)", (KIT / "Containerfile").read_text("utf-8"), re.MULTILINE)
    assert base
    # A build that cannot have its base says nothing of our file.
    if not run([*command, "images", "--quiet", base[1]]).stdout and run([*command, "pull", base[1]]).returncode:
        pytest.skip(f"{base[1]} cannot be had here")
    build = [*command, "build", "--file", str(KIT / "Containerfile"), "--tag", "portal-of-a-test", str(ROOT)]
    built = run(build)
    assert built.returncode == 0, built.stderr[-2000:]


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd is not on this machine")
def test_the_account_is_one_that_systemd_would_make(tmp_path: Path) -> None:
    command = ["systemd-sysusers", "--dry-run", f"--root={tmp_path}", str(KIT / "sysusers.d/portal.conf")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "unrecognized option" in said.stderr:
        pytest.skip("this systemd-sysusers has no --dry-run")
    assert said.returncode == 0, said.stderr
    assert "Creating user 'portal'" in said.stdout + said.stderr


@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="systemd is not on this machine")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders to another account")
def test_the_folders_are_made_with_the_modes_of_the_kit(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nportal:x:990:990::/var/lib/portal:/bin/false\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nportal:x:990:\n")
    command = ["systemd-tmpfiles", "--create", f"--root={tmp_path}", str(KIT / "tmpfiles.d/portal.conf")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
    made = {}
    for path in ("var/lib/portal", "var/lib/portal/backups", "etc/portal"):
        found = (tmp_path / path).stat()
        made[path] = (found.st_uid, found.st_gid, found.st_mode & 0o777)
    assert made == {
        "var/lib/portal": (990, 990, 0o700),
        "var/lib/portal/backups": (990, 990, 0o700),
        "etc/portal": (0, 990, 0o750),
    }


def test_timers_wake_what_the_readme_of_the_kit_enables() -> None:
    told = (KIT / "README.md").read_text("utf-8")
    line = re.search(r"`systemctl enable --now ([^`]+)`", told)
    assert line
    timers = {f"portal-{name}.timer" for name in ("anchor", "drill", "verify")}
    assert set(line[1].split()) == {"portal-server", "portal-worker", *timers}


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
