"""Completions of the shells: the script is evaluated by the shell itself, and completes what there is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

BIN = Path(sys.executable).parent
COMPLETE = """
eval "$(portal completions bash)"
complete -p portal >/dev/null
COMP_WORDS=({words}) COMP_CWORD={place}
_portal_completion portal
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(*words: str) -> list[str]:
    """Return what bash offers for the last word."""
    script = COMPLETE.format(words=" ".join(f"'{word}'" for word in words), place=len(words) - 1)
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-euc", script],
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    return ended.stdout.split()


def test_bash_completes_commands_their_own_and_options():
    assert completed("portal", "sta") == ["status"]
    assert {"jobs", "mail", "uploads", "worker"} <= set(completed("portal", ""))
    assert completed("portal", "jobs", "") == ["list", "retry"]
    assert completed("portal", "status", "--") == ["--json", "--check", "--help"]
    assert completed("portal", "jobs", "list", "--state", "") == ["waiting", "running", "done", "failed"]
    assert "--version" in completed("portal", "--")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(portal: Run, shell: str):
    result = portal("completions", shell)
    assert result.exit_code == 0
    assert "_PORTAL_COMPLETE" in result.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_another_shell_is_a_wrong_command_line(portal: Run):
    assert portal("completions", "csh").exit_code == 2
