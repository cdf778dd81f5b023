"""The start page: what a person finds after signing in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from portal.domain.gas_day import BOGOTA
from portal.domain.nominations import CutReason
from portal.domain.readings import ReadingState
from portal.models import Binding
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer
from tests.factories import TODAY
from tests.services.ledger_rows import counted


def row(page: Page, customer: Customer) -> str:
    return " ".join(page.one(f'[data-delivery-point="{customer.point}"]').get_text(" ").split())


def opened(portal: RunningPortal, **contract: object) -> Customer:
    customer = portal.customer(starts_on=TODAY.plus(-22), **contract)
    customer.open_contract("cuentas-de-balance")
    customer.open_point()
    return customer


def measure(portal: RunningPortal, customer: Customer, asked: str, taken: str | None, ago: int = 1) -> None:
    with portal.session() as session, transaction(session):
        point, on = customer.way.point, TODAY.plus(-ago)
        factories.nomination(session, point, on, asked)
        if taken is not None:
            factories.reading(session, point, on, taken)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)


def test_a_sign_in_leads_here_and_says_what_will_be_here(portal: RunningPortal) -> None:
    customer = portal.customer()
    page = customer.browser.open("/inicio")
    assert page.h1.startswith("Hola, ")
    assert "Aquí verá sus puntos de entrega" in page.text
    assert page.click("Cuentas de balance").url == "/cuentas-de-balance"


def test_an_open_point_tells_tomorrow_the_month_in_its_tolerance_the_total_and_the_last_reading(
    portal_on_each: RunningPortal,
) -> None:
    customer = opened(portal_on_each)
    for ago in range(1, 23):
        measure(portal_on_each, customer, "1000", "990", ago)
    page = customer.browser.open("/inicio")
    assert "Falta una nominación para el martes 24 de noviembre de 2026." in page.text
    assert "Sin nominar – cierra en 3 h" in row(page, customer)
    assert "Si no la envía, se nominará por usted el promedio de los últimos cuatro martes." in row(page, customer)
    assert "220 m³ a favor, dentro de la tolerancia de 1.100 m³" in row(page, customer)
    assert "Acumulado total 220 m³ a favor" in row(page, customer)
    assert "Última medición de ayer" in row(page, customer)
    assert page.select(".start-alarms") == []
    assert page.click("Nominar").url.startswith("/nominacion/")
    customer.nominate("1.200")
    page = customer.browser.open("/inicio")
    assert "Nominada 1.200 m³" in row(page, customer)
    assert "Si no la envía" not in row(page, customer)
    assert "Todo está nominado para mañana, martes 24 de noviembre de 2026." in page.text
    assert page.click("Ver la hoja").url.endswith(customer.point)


def test_what_asks_for_attention_stands_under_its_point(portal_on_each: RunningPortal) -> None:
    customer = opened(portal_on_each)
    measure(portal_on_each, customer, "1000", "1300", 3)
    with portal_on_each.session() as session, transaction(session):
        point, tomorrow, past = customer.way.point, TODAY.plus(1), TODAY.plus(-3)
        factories.nomination(session, point, tomorrow, "1000")
        factories.authorisation(session, point, tomorrow, "800", cut_reason=CutReason.PCC)
        estimated = factories.NOW - timedelta(days=60)
        factories.reading(session, point, TODAY.plus(-4), "900", state=ReadingState.ESTIMATED, recorded_at=estimated)
        factories.reading(session, point, TODAY.plus(-4), "950", version=2)
        for on in (past, TODAY.plus(-4), tomorrow):
            ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    said = row(customer.browser.open("/inicio"), customer)
    assert "Autorizada con recorte: 800 m³ de 1.000 m³" in said
    assert "1.250 m³ en contra, fuera de la tolerancia de 50 m³" in said
    assert "El desbalance del mes está fuera de la tolerancia." in said
    assert "Falta la medición de 20 días de este mes." in said
    assert "Última medición de hace 3 días" in said
    assert "Cambiaron 2 datos desde su última visita: su saldo bajó 50 m³" in said


def test_on_the_first_of_a_month_nothing_is_called_even(portal: RunningPortal) -> None:
    portal.clock.now = datetime(2026, 12, 1, 0, 10, tzinfo=BOGOTA)
    customer = opened(portal)
    measure(portal, customer, "1000", "1300")
    said = row(customer.browser.open("/inicio"), customer)
    assert "Desbalance del mes todavía sin días medidos" in said
    assert "Acumulado total 300 m³ en contra" in said


def test_without_the_numeric_key_no_figure_is_told(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract("cuentas-de-balance")
    measure(portal, customer, "1000", "1300")
    with portal.session() as session, transaction(session):
        tomorrow = TODAY.plus(1)
        factories.nomination(session, customer.way.point, tomorrow, "4321")
        ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=tomorrow)
    page = customer.browser.open("/inicio")
    assert "Nominada" in row(page, customer)
    for figure in ("4.321", "300", "1.300"):
        # The name of the point ends in a number of its own.
        assert not re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", row(page, customer))
    assert page.click("Abrir").url.endswith("/clave")


def test_a_contract_that_is_not_open_in_this_session_says_its_name_only(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract("cuentas-de-balance")
    portal.clock.forward(minutes=29)
    customer.browser.open("/cuenta")
    portal.clock.forward(minutes=29)
    page = customer.browser.open("/inicio")
    assert page.select("[data-delivery-point]") == []
    assert customer.way.contract.number in page.text
    assert page.click("Abrir con la clave web").url.endswith("/clave-web?siguiente=/inicio")


def test_after_the_close_the_page_says_so(portal: RunningPortal) -> None:
    portal.clock.forward(hours=3, milliseconds=1)
    customer = opened(portal)
    page = customer.browser.open("/inicio")
    assert "No nominó: irá el pronóstico" in row(page, customer)
    assert "Falta una nominación" not in page.text


def test_the_number_of_questions_does_not_grow_with_the_points(portal: RunningPortal) -> None:
    customer = opened(portal)
    measure(portal, customer, "1000", "1300")
    engine = portal.app.extensions["portal.engine"]
    with counted(engine) as few:
        customer.browser.open("/inicio")
    with portal.session() as session, transaction(session):
        for _ in range(6):
            other = factories.contract(session, company_id=customer.way.contract.company_id)
            factories.delivery_point(session, contract=session.merge(customer.way.contract))
            session.add(
                Binding(
                    user_id=customer.way.actor.user_id,
                    contract_id=other.id,
                    may_nominate=True,
                    created_at=factories.NOW,
                )
            )
    with counted(engine) as many:
        page = customer.browser.open("/inicio")
    assert len(page.select("[data-delivery-point]")) == 7
    assert len(many) == len(few)
    assert len(few) <= 26
