"""Guide steps 17 to 24: from the web key through the five steps of the wizard to the receipt, and another day."""

from __future__ import annotations

import pytest

from portal.models import AuditEvent, Nomination, OutboxMessage
from tests.application import RunningPortal
from tests.customer import TOMORROW, Customer
from tests.factories import NOW, TODAY

IN_WORDS = "martes 24 de noviembre de 2026"


def test_a_customer_goes_the_guides_way_from_the_menu_to_the_receipt_and_on_to_another_day(
    portal_on_each: RunningPortal,
):
    customer = portal_on_each.customer()
    page = customer.open("/nominacion").click("a[data-modality=gnv-suministro]")
    assert (page.url, page.h1) == ("/nominacion/gnv-suministro/clave-web", "Clave web")

    page = page.form().fill(web_key=customer.way.web_key).submit("Continuar")
    assert page.url == "/nominacion/gnv-suministro"
    assert f"La nominación del {IN_WORDS} se recibe hasta hoy a las 12:00" in page.text
    assert "Quedan 3 h." in page.text
    assert "Sin nominar" in page.text

    page = page.click("a#nominar")
    assert "Paso 1 de 5" in page.text
    page = page.form().fill(delivery_point=customer.way.point.name).submit("Continuar")
    assert "Paso 2 de 5" in page.text
    page = page.form().fill(kind="nominacion").submit("Continuar")
    assert "Paso 3 de 5" in page.text
    assert page.form()["gas_day"] == "24/11/2026"
    page = page.form().fill(gas_day="24/11/2026").submit("Continuar")
    assert "Paso 4 de 5" in page.text
    assert IN_WORDS in page.text
    page = page.form().fill(quantity="12.500").submit("Continuar")
    assert "Paso 5 de 5" in page.text
    for shown in (IN_WORDS, "12.500 m³", "doce mil quinientos m³", "498,82 MBTU", "Es la primera de ese día", "62,5 %"):
        assert shown in page.text

    page = page.form().fill(security_code=customer.way.numeric_key).submit("Firmar y enviar la nominación")
    assert page.history[-1][0] == 303
    assert page.one("#radicado").get_text() == "N-2026-000001"
    shown = {row["data-field"]: row["data-value"] for row in page.select("[data-field]")}
    assert shown == {
        "delivery_point": customer.point,
        "gas_day": "2026-11-24",
        "kind": "nominacion",
        "quantity": "12500",
        "unit": "m3",
        "received_at": NOW.isoformat(),
        "signed_by": customer.way.actor.email,
    }
    assert portal_on_each.count(Nomination) == 1
    assert portal_on_each.count(AuditEvent, event="nomination:signed") == 1
    assert portal_on_each.count(OutboxMessage, kind="receipt", recipient=customer.way.actor.email) == 1

    page = page.click("Nominar otro día")
    assert page.url.startswith("/nominacion/gnv-suministro/nueva")
    assert page.form()["delivery_point"] == customer.point
    page = page.form().submit().form().fill(kind="nominacion").submit()
    assert page.form()["gas_day"] == "25/11/2026", "the first day without a nomination is suggested"


def test_the_security_code_may_be_typed_as_the_letter_prints_it(customer: Customer):
    customer.open_contract()
    code = customer.way.numeric_key
    page = customer.sign(customer.review(), f" {code[:3]} {code[3:6]}-{code[6:]} ")
    assert page.url.startswith("/nominacion/comprobantes/")


def test_the_day_may_be_typed_in_both_spellings(customer: Customer, subtests: pytest.Subtests):
    for typed in ["2026-11-26", "26/11/2026", " 26/11/2026 "]:
        with subtests.test(typed=typed):
            customer.open_contract()
            assert "jueves 26 de noviembre de 2026" in customer.choose_day(typed).text


def test_the_day_may_be_picked_in_the_calendar_whatever_the_field_says(customer: Customer):
    customer.open_contract()
    page = customer.choose_kind().form().fill(gas_day="no es un día").submit("jueves 26 de noviembre de 2026")
    assert "jueves 26 de noviembre de 2026" in page.text


def test_the_calendar_offers_the_open_days_only_and_says_what_each_is(customer: Customer):
    customer.open_contract()
    customer.nominate()
    page = customer.choose_kind()
    offered = [str(button["value"]) for button in page.select("button[name=pick]")]
    assert (offered[0], offered[-1]) == ("2026-11-24", TODAY.plus(31).isoformat())
    assert page.one("button[value='2026-11-24']")["aria-label"] == f"{IN_WORDS}, ya nominado"
    assert str(page.one("button[value='2026-12-08']")["aria-label"]).startswith(
        "martes 8 de diciembre de 2026, festivo: "
    )
    closed = [text.get_text() for text in page.select(".day.is-closed")]
    assert "23" in closed, "today closed yesterday at noon"


def test_the_quantity_is_read_as_it_is_written_in_colombia(customer: Customer, subtests: pytest.Subtests):
    customer.open_contract()
    page = customer.choose_day()
    for typed, read in {
        "12500": "doce mil quinientos m³",
        "12.500": "doce mil quinientos m³",
        "12 500": "doce mil quinientos m³",
        "12.500,00": "doce mil quinientos m³",
        "7": "siete m³",
    }.items():
        with subtests.test(typed=typed):
            page = page.form().fill(quantity=typed).submit()
            assert "Paso 5 de 5" in page.text
            assert read in page.text
            page = page.click("Volver")


