"""On a telephone what is pressed stays in sight and covers little of what is read."""

from __future__ import annotations

import re
from pathlib import Path

CSS = Path(__file__).parents[2] / "portal" / "static" / "css" / "tables.css"


def test_the_acts_of_a_list_are_one_row_on_a_telephone() -> None:
    css = CSS.read_text(encoding="utf-8")
    wide, narrow = css.split("@media (max-width: 40rem)", 1)
    assert re.search(r"\.act-bar \{[^}]*position: sticky;", wide), "they stay in sight"
    bar = re.search(r"\.act-bar \{([^}]*)\}", narrow)
    assert bar, "three acts would cover a fifth of the screen"
    assert "flex-wrap: nowrap;" in bar[1], "three acts would cover a fifth of the screen"
    assert "overflow-x: auto;" in bar[1], "what lies beside the screen is reached"
