"""The tariffs of May 2024 hang together: the formula proves which figure belongs to which market."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.domain.tariffs import (
    BadTariffs,
    Basis,
    Change,
    Concept,
    Figure,
    Flaw,
    Market,
    Rule,
    build_sheet,
    compare_figures,
)
from tests.tariffs import FIGURES, MAY, MAY_2024, changed

TWO_CENTS = Decimal("0.02")
COMPRESSION, STORAGE = Decimal("259.85"), Decimal("175.69")
BY_NAME = {each.name: each for each in MAY_2024.markets}
FULL = {"Villavicencio", "Acacías", "Granada", "Puerto López y Fuente de Oro"}


def test_the_sheet_has_16_markets_and_57_ranges():
    assert len(BY_NAME) == len(MAY_2024.markets) == 16
    assert sum(len(each.ranges) for each in MAY_2024.markets) == 57


@pytest.mark.parametrize("found", MAY_2024.markets, ids=lambda each: each.name)
def test_every_variable_charge_follows_from_the_formula_within_two_cents(found: Market):
    for band in found.ranges:
        assert abs(found.compute_variable(band) - band.variable) <= TWO_CENTS, band


@pytest.mark.parametrize("found", MAY_2024.markets, ids=lambda each: each.name)
def test_the_ranges_of_a_market_cover_every_consumption_once(found: Market):
    assert found.ranges[0].first == 0
    assert found.ranges[-1].last is None
    for below, above in zip(found.ranges, found.ranges[1:], strict=False):
        assert below.last is not None
        assert above.first == below.last + 1
        assert above.variable <= below.variable


@pytest.mark.parametrize("found", MAY_2024.markets, ids=lambda each: each.name)
def test_the_fixed_charge_is_the_same_in_both_tables(found: Market):
    assert {band.fixed for band in found.ranges} == {found.trade}


@pytest.mark.parametrize(
    ("town", "source", "by_road"),
    [
        ("Cabuyaro", "Villavicencio", "836.18"),
        ("San Carlos de Guaroa", "Villavicencio", "699.02"),
        ("Cubarral", "Villavicencio", "331.61"),
        ("El Castillo", "Acacías", "619.71"),
        ("El Dorado", "Acacías", "440.29"),
        ("Puerto Rico", "Granada", "811.72"),
    ],
)
def test_gas_brought_by_road_pays_the_pipe_to_its_source_compression_storage_and_the_road(town, source, by_road):
    assert BY_NAME[town].road == Decimal(by_road)
    made_of = BY_NAME[source].transport + COMPRESSION + STORAGE + Decimal(by_road)
    assert BY_NAME[town].transport == made_of


def test_only_the_four_markets_by_pipe_pay_distribution_in_full():
    assert {each.name for each in MAY_2024.markets if each.basis is Basis.FULL} == FULL


def test_sellers_of_vehicular_gas_pay_the_distribution_of_the_second_range_of_villavicencio():
    assert MAY_2024.vehicular_distribution == Decimal("473.65") == BY_NAME["Villavicencio"].ranges[1].distribution


@pytest.mark.parametrize(
    ("typed", "market"),
    [
        ("villavicencio", "Villavicencio"),
        ("Restrepo", "Villavicencio"),
        ("CÁQUEZA", "Villavicencio"),
        ("san-jose-del-guaviare", "San José del Guaviare"),
        ("fuente de oro", "Puerto López y Fuente de Oro"),
        ("acacias", "Acacías"),
    ],
)
def test_a_market_is_found_by_its_name_or_one_of_its_towns(typed: str, market: str):
    found = MAY_2024.find_market(typed)
    assert found is not None
    assert found.name == market


@pytest.mark.parametrize("typed", ["", "-", "Bogotá", "villa"])
def test_an_unknown_market_is_none(typed: str):
    assert MAY_2024.find_market(typed) is None


def problems(figures: list[Figure]) -> list[tuple[Flaw, str, Concept, int | None, object, object]]:
    with pytest.raises(BadTariffs) as refused:
        build_sheet(MAY, figures)
    return [
        (each.flaw, each.figure.market, each.figure.concept, each.figure.first, each.expected, each.found)
        for each in refused.value.problems
    ]


VARIABLE = Figure(Concept.VARIABLE, "Granada", first=201)


def test_a_variable_charge_three_cents_off_its_formula_is_named_with_both_values():
    found = problems(changed(VARIABLE, value=Decimal("2065.97")))
    assert found == [(Flaw.FORMULA, "Granada", Concept.VARIABLE, 201, Decimal("2065.94"), Decimal("2065.97"))]
    build_sheet(MAY, changed(VARIABLE, value=Decimal("2065.96")))


def test_a_gap_an_overlap_and_an_end_of_the_ranges_are_named():
    assert problems(changed(VARIABLE, first=211))[0] == (Flaw.GAP, "Granada", Concept.VARIABLE, 211, 201, 211)
    assert (Flaw.OVERLAP, "Granada", Concept.VARIABLE, 501, 601, 501) in problems(changed(VARIABLE, last=600))
    last = Figure(Concept.VARIABLE, "Granada", first=3001)
    assert (Flaw.OPEN_END, "Granada", Concept.VARIABLE, 3001, None, 9000) in problems(changed(last, last=9000))


def test_a_fixed_charge_that_differs_between_the_tables_is_named():
    found = problems(changed(Figure(Concept.FIXED, "Granada", first=201), value=Decimal("3405.28")))
    assert found == [(Flaw.FIXED_DIFFERS, "Granada", Concept.FIXED, 201, Decimal("3405.27"), Decimal("3405.28"))]


def test_a_figure_twice_and_a_missing_one_are_named():
    assert problems([*FIGURES, FIGURES[-1]])[0][0] is Flaw.TWICE
    without = [figure for figure in FIGURES if figure.place != Figure(Concept.TRANSPORT, "Granada").place]
    assert problems(without) == [(Flaw.MISSING, "Granada", Concept.TRANSPORT, None, None, None)]


def test_negative_charges_and_impossible_shares_are_named():
    cost = Figure(Concept.COST, "Granada", Rule.GENERAL, 1)
    assert problems(changed(cost, value=Decimal(-1)))[0][0] is Flaw.NEGATIVE
    subsidy = Figure(Concept.SUBSIDY, "Granada", Rule.GENERAL, 1)
    assert problems(changed(subsidy, value=Decimal(100)))[0][0] is Flaw.PER_CENT


def test_no_figures_make_no_sheet():
    assert (Flaw.MISSING, "", Concept.GAS, None, None, None) in problems([])


def test_a_figure_where_its_concept_does_not_belong_is_named():
    for wrong in (
        Figure(Concept.EXCHANGE_RATE, "Granada", value=Decimal(1)),
        Figure(Concept.TRANSPORT, value=Decimal(1)),
        Figure(Concept.COST, "Granada", Rule.GENERAL, 3, value=Decimal(1)),
        Figure(Concept.COST, "Granada", Rule.GENERAL, value=Decimal(1)),
        Figure(Concept.VARIABLE, "Granada", last=50, value=Decimal(1)),
        Figure(Concept.TRADE, "Granada", first=0, value=Decimal(1)),
    ):
        assert problems([*FIGURES, wrong])[0][0] is Flaw.MISPLACED


def test_every_figure_of_a_range_has_the_range_of_its_variable_charge():
    stray = Figure(Concept.VARIABLE_TRADE, "Granada", first=777, value=Decimal(0))
    assert (Flaw.STRAY_RANGE, "Granada", Concept.VARIABLE_TRADE, 777, None, 777) in problems([*FIGURES, stray])
    fixed = Figure(Concept.FIXED, "Granada", first=201)
    assert problems(changed(fixed, last=499)) == [(Flaw.OTHER_END, "Granada", Concept.FIXED, 201, 500, 499)]


def test_a_town_twice_is_named():
    town = next(figure for figure in FIGURES if figure.concept is Concept.TOWN)
    assert problems([*FIGURES, town])[0][0] is Flaw.TWICE


CONNECTION = Figure(Concept.CONNECTION)


def differences(after: list[Figure]) -> list[tuple[Change, Concept, object, bool]]:
    return [
        (each.change, each.figure.concept, each.per_cent, each.is_large) for each in compare_figures(FIGURES, after)
    ]


@pytest.mark.parametrize(
    ("value", "per_cent", "large"),
    [
        ("982729.20", "20.0", False),
        ("982729.21", "20.0", True),
        ("655152.80", "-20.0", False),
        ("655152.79", "-20.0", True),
        ("818941.01", "0.0", False),
        ("0.00", "-100.0", True),
    ],
)
def test_a_change_is_large_from_more_than_a_fifth_on_exactly(value: str, per_cent: str, large: bool):
    found = differences(changed(CONNECTION, value=Decimal(value)))
    assert found == [(Change.CHANGED, Concept.CONNECTION, Decimal(per_cent), large)]


def test_a_change_from_zero_is_large_and_has_no_per_cent():
    assert differences(changed(Figure(Concept.RELIABILITY), value=Decimal("0.01"))) == [
        (Change.CHANGED, Concept.RELIABILITY, None, True)
    ]


def test_a_share_below_zero_changes_by_its_size():
    losses = Figure(Concept.LOSSES, "Villavicencio")
    assert differences(changed(losses, value=Decimal("-0.52"))) == [
        (Change.CHANGED, Concept.LOSSES, Decimal("20.0"), False)
    ]


def test_figures_come_and_go():
    without = [figure for figure in FIGURES if figure.place != CONNECTION.place]
    assert differences(without) == [(Change.GONE, Concept.CONNECTION, None, True)]
    more = Figure(Concept.ROAD, "Granada", value=Decimal(1))
    assert differences([*FIGURES, more]) == [(Change.ADDED, Concept.ROAD, None, False)]


def test_neither_the_order_nor_a_source_is_a_difference_and_a_text_is_one():
    assert differences(list(reversed(FIGURES))) == []
    assert differences(changed(CONNECTION, source="otra línea")) == []
    assert differences(changed(Figure(Concept.TITLE), text="Otra")) == [(Change.CHANGED, Concept.TITLE, None, False)]


def test_a_town_that_moved_is_gone_here_and_added_there():
    town = next(figure for figure in FIGURES if figure.text == "Restrepo")
    moved = [figure._replace(market="Granada") if figure is town else figure for figure in FIGURES]
    assert [each[0] for each in differences(moved)] == [Change.ADDED, Change.GONE]


def test_each_difference_has_a_name_of_its_own():
    keys = [each.key for each in compare_figures([], FIGURES)]
    assert len(set(keys)) == len(FIGURES)