def test_zero_is_taken_and_its_meaning_is_spelled_out(customer: Customer):
    customer.open_contract()
    page = customer.review("0")
    assert "Cero: pide que ese día no se le programe gas en este punto." in page.text
    assert customer.sign(page).value("[data-field=quantity]") == "0"


def test_going_back_finds_every_answer_as_it_was_typed(customer: Customer):
    customer.open_contract()
    page = customer.review("12.500")
    for words, name, answer in (
        ("Cambiar solicitud", "kind", "nominacion"),
        ("Cambiar día de gas", "gas_day", "24/11/2026"),
        ("Cambiar cantidad", "quantity", "12500"),
    ):
        assert page.click(words).form()[name] == answer
    again = page.click("Volver").form().submit()
    assert "12.500 m³" in again.text, "what the page filled in is taken back unchanged"


def test_changing_the_kind_asks_for_the_day_again_and_keeps_the_quantity(customer: Customer):
    customer.open_contract()
    page = customer.review("12.500").click("Cambiar solicitud").form().fill(kind="renominacion").submit()
    assert "Paso 3 de 5" in page.text
    page = page.click("Volver").form().fill(kind="nominacion").submit()
    assert page.form().submit("Continuar").form()["quantity"] == "12500"


def test_a_later_nomination_replaces_the_earlier_and_the_history_keeps_both(customer: Customer):
    customer.open_contract()
    first = customer.nominate("12.500")
    page = customer.review("9.000")
    assert "Reemplaza la versión 1 de ese día: 12.500 m³" in page.text
    receipt = customer.sign(page)
    assert receipt.value("[data-field=quantity]") == "9000"
    assert "Versión 2 de ese día" in receipt.text
    assert "Ya no rige: la reemplazó otra versión" in customer.open(first.url).text

    history = customer.open("/nominacion/gnv-suministro").click("Historial de nominaciones")
    day = history.one(f"[data-gas-day='{TOMORROW.isoformat()}']")
    revisions = [
        (row["data-revision"], row.strong.get_text(), row.select_one(".chip").get_text())
        for row in day.select("[data-revision]")
    ]
    assert revisions == [("2", "9.000 m³", "Recibida"), ("1", "12.500 m³", "Reemplazada")]
    assert history.click("N-2026-000001").url == first.url
    assert "Nominada 9.000 m³" in customer.open("/nominacion/gnv-suministro").text


def test_after_noon_a_renomination_changes_the_total_and_says_from_when(portal: RunningPortal, customer: Customer):
    customer.open_contract()
    customer.nominate("12.000")
    portal.clock.forward(hours=4, minutes=20)
    customer = portal.holder_of(customer.way)
    page = customer.open_contract()
    assert f"La nominación del {IN_WORDS} cerró hoy a las 12:00" in page.text

    page = customer.choose_day(kind="renominacion")
    assert "¿Cuánto gas en total?" in page.h1
    assert "el cambio rige desde el martes 24 de noviembre de 2026 a las 00:00" in page.text
    page = page.form().fill(quantity="9.000").submit()
    assert "Reemplaza la versión 1 de ese día: 12.000 m³" in page.text
    receipt = page.form().fill(security_code=customer.way.numeric_key).submit("Firmar y enviar la re-nominación")
    assert receipt.value("[data-field=kind]") == "renominacion"
    assert receipt.value("[data-field=quantity]") == "9000"
    assert receipt.value("[data-field=effective_at]") == TODAY.plus(1).start.isoformat()
    assert "envíe una re-nominación hasta el martes 24 de noviembre de 2026 a las 16:00" in receipt.text


def test_a_point_in_mbtu_is_nominated_and_receipted_in_mbtu(portal: RunningPortal):
    from portal.domain.quantities import Unit

    customer = portal.customer(unit=Unit.MBTU, maximum_micro=1_000 * 10**6)
    customer.open_contract()
    page = customer.choose_day()
    assert "Un MBTU es un millón de BTU." in page.text
    page = page.form().fill(quantity="250,5").submit()
    for shown in ("250,50 MBTU", "6.277 m³"):
        assert shown in page.text
    assert page.click("Volver").form()["quantity"] == "250,5"
    receipt = customer.sign(page)
    assert receipt.value("[data-field=quantity]") == "250.5"
    assert receipt.value("[data-field=unit]") == "MBTU"


def test_a_nomination_needs_the_web_key_only_once_for_both_ways(customer: Customer):
    customer.open_contract("cuentas-de-balance")
    assert customer.open("/nominacion/gnv-suministro").url == "/nominacion/gnv-suministro"


def test_figures_of_a_point_are_shown_only_after_its_numeric_key(portal: RunningPortal, customer: Customer):
    customer.open_contract()
    customer.nominate("12.500")
    colleague = portal.colleague_of(customer)
    page = colleague.open_contract()
    assert "12.500" not in page.text
    assert "Nominada" in page.text
    page = colleague.open("/nominacion/gnv-suministro/historial")
    assert "12.500" not in page.text
    page.click(customer.way.point.name).form().fill(numeric_key=customer.way.numeric_key).submit()
    assert "12.500 m³" in colleague.open("/nominacion/gnv-suministro/historial").text
    assert "Nominada 12.500 m³" in colleague.open("/nominacion/gnv-suministro").text
