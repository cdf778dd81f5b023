"""Two telephones: the emergency line where gas smells or burns, the exchange for whatever the office answers."""

from __future__ import annotations

import re
from pathlib import Path

import portal
from portal.domain.offices import EMERGENCY_LINE, PBX

SOURCES = Path(portal.__file__).parent
# A telephone as it is written here: the emergency line, its short number, or seven figures after a code.
NUMBER = re.compile(r"(?:164 – )?\(60\d\) ?\d{3} ?\d{4}|l[ií]nea 164|EMERGENCY_LINE|\btel:164\b")
# Where gas smells or burns, and the foot of every page and mail.
OF_EMERGENCIES = {
    "domain/offices.py",
    "web/filters.py",
    "services/mail/layout.py",
    "templates/components/site.html",
    "templates/market/home.html",
    "templates/market/notices.html",
}
# A text that people consented to, kept as it was, and papers set by typst, which takes no names from the code.
LITERALLY = {"domain/consents.py", "domain/offices.py"}


def lines() -> list[tuple[str, int, str]]:
    return [
        (str(path.relative_to(SOURCES)), number, line)
        for path in sorted(SOURCES.rglob("*"))
        if path.suffix in (".py", ".html", ".typ") and "migrations" not in path.parts and "demo" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


def test_the_emergency_line_stands_only_where_gas_smells_or_burns() -> None:
    found = [
        f"{name}:{number}"
        for name, number, line in lines()
        if name not in OF_EMERGENCIES and re.search(r"6819077|EMERGENCY_LINE|línea 164|tel:164", line)
    ]
    assert found == []


def test_every_telephone_is_one_of_the_two_and_written_once() -> None:
    wrong = []
    for name, number, line in lines():
        for each in NUMBER.findall(line):
            if each in (EMERGENCY_LINE, PBX):
                if name not in LITERALLY and not name.endswith(".typ"):
                    wrong.append(f"{name}:{number} writes {each} again")
            elif name not in OF_EMERGENCIES:
                wrong.append(f"{name}:{number} {each}")
    assert wrong == []


def test_the_line_beside_the_emergency_number_speaks_of_gas() -> None:
    for name, number, line in lines():
        if "EMERGENCY_LINE" in line and "import" not in line and name not in ("web/filters.py", "domain/offices.py"):
            assert re.search(r"gas|[Ee]mergencias", line), f"{name}:{number}"
