"""The maximum of a contract is asked for with its day: nobody else reads what was signed (adr/0143)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIGNED = re.compile(r"\b(maximum_micro|signed_maximum)\b")

# Who reads or writes what was signed. Each says why.
MAY: Mapping[str, str] = {
    "models/registry.py": "keeps it",
    "services/points/settings/queries.py": "resolves the maximum of a day from it",
    "services/registry/timelines.py": "shows it as what was signed, before what was set",
    "services/registry/entries.py": "the entry of a contract is as it was signed",
    "services/registry/rules.py": "refuses to rewrite it once there are figures",
    "services/registry/columns.py": "a file of the registry is as it was signed",
    "services/registry/files.py": "a file of the registry is as it was signed",
    "services/registry/plans.py": "a file of the registry is as it was signed",
    "blueprints/staff/registry/forms.py": "the form of a contract is as it was signed",
    "blueprints/staff/registry/words.py": "says what to do instead of rewriting it",
    "templates/staff/registry/_forms.html": "the form of a contract is as it was signed",
    "services/nominations/day_closes/closes.py": "the rule at the close is held to no maximum and asks for none",
    "services/day_book/hot.py": "the column under the line of a day, which `lines` replaces",
    "services/day_book/lines.py": "puts the maximum of the day in its place",
    "services/day_book/book.py": "reads it off a line, where it is that of the day",
    "services/day_book/checks.py": "reads it off a line, where it is that of the day",
    "services/day_book/cut_proposals.py": "reads it off a line, where it is that of the day",
    "services/demo/registry.py": "makes the contracts of the demonstration",
    "services/demo/loader.py": "the contracts of the demonstration were signed today",
}


def test_what_was_signed_is_read_only_where_it_is_meant() -> None:
    portal = ROOT / "portal"
    found = {
        str(path.relative_to(portal))
        for path in sorted(portal.rglob("*"))
        if path.suffix in (".py", ".html")
        and not path.is_relative_to(portal / "migrations")
        and SIGNED.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(MAY), "ask settings for the maximum of the day, or say in MAY why what was signed is meant"
    signed = {name for name in found if "signed_maximum" in (portal / name).read_text(encoding="utf-8")}
    assert signed == {
        "models/registry.py",
        "services/points/settings/queries.py",
        "services/registry/timelines.py",
        "services/nominations/day_closes/closes.py",
        "services/demo/loader.py",
    }
