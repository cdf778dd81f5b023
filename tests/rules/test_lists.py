"""Every page of a console that lists rows of a table goes the one way of long lists, or says why its rows are few."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import portal

TEMPLATES = Path(portal.__file__).parent / "templates"
# A loop that writes rows of a table.
ROWS = re.compile(r"{%-?\s*for\b[^%]*%}\s*(?:{%[^%]*%}\s*|{#.*?#}\s*)*<tr\b", re.DOTALL)
PAGES = re.compile(r"{{ list_pages\(listed[,)]")
# Templates whose rows are bounded, and by what.
BOUNDED = {
    "calls/desk.html": "calls of one day; the first who have not nominated, or as many as MOST of the desk",
    "staff/accounts.html": "people of the distributor",
    "staff/announcements/desk.html": "the last fifty notices",
    "staff/audit/account.html": "one month of one point",
    "staff/audit/chain.html": "anchors that were compared",
    "staff/balance/adjustments.html": "what waits for a second person, and the last twenty",
    "staff/board/jobs.html": "the last jobs, the copies that are kept",
    "staff/case_figures.html": "kinds of case in a month",
    "staff/day_book_confirmation.html": "gates",
    "staff/day_book_confirmation_upload.html": "gates of a file",
    "staff/day_book_cuts.html": "every line of one gate: all are confirmed together",
    "staff/day_book_print.html": "every line of a book: paper has no pages to turn",
    "staff/day_book_upload.html": "the first two hundred rows of a file",
    "staff/day_book_version.html": "sums by exit point, the first fifty changes",
    "staff/deviations.html": "points beyond annex 4 in one month, and investigations that are open",
    "staff/documents/desk.html": "documents of the distributor",
    "staff/holidays.html": "holidays of a year",
    "staff/gates/allocation.html": "points of one gate in a month, decided together",
    "staff/gates/day.html": "gates",
    "staff/gates/month.html": "days of a month",
    "staff/gates/terms.html": "dated rows of one gate",
    "staff/gates/upload.html": "the first two hundred rows of a file",
    "staff/hours.html": "windows of nomination, moved closes to come",
    "staff/letters/batch.html": "letters asked for together, of one company",
    "staff/letters/point.html": "the last forty letters and keys of a point",
    "staff/readings/held_row.html": "the first 200 odd figures of a row and its likes",
    "staff/readings/corrections.html": "what waits for a second person, and the last twenty",
    "staff/readings/day.html": "versions of one day of a point",
    "staff/readings/heating_values.html": "the newest files",
    "staff/readings/held.html": "at most three hundred rows, those of the oldest file first",
    "staff/readings/index.html": "the newest files",
    "staff/readings/late_values.html": "what waits for a second person, and the last twenty",
    "staff/readings/meters.html": "meters of one point",
    "staff/readings/point.html": "days of a month of one point",
    "staff/readings/preview.html": "the first two hundred rows of a file",
    "staff/registry/company.html": "contracts and contacts of one company",
    "staff/registry/contract.html": "points of one contract",
    "staff/registry/contract_maximum.html": "days of one contract above a maximum, of the open months",
    "staff/registry/exit_point.html": "the first fifty points, with a link to all in the registry",
    "staff/registry/point.html": "other validities of one carrier's code",
    "staff/registry/point_division.html": "what the division of one point moves",
    "staff/registry/point_from_a_day.html": "what a change of one point moves",
    "staff/registry/point_merger.html": "what the merger of two points moves",
    "staff/registry/upload.html": "the first two hundred rows of a file",
    "staff/setting.html": "dated rows of one setting",
    "staff/tariffs/_differences.html": "markets of one month",
    "staff/tariffs/desk.html": "months of tariffs",
    "staff/tariffs/publication.html": "markets of one month",
    "staff/tariffs/upload.html": "markets of one month",
}


def with_rows() -> list[str]:
    """Return the templates of the consoles that loop over rows, but for parts of others."""
    pages = [path for folder in ("staff", "calls") for path in sorted((TEMPLATES / folder).rglob("*.html"))]
    return [str(path.relative_to(TEMPLATES)) for path in pages if ROWS.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", with_rows())
def test_rows_of_a_console_come_by_pages_or_are_few(name: str) -> None:
    goes_the_way = bool(PAGES.search((TEMPLATES / name).read_text(encoding="utf-8")))
    assert goes_the_way is not (name in BOUNDED), (
        f"{name}: render its pages by components/lists.html, or say in BOUNDED why its rows are few"
    )


def test_what_is_bounded_still_lists_rows() -> None:
    assert set(BOUNDED) <= set(with_rows()), "a name in BOUNDED is no list any more"
