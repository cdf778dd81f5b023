"""The history, month by month."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest

from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.timetable import RequestKind
from portal.models import Contract, DeliveryPoint
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
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


def days_of(page: Page) -> list[str]:
    """Return the day of each section of a page."""
    return [str(each["data-gas-day"]) for each in page.select(".history-day")]


def october(portal: RunningPortal) -> Customer:
    """Return a customer whose point nominated every day of October, and the second half of it twice."""
    customer = portal.customer()
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        factories.delivery_point(session, contract=point.contract, name="EDS Cerrada", carrier_code="C-1")
        for day in Month(2026, 10).days():
            factories.nomination(session, point, day, "1000")
            if day.date.day > 15:
                factories.nomination(session, point, day, "1100", revision=2, kind=RequestKind.RENOMINATION)
    customer.use_keys()
    return customer


def test_a_long_month_comes_in_pages_that_show_each_day_once_with_all_its_revisions(portal_on_each: RunningPortal):
    customer = october(portal_on_each)
    page = customer.open(f"/nominacion/{customer.modality}/historial?mes=10&anio=2026")
    first = days_of(page)
    assert [len(each.select("[data-revision]")) for each in page.select(".history-day")] == [2] * 16 + [1] * 9
    later = page.click("Días anteriores →")
    assert first + days_of(later) == [f"2026-10-{day:02}" for day in range(31, 0, -1)]
    assert not [link for link in later.select("nav[aria-label=Páginas] a") if "Días anteriores" in link.get_text()]
    assert days_of(later.click("← Los días más recientes")) == first
    # A place that no page ever gave.
    odd = customer.open(f"/nominacion/{customer.modality}/historial?mes=10&anio=2026&despues=999999999999.1")
    assert days_of(odd) == first


def test_days_are_found_by_point_by_version_and_by_themselves(portal_on_each: RunningPortal):
    customer = october(portal_on_each)
    page = customer.open(f"/nominacion/{customer.modality}/historial?mes=10&anio=2026")

    def find(**fields: str) -> Page:
        return page.form("#filtros").fill(**fields).submit()

    # A word of the company's name finds every point of it: the hint says so, and whose code is meant.
    assert page.one("#q")["placeholder"] == "Punto, empresa, municipio, contrato, código del punto o radicado"
    with portal_on_each.session() as session:
        contract = session.get(Contract, customer.way.contract.id)
        assert contract is not None
        company = contract.company.name
    assert len(days_of(find(q=company))) == 25
    assert days_of(find(tipo="renominacion")) == [f"2026-10-{day:02}" for day in range(31, 15, -1)]
    assert days_of(find(tipo="anulacion")) == []
    assert days_of(find(dia="12/10/2026")) == ["2026-10-12"]
    nothing = find(q="cerrada")
    assert "Ningún día de este mes cumple el filtro." in nothing.text
    assert "EDS Cerrada" in nothing.text
    assert len(days_of(nothing.click("Quitar los filtros"))) == 25
    assert "El historial va de diciembre de 2014" in find(dia="31/12/2099").text
    bad = find(dia="31/02/2026")
    assert bad.status == 422
    assert "Ese día no existe en el calendario." in bad.text


def test_a_cut_shows_what_was_given_of_what_was_asked(portal: RunningPortal, customer: Customer):
    customer.nominate("9.160")
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        factories.authorisation(session, point, TOMORROW, "7300", revision=1, cut_reason=CutReason.EPM)
        ledger.rewrite_day(session, delivery_point=point, gas_day=TOMORROW)
    row = customer.open("/nominacion/gnv-suministro/historial").one("[data-revision='1']")
    assert row.select_one("strong").get_text() == "7.300 de 9.160 m³"
    assert row.select_one(".chip").get_text(strip=True) == "Autorizada con recorte"


def filed(portal: RunningPortal) -> tuple[Customer, Customer]:
    """Return a customer with three radicados in two months, and a stranger with one of the same tail."""
    customer, stranger = portal.customer(), portal.customer()
    with portal.session() as session, transaction(session):
        own = session.get_one(DeliveryPoint, customer.way.point.id)
        for day, number in (("2026-10-05", "000123"), ("2026-11-07", "000124"), ("2026-11-08", "001123")):
            gas_day = GasDay(date.fromisoformat(day))
            factories.nomination(session, own, gas_day, "1000", filing_number=f"N-2026-{number}")
        theirs = session.get_one(DeliveryPoint, stranger.way.point.id)
        factories.nomination(session, theirs, GasDay(date(2026, 11, 9)), "1000", filing_number="N-2026-009123")
    customer.use_keys()
    stranger.use_keys()
    return customer, stranger


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("N-2026-000123", ["2026-10-05"]),
        ("n 2026 123", ["2026-10-05"]),
        ("2026-000123", ["2026-10-05"]),
        ("N2026000123", ["2026-10-05"]),
        ("radicado N-2026-000123", ["2026-10-05"]),
        ("000123", ["2026-10-05"]),
        ("123", ["2026-11-08", "2026-10-05"]),
        ("1123", ["2026-11-08"]),
    ],
)
def test_a_day_is_found_by_the_number_of_its_receipt_in_any_month_among_ones_own(
    portal_on_each: RunningPortal, typed: str, days: list[str]
):
    customer, _stranger = filed(portal_on_each)
    page = customer.open(f"/nominacion/{customer.modality}/historial").form("#filtros").fill(q=typed).submit()
    assert days_of(page) == days
    assert f"Se buscó «{typed}» entre los radicados de todos los meses" in page.text
    assert all("de 2026" in each.get_text() for each in page.select(".history-long"))


def test_somebody_elses_number_and_none_at_all_are_told_alike(portal: RunningPortal):
    customer, stranger = filed(portal)
    address = f"/nominacion/{customer.modality}/historial?q="
    for number in ("N-2026-009123", "N-2026-777777"):
        page = customer.open(address + number)
        assert days_of(page) == []
        assert "Ese radicado no está entre los que usted puede ver aquí." in page.text
    assert days_of(stranger.open(address + "N-2026-009123")) == ["2026-11-09"]
    page = customer.open(address + "9123")
    assert days_of(page) == []
    assert "Ningún radicado que usted pueda ver aquí termina así." in page.text


def test_a_point_of_just_that_name_comes_before_those_of_a_company_called_so(portal_on_each: RunningPortal):
    customer = portal_on_each.customer()
    with portal_on_each.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        named = factories.delivery_point(session, contract=point.contract, name=point.contract.company.name)
        factories.nomination(session, point, GasDay(date(2026, 11, 4)), "1000", signed_by_id=customer.way.actor.user_id)
        name = named.name
    customer.use_keys()
    address = f"/nominacion/{customer.modality}/historial?q={quote(name)}"
    page = customer.open(address)
    assert "Se muestra solo el punto que se llama así." in page.text
    assert days_of(page) == []
    wider = page.click("Ver también 1 punto más")
    assert days_of(wider) == ["2026-11-04"]
    assert f"Se buscó «{name}» en el nombre, la empresa" in wider.text
