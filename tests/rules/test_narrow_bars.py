"""On a telephone nothing that is pressed lies over what is read."""

from __future__ import annotations

import re
from pathlib import Path

CSS = Path(__file__).parents[2] / "portal" / "static" / "css" / "tables.css"


def test_the_acts_of_a_list_stand_under_it_on_a_telephone() -> None:
    css = CSS.read_text(encoding="utf-8")
    narrow = css[css.index("@media (max-width: 40rem)") :]
    assert re.search(r"\.act-bar \{\s*position: static;", narrow), "three acts would cover a fifth of the screen"
