"""Every pair of colours that carries words or a control reaches its contrast, in both themes (WCAG 2.2)."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "portal" / "static"
TOKENS = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", part)) for part in TOKENS.split("prefers-color-scheme: dark")
)
THEMES = {"light": LIGHT, "dark": LIGHT | DARK}

# Token, paper behind it, least contrast in light and in dark.
TABLE = [
    ("ink", "paper", 16.4, 15.3),
    ("muted", "paper", 7.0, 8.8),
    ("brand", "paper", 8.4, 8.5),
    ("flame", "paper", 5.6, 8.6),
    ("on-yellow", "yellow", 12.5, 12.5),
    ("favour", "paper", 7.3, 10.0),
    ("against", "paper", 7.5, 9.0),
    ("warning-ink", "warning-ground", 9.0, 9.0),
    ("control", "paper", 3.5, 3.5),
]
# What the style sheets put on one another besides: words need 4.5, edges of controls and marks 3.
WORDS = [
    *((ink, ground) for ink in ("ink", "muted", "brand", "flame") for ground in ("ground", "surface", "shade")),
    *((ink, ground) for ink in ("ink", "brand", "muted", "favour", "against") for ground in ("brand-tint", "shade")),
    *((ink, "flame-tint") for ink in ("ink", "flame", "favour", "against", "muted")),
    ("favour", "favour-tint"),
    ("against", "against-tint"),
    ("brand-strong", "surface"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-against", "against"),
    ("on-header", "header"),
    ("on-footer", "footer"),
    ("footer-muted", "footer"),
]
MARKS = [("control", "surface"), ("control", "ground"), ("flame", "line"), ("header-mark", "header")]


def luminance(colour: str) -> float:
    """The relative luminance of WCAG."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: str, one: str, other: str) -> float:
    """The contrast of two tokens in a theme, 1 to 21."""
    darker, lighter = sorted(luminance(THEMES[theme][name]) for name in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_knows_black_on_white():
    THEMES["probe"] = {"black": "#000000", "white": "#ffffff"}
    assert contrast("probe", "black", "white") == pytest.approx(21)
    del THEMES["probe"]


@pytest.mark.parametrize(("token", "behind", "light", "dark"), TABLE)
def test_the_tokens_keep_the_contrast_of_the_design(token, behind, light, dark):
    assert round(contrast("light", token, behind), 1) >= light
    assert round(contrast("dark", token, behind), 1) >= dark


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_can_be_read_on_what_is_behind_them(theme, ink, ground):
    assert contrast(theme, ink, ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_controls_and_marks_stand_out(theme, mark, ground):
    assert contrast(theme, mark, ground) >= 3


def test_yellow_is_only_for_the_month_and_year_selectors():
    users = {
        (path.name, rule.split("{")[0].strip().splitlines()[-1])
        for path in (STATIC / "css").glob("*.css")
        if path.name != "tokens.css"
        for rule in path.read_text(encoding="utf-8").split("}")
        if "--yellow" in rule or "--on-yellow" in rule
    }
    assert users == {("periods.css", ".selector select")}


def test_colours_are_written_in_the_tokens_only():
    named = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{}]*\{)")
    allowed = {"tokens.css", "print.css", "print-sheet.css"}
    found = {
        path.name: named.findall(re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
        for path in (STATIC / "css").glob("*.css")
        if path.name not in allowed
    }
    assert not {name: colours for name, colours in found.items() if colours}
