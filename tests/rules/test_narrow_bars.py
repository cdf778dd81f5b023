"""On a telephone what is pressed stays in sight and covers little of what is read."""

from __future__ import annotations

import re
from pathlib import Path

PORTAL = Path(__file__).parents[2] / "portal"
CSS = PORTAL / "static" / "css" / "tables.css"
TEMPLATES = PORTAL / "templates"


def test_the_acts_of_a_list_are_one_row_on_a_telephone() -> None:
    css = CSS.read_text(encoding="utf-8")
    wide, narrow = css.split("@media (max-width: 40rem)", 1)
    assert re.search(r"\.act-bar \{[^}]*position: sticky;", wide), "they stay in sight"
    bar = re.search(r"\.act-bar \{([^}]*)\}", narrow)
    assert bar, "three acts would cover a fifth of the screen"
    assert "flex-wrap: nowrap;" in bar[1], "three acts would cover a fifth of the screen"
    assert "overflow-x: auto;" in bar[1], "what lies beside the screen is reached"


def test_the_box_of_a_row_stands_in_the_head_of_its_row_beside_the_name() -> None:
    # As a cell of its own it stands on a line of its own where rows are cards, apart from what it ticks.
    told = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")}
    alone = [name for name, text in told.items() if re.search(r"<td[^>]*>(?:\{%.*?%\})*\{\{ row_box\(", text)]
    typed = [name for name, text in told.items() if "box-target" in text and name != "lists.html"]
    assert sum("{{ row_box(" in text for text in told.values()) > 3
    assert (alone, typed) == ([], [])
