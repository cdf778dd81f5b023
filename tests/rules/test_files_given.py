"""docs/files.md says every column of the files that the consoles give, in their order, and its examples have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from portal.blueprints.staff.audit import event_tables
from portal.blueprints.staff.balance import files as balance_files
from portal.blueprints.staff.day_book import authorised_tables
from portal.blueprints.staff.readings import gap_tables
from portal.services.day_book import files as book_files

TEXT = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8").partition("## What the portal gives")[2]
FILES: dict[str, Sequence[str]] = {
    "Day book": book_files.COLUMNS,
    "Authorised quantities": [name for name, _ in authorised_tables.COLUMNS],
    "Gaps": [name for name, _ in gap_tables.COLUMNS],
    "Audit": [name for name, _ in event_tables.COLUMNS],
    "Balance of the points": [name for name, _ in balance_files.COLUMNS],
}


@pytest.mark.parametrize("title", FILES)
def test_the_columns_of_a_file_are_documented_in_their_order(title: str):
    section = TEXT.partition(f"### {title}\n")[2].partition("\n### ")[0]
    named = [
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]
    head, example = re.findall(r"^```\n(.*?)\n(.*?)\n```", section, re.MULTILINE)[0]
    assert named == list(FILES[title])
    assert head.split(";") == list(FILES[title])
    assert len(example.split(";")) == len(FILES[title])
