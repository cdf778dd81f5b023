"""The calendar of a point, notes for the shift, the hours, and what became of each revision."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.models import ShiftNote
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import afternoon, refused
from tests.browser import Page
from tests.customer import RENOMINATION, TOMORROW, Customer
from tests.factories import TODAY


def calendar(customer: Customer, asked: str = "") -> Page:
    return customer.open(f"/nominacion/{customer.modality}/{customer.point}/calendario{asked}")


def state(page: Page, day: object) -> str:
    return str(page.one(f'td[data-gas-day="{day}"]')["data-state"])


def test_the_calendar_marks_what_is_nominated_and_what_is_missing(customer: Customer):
    customer.nominate("12.500")
    page = calendar(customer)
    assert state(page, TOMORROW.isoformat()) == "nominated"
    assert "12.500 m³" in page.one(f'td[data-gas-day="{TOMORROW.isoformat()}"]').get_text()
    assert state(page, TOMORROW.plus(1).isoformat()) == "missing"


def test_a_month_with_a_statement_says_so_and_leads_to_it(portal: RunningPortal, customer: Customer):
    with portal.session() as session, transaction(session):
        factories.month_closing(session, session.merge(customer.way.point), Month(2026, 9), "4")
    for asked, closed in (("?mes=8&anio=2026", True), ("?mes=9&anio=2026", True), ("?mes=10&anio=2026", False)):
        page = calendar(customer, asked)
        assert ("Mes cerrado" in page.text) is closed
    assert "estado.pdf?mes=9&anio=2026" in str(calendar(customer, "?mes=9&anio=2026").one(".month-closed a")["href"])


def test_a_gap_that_is_pressed_opens_the_wizard_at_the_quantity(customer: Customer):
    day = TOMORROW.plus(1)
    page = calendar(customer).form().submit(f"nominacion {day.isoformat()}")
    assert page.url.endswith("/cantidad")
    assert "miércoles 25 de noviembre de 2026" in page.text


def test_after_the_close_a_gap_is_asked_for_late(portal: RunningPortal, customer: Customer):
    back = afternoon(portal, customer)
    page = calendar(back)
    assert state(page, TOMORROW.isoformat()) == "late-only"
    quantity = page.form().submit(f"renominacion {TOMORROW.isoformat()}")
    assert "Es una nominación tardía" in quantity.text


def test_a_day_that_cannot_be_asked_for_is_refused_in_words(customer: Customer):
    page = calendar(customer).form().tamper(pick=f"nominacion {TODAY.plus(-3).isoformat()}").submit()
    assert page.status == 422
    assert "cerró el" in page.text
    nonsense = calendar(customer).form().tamper(pick="ayer").submit()
    refused(nonsense, "Elija el día en el calendario.", None)


def test_the_calendar_hides_quantities_until_the_key_was_proved(portal: RunningPortal, customer: Customer):
    customer.nominate("12.500")
    back = portal.holder_of(customer.way)
    back.open_contract()
    assert "12.500" in calendar(back).text, "the account proved the key when it signed"
    stranger = portal.customer()
    stranger.open_contract()
    assert "clave numérica del punto" in calendar(stranger).text


def test_a_month_outside_of_the_history_is_said_so(customer: Customer):
    page = calendar(customer, "?mes=1&anio=2010")
    assert page.status == 422
    assert "El historial va de" in page.text


def test_somebody_elses_calendar_is_not_there(portal: RunningPortal, customer: Customer):
    stranger = portal.customer()
    stranger.open_contract()
    address = f"/nominacion/{stranger.modality}/{customer.point}/calendario"
    assert stranger.open(address).status == 404


def test_the_history_says_what_changed_and_where_each_revision_stands(portal: RunningPortal, customer: Customer):
    customer.nominate("12.500")
    customer.nominate("13.000")
    back = afternoon(portal, customer)
    back.nominate("9.000", kind=RENOMINATION)
    page = back.open(f"/nominacion/{back.modality}/historial")
    lines = page.select(f'[data-gas-day="{TOMORROW.isoformat()}"] [data-revision]')
    assert [str(line["data-state"]) for line in lines] == ["in-review", "replaced", "replaced"]
    assert "−4.000 m³ frente a la versión 2" in lines[0].get_text()
    assert "+500 m³ frente a la versión 1" in lines[1].get_text()
    assert "por el portal" in lines[0].get_text()


def test_a_cancelled_day_is_told_as_it_happened(customer: Customer):
    customer.sign(customer.nominate("12.500").click("anular"))
    customer.nominate("7.000")
    page = customer.open(f"/nominacion/{customer.modality}/historial")
    lines = page.select(f'[data-gas-day="{TOMORROW.isoformat()}"] [data-revision]')
    assert [str(line["data-state"]) for line in lines] == ["received", "cancelled", "cancelled"]
    assert "después de anular" in lines[0].get_text()
    assert "Anulada" in lines[1].get_text()


def note(customer: Customer, text: str, day: str = "24/11/2026") -> Page:
    customer.open_point()
    page = customer.open(f"/nominacion/{customer.modality}/{customer.point}/notas")
    return page.form().fill(gas_day=day, text=text).submit("Dejar la nota")


def test_a_note_for_the_shift_is_kept_and_shown(portal: RunningPortal, customer: Customer):
    page = note(customer, "Mañana mantenimiento del compresor.")
    assert page.status == 200
    assert "Mañana mantenimiento del compresor." in page.text
    customer.nominate("12.500")
    assert "Nota para el turno" in customer.open(f"/nominacion/{customer.modality}/historial").text


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("   ", "24/11/2026", "Escriba la nota"),
        ("x" * 501, "24/11/2026", "La nota tiene 501 caracteres y caben 500."),
        ("Parada.", "22/11/2026", "La nota es para un día de hoy a 31 días más."),
        ("Parada.", "mañana", "No reconocemos esa fecha."),
    ],
)
def test_a_note_that_cannot_be_kept_says_why(
    portal: RunningPortal, customer: Customer, text: str, day: str, words: str
):
    customer.open_point()
    page = customer.open(f"/nominacion/{customer.modality}/{customer.point}/notas")
    form = page.form().fill(gas_day=day)
    page = form.tamper(text=text).submit("Dejar la nota")
    assert page.status == 422
    assert words in page.text
    with portal.session() as session:
        assert session.query(ShiftNote).count() == 0


def test_the_hours_say_until_when_each_request_is_taken(customer: Customer):
    page = customer.open("/nominacion/horario")
    assert "Re-nominación de hoy hasta hoy a las 16:00." in page.select("[data-today]")[0].get_text(" ", strip=True)
    assert "Nominación hasta hoy a las 12:00." in page.text
    assert "Quedan" in page.text
    assert "hasta 4 por día de gas" in page.text


def test_a_moved_close_is_seen_by_the_operator_first_and_then_by_the_customer(
    portal: RunningPortal, customer: Customer
):
    operator = portal.staff(Role.OPERATOR)
    page = operator.open("/consola/horario")
    form = page.form("/consola/horario").fill(gas_day="24/11/2026", closes_time="14:00", reason="Falla de telemetría.")
    seen = form.submit("Ver el efecto")
    assert "Esto es lo que cambiaría" in seen.text
    assert "Cambia el cierre" not in customer.open(f"/nominacion/{customer.modality}").text
    done = seen.form("/consola/horario").submit("Cambiar el cierre y avisar a los clientes")
    assert "El cierre quedó cambiado" in done.text
    told = customer.open(f"/nominacion/{customer.modality}")
    assert "Cambia el cierre del martes 24 de noviembre de 2026" in told.text
    assert "Falla de telemetría." in customer.open("/nominacion/horario").text


def test_what_is_confirmed_is_what_was_shown(portal: RunningPortal, customer: Customer):
    operator = portal.staff(Role.OPERATOR)
    page = operator.open("/consola/horario")
    form = page.form("/consola/horario").fill(gas_day="24/11/2026", closes_time="14:00", reason="Falla.")
    seen = form.submit("Ver el efecto").form("/consola/horario").fill(closes_time="15:00")
    again = seen.submit("Cambiar el cierre y avisar a los clientes")
    assert "Esto es lo que cambiaría" in again.text
    assert "15:00" in again.text
    assert "Ningún día tiene el cierre movido" in again.text


@pytest.mark.parametrize(("hour", "words"), [("25:00", "No reconocemos esa hora."), ("07:00", "Esa hora ya pasó.")])
def test_an_hour_that_makes_no_sense_is_said_beside_it(portal: RunningPortal, hour: str, words: str):
    page = portal.staff(Role.OPERATOR).open("/consola/horario")
    form = page.form("/consola/horario").fill(gas_day="24/11/2026", closes_time=hour, reason="Falla.")
    refused(form.submit("Ver el efecto"), words, "closes_time")


def test_a_point_whose_key_was_not_proved_leads_to_its_quantities_and_back(customer: Customer):
    board = customer.open(f"/nominacion/{customer.modality}")
    asked = board.click(f"Ver las cantidades de {customer.way.point.name}, con su clave numérica")
    back = asked.form().fill(numeric_key=customer.way.numeric_key).submit()
    assert back.url == f"/nominacion/{customer.modality}"
    assert "Ver las cantidades" not in customer.open(f"/nominacion/{customer.modality}").text
