"""Checks of every HTML answer: `check(text)` returns the findings."""

from bs4 import BeautifulSoup

from tests.html.forms import form_findings
from tests.html.markup import markup_findings
from tests.html.page import content_findings, page_findings, text_of

__all__ = ["check", "parse", "text_of"]


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
