"""The history, month by month."""

from __future__ import annotations

import pytest

from portal.domain.nominations import CutReason
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.customer import TOMORROW, Customer


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


def test_a_cut_shows_what_was_given_of_what_was_asked(portal: RunningPortal, customer: Customer):
    customer.nominate("9.160")
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        factories.authorisation(session, point, TOMORROW, "7300", revision=1, cut_reason=CutReason.EPM)
        ledger.rewrite_day(session, delivery_point=point, gas_day=TOMORROW)
    row = customer.open("/nominacion/gnv-suministro/historial").one("[data-revision='1']")
    assert row.select_one("strong").get_text() == "7.300 de 9.160 m³"
    assert row.select_one(".chip").get_text(strip=True) == "Autorizada con recorte"
