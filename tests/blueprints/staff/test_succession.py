"""The page "Cambiar desde un día" of a delivery point, filled in as a person does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Unit
from portal.models import DeliveryPoint, KeyLetter, NominationHead
from portal.services import ledger
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.factories import TODAY

CHANGE = TODAY.plus(8)


@pytest.fixture
def staff(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR)


@pytest.fixture
def point(portal: RunningPortal) -> str:
    """The page of a point measured yesterday and nominated for the day of the change."""
    with portal.session() as session:
        made = factories.delivery_point(session, name="EDS Ariari", carrier_code="PE-900")
        factories.heating_value(session, made.exit_point_id, TODAY.plus(-1), HeatingValue.of("1130"))
        factories.reading(session, made, TODAY.plus(-1), "100")
        factories.nomination(session, made, CHANGE, "100")
        ledger.rebuild_point(session, delivery_point=made)
        session.commit()
        return f"/consola/registro/puntos/{made.public_id}"


def typed(day: GasDay) -> str:
    return f"{day.date:%d/%m/%Y}"


def filled(staff: Browser, point: str, **given: object) -> Page:
    form = staff.open(f"{point}/desde-un-dia").form(f"{point}/desde-un-dia")
    return form.fill(**{"day": typed(CHANGE), "unit": Unit.MBTU.value, "reason": "Otrosí 3"} | given).submit(
        "Ver el efecto"
    )


def rows(portal: RunningPortal) -> list[DeliveryPoint]:
    with portal.session() as session:
        return list(session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.starts_on)))


def test_the_form_of_the_point_leads_to_the_act_with_what_was_chosen(portal: RunningPortal, staff: Browser, point: str):
    with portal.session() as session:
        gate = factories.exit_point(session)
        code = gate.code
        session.commit()
    refused = staff.open(point).form(point).fill(unit=Unit.MBTU.value, exit_point=code).submit("Guardar el punto")
    assert refused.status == 422
    assert "use «Cambiar desde un día»" in refused.text
    opened = refused.click("Cambiar desde un día").form(f"{point}/desde-un-dia")
    assert (opened["unit"], opened["exit_point"], opened["day"]) == (Unit.MBTU.value, code, "")


def test_the_effect_is_shown_then_done_and_each_row_leads_to_the_other(
    portal: RunningPortal, staff: Browser, point: str
):
    shown = filled(staff, point)
    assert shown.status == 200
    effect = shown.one("#efecto").text
    for words in ("m³", "MBTU", "hasta el lunes 30 de noviembre de 2026", "desde el martes 1 de diciembre de 2026"):
        assert words in effect
    for words in (
        "Se anula la nominación del martes 1 de diciembre de 2026",
        "la carta queda pedida",
        "el promedio de los últimos cuatro días",
        "El saldo pasa a la cuenta nueva cuando todos los días de antes tengan medición",
    ):
        assert words in shown.text
    assert len(rows(portal)) == 1
    done = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert "EDS Ariari cambia desde el martes 1 de diciembre de 2026" in done.text
    assert "Otrosí 3" in done.one(".trail").text
    old, new = rows(portal)
    assert (old.ends_on, new.starts_on, new.unit) == (CHANGE, CHANGE, Unit.MBTU)
    assert done.url.endswith(new.public_id)
    back = done.click("EDS Ariari, desde el lunes 1 de diciembre de 2014")
    assert back.url == point
    assert "Otrosí 3" in back.one(".trail").text
    with portal.session() as session:
        assert session.query(KeyLetter).one().delivery_point_id == new.id
        assert session.query(NominationHead).count() == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": "ayer"}, "No reconocemos esa fecha"),
        ({"day": ""}, "Escriba la fecha"),
        ({"reason": " "}, "queda en la auditoría de los dos puntos"),
        ({"unit": "m3"}, "Eso ya rige"),
        ({"contract": "NR-0"}, "No hay un contrato con el número NR-0"),
        ({"contract": ""}, "Escriba el número del contrato"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    portal: RunningPortal, staff: Browser, point: str, given: dict[str, str], words: str
):
    page = filled(staff, point, **given)
    assert page.status == 422
    assert words in page.text
    form = page.form(f"{point}/desde-un-dia")
    expected = {"day": typed(CHANGE), "unit": Unit.MBTU.value, "reason": "Otrosí 3"} | given
    assert {name: form[name].strip() for name in expected} == {name: text.strip() for name, text in expected.items()}
    assert len(rows(portal)) == 1


def test_what_changed_since_it_was_shown_is_shown_again(portal: RunningPortal, staff: Browser, point: str):
    shown = filled(staff, point)
    with portal.session() as session:
        made = session.query(DeliveryPoint).one()
        factories.nomination(session, made, CHANGE.plus(1), "100")
        session.commit()
    again = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert again.status == 422
    assert "ya no es lo que se mostró" in again.text
    assert "Se anulan las nominaciones del" in again.text
    done = again.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert "Esta es la página del punto nuevo" in done.text


def test_what_is_confirmed_was_typed_before(portal: RunningPortal, staff: Browser, point: str):
    form = filled(staff, point).form(f"{point}/desde-un-dia")
    again = form.fill(day=typed(CHANGE.plus(1))).submit("Cambiar el punto desde ese día")
    assert (again.status, len(rows(portal))) == (422, 1)
    assert "desde el miércoles 2 de diciembre de 2026" in again.one("#efecto").text


def test_an_old_tab_is_told_what_holds_now(portal: RunningPortal, staff: Browser, point: str):
    shown = filled(staff, point)
    staff.open(point).form(point).fill(municipality="Lejanías").submit("Guardar el punto")
    stale = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert stale.status == 409
    assert "usted envió: MBTU" in stale.text
    assert len(rows(portal)) == 1


def test_it_asks_for_the_code_again_and_then_does_what_was_sent(portal: RunningPortal, staff: Browser, point: str):
    shown = filled(staff, point)
    portal.clock.now += timedelta(minutes=6)
    asked = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert asked.h1 == "Confirme que es usted"
    assert len(rows(portal)) == 1


def test_the_customer_sees_both_rows_with_the_end_of_the_one_before(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys()
    staff = portal.staff(Role.SUPERVISOR)
    point = f"/consola/registro/puntos/{customer.point}"
    with portal.session() as session:
        made = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == customer.point)).one()
        code = made.carrier_code
        unit = Unit.M3.value if made.unit is Unit.MBTU else Unit.MBTU.value
    shown = filled(staff, point, unit=unit)
    shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    listed = customer.open(f"/cuentas-de-balance/{customer.modality}")
    links = {str(link["data-delivery-point"]) for link in listed.select("a[data-delivery-point]")}
    assert len(links) == 2
    assert customer.point in links
    assert "30 de noviembre de 2026" in listed.text
    for search in ("/consola/claves/puntos?q={}", "/consola/registro?q={}", "/consola/mediciones?q={}"):
        assert "hasta el lunes 30 de noviembre de 2026" in staff.open(search.format(code)).text
    chosen = customer.open(f"/nominacion/{customer.modality}/nueva")
    for words in ("hasta el lunes 30 de noviembre de 2026", "desde el martes 1 de diciembre de 2026"):
        assert words in chosen.text
        assert words in customer.open(f"/nominacion/{customer.modality}").text


@pytest.mark.parametrize("day", ["31/12/9999", "31/12/2099", "01/12/2014", "01/01/1900"])
def test_a_day_at_the_edge_of_what_can_be_typed_is_answered(
    portal: RunningPortal, staff: Browser, point: str, day: str
):
    assert filled(staff, point, day=day).status in (200, 422)
    assert len(rows(portal)) == 1


def test_a_contract_of_another_company_is_told_to_need_its_web_key(portal: RunningPortal, staff: Browser, point: str):
    with portal.session() as session:
        number = factories.contract(session).number
        session.commit()
    shown = filled(staff, point, contract=f" {number} ")
    assert f"El contrato {number} se abre con su propia clave web" in shown.text
    assert "se nomina cero mientras la cuenta nueva no tenga" in shown.text


def test_a_day_that_has_passed_shows_what_goes_on_and_both_accounts_before_it_is_done(
    portal: RunningPortal, staff: Browser, point: str
):
    yesterday = TODAY.plus(-1)
    with portal.session() as session:
        made = session.scalars(select(DeliveryPoint)).one()
        factories.nomination(session, made, yesterday, "130")
        factories.nomination(session, made, yesterday.plus(-1), "90")
        factories.reading(session, made, yesterday.plus(-1), "110")
        ledger.rebuild_point(session, delivery_point=made)
        session.commit()
    shown = filled(staff, point, day=typed(yesterday), unit=Unit.MBTU.value)
    row = shown.one(f"#dias tr[data-gas-day='{yesterday.isoformat()}']")
    assert "130 m³" in row.text
    assert "30 m³ a favor" in row.text
    values = {str(cell["data-field"]): str(cell["data-value"]) for cell in shown.select("#cuentas td[data-field]")}
    assert (values["now"], values["before"]) == ("10", "0")
    assert values["after"] == "0.399057"
    done = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    spans = done.select("#linea-de-tiempo tbody tr")
    assert [("hasta el" in span.text, "MBTU" in span.text) for span in spans] == [(True, False), (False, True)]
    assert "Sigue de la fila de antes; el saldo sigue aquí: Otrosí 3" in spans[1].text
    kept = filled(staff, done.url, day=typed(TODAY), unit=Unit.M3.value, carries=False)
    assert kept.one("#cuentas td[data-field=after]")["data-value"] == "0"


def test_another_company_is_named_as_who_would_see_the_balance(portal: RunningPortal, staff: Browser, point: str):
    with portal.session() as session:
        contract = factories.contract(session)
        number, name = contract.number, contract.company.name
        session.commit()
    shown = filled(staff, point, day=typed(TODAY.plus(-1)), contract=number)
    assert f"{name} verá en su cuenta el saldo que dejó" in shown.text
    assert "deja de ver los días que pasan" in shown.text
    assert "verá en su cuenta" not in filled(staff, point, contract=number, carries=False).text


def test_whom_to_call_afterwards_is_told_as_it_will_be(portal: RunningPortal, staff: Browser, point: str):
    with portal.session() as session:
        contract = factories.contract(session)
        contract.company.name = "Gas Real S.A.S."
        number = contract.number
        made = session.scalars(select(DeliveryPoint)).one()
        made.contract.company.name = "Garza Real S.A.S."
        session.commit()
    assert "Se llama a la empresa, como ahora." in filled(staff, point).text
    with portal.session() as session:
        made = session.scalars(select(DeliveryPoint)).one()
        made.contact_name, made.contact_phone, made.shift_hours = "Nora Ruiz", "310 555 0143", "6 a 14"
        session.commit()
    assert "El contacto del punto pasa con él; su turno pasa también." in filled(staff, point).text
    shown = filled(staff, point, day=typed(TODAY.plus(-1)), contract=number)
    assert "El contacto del punto no pasa: se llama a la empresa nueva; su turno pasa también." in shown.text
    assert "que dejó Garza Real S.A.S. Si no lo acordaron" in shown.text
    done = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert "Nora Ruiz" not in done.text
    assert "6 a 14" in done.text


def test_the_sheet_of_the_company_of_before_ends_with_its_days_and_shows_where_its_balance_went(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys()
    with portal.session() as session:
        made = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == customer.point)).unique().one()
        for days, m3 in ((2, "4111"), (1, "4222")):
            factories.nomination(session, made, TODAY.plus(-days), "4000", revision=7)
            factories.reading(session, made, TODAY.plus(-days), m3, version=7)
        ledger.rebuild_point(session, delivery_point=made)
        number = factories.contract(session).number
        session.commit()
    here = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    assert "4.222" in customer.open(f"{here}?mes={TODAY.date.month}&anio={TODAY.date.year}").text
    staff = portal.staff(Role.SUPERVISOR)
    point = f"/consola/registro/puntos/{customer.point}"
    shown = filled(staff, point, day=typed(TODAY.plus(-1)), contract=number, unit=Unit.M3.value)
    done = shown.form(f"{point}/desde-un-dia").submit("Cambiar el punto desde ese día")
    assert "Esta es la página del punto nuevo" in done.text
    sheet = customer.open(f"{here}?mes={TODAY.date.month}&anio={TODAY.date.year}")
    assert "4.111" in sheet.text
    assert "4.222" not in sheet.text
    assert "Traslado de saldo" in sheet.text
    own, gone = (customer.open(f"{here}/dias/{TODAY.plus(-days).isoformat()}") for days in (2, 1))
    assert "4.111" in own.text
    assert "4.222" not in gone.text
    for path in ("/anio", "/cambios", "/consumo"):
        assert "4.222" not in customer.open(f"{here}{path}").text, path
