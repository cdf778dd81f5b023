"""The heating value of a closed month on the pages: asked for with its effect in sight, decided by a supervisor."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.quantities import HeatingValue
from portal.models import Adjustment, DailyHeatingValue, DeliveryPoint, LateHeatingValue
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page

PAGE = "/consola/poder-calorifico/correcciones"
MONTH = Month.of(factories.TODAY).previous
DAY = MONTH.days()[4]
TYPED = f"{DAY.date:%d/%m/%Y}"


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    """The operator; a point measured 1.000 m³ on the fifth of a closed month."""
    with portal.session() as session, transaction(session):
        at = factories.exit_point(session, code="PS-9", name="Apiay")
        point = factories.delivery_point(
            session, public_id="barzal", name="EDS Barzal", starts_on=MONTH.first, exit_point_id=at.id
        )
        factories.heating_value(session, at.id, DAY, HeatingValue.of("1130"))
        factories.reading(session, point, DAY, "1000")
        ledger.rebuild_point(session, delivery_point=point)
        factories.month_closing(session, point, MONTH, "-1000")
    return portal.staff(Role.OPERATOR)


def see(browser: Browser, **typed: str) -> Page:
    given = {"exit_point": "PS-9", "gas_day": TYPED, "value": "1.100,125", "reason": "Cromatógrafo"} | typed
    return browser.open(PAGE).form("form#pedir").fill(**given).submit("Ver el efecto")


def test_a_value_is_shown_asked_for_and_approved_by_a_supervisor(portal: RunningPortal, operator: Browser):
    for way in ("/consola/poder-calorifico", "/consola/mediciones/cierres", "/consola/mediciones/correcciones"):
        assert operator.open(way).select(f"main a[href='{PAGE}']")
    page = operator.open(PAGE)
    assert page.h1 == "Poder calorífico de meses cerrados"
    page = see(operator)
    # 1.000 m³ × 35,3146667214886 × 1.130 ÷ 1.000.000 = 39,905573, and by 1.100,125 it is 38,850548.
    assert "EDS Barzal, 1 día: 1,055025 MBTU y 0 m³ en la cuenta" in page.one("#efecto").get_text()
    assert "Ajuste en el mes abierto" in page.one("#efecto").get_text()
    assert portal.count(LateHeatingValue) == 0
    page = page.form("form#pedir").submit("Pedir la corrección")
    assert "la decide un supervisor" in page.text
    row = page.one("#correcciones")
    assert "de 1.130 a 1.100,125 BTU/ft³" in row.get_text()
    assert "La decide otra persona" in row.get_text()
    asked = page.one("#correcciones tbody tr")["data-correction"]
    token = page.form("form#pedir")["csrf_token"]
    data = {"csrf_token": token, "correction": str(asked), "accion": "aprobar"}
    assert operator.client.post(PAGE, data=data).status_code == 403
    assert "La decide un supervisor" in portal.staff(Role.OPERATOR).open(PAGE).one("#correcciones").get_text()
    supervisor = portal.staff(Role.SUPERVISOR)
    waiting = supervisor.open(PAGE)
    assert "1,055025 MBTU" in waiting.one("#correcciones").get_text()
    assert "corrección de poder calorífico por decidir" in supervisor.open("/consola").text
    done = waiting.form(f"form#decidir-{asked}").submit("Aprobar")
    assert "aprobada: las cuentas están al día" in done.text
    assert "Aprobada" in done.one("#correcciones").get_text()
    assert (portal.count(Adjustment), portal.count(DailyHeatingValue)) == (1, 2)
    assert waiting.form(f"form#decidir-{asked}").submit("Rechazar").status == 409


def test_what_cannot_be_asked_for_keeps_what_was_typed(portal: RunningPortal, operator: Browser):
    for typed, words in (
        ({"value": "1130"}, "Ese es el valor que ya tiene el día"),
        ({"value": "113"}, "De 700 a 1.500 BTU/ft³"),
        ({"gas_day": f"{factories.TODAY.date:%d/%m/%Y}"}, "no está en un mes cerrado"),
        ({"exit_point": ""}, "Elija el punto de salida."),
    ):
        page = see(operator, **typed)
        assert page.status == 422
        assert words in page.text
        assert page.form("form#pedir")["reason"] == "Cromatógrafo"
    page = see(operator, reason="").form("form#pedir").submit("Pedir la corrección")
    assert (page.status, "Escriba el motivo" in page.text) == (422, True)
    page = see(operator).form("form#pedir").fill(value="1.200").submit("Pedir la corrección")
    assert "El efecto no es el que se le mostró" in page.text
    assert portal.count(LateHeatingValue) == 0


def test_the_customer_reads_of_it_beside_the_day(portal: RunningPortal):
    customer = portal.customer()
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        factories.heating_value(session, point.exit_point_id, DAY, HeatingValue.of("1130"))
        factories.reading(session, point, DAY, "1000")
        ledger.rebuild_point(session, delivery_point=point)
        factories.month_closing(session, point, MONTH, "-1000")
        code = point.exit_point.code
    customer.use_keys()
    asked = see(portal.staff(Role.OPERATOR), exit_point=code).form("form#pedir").submit("Pedir la corrección")
    told = f"/cuentas-de-balance/{customer.modality}/{customer.point}/dias/{DAY.isoformat()}"
    assert "a 1.100,125 BTU/ft³. Cromatógrafo Espera la decisión" in customer.open(told).text
    supervisor = portal.staff(Role.SUPERVISOR).open(PAGE)
    supervisor.form(f"form#decidir-{asked.one('#correcciones tbody tr')['data-correction']}").submit("Aprobar")
    text = customer.open(told).text
    assert "Las cifras del mes cerrado siguen con el valor de antes." in text
    assert "× 1.130 ÷ 1.000.000" in text
