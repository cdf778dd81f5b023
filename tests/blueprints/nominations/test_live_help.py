"""Help while the quantity is typed, and the same facts on the page to sign, which needs no script."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from portal.domain.accounts import Role
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName, SettingScope
from portal.models import NominationDraft
from portal.services import ledger
from portal.services.points.settings import changes
from portal.services.points.settings.changes import Asked
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import afternoon
from tests.browser import Page
from tests.customer import Customer
from tests.factories import TODAY


def measured(portal: RunningPortal, customer: Customer) -> None:
    """Ten weeks of 1,000 a day, asked for as 1,010 in this month, today included."""
    with portal.session() as session, transaction(session):
        for ago in range(70):
            on = TODAY.plus(-ago)
            if ago:
                factories.reading(session, customer.way.point, on, "1000")
            if on.date.month == TODAY.date.month:
                factories.nomination(session, customer.way.point, on, "1010")
            ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=on)


def typed(customer: Customer, page: Page, text: str) -> Page:
    """What htmx gets while this stands in the field of step 4."""
    return customer.open(f"{page.url}/ayuda?quantity={quote(text)}", htmx=True)


MONTH_END = "470 m³ a favor, dentro de la tolerancia de 1.524 m³"


def test_what_is_typed_is_said_in_words_against_limit_mean_and_month(portal: RunningPortal, customer: Customer):
    measured(portal, customer)
    customer.open_point()
    page = customer.choose_day()
    found = typed(customer, page, "1.240")
    assert found.is_fragment
    assert "mil doscientos cuarenta m³ · 49,48 MBTU" in found.text
    assert "20.000 m³: quedan 18.760 m³" in found.text
    assert "el 6,2 % del máximo y el 124,0 % del consumo medio" in found.text
    assert f"Al ritmo de siempre, el desbalance de noviembre {MONTH_END}" in found.text
    assert found.select("[name=confirm_unusual]") == []
    assert len(found.body) <= 8_000


def test_the_page_to_sign_says_the_same_without_script(portal: RunningPortal, customer: Customer):
    measured(portal, customer)
    customer.open_point()
    page = customer.review("1.240")
    for words in (
        "mil doscientos cuarenta m³",
        "Equivale a 49,48 MBTU",
        "Es el 6,2 % del máximo diario del contrato y el 124,0 % de su consumo medio",
        "quedan 18.760 m³",
        MONTH_END,
    ):
        assert words in page.text
    back = customer.open(page.url.replace("firma", "cantidad"))
    assert MONTH_END in back.text, "step 4 shows it for what is kept"


def test_the_guard_shows_its_tick_while_typing_and_the_page_to_sign_repeats_it(
    portal: RunningPortal, customer: Customer
):
    measured(portal, customer)
    customer.open_point()
    page = customer.choose_day()
    found = typed(customer, page, "9000")
    assert "es más de 8 veces su consumo medio de los últimos 28 días" in found.text
    assert found.one("[name=confirm_unusual]")
    suspected = typed(customer, page, "40").text
    assert "¿Unidad correcta? Aquí se escribe en m³; lo que escribió, en la otra unidad, serían 1.002 m³." in suspected
    page = page.form().fill(quantity="9.000").submit()
    assert page.one("[name=confirm_unusual]")
    page = page.form().fill(confirm_unusual=True).submit()
    assert "Revise la cantidad: es más de 8 veces" in page.text


def test_a_contract_that_blocks_offers_no_tick(portal: RunningPortal):
    customer = portal.customer(maximum_blocks=True)
    customer.open_contract()
    found = typed(customer, customer.choose_day(), "20.001")
    assert "Este contrato no admite más." in found.text
    assert "supera el máximo diario del contrato (20.000 m³) en 1 m³" in found.text
    assert found.text.count("supera el máximo") == 1
    assert found.select("[name=confirm_unusual]") == []


def test_what_cannot_be_read_is_never_another_number(customer: Customer, subtests: pytest.Subtests):
    page = customer.choose_day()
    for text, words in {
        "": "Escriba la cantidad: la verá en palabras",
        "12,": "Eso no es una cantidad.",
        "1.25": "La cantidad se puede leer de dos maneras.",
        "-5": "La cantidad no puede ser negativa.",
        "１２": "Eso no es una cantidad.",
        "9" * 300: "La cantidad es mayor que la que puede recibir un punto en un día.",
        "<b>7</b>": "Eso no es una cantidad.",
    }.items():
        with subtests.test(text=text):
            found = typed(customer, page, text)
            assert words in found.text
            assert "Esta cantidad es" not in found.text
    assert "cero m³ · 0,00 MBTU Cero: pide que ese día no se le programe gas" in typed(customer, page, "0").text


def test_without_the_numeric_key_no_figure_of_the_point_is_told(portal: RunningPortal, customer: Customer):
    measured(portal, customer)
    page = customer.choose_day()
    for shown in (typed(customer, page, "9000"), page.form().fill(quantity="1.240").submit()):
        assert "medio" not in shown.text
        assert "1.000 m³" not in shown.text.replace("11.000 m³", "")
        assert "tolerancia" not in shown.text


def test_the_floor_of_a_renomination_is_said_while_typing(portal: RunningPortal, customer: Customer):
    customer.nominate("12.000")
    # Six in the morning of the day itself: effective at noon, when half of it has flowed.
    late = afternoon(portal, customer, hours=21)
    page = late.choose_day(kind="renominacion")
    assert "No puede ser menor que 6.000 m³" in typed(late, page, "5.999").text
    assert "No puede ser menor" not in typed(late, page, "6.000").text


def test_a_day_that_closed_meanwhile_is_said_in_the_fragment(portal: RunningPortal, customer: Customer):
    page = customer.choose_day()
    late = afternoon(portal, customer)
    found = typed(late, page, "7")
    assert (found.status, found.is_fragment) == (422, True)
    assert "cerró el lunes 23 de noviembre de 2026 a las 12:00" in found.text


def test_it_is_for_htmx_and_for_its_owner(portal: RunningPortal, customer: Customer):
    page = customer.choose_day()
    assert customer.open(f"{page.url}/ayuda?quantity=7").url == page.url
    assert portal.customer().open(f"{page.url}/ayuda", htmx=True).status == 404
    with portal.session() as session:
        assert session.query(NominationDraft).one().quantity_micro is None


def test_a_point_in_mbtu_is_helped_in_mbtu(portal: RunningPortal):
    customer = portal.customer(unit=Unit.MBTU, maximum_micro=1_000 * 10**6)
    customer.open_contract()
    found = typed(customer, customer.choose_day(), "250,5")
    assert "doscientos cincuenta coma cinco MBTU · 6.277 m³" in found.text
    assert "1.000,00 MBTU: quedan 749,50 MBTU" in found.text


def test_the_guard_names_the_factor_that_was_set_for_the_day(portal: RunningPortal, customer: Customer):
    measured(portal, customer)
    with portal.session() as session:
        with transaction(session):
            admin = factories.signed_in(session, factories.user(session, role=Role.ADMIN))
        asked = Asked(
            SettingName.SUSPICIOUS_FACTOR, SettingScope.ALL, None, "", "3", TODAY.plus(1), "Errores de digitación"
        )
        changes.change(Act.at(session, admin, factories.NOW), asked=asked)
    customer.open_point()
    page = customer.choose_day()
    assert "es más de 3 veces su consumo medio de los últimos 28 días" in typed(customer, page, "4000").text
    assert "es más de 3 veces menor que su consumo medio" in typed(customer, page, "200").text
    refused = page.form().fill(quantity="4.000").submit()
    assert "es más de 3 veces su consumo medio de los últimos 28 días" in refused.text
