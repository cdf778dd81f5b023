"""What a distributor may be: facts that can be dialled, printed and read."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

import portal
from portal.domain import distributor as rules
from portal.domain.distributor import (
    UNKNOWN,
    BadDistributor,
    Colours,
    Distributor,
    DistributorProblem,
    check_colours,
    check_fields,
    compute_contrast,
)
from tests.distributors import BRAND, FIRST, SECOND

BAD = [
    ("name", "", DistributorProblem.MISSING),
    ("city", "x" * 41, DistributorProblem.TOO_LONG),
    ("address", "Calle 1\nPiso 2", DistributorProblem.NOT_ONE_LINE),
    ("address", " Calle 1", DistributorProblem.NOT_ONE_LINE),
    ("nit", "800021272-8", DistributorProblem.BAD_NIT),
    ("nit", "8000212729", DistributorProblem.BAD_NIT),
    ("telephone", "681 9130", DistributorProblem.BAD_TELEPHONE),
    ("emergency_line", "llame ya", DistributorProblem.BAD_TELEPHONE),
    ("website", "http://www.gas.example", DistributorProblem.BAD_WEBSITE),
    ("website", "https://www.gas.example/x", DistributorProblem.BAD_WEBSITE),
    ("website", "javascript:alert(1)", DistributorProblem.BAD_WEBSITE),
    ("privacy_email", "datos", DistributorProblem.BAD_EMAIL),
    ("nomination_series", "n", DistributorProblem.BAD_SERIES),
    ("nomination_series", "DEMASIA", DistributorProblem.TOO_LONG),
    ("case_series", "N", DistributorProblem.SAME_SERIES),
    ("statement_series", "PQR", DistributorProblem.SAME_SERIES),
    ("token_prefix", "Gas", DistributorProblem.BAD_TOKEN_PREFIX),
]


@pytest.mark.parametrize("distributor", [FIRST, SECOND], ids=lambda each: each.name)
def test_both_distributors_fit(distributor: Distributor):
    assert check_fields(distributor) is distributor


@pytest.mark.parametrize(("field", "value", "problem"), BAD)
def test_what_nobody_could_dial_print_or_read_is_refused_by_its_field(
    field: str, value: str, problem: DistributorProblem
):
    with pytest.raises(BadDistributor) as bad:
        check_fields(replace(FIRST, **{field: value}))
    assert (bad.value.field, bad.value.problem) == (field, problem)


@pytest.mark.parametrize("name", [each.name for each in fields(Colours)])
@pytest.mark.parametrize("typed", ["blue", "#FFF", "#0B4F8A", "#0b4f8a;}body{display:none", ""])
def test_a_colour_is_six_small_hexadecimal_digits_and_nothing_else(name: str, typed: str):
    with pytest.raises(BadDistributor) as bad:
        check_colours(replace(FIRST.colours, **{name: typed}))
    assert (bad.value.field, bad.value.problem) == (name, DistributorProblem.BAD_COLOUR)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("brand", "#8fb8e0"),
        ("brand_strong", "#b0b0b0"),
        ("brand_tint", "#5f7f9f"),
        ("dark_brand", "#0b4f8a"),
        ("dark_brand_strong", "#333333"),
        ("dark_brand_tint", "#8899aa"),
    ],
)
def test_a_colour_on_which_or_as_which_nobody_can_read_is_refused_with_its_contrast(name: str, typed: str):
    with pytest.raises(BadDistributor) as bad:
        check_colours(replace(FIRST.colours, **{name: typed}))
    assert (bad.value.field, bad.value.problem) == (name, DistributorProblem.LOW_CONTRAST)
    assert bad.value.ratio is not None
    assert bad.value.ratio < rules.WORDS_CONTRAST


def test_the_contrast_is_that_of_wcag():
    assert compute_contrast("#000000", "#ffffff") == pytest.approx(21)
    assert compute_contrast("#ffffff", "#000000") == pytest.approx(21)
    assert compute_contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_colours_it_compares_with_are_those_of_the_style_sheets():
    tokens = (Path(portal.__file__).parent / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", part)) for part in tokens.split("prefers-color-scheme: dark")
    )
    for theme, themed in ((rules.LIGHT, light), (rules.DARK, light | dark)):
        assert theme.papers == tuple(themed[name] for name in ("paper", "surface", "ground", "shade"))
        assert theme.inks == tuple(themed[name] for name in ("ink", "muted", "favour", "against"))
        assert theme.on_brand == themed["on-brand"]
    assert (rules.LIGHT.on_header, rules.LIGHT.mark) == (light["on-header"], light["header-mark"])
    assert (rules.DARK.on_header, rules.DARK.mark) == (None, None), "the header of the dark theme has its own colour"
    assert Colours() == FIRST.colours
    assert Colours().brand == light["brand"] == light["header"]


def test_telephones_are_dialled_from_anywhere():
    assert (FIRST.dialled, FIRST.emergency_number) == ("+576086819130", "164")
    assert FIRST.place == "Calle 34 A N.º 34-29, Torre 1, barrio Barzal, Villavicencio, Meta"
    assert FIRST.place_within.startswith("calle 34 A")


def test_who_is_not_known_gets_nobody_elses_name_and_no_number_that_rings_elsewhere():
    assert not BRAND.search(repr(UNKNOWN))
    assert (UNKNOWN.dialled, UNKNOWN.emergency_line, UNKNOWN.website, UNKNOWN.nit) == ("", "164", "", "")
