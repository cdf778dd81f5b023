"""Commands that people are shown work as they are typed: nobody has a `portal` in their PATH."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from portal.cli import main

ROOT = Path(__file__).parents[2]
# What is read to be typed; the changelog tells what there is.
PAGES = (*(page for page in ROOT.glob("*.md") if page.name != "CHANGELOG.md"), *(ROOT / "docs").glob("*.md"))
# At the head of a command: of a line, a span of code, or after a pipe. `portal.rsgi:app`, `portal/cli` are no commands.
SHOWN = re.compile(r"(?:^|`|\| |Exec\w+=)(?P<path>[^\s`]*\.venv/bin/)?portal (?P<words>[a-z][^`\n]*)", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def commands(text: str) -> list[tuple[str | None, str]]:
    """What a page shows in its code, each with the folder before it."""
    return [(found["path"], found["words"]) for code in CODE.findall(text) for found in SHOWN.finditer(code)]


def exists(words: str) -> bool:
    """Whether the command line names a command, whatever its arguments."""
    command: click.Command | None = main
    for word in words.split():
        if not isinstance(command, click.Group):
            return True
        command = command.get_command(click.Context(command), word)
        if command is None:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_shown_with_its_path_and_exists(page: Path):
    text = page.read_text(encoding="utf-8")
    assert [words for path, words in commands(text) if not path] == []
    assert [words for _, words in commands(text) if not exists(words)] == []


def test_a_bare_command_would_be_found():
    assert commands("Type `portal demo code EMAIL` or\n```\nportal run\n```\n") == [
        (None, "demo code EMAIL"),
        (None, "run"),
    ]
    assert not exists("demo codes EMAIL")


def test_what_the_commands_say_themselves_is_as_typed():
    named = 0
    for path in (ROOT / "portal" / "cli").glob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            # Not the title of a module: ``portal readings watch``.
            for before, words in re.findall(r"(\S*)\bportal ((?:[a-z]+ ?)+)", "" if "``" in line else line):
                if len(words.split()) > 1 and exists(words):
                    named += 1
                    assert before.endswith(".venv/bin/"), (path.name, line)
    assert named >= 5
