"""The charge of a month's consumption: ranges at their edges, subsidy up to 20 m³, contribution."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.tariffs import LineKind, Rule, Use, compute_charge
from tests.tariffs import MAY_2024

VILLAVICENCIO = MAY_2024.find_market("villavicencio")
ACACIAS = MAY_2024.find_market("acacias")
BARRANCA = MAY_2024.find_market("barranca-de-upia")
assert VILLAVICENCIO
assert ACACIAS
assert BARRANCA


@pytest.mark.parametrize(
    ("consumption", "price"), [("60", "1846.88"), ("60.5", "1832.54"), ("60.001", "1832.54"), ("61", "1832.54")]
)
def test_the_whole_consumption_is_paid_at_the_price_of_its_range(consumption: str, price: str):
    charge = compute_charge(MAY_2024, ACACIAS, Use.STRATUM_3, Decimal(consumption))
    assert charge.variable == (Decimal(consumption) * Decimal(price)).quantize(Decimal("0.01"))
    assert charge.fixed == Decimal("4329.19")
    assert charge.total == charge.fixed + charge.variable
    assert charge.subsidy == charge.contribution == 0


@pytest.mark.parametrize(
    ("use", "variable", "fixed"),
    [
        (Use.STRATUM_5, "2222.65", "3280.19"),
        (Use.STRATUM_6, "2222.65", "3280.19"),
        (Use.COMMERCIAL, "2017.06", "2976.77"),
        (Use.INDUSTRIAL, "2017.06", "2976.77"),
    ],
)
def test_the_contribution_is_a_share_of_both_charges(use: Use, variable: str, fixed: str):
    charge = compute_charge(MAY_2024, VILLAVICENCIO, use, Decimal(1))
    shares = {line.kind: line.amount for line in charge.lines}
    assert charge.variable + shares[LineKind.VARIABLE_CONTRIBUTION] == Decimal(variable)
    assert charge.fixed + shares[LineKind.FIXED_CONTRIBUTION] == Decimal(fixed)
    assert charge.total == Decimal(variable) + Decimal(fixed)


def test_strata_3_and_4_have_neither_subsidy_nor_contribution():
    charges = [compute_charge(MAY_2024, VILLAVICENCIO, use, Decimal(30)) for use in (Use.STRATUM_3, Use.STRATUM_4)]
    assert {charge.total for charge in charges} == {Decimal("2733.49") + 30 * Decimal("1852.21")}


def test_the_subsidy_covers_the_first_20_m3_and_the_rest_is_paid_at_range_1():
    # 20 × 2152.26 = 43,045.20; 47.46 % of it 20,429.25; 10 × 1852.21 = 18,522.10
    charge = compute_charge(MAY_2024, VILLAVICENCIO, Use.STRATUM_1, Decimal(30))
    assert charge.fixed == 0
    assert charge.variable == Decimal("61567.30")
    assert charge.subsidy == Decimal("20429.25")
    assert charge.total == Decimal("41138.05")


@pytest.mark.parametrize(("consumption", "subsidised"), [("0", "0"), ("19.5", "19.5"), ("20", "20"), ("20.5", "20")])
def test_the_edge_of_the_subsidy_is_exact(consumption: str, subsidised: str):
    charge = compute_charge(MAY_2024, VILLAVICENCIO, Use.STRATUM_2, Decimal(consumption))
    factors = {line.kind: line.factor for line in charge.lines}
    assert factors[LineKind.SUBSIDISED] == Decimal(subsidised)
    assert (LineKind.CONSUMED in factors) is (Decimal(consumption) > 20)


def test_the_tariff_option_has_its_own_cost_and_subsidy_and_no_market_without_it_gets_one():
    option = compute_charge(MAY_2024, VILLAVICENCIO, Use.STRATUM_1, Decimal(10), rule=Rule.OPTION)
    assert option.total == Decimal("27001.50") - Decimal("16119.90")
    without = compute_charge(MAY_2024, BARRANCA, Use.STRATUM_1, Decimal(10), rule=Rule.OPTION)
    assert without == compute_charge(MAY_2024, BARRANCA, Use.STRATUM_1, Decimal(10))


def test_a_seller_of_gas_for_vehicles_pays_the_network_alone_wherever_it_is():
    charges = {compute_charge(MAY_2024, market, Use.VEHICULAR, Decimal(1000)).total for market in MAY_2024.markets}
    assert charges == {Decimal("473650.00")}


@given(
    st.sampled_from(MAY_2024.markets),
    st.sampled_from(list(Use)),
    st.decimals(min_value=0, max_value=10_000_000, places=3),
)
def test_the_lines_add_up_and_nothing_is_finer_than_a_cent(market, use, consumption):
    charge = compute_charge(MAY_2024, market, use, consumption)
    assert charge.total == charge.fixed + charge.variable - charge.subsidy + charge.contribution
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in charge.lines)
    assert charge.total >= 0
