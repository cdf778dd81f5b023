"""Meters of a point and readings by index, by the pages' own forms."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.quantities import plain
from portal.models import AuditEvent, IndexReading, MeterChange, Reading
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page

TODAY = factories.TODAY
METER = "/consola/mediciones/puntos/apiay/medidor"


def sheet(ago: int) -> str:
    return f"/consola/mediciones/dia/{TODAY.plus(-ago).isoformat()}?modo=indice"


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    with portal.session() as session, transaction(session):
        factories.delivery_point(
            session, public_id="apiay", carrier_code="TOP-01", name="EDS Apiay", starts_on=TODAY.plus(-60)
        )
    return portal.staff(Role.OPERATOR)


def install(browser: Browser, ago: int = 5, **said: object) -> Page:
    usual = {"gas_day": TODAY.plus(-ago).date.strftime("%d/%m/%Y"), "serial": "Z-900", "first_index": "100"}
    return browser.open(METER).form("#medidor").fill(**usual | said).submit("Registrar")


def type_index(browser: Browser, ago: int, index: str) -> Page:
    return browser.open(sheet(ago)).form("#hoja").fill(**{"indice-apiay": index}).submit("Guardar lo escrito")


def volumes(portal: RunningPortal) -> list[str]:
    with portal.session() as session:
        rows = session.execute(select(Reading.gas_day, Reading.volume_m3).order_by(Reading.gas_day, Reading.version))
        newest = {row.gas_day: row.volume_m3 for row in rows}
    return [plain(each) for each in newest.values()]


def test_a_day_is_read_by_the_index_of_its_meter(portal: RunningPortal, operator: Browser):
    page = install(operator, factor="2", maximum="5.000")
    assert "Z-900" in page.one("#medidores").get_text()
    type_index(operator, 5, "350")
    page = type_index(operator, 4, "1.350,5")
    assert "2.001 m³" in page.one("#fila-apiay").get_text()
    assert volumes(portal) == ["500", "2001"]
    page = type_index(operator, 3, "9.000")
    assert "Guardada, pero llama la atención: pasa del máximo del medidor o del contrato" in page.text
    assert portal.count(IndexReading) == 3


def test_the_day_of_a_change_adds_both_meters(portal: RunningPortal, operator: Browser):
    install(operator)
    type_index(operator, 5, "400")
    page = install(operator, 4, serial="Z-901", former_index="450", first_index="20", factor="1,5")
    assert len(page.select("#medidores tbody tr")) == 2
    type_index(operator, 4, "60")
    assert volumes(portal) == ["300", "110"]
    with portal.session() as session:
        events = list(session.scalars(select(AuditEvent.details).where(AuditEvent.event == "meter:changed")))
    assert '"former_index":"450"' in events[1]


def test_a_corrected_index_counts_the_day_after_anew(portal: RunningPortal, operator: Browser):
    install(operator)
    type_index(operator, 5, "400")
    type_index(operator, 4, "600")
    page = type_index(operator, 5, "450")
    assert "Guardada, y se volvió a contar el día siguiente: 150 m³" in page.one("#fila-apiay").get_text()
    assert volumes(portal) == ["350", "150"]
    page = type_index(operator, 5, "700")
    assert page.status == 422
    assert "es 600 m³, menor que este" in page.text
    assert volumes(portal) == ["350", "150"]


def test_a_volume_over_an_index_says_that_the_index_no_longer_counts(portal: RunningPortal, operator: Browser):
    install(operator)
    type_index(operator, 5, "400")
    by_volume = sheet(5).partition("?")[0]
    page = operator.open(by_volume).form("#hoja").fill(**{"volume-apiay": "310"}).submit("Guardar lo escrito")
    assert "Guardada; el índice de ese día, 400 m³, ya no cuenta" in page.one("#fila-apiay").get_text()
    page = page.form("#hoja").fill(**{"volume-apiay": "311"}).submit("Guardar lo escrito")
    assert "índice" not in page.one("#fila-apiay").get_text()
    assert volumes(portal) == ["311"]


def test_the_first_day_of_a_meter_shows_the_index_that_it_begins_with(operator: Browser):
    install(operator, first_index="1.250")
    before = operator.open(sheet(5)).one("#fila-apiay [data-head='Índice anterior']").get_text()
    assert "1.250 m³" in before
    assert "empieza este día" in before
    type_index(operator, 5, "1.400")
    after = operator.open(sheet(4)).one("#fila-apiay [data-head='Índice anterior']").get_text()
    assert "1.400 m³" in after
    assert "empieza" not in after


@pytest.mark.parametrize(
    ("ago", "index", "said"),
    [
        (3, "500", "Falta el índice del"),
        (4, "90", "El índice bajó de 400 m³ a 90 m³"),
        (4, "100000000", "vuelve a cero en 100.000.000 m³"),
        (9, "500", "Registrar el medidor"),
    ],
)
def test_an_index_that_gives_no_volume_is_refused_in_words(
    portal: RunningPortal, operator: Browser, ago: int, index: str, said: str
):
    install(operator)
    type_index(operator, 5, "400")
    if ago == 9:
        page = operator.open(sheet(ago))
        assert not page.select("#fila-apiay input")
    else:
        page = type_index(operator, ago, index)
        assert page.status == 422
        assert page.one("#indice-apiay")["value"] == index
    assert said in page.text
    assert volumes(portal) == ["300"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"gas_day": "ayer"}, "fecha"),
        ({"serial": ""}, "Escriba el número del medidor"),
        ({"first_index": "mucho"}, "No es un número"),
        ({"factor": "0"}, "El factor va de 0,5 a 100"),
        ({"factor": "mucho"}, "escriba la cifra como 1,0325"),
        ({"first_index": "mucho"}, "escriba la cifra como 5.320,75"),
        ({"maximum": "0"}, "El máximo al día es más de 0 m³"),
        ({"digits": "dos"}, "cuántas cifras enteras"),
        ({"digits": "4", "first_index": "10.000"}, "vuelve a cero en 10.000 m³"),
        ({"ago": -1}, "está por venir"),
        ({"ago": 90}, "no tiene servicio ese día"),
    ],
)
def test_a_meter_that_cannot_be_is_refused_beside_its_field(
    portal: RunningPortal, operator: Browser, said: dict, words: str
):
    page = install(operator, **said)
    assert page.status == 422
    assert words in page.text
    assert portal.count(MeterChange) == 0


def test_a_change_comes_after_the_last_one_and_after_what_was_read(operator: Browser):
    install(operator)
    page = install(operator, 6, serial="Z-901", former_index="450")
    assert "el cambio va después de ese día" in page.text
    page = install(operator, 4, serial="Z-901")
    assert "Escriba el último índice del que se retira" in page.text
    type_index(operator, 5, "400")
    type_index(operator, 4, "600")
    page = install(operator, 4, serial="Z-901", former_index="450")
    assert "Ya hay un índice tomado el" in page.text
