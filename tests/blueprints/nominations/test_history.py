"""The history, month by month."""

from __future__ import annotations

import pytest

from tests.application import RunningPortal
from tests.customer import Customer


def test_the_history_goes_month_by_month(portal: RunningPortal, customer: Customer):
    customer.nominate(day="2026-12-03")
    page = customer.open("/nominacion/gnv-suministro/historial")
    assert "noviembre de 2026" in page.text
    assert "En este mes no hay nominaciones que usted pueda ver aquí." in page.text
    page = page.click("diciembre de 2026 →")
    assert page.one("[data-gas-day='2026-12-03']")
    first = customer.open("/nominacion/gnv-suministro/historial?mes=12&anio=2014")
    assert not first.select("a[rel=prev]")


def test_a_month_outside_of_the_history_is_refused_in_words(customer: Customer, subtests: pytest.Subtests):
    for query in [
        "mes=13&anio=2026",
        "mes=x&anio=2026",
        "mes=11",
        "mes=11&anio=2013",
        "mes=1&anio=99999",
        "mes=1&anio=0000",
    ]:
        with subtests.test(query=query):
            page = customer.open(f"/nominacion/gnv-suministro/historial?{query}")
            assert page.status == 422
            assert "El historial va de diciembre de 2014 a diciembre de 2026" in page.text
