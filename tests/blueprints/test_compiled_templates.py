"""Templates are compiled once for all processes, and anew when anything they come from is another."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemLoader

from portal.web.compiled_templates import CompiledTemplates
from portal.web.output import PortalEnvironment
from tests.application import RunningPortal

HOURS_AGO = 1_700_000_000


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A program of one module and one template, that may keep what it compiles."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "templates/pages").mkdir(parents=True)
    (tmp_path / "templates/pages/hello.html").write_text("Hola {{ name }}")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/filters.py").write_text("one = 1\n")
    return tmp_path


def rendered_by_a_new_process(program: Path) -> tuple[str, int]:
    """What the page says, and how many templates were compiled for it."""
    compiled: list[str] = []

    class Counting(PortalEnvironment):
        def compile(self, source: Any, name: str | None = None, *given: Any, **named: Any) -> Any:
            compiled.append(str(name))
            return super().compile(source, name, *given, **named)

    environment = Counting(
        None, loader=FileSystemLoader(program / "templates"), bytecode_cache=CompiledTemplates(program)
    )
    return environment.get_template("pages/hello.html").render(name="Ana"), len(compiled)


def test_a_second_process_compiles_nothing(program: Path):
    assert rendered_by_a_new_process(program) == ("Hola Ana", 1)
    assert rendered_by_a_new_process(program) == ("Hola Ana", 0)


def test_another_source_is_compiled_and_then_kept(program: Path):
    rendered_by_a_new_process(program)
    (program / "templates/pages/hello.html").write_text("Buenas {{ name }}")
    assert rendered_by_a_new_process(program) == ("Buenas Ana", 1)
    assert rendered_by_a_new_process(program) == ("Buenas Ana", 0)
    assert len(list((program / "templates/__pycache__").iterdir())) == 1


@pytest.mark.parametrize("change", ["of another time", "of another size", "one more"])
def test_another_program_compiles_anew(program: Path, change: str):
    rendered_by_a_new_process(program)
    module = program / "words/filters.py"
    if change == "of another time":
        os.utime(module, (HOURS_AGO, HOURS_AGO))
    elif change == "of another size":
        before = module.stat()
        module.write_text("one = 1 + 0\n")
        os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        (program / "words/more.py").write_text("")
    assert rendered_by_a_new_process(program)[1] == 1


@pytest.mark.parametrize("content", [b"", b"nothing of ours", "cut"])
def test_a_kept_file_that_is_none_is_written_anew(program: Path, content: bytes | str):
    rendered_by_a_new_process(program)
    [kept] = (program / "templates/__pycache__").iterdir()
    whole = kept.read_bytes()
    for length in range(1, len(whole)) if isinstance(content, str) else (None,):
        kept.write_bytes(whole[:length] if length else bytes(content))
        assert rendered_by_a_new_process(program) == ("Hola Ana", 1)
    assert rendered_by_a_new_process(program)[1] == 0


def test_where_nothing_may_be_written_pages_are_compiled_by_each(program: Path):
    # In the place of the folder, as no mode holds back an administrator.
    (program / "templates/__pycache__").write_text("")
    assert rendered_by_a_new_process(program) == ("Hola Ana", 1)
    assert rendered_by_a_new_process(program) == ("Hola Ana", 1)


def test_nothing_is_kept_when_python_keeps_nothing(program: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered_by_a_new_process(program) == ("Hola Ana", 1)
    assert not (program / "templates/__pycache__").exists()


def test_the_portal_keeps_those_of_all_its_pages(portal: RunningPortal):
    kept = portal.app.jinja_options["bytecode_cache"]
    assert isinstance(kept, CompiledTemplates)
    assert Path(kept.directory) == Path(portal.app.root_path) / "templates/__pycache__"
