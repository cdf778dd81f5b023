"""The tariffs of May 2024 hang together: the formula proves which figure belongs to which market."""

from decimal import Decimal

import pytest

from portal.domain.tariffs import MAY_2024, Basis, Market
from portal.domain.tariffs.sheet import market

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
        assert abs(found.by_formula(band) - band.variable) <= TWO_CENTS, band


@pytest.mark.parametrize("found", MAY_2024.markets, ids=lambda each: each.name)
def test_the_ranges_of_a_market_cover_every_consumption_once(found: Market):
    assert found.ranges[0].first == 0
    assert found.ranges[-1].last is None
    for below, above in zip(found.ranges, found.ranges[1:], strict=False):
        assert below.last is not None
        assert above.first == below.last + 1
        assert above.variable <= below.variable


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
    made_of = BY_NAME[source].transport + COMPRESSION + STORAGE + Decimal(by_road)
    assert BY_NAME[town].transport == made_of


def test_only_the_four_markets_by_pipe_pay_distribution_in_full():
    assert {each.name for each in MAY_2024.markets if each.basis is Basis.FULL} == FULL


def test_sellers_of_vehicular_gas_pay_the_distribution_of_the_second_range_of_villavicencio():
    assert MAY_2024.vehicular_distribution == Decimal("473.65") == BY_NAME["Villavicencio"].ranges[1].distribution


def test_a_figure_too_few_is_refused():
    with pytest.raises(ValueError, match="argument"):
        market(
            "Nowhere",
            Basis.FULL,
            bands=(60,),
            variable="2.00 1.00",
            distribution="1.00",
            fixed="0",
            gas="1",
            transport="0",
            losses="0",
        )
