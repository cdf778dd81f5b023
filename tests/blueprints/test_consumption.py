"""The consumption alarm as a page, the seasons a customer declares, and the list of them for staff."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.models import Binding, DeliveryPoint, SeasonalPattern
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer
from tests.services.ledger_rows import counted

OCTOBER = Month(2026, 10)


def opened(portal: RunningPortal, daily: tuple[int, ...], october: int, **contract: object) -> Customer:
    """A customer whose point took so many m³ a day in the months before October 2026, the newest first."""
    months = [OCTOBER]
    for _ in daily:
        months.append(months[-1].previous)
    customer = portal.customer(starts_on=months[-1].first, **contract)
    with portal.session() as session, transaction(session):
        point = customer.way.point
        for month, amount in zip(months, (october, *daily), strict=True):
            for each in month.days():
                factories.reading(session, point, each, str(amount))
        ledger.rebuild_point(session, delivery_point=session.merge(point))
    customer.use_keys()
    return customer


def page_of(customer: Customer, query: str = "") -> Page:
    return customer.browser.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/consumo{query}")


EVEN = (900, 1100) * 6


def test_a_month_beyond_the_limit_is_told_with_the_limit(portal_on_each: RunningPortal) -> None:
    page = page_of(opened(portal_on_each, EVEN, 1400))
    assert page.h1 == "Consumo de octubre de 2026"
    assert "Su consumo de octubre superó el límite de 3σ: 42.000 m³ en 30 días, y el límite es 39.000 m³" in page.text
    assert "puede haber una visita" in page.text
    limits = [each["data-value"] for each in page.select("#limites dd")]
    assert limits == ["30000", "3000", "39000", "21000"]
    assert len(page.select("#periodos tbody tr")) == 13
    assert page.value('tr[data-month="2026-10"] td[data-value]') == "42000"


def test_each_average_says_of_which_months_it_is_and_whether_they_are_brought_to_30_days(portal: RunningPortal) -> None:
    page = page_of(opened(portal, EVEN, 1400))
    scaled, measured = page.one("#limites"), page.one("#visita")
    assert "en 30 días" not in measured.get_text()
    assert page.one("#limites-titulo").get_text() == "Los límites, llevados a 30 días"
    assert "los doce periodos anteriores, de octubre de 2025 a septiembre de 2026" in scaled.get_text()
    assert page.one("#visita-titulo").get_text() == "Para una visita, tal como se midió"
    assert "Consumo de octubre de 2026" in measured.get_text()
    assert "los seis periodos anteriores, de abril a septiembre de 2026" in measured.get_text()
    # The mean of the rows of the table, from April to September; the month itself is not of it.
    rows = [int(row.find_all("td")[0].get_text().replace(".", "")) for row in page.select("#periodos tbody tr")]
    assert rows[0] == 43400
    mean = sum(rows[1:7]) / 6
    shown = [float(each["data-value"]) for each in measured.find_all("dd")]
    assert shown == [43400, pytest.approx(mean)]
    assert f"supera en {43400 - round(mean):,} m³".replace(",", ".") in page.text
    assert "más de los 62 m³ de la tabla del anexo 4, así que puede haber una visita" in page.text


def test_a_month_that_is_not_over_shows_the_average_and_no_consumption_to_compare(portal: RunningPortal) -> None:
    page = page_of(opened(portal, EVEN, 1000), "?mes=11&anio=2026")
    (shown,) = page.select("#visita dt")
    assert shown.get_text() == "Promedio de los seis periodos anteriores, de mayo a octubre de 2026"


def test_its_way_back_leads_to_the_sheet_of_the_month(portal: RunningPortal) -> None:
    page = page_of(opened(portal, EVEN, 1000), "?mes=9&anio=2026")
    assert page.click(".breadcrumbs a[href*=mes]").url.endswith("?mes=9&anio=2026")


def test_a_month_inside_the_limits_says_so(portal: RunningPortal) -> None:
    page = page_of(opened(portal, EVEN, 1000))
    assert "está entre 21.000 m³ y 39.000 m³" in page.text


def test_a_young_account_says_what_is_missing(portal: RunningPortal) -> None:
    page = page_of(opened(portal, EVEN[:5], 1000))
    assert "Hacen falta doce meses anteriores con consumo" in page.text
    assert page.select("#periodos") == []


def test_the_running_month_is_not_judged_and_a_month_outside_is_refused(portal: RunningPortal) -> None:
    customer = opened(portal, EVEN, 1000)
    assert "se juzga cuando termine el mes" in page_of(customer, "?mes=11&anio=2026").text
    for wrong in ("?mes=12&anio=2026", "?mes=13&anio=2026", "?mes=1&anio=2001", "?mes=uno&anio=2026"):
        page = page_of(customer, wrong)
        assert page.status == 422
        assert "Elija un mes entre octubre de 2025 y noviembre de 2026." in page.text


def test_a_declared_season_turns_the_alarm_into_what_was_expected(portal_on_each: RunningPortal) -> None:
    customer = opened(portal_on_each, EVEN, 1400)
    page = page_of(customer)
    form = page.form("section.pattern form").fill(months=["10", "11"], note="Cosecha de arroz")
    page = form.submit("Guardar el patrón")
    assert "Guardamos su patrón de consumo" in page.text
    assert "Consumo distinto, en un mes que usted declaró" in page.text
    assert "Patrón que usted declaró: Cosecha de arroz" in page.text
    page.form("section.pattern form").submit("Guardar el patrón")
    with portal_on_each.session() as session:
        assert [row.months for row in session.scalars(select(SeasonalPattern))] == ["10,11"]
    page = page.form("section.pattern form").fill(months=[], note="").submit("Guardar el patrón")
    assert "Consumo por encima del límite" in page.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"months": ["10"], "note": " "}, "Escriba por qué cambia su consumo"),
        ({"months": ["10"], "note": "x" * 501}, "más de 500 caracteres"),
    ],
)
def test_a_pattern_that_says_too_little_or_too_much_is_refused_and_kept(
    portal: RunningPortal, given: dict[str, object], words: str
) -> None:
    customer = opened(portal, EVEN[:1], 1000)
    page = page_of(customer).form("section.pattern form").tamper(**given).submit("Guardar el patrón")
    assert page.status == 422
    assert words in page.text
    assert page.one("[name=months][value='10']").has_attr("checked")
    assert portal.count(SeasonalPattern) == 0


def test_a_month_that_is_none_writes_nothing(portal: RunningPortal) -> None:
    customer = opened(portal, EVEN[:1], 1000)
    form = page_of(customer).form("section.pattern form")
    assert form.tamper(months=["13"], note="Cosecha").submit("Guardar el patrón").status == 422
    assert portal.count(SeasonalPattern) == 0


def test_an_account_that_may_only_look_declares_nothing(portal: RunningPortal) -> None:
    customer = opened(portal, EVEN[:1], 1000)
    with portal.session() as session, transaction(session):
        session.scalars(select(Binding)).one().may_nominate = False
    form = page_of(customer).form("section.pattern form").fill(months=["10"], note="Cosecha")
    page = form.submit("Guardar el patrón")
    assert page.status == 422
    assert "todavía no puede declarar nada" in page.text


def test_staff_see_every_declared_season(portal: RunningPortal) -> None:
    customer = opened(portal, EVEN[:1], 1000)
    page_of(customer).form("section.pattern form").fill(months=["4", "10"], note="Cosecha").submit("Guardar el patrón")
    for role in (Role.OPERATOR, Role.AUDITOR):
        page = portal.staff(role).open("/consola/patrones-de-consumo")
        row = " ".join(page.one("#patrones tbody tr").get_text(" ").split())
        assert "abril, octubre" in row
        assert "Cosecha" in row
    assert portal.staff(Role.ADMIN).client.get("/consola/patrones-de-consumo").status_code == 403
    assert customer.browser.client.get("/consola/patrones-de-consumo").status_code == 404


def test_a_point_that_ended_is_judged_to_its_last_month_and_awaits_no_other(portal: RunningPortal) -> None:
    portal.clock.forward(days=62)
    customer = opened(portal, EVEN, 1400)
    assert "Faltan mediciones" in page_of(customer).text
    with portal.session() as session, transaction(session):
        session.get_one(DeliveryPoint, customer.way.point.id).ends_on = OCTOBER.next.first
    page = page_of(customer)
    assert page.h1 == "Consumo de octubre de 2026"
    assert "terminó el sábado 31 de octubre de 2026" in page.text
    assert "Su consumo de octubre superó el límite" in page.text
    refused = page_of(customer, "?mes=11&anio=2026")
    assert refused.status == 422
    assert "y octubre de 2026" in refused.text


def test_readings_after_the_end_of_a_point_are_of_a_month_too(portal: RunningPortal) -> None:
    customer = opened(portal, EVEN, 1400)
    with portal.session() as session, transaction(session):
        session.get_one(DeliveryPoint, customer.way.point.id).ends_on = OCTOBER.first
    assert page_of(customer).h1 == "Consumo de octubre de 2026"
    assert page_of(customer, "?mes=11&anio=2026").status == 422


def test_a_point_of_this_month_has_no_month_before_it(portal: RunningPortal) -> None:
    customer = portal.customer(starts_on=OCTOBER.next.first)
    customer.use_keys()
    page = page_of(customer)
    assert page.h1 == "Consumo de noviembre de 2026"
    assert page_of(customer, "?mes=10&anio=2026").status == 422


def test_the_number_of_questions_is_small_and_constant(portal: RunningPortal) -> None:
    customer = opened(portal, EVEN, 1400)
    engine = portal.app.extensions["portal.engine"]
    page_of(customer)
    with counted(engine) as asked:
        page_of(customer)
    assert len(asked) <= 6
