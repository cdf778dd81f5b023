"""Sheet of a month, recomputed from its own figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.domain.gas_day import parse_gas_day
from portal.domain.month_proofs import ENDED_NOTE, Part, Sheet, SheetDay, SheetSums, Sum, compute_variation, prove_month

DAY = parse_gas_day("2026-11-30")


@pytest.mark.parametrize(("notes", "waits"), [((), True), ((ENDED_NOTE,), False)])
def test_a_day_after_the_end_of_the_point_waits_for_no_reading(notes: tuple[str, ...], waits: bool):
    sheet = Sheet([SheetDay(DAY, nominated=Decimal(7250), notes=notes)], [SheetSums(Part.MEASURED, {})])
    found = [(each.at, each.sum, each.right) for each in prove_month(sheet, []).miscounts]
    assert found == ([(Part.PENDING, Sum.DAYS, 1)] if waits else [])


@pytest.mark.parametrize(
    ("due", "consumed", "right"),
    [("7520", "7261", "3.444149"), ("0", "0", "0"), ("0", "5", None), ("5", None, None), ("3", "2", "33.333333")],
)
def test_a_variation_is_that_of_the_account(due: str, consumed: str | None, right: str | None):
    day = SheetDay(DAY, authorised=Decimal(due), consumed=None if consumed is None else Decimal(consumed))
    assert compute_variation(day) == (None if right is None else Decimal(right))
