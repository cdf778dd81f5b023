"""Each document and section that code, tests or documents cite is in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READ = ("portal", "tests", "bench", "tools", "docs", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
TEXTS = {".py", ".md", ".html", ".js", ".css", ".toml", ".sh", ".txt"}
RULES, SECURITY = "docs/rules.md", "docs/security.md"

# A name ending in .md, and the quoted sections after it: docs/rules.md, "Timetable", "Readings".
_CITATION = re.compile(r"""(?P<name>[\w./-]*\w\.md)\b(?P<sections>(?:(?:,| and| and in) "[A-Z][^"\n]*")*)""")
_DECISION = re.compile(r"\badr/(\d{4})")
# A citation may go on in the next line, also of a comment.
_LINE_END = re.compile(r"[ \t]*\n[ \t]*(?:#+ )?")
# Sections move and headings stay; an RFC keeps its numbers.
_PARAGRAPH = re.compile(r"(?<!RFC \d{4} )§ ?\d")


class Citation(NamedTuple):
    """A document that is named, with the sections of it that are."""

    name: str
    sections: tuple[str, ...]


def citations(text: str) -> Iterator[Citation]:
    """Every document named in ``text``."""
    for found in _CITATION.finditer(_LINE_END.sub(" ", text)):
        yield Citation(found["name"], tuple(re.findall(r'"([^"]+)"', found["sections"])))


@cache
def headings(page: Path) -> frozenset[str]:
    """The headings of a page, as they are written, those in code blocks apart."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return frozenset(re.findall(r"^#{2,4} (.+?)\s*$", text, flags=re.MULTILINE))


def place_of(name: str, where: Path) -> Path | None:
    """The page of the repository that ``name`` means in the file ``where``; None when there is none."""
    for folder in (where.parent, ROOT, DOCS):
        page = (folder / name).resolve()
        if page.is_relative_to(ROOT) and page.is_file():
            return page
    return None


def problems(text: str, where: Path) -> list[str]:
    """What is wrong with the citations of a text."""
    found: list[str] = []
    for citation in citations(text):
        page = place_of(citation.name, where)
        if page is None:
            found.append(f"{citation.name} is not in the repository")
            continue
        there = headings(page)
        found += [f'{citation.name} has no section "{name}"' for name in citation.sections if name not in there]
    found += [
        f"adr/{number} is not in the repository"
        for number in sorted(set(_DECISION.findall(text)))
        if not any((DOCS / "adr").glob(f"{number}-*.md"))
    ]
    return found + [f"{mark} is a section by number: cite its heading" for mark in _PARAGRAPH.findall(text)]


def sources() -> list[Path]:
    """Every text of the repository that may cite a page, but for this test."""
    places = [ROOT / name for name in READ]
    paths = [path for place in places for path in (place.rglob("*") if place.is_dir() else [place])]
    return sorted(path for path in paths if path.suffix in TEXTS and path.is_file() and path != Path(__file__))


def test_every_cited_document_and_section_is_there():
    found = {
        path.relative_to(ROOT).as_posix(): wrong
        for path in sources()
        if (wrong := problems(path.read_text(encoding="utf-8"), path))
    }
    assert found == {}


@pytest.mark.parametrize("page", [RULES, SECURITY])
def test_the_rules_are_cited_by_section(page: str):
    cited = [
        citation
        for path in sources()
        if path.suffix == ".py"
        for citation in citations(path.read_text(encoding="utf-8"))
        if citation.name == page
    ]
    assert len(cited) > 30
    assert [citation for citation in cited if not citation.sections] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('"""Hours (docs/rules.md, "Timetable", "Readings")."""', []),
        ('# Hours (docs/rules.md,\n    # "Timetable").', []),
        ("See [rules](docs/rules.md) and adr/0002.", []),
        ('"""Hours (docs/rules.md, "Hours")."""', ['docs/rules.md has no section "Hours"']),
        ('(docs/rules.md,\n"Timetable",\n"Hours")', ['docs/rules.md has no section "Hours"']),
        ('"""Hours (domain.md)."""', ["domain.md is not in the repository"]),
        ("(../../elsewhere/notes.md)", ["../../elsewhere/notes.md is not in the repository"]),
        ("# Why: adr/9999.", ["adr/9999 is not in the repository"]),
        ('(docs/rules.md, "Timetable", §4)', ["§4 is a section by number: cite its heading"]),
    ],
)
def test_a_citation_of_what_is_not_there_is_found(text: str, wrong: list[str]):
    assert problems(text, ROOT / "portal" / "module.py") == wrong
