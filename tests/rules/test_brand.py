"""No word of one distributor stands in the code: whose portal it is says one row, which a migration wrote."""

from __future__ import annotations

import re
from pathlib import Path

import portal
from tests.distributors import BRAND, FIRST

SOURCES = Path(portal.__file__).parent
# Where the first distributor's facts are data: the row's seed, and what it published, shown to nobody else's customers.
SEEDS = {"migrations/base/distributor.py", "services/market/published/"}
TEXT = {".py", ".html", ".typ", ".css", ".js", ".svg", ".json", ".md", ".mako", ".toml", ".txt", ".csv"}
# A yearly number under a series that is written out, such as N-2026-000123.
NUMBERED = re.compile(rf"\b(?:{FIRST.nomination_series}|{FIRST.case_series}|{FIRST.statement_series})-2\d{{3}}-")
# Where the form of a number is explained, in no words that a customer reads.
EXPLAINED = {
    "domain/distributor.py",
    "services/store/filing.py",
    "services/trace/receipts/chain.py",
    "blueprints/api/views.py",
    "blueprints/api/openapi.json",
}


def sources() -> list[tuple[str, str]]:
    found = []
    for path in sorted(SOURCES.rglob("*")):
        name = path.relative_to(SOURCES).as_posix()
        if path.suffix in TEXT and "__pycache__" not in path.parts and not any(map(name.startswith, SEEDS)):
            found.append((name, path.read_text(encoding="utf-8")))
    return found


def lines_with(pattern: re.Pattern[str], besides: frozenset[str] = frozenset()) -> list[str]:
    return [
        f"{name}:{number} {line.strip()[:80]}"
        for name, text in sources()
        if name not in besides
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_brand_word_stands_in_the_code() -> None:
    assert lines_with(BRAND) == []


def test_the_towns_of_one_distributor_stand_in_no_page_and_no_rule() -> None:
    town = re.compile(rf"\b{FIRST.city}\b|, {FIRST.department}\b", re.IGNORECASE)
    # The demonstration's fictitious companies have addresses of the region.
    assert [line for line in lines_with(town) if not line.startswith("services/demo/")] == []


def test_no_series_of_numbers_is_written_out_where_customers_read() -> None:
    assert lines_with(NUMBERED, besides=frozenset(EXPLAINED)) == []


def test_the_search_finds_what_it_looks_for() -> None:
    for words in (FIRST.legal_name, FIRST.nit, FIRST.telephone, FIRST.emergency_line, FIRST.address, FIRST.website):
        assert BRAND.search(words), words
    assert BRAND.search(f"correo: {FIRST.privacy_email}")
    assert BRAND.search(FIRST.token_prefix)
    assert NUMBERED.search("N-2026-000123")
    assert len(sources()) > 800
