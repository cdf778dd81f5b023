"""Checks of every HTML answer: `check(text)` returns the findings."""

from bs4 import BeautifulSoup

from tests.html.forms import form_findings
from tests.html.markup import markup_findings
from tests.html.page import content_findings, page_findings, text_of
from tests.html.shape import shape_of

__all__ = ["check", "judge", "parse", "text_of"]

# Shapes of the pages and fragments that this worker found without fault.
_sound: set[tuple[bool, bytes]] = set()


def parse(text: str) -> BeautifulSoup:
    """Parse a page or a fragment; `select(css)` finds in what comes back."""
    return BeautifulSoup(text, "lxml")


def check(text: str, *, whole: bool = True, soup: BeautifulSoup | None = None) -> list[str]:
    """Return the faults of an answer, one sentence each.

    `whole=False` for the fragment that htmx swaps in: it has no head, no `h1` of its own need be there, and what its
    ids point to may be on the page around it.
    """
    soup = soup or parse(text)
    findings = [*markup_findings(text), *content_findings(soup), *form_findings(soup, whole=whole)]
    if whole:
        findings += page_findings(text, soup)
    return findings


def judge(text: str, *, whole: bool) -> tuple[list[str], BeautifulSoup | None]:
    """Return the faults of an answer, and the parsed answer unless its shape was found sound before.

    Parsing and checking take a third of the time of the tests that open pages.
    """
    key = (whole, shape_of(text))
    if key in _sound:
        return [], None
    soup = parse(text)
    findings = check(text, whole=whole, soup=soup)
    if not findings:
        _sound.add(key)
    return findings, soup
