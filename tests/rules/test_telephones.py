"""Two telephones: the emergency line where gas smells or burns, the exchange for whatever the office answers."""

from __future__ import annotations

import re
from pathlib import Path

import portal

SOURCES = Path(portal.__file__).parent
# A telephone as it is written here: the emergency line, its short number, or seven figures after a code.
NUMBER = re.compile(r"(?:164 – )?\(60\d\) ?\d{3} ?\d{4}|l[ií]nea 164|\btel:\+?\d+")
# Whatever places one of the distributor's telephones in a text.
EMERGENCY = re.compile(r"\.emergency_(?:line|number)|\bemergency\(")
# Where gas smells or burns, the foot of every page and mail, and the answer to whoever wrote what may be urgent.
OF_EMERGENCIES = {
    "domain/distributor.py",
    "models/distributor.py",
    "services/cases/pqr/mails.py",
    "services/mail/letters.py",
    "templates/components/site.html",
    "templates/market/home.html",
    "templates/market/notices.html",
    "templates/market/offline.html",
    # Found by who searches for a leak.
    "words/site_pages.py",
}


def lines() -> list[tuple[str, int, str]]:
    return [
        (str(path.relative_to(SOURCES)), number, line)
        for path in sorted(SOURCES.rglob("*"))
        if path.suffix in (".py", ".html", ".typ") and "migrations" not in path.parts and "demo" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


def test_the_emergency_line_stands_only_where_gas_smells_or_burns() -> None:
    found = [
        f"{name}:{number}" for name, number, line in lines() if name not in OF_EMERGENCIES and EMERGENCY.search(line)
    ]
    assert found == []


def test_no_telephone_is_written_in_the_sources() -> None:
    assert [f"{name}:{number} {each}" for name, number, line in lines() for each in NUMBER.findall(line)] == []


def test_every_telephone_to_tap_is_dialled_with_the_country_code() -> None:
    told = re.compile(r'href="tel:(?!\{\{ (?:[\w.]+\|dial|distributor\.(?:dialled|emergency_number)) \}\}")')
    assert [f"{name}:{number}" for name, number, line in lines() if told.search(line)] == []


def test_the_line_beside_the_emergency_number_speaks_of_gas() -> None:
    for name, number, line in lines():
        if ".emergency_line" in line and "models" not in name and "domain" not in name:
            assert re.search(r"gas|[Ee]mergencias", line), f"{name}:{number}"
