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
from portal.domain.authorisations import Origin
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.timetable import RequestKind
from portal.services.day_book import files as book_files
from portal.services.demo import cast

TEXT = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8").partition("## What the portal gives")[2]
FILES: dict[str, Sequence[str]] = {
    "Day book": book_files.COLUMNS,
    "Authorised quantities": [name for name, _ in authorised_tables.COLUMNS],
    "Gaps": [name for name, _ in gap_tables.COLUMNS],
    "Audit": [name for name, _ in event_tables.COLUMNS],
    "Balance of the points": [name for name, _ in balance_files.COLUMNS],
}
# Words that a column may have, each of them told, and codes as those of the demonstration.
WORDS = {"tipo": RequestKind, "modalidad": Modality, "unidad": Unit}
CODES = {"punto_salida": "|".join(gate.code for gate in cast.GATES), "codigo_transportador": r"PE-\d{4}"}


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


@pytest.mark.parametrize("title", FILES)
def test_the_words_and_codes_of_an_example_are_those_of_the_program(title: str):
    section = TEXT.partition(f"### {title}\n")[2].partition("\n### ")[0]
    head, example = re.findall(r"^```\n(.*?)\n(.*?)\n```", section, re.MULTILINE)[0]
    said = dict(zip(head.split(";"), example.split(";"), strict=True))
    for column, words in WORDS.items():
        assert said.get(column, next(iter(words))) in set(words)
    for column, codes in CODES.items():
        assert column not in said or re.fullmatch(codes, said[column])


def test_every_word_that_the_day_book_may_have_is_told():
    section = TEXT.partition("### Day book\n")[2].partition("\n### ")[0]
    rows = [row for row in section.splitlines() if row.startswith("| ")]
    for column, words in {**WORDS, "origen": set(Origin) - {Origin.NONE}}.items():
        row = next(row for row in rows if f"`{column}`" in row.split(" | ")[0])
        assert [word for word in words if f"`{word}`" not in row] == []
