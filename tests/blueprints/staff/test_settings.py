"""The administrator's pages of settings."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.models import SettingRow
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page

URL = "/consola/ajustes"


def fill(page: Page, **answers: str) -> Page:
    said = {"value": "3", "valid_from": "24/11/2026", "reason": "Errores de digitación"} | answers
    return page.form().fill(**said).submit("Ver el efecto")


def test_a_setting_is_seen_then_confirmed_and_told_before_and_after(portal: RunningPortal):
    page = portal.staff(Role.ADMIN).open(URL).click("Cantidad fuera de lo usual")
    assert "Rige × o ÷ 8 en todos los puntos." in page.text
    seen = fill(page)
    assert "De × o ÷ 8 a × o ÷ 3." in seen.text
    assert portal.count(SettingRow) == 0
    changed = seen.form().fill(value="4").submit("Registrar el ajuste")
    assert "De × o ÷ 8 a × o ÷ 4." in changed.text, "what is confirmed was shown"
    assert portal.count(SettingRow) == 0
    done = changed.form().submit("Registrar el ajuste")
    assert "El ajuste quedó registrado." in done.text
    assert "martes 24 de noviembre de 2026" in done.one("#filas").get_text()
    assert done.one("#historial del").get_text() == "8"
    again = fill(done, value="4")
    assert again.status == 422
    assert "Ese valor ya rige" in again.text
    assert again.form()["reason"] == "Errores de digitación", "what was typed stays"


def test_a_tolerance_reaches_the_sheet_of_its_month_alone(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys()
    page = portal.staff(Role.ADMIN).open(f"{URL}/tolerancia")
    asked = {"value": "7,5", "place": customer.way.contract.number}
    early = fill(page, **asked)
    assert early.status == 422
    assert "el primer día de un mes" in early.text
    fill(page, **asked, valid_from="01/12/2026").form().submit("Registrar el ajuste")
    sheet = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    assert "La tolerancia del contrato es 5 %" in customer.open(sheet).text
    portal.clock.forward(days=10)
    late = portal.holder_of(customer.way)
    late.use_keys()
    assert "La tolerancia del contrato es 7,50 %" in late.open(sheet).text
    assert "La tolerancia del contrato es 5 %" in late.open(f"{sheet}?mes=11&anio=2026").text


def test_a_rule_at_the_close_is_chosen_and_strange_choices_are_refused(portal: RunningPortal):
    page = portal.staff(Role.ADMIN).open(f"{URL}/regla-al-cierre")
    seen = page.form().fill(value="zero", valid_from="24/11/2026", reason="Prueba").submit("Ver el efecto")
    assert "se nomina cero" in seen.text
    for forged in ({"value": "always"}, {"scope": "galaxy"}, {"modality": "none"}):
        refused = page.form().fill(valid_from="24/11/2026", reason="x").tamper(**forged).submit("Ver el efecto")
        assert refused.status == 422, forged
    wrong = page.form().fill(valid_from="24/11/2026", reason="x", scope="point", place="T'1").submit("Ver el efecto")
    assert "No encontramos ese contrato o ese punto" in wrong.text
    assert page.browser.open(f"{URL}/otro").status == 404


def test_the_pages_are_the_administrators_alone(portal: RunningPortal):
    for role in (Role.SUPERVISOR, Role.OPERATOR):
        assert portal.staff(role).open(f"{URL}/tolerancia").status == 403
    assert portal.customer().browser.open(URL).status == 404


def test_how_long_rows_are_kept_is_for_all_and_has_a_least_number_of_days(portal: RunningPortal):
    page = portal.staff(Role.ADMIN).open(URL).click("Conservar los borradores")
    assert "Rige «para siempre»." in page.text
    short = fill(page, value="6")
    assert short.status == 422
    seen = fill(page, value="30")
    assert "De para siempre a 30 días." in seen.text
    assert "puntos" not in seen.one("main").get_text().split("Cambiar desde un día")[1]
    done = seen.form().submit("Registrar el ajuste")
    assert "30 días" in done.one("#filas").get_text()
    daily = portal.staff(Role.ADMIN).open(f"{URL}/retiro-diario")
    assert "De no a sí." in fill(daily, value="1").text
    assert fill(daily, value="2").status == 422


def test_one_code_for_all_points_is_set_for_a_contract_alone(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        number = factories.contract(session).number
    page = portal.staff(Role.ADMIN).open(URL).click("Un solo código para todos los puntos")
    assert "Rige «no»." in page.text
    seen = fill(page, value="1", place=number)
    assert "De no a sí." in seen.text
    done = seen.form().submit("Registrar el ajuste")
    assert "sí" in done.one("#filas").get_text()
    assert fill(done, value="2", place=number).status == 422
