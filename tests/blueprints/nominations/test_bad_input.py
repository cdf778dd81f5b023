"""Bad input at each step: a clear word beside the field, what was typed kept, nothing written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.models import NominationDraft
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import IN_WORDS, draft_in, refused
from tests.customer import TOMORROW, Customer
from tests.factories import TODAY


@pytest.mark.parametrize("sent", [None, "", "   "])
def test_step_1_without_a_point_asks_for_one(portal: RunningPortal, customer: Customer, sent: str | None):
    second_point(portal, customer)
    page = customer.open("/nominacion/gnv-suministro/nueva").form().tamper(delivery_point=sent).submit()
    refused(page, "Elija la EDS para la que pide el gas.", "delivery_point")
    assert portal.count(NominationDraft) == 0


def test_the_steps_call_a_plant_a_plant(portal: RunningPortal):
    customer = portal.customer(modality=Modality.INDUSTRIAL)
    second_point(portal, customer)
    customer.open_contract()
    page = customer.open("/nominacion/industrial/nueva")
    assert "Paso 1 de 5: Planta" in page.text
    assert page.h1 == "¿Para cuál planta?"
    refused(page.form().submit(), "Elija la planta para la que pide el gas.", "delivery_point")
    document = customer.review()
    assert document.select(".answers dt")[0].get_text() == "Planta"
    assert "EDS o empresa" not in document.text


def second_point(portal: RunningPortal, customer: Customer) -> None:
    with portal.session() as session, transaction(session):
        factories.delivery_point(session, contract=customer.way.contract)


def test_step_2_takes_one_of_the_two_kinds_only(portal: RunningPortal, customer: Customer, subtests: pytest.Subtests):
    for sent in [None, "", "NOMINACION", "otra"]:
        with subtests.test(sent=sent):
            page = customer.choose_point()
            answer = page.form().tamper(kind=sent).submit()
            refused(answer, "Elija si envía una nominación o una re-nominación.", "kind")
            assert draft_in(portal, page).kind is None


def test_a_kind_that_was_not_sent_is_not_taken_from_the_draft(customer: Customer):
    page = customer.choose_kind().click("Volver")
    refused(page.form().tamper(kind=None).submit(), "Elija si envía una nominación o una re-nominación.", "kind")


def test_step_3_says_what_is_wrong_with_a_day_and_keeps_what_was_typed(
    portal: RunningPortal, customer: Customer, subtests: pytest.Subtests
):
    for typed, words in [
        ("", "Escriba o elija el día de gas, como 24/11/2026."),
        ("mañana", "No reconocemos esa fecha."),
        ("24~11~2026", "No reconocemos esa fecha."),
        ("11/24/2026", "Ese día no existe en el calendario."),
        ("30/02/2027", "Ese día no existe en el calendario."),
        ("30 feb", "Ese día no existe en el calendario."),
        ("mié 1 dic", "Revise la fecha: el 1 de diciembre de 2026 es martes, no miércoles."),
        ("24/11/20266", "No reconocemos esa fecha."),
        ("２４/１１/２０２６", "No reconocemos esa fecha."),
        ("24/11/0026", "Ese día queda fuera del calendario del portal."),
        ("2026-11-24T00:00", "No reconocemos esa fecha."),
        ("24/11/2026' OR 1=1", "No reconocemos esa fecha."),
        ("x" * 500, "No reconocemos esa fecha."),
    ]:
        with subtests.test(typed=typed, words=words):
            page = customer.choose_kind()
            answer = page.form().fill(gas_day=typed).submit("Continuar")
            refused(answer, words, "gas_day")
            assert answer.form()["gas_day"] == typed
            assert draft_in(portal, page).gas_day is None


@pytest.mark.parametrize("typed", ["mar 24 nov", "martes 24 de noviembre", "24/11", "24-nov-26", "24 nov 2026"])
def test_step_3_takes_every_spelling_of_a_pasted_list(portal: RunningPortal, customer: Customer, typed: str):
    page = customer.choose_kind()
    assert page.form().fill(gas_day=typed).submit("Continuar").status == 200
    assert draft_in(portal, page).gas_day == TOMORROW


def test_a_day_that_was_not_sent_is_not_the_one_that_was_suggested(portal: RunningPortal, customer: Customer):
    page = customer.choose_kind()
    refused(page.form().tamper(gas_day=None).submit("Continuar"), "Escriba o elija el día de gas", "gas_day")
    assert draft_in(portal, page).gas_day is None


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (
            TODAY,
            "La nominación para el lunes 23 de noviembre de 2026 cerró el domingo 22 de noviembre de 2026 a las 12:00",
        ),
        (FIRST_GAS_DAY, "cerró el domingo 30 de noviembre de 2014 a las 12:00"),
        (TODAY.plus(32), "se recibe a partir del martes 24 de noviembre de 2026 a las 00:00"),
    ],
)
def test_step_3_refuses_a_day_outside_of_its_window_and_says_since_when(customer: Customer, day: GasDay, words: str):
    answer = customer.choose_day(day.isoformat())
    refused(answer, words, "gas_day")
    assert answer.form()["gas_day"] == day.isoformat()


def test_a_picked_day_that_closed_meanwhile_is_the_one_the_field_shows(portal: RunningPortal, customer: Customer):
    page = customer.choose_kind()
    portal.clock.forward(minutes=25)
    customer.open("/nominacion")
    portal.clock.forward(minutes=25)
    customer.open(page.url)
    portal.clock.now = TOMORROW.start - timedelta(hours=11, minutes=59)
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    customer.open_contract()
    token = customer.open(page.url).form()["csrf_token"]
    answer = page.form().tamper(csrf_token=token, gas_day="31/12/2026").submit(IN_WORDS)
    refused(answer, f"La nominación para el {IN_WORDS} cerró", "gas_day")
    assert answer.form()["gas_day"] == "24/11/2026"


def test_step_4_says_what_is_wrong_with_a_quantity_and_keeps_what_was_typed(
    portal: RunningPortal, customer: Customer, subtests: pytest.Subtests
):
    for typed, words in [
        ("", "Escriba la cantidad total del día"),
        ("   ", "Escriba la cantidad total del día"),
        ("doce mil", "Eso no es una cantidad."),
        ("1e3", "Eso no es una cantidad."),
        ("nan", "Eso no es una cantidad."),
        ("Infinity", "Eso no es una cantidad."),
        ("１２", "Eso no es una cantidad."),
        ("12_500", "Eso no es una cantidad."),
        ("502 MBTU", "Este contrato es en m³: escriba la cantidad en m³"),
        ("1.25", "La cantidad se puede leer de dos maneras."),
        ("12,500.0", "La cantidad se puede leer de dos maneras."),
        ("-5", "La cantidad no puede ser negativa."),
        ("12500,5", "La cantidad tiene más decimales de los que se nominan."),
        ("10.000.001", "La cantidad es mayor que la que puede recibir un punto en un día."),
        ("9" * 200, "La cantidad es mayor que la que puede recibir un punto en un día."),
        ("<script>alert(1)</script>", "Eso no es una cantidad."),
    ]:
        with subtests.test(typed=typed, words=words):
            page = customer.choose_day()
            answer = page.form().fill(quantity=typed).submit()
            refused(answer, words, "quantity")
            assert "12.500 (metros cúbicos, sin decimales)" in answer.text
            # Blanks are nothing typed.
            assert answer.form()["quantity"] == typed.strip()
            assert draft_in(portal, page).quantity_micro is None


def test_a_quantity_that_was_not_sent_is_not_the_one_of_before(portal: RunningPortal, customer: Customer):
    page = customer.review("12.500").click("Volver")
    refused(page.form().tamper(quantity=None).submit(), "Escriba la cantidad total del día", "quantity")


def test_a_point_in_mbtu_takes_two_decimals_and_says_so(portal: RunningPortal):
    customer = portal.customer(unit=Unit.MBTU, maximum_micro=1_000 * 10**6)
    customer.open_contract()
    page = customer.choose_day().form().fill(quantity="250,555").submit()
    refused(page, "250,5 (MBTU, hasta dos decimales)", "quantity")


def test_a_version_that_no_page_showed_is_an_old_tab(portal_on_each: RunningPortal, subtests: pytest.Subtests):
    customer = portal_on_each.customer()
    customer.open_contract()
    kind = customer.choose_point().form().fill(kind="nominacion")
    day = customer.choose_kind().form()
    quantity = customer.choose_day().form().fill(quantity="7")
    for form in (kind, day, quantity):
        for version in ("abc", "-1", "1.5", "9" * 30, "٣"):
            with subtests.test(form=form.action, version=version):
                assert form.tamper(version=version).submit().status == 409
