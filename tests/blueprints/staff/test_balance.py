"""The balance of all points on one page: who is out first, sums by unit, filters, pages, files."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest

from portal.blueprints.balances.files.packs import write_pack
from portal.domain.accounts import Role
from portal.domain.gas_day import FIRST_GAS_DAY
from portal.domain.jobs import JobKind
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName
from portal.models import DeliveryPoint, SettingRow
from portal.services import ledger
from portal.services.account import statement_packs
from portal.services.files import jobs
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.factories import TODAY

BALANCE = "/consola/balance"
YESTERDAY = TODAY.plus(-1)


def write(portal: RunningPortal, point: DeliveryPoint, day, asked: str, taken: str) -> None:
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, point.id)
        factories.nomination(session, point, day, asked)
        factories.reading(session, point, day, taken)
        ledger.rewrite_day(session, delivery_point=point, gas_day=day)


@pytest.fixture
def points(portal: RunningPortal) -> dict[str, DeliveryPoint]:
    """Three points of one company in m³ and MBTU, one of them industrial, and one of another company."""
    with portal.session() as session, transaction(session):
        company = factories.company(session, name="Gas de la Sabana S.A.S.", public_id="sabana")
        gnv = factories.contract(session, company_id=company.id, number="NR-GNV")
        plant = factories.contract(
            session, company_id=company.id, number="NR-IND", modality=Modality.INDUSTRIAL, unit=Unit.MBTU
        )
        gate = factories.exit_point(session, code="PE-0001", name="Apiay")
        found = {
            "calm": factories.delivery_point(session, contract=gnv, public_id="calm", exit_point_id=gate.id),
            "out": factories.delivery_point(session, contract=gnv, public_id="out", name="=Peligro"),
            "plant": factories.delivery_point(session, contract=plant, public_id="plant"),
            "other": factories.delivery_point(session, public_id="other"),
        }
    write(portal, found["calm"], YESTERDAY, "1000", "990")
    write(portal, found["out"], YESTERDAY, "1000", "1320.5")
    write(portal, found["plant"], YESTERDAY, "100", "2000")
    return found


@pytest.fixture
def operator(portal: RunningPortal, points: dict[str, DeliveryPoint]) -> Browser:
    return portal.staff(Role.OPERATOR)


def shown(page: Page) -> list[str]:
    return [str(row["data-delivery-point"]) for row in page.select("#balance tbody tr")]


def values(page: Page, point: str) -> list[str]:
    return [
        page.value(f"tr[data-delivery-point={point}] td[data-field={name}]")
        for name in ("imbalance", "month_to_date", "total_to_date", "days_out")
    ]


def test_the_last_day_with_readings_is_shown_and_what_is_out_comes_first(operator: Browser):
    page = operator.open(BALANCE)
    assert "domingo 22 de noviembre de 2026" in page.one("h1").text
    assert shown(page)[0] in ("out", "plant")
    assert shown(page)[-2:] == ["calm", "other"]
    assert values(page, "out") == ["-320.5", "-320.5", "-320.5", "1"]
    assert values(page, "other") == ["", "0", "0", "0"]
    row = page.one("tr[data-delivery-point=out]").text
    assert "321 m³ en contra" in row
    assert "Primero los que tienen más días fuera" in page.text


def test_what_was_typed_of_the_day_that_runs_is_not_opened_by_itself(portal: RunningPortal, operator: Browser, points):
    write(portal, points["calm"], TODAY, "1000", "10")
    page = operator.open("/consola/balance")
    assert page.h1.startswith(operator.open(f"/consola/balance?fecha={YESTERDAY.isoformat()}").h1)
    assert len(shown(page)) == len(points)
    assert operator.open(f"/consola/balance?fecha={TODAY.isoformat()}").h1 != page.h1


def test_sums_stand_first_and_each_unit_for_itself(operator: Browser):
    page = operator.open(BALANCE)
    assert page.source.index('id="sumas"') < page.source.index('id="balance"')
    assert page.value('#sumas tr[data-unit="m³"] [data-field=imbalance]') == "-310.5"
    assert page.value('#sumas tr[data-unit="m³"] [data-field=sum_points]') == "3"
    assert page.value("#sumas tr[data-unit=MBTU] [data-field=sum_points]") == "1"
    assert "no se suman entre sí" in page.text


def test_the_form_filters_by_gate_modality_company_and_words(operator: Browser):
    page = operator.open(BALANCE)

    def filtered(**given: str) -> list[str]:
        return sorted(shown(page.form("#filtros").fill(**given).submit()))

    assert filtered(puerta="PE-0001") == ["calm"]
    assert filtered(modalidad="industrial") == ["plant"]
    assert filtered(empresa="sabana") == ["calm", "out", "plant"]
    assert filtered(q="peligro sabana") == ["out"]
    empty = page.form("#filtros").fill(q="peligro", modalidad="industrial").submit()
    assert shown(empty) == []
    assert "cumple el filtro" in empty.text


def test_a_company_shows_the_sums_of_its_contracts(operator: Browser):
    page = operator.open(BALANCE).click("Gas de la Sabana S.A.S.")
    rows = page.select("#contratos tbody tr")
    assert [row.select_one("th").contents[0] for row in rows] == ["NR-GNV", "NR-IND"]
    assert rows[0].select_one("[data-field=imbalance]")["data-value"] == "-310.5"


def test_the_month_of_the_days_out_is_named_for_on_a_first_it_is_the_one_before(operator: Browser):
    for day, month in (("2026-10-31", "octubre de 2026"), ("2026-11-01", "noviembre de 2026")):
        assert f"Con días fuera en {month}" in operator.open(f"{BALANCE}?fecha={day}").text


def test_another_day_is_chosen_and_what_is_no_day_is_said(operator: Browser):
    earlier = operator.open(f"{BALANCE}?fecha={YESTERDAY.plus(-1).isoformat()}")
    assert values(earlier, "out") == ["", "0", "0", "0"]
    assert shown(operator.open(f"{BALANCE}?fecha=22/11/2026")) == shown(operator.open(BALANCE))
    for typed in ("32/13/2026", TODAY.plus(1).isoformat(), "2014-11-30", "x" * 500):
        page = operator.open(f"{BALANCE}?fecha={typed}")
        assert page.status == 200
        assert "no es un día de gas con balance" in page.text
        assert "domingo 22 de noviembre de 2026" in page.one("h1").text
    assert operator.open(f"{BALANCE}?fecha={FIRST_GAS_DAY.isoformat()}").status == 200


@pytest.mark.parametrize("place", ["", "x", "1.2", "99.999999999.999999999999999", "١.٢.٣", "-1.0.0"])
def test_a_place_that_is_none_shows_a_page(operator: Browser, place: str):
    assert operator.open(f"{BALANCE}?despues={place}").status == 200


def test_pages_of_fifty_lead_on_and_keep_the_filter(portal: RunningPortal, operator: Browser):
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        for number in range(60):
            factories.delivery_point(session, contract=owner, name=f"EDS Zipa {number:02}", public_id=f"p{number:02}")
    page = operator.open(f"{BALANCE}?q=zipa+eds")
    first = shown(page)
    assert len(first) == 50
    assert page.value("[data-field=points]") == "60"
    rest = page.click("Siguientes →")
    assert sorted(first + shown(rest)) == [f"p{number:02}" for number in range(60)]
    assert rest.value("[data-field=points]") == "60"
    assert shown(rest.click("← Al principio")) == first


def test_the_files_hold_every_point_that_fits_with_fixed_columns(operator: Browser):
    page = operator.open(f"{BALANCE}?empresa=sabana")
    content = page.click("Descargar CSV").body.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content), delimiter=";"))
    assert list(rows[0]) == [
        "fecha_gas",
        "empresa",
        "nit",
        "contrato",
        "modalidad",
        "punto_consumo",
        "codigo_transportador",
        "punto_salida",
        "unidad",
        "desbalance_dia",
        "acumulado_mes",
        "mes_incompleto",
        "acumulado_total",
        "total_incompleto",
        "dias_fuera",
        "tolerancia_pct",
        "uso_tolerancia_pct",
    ]
    out = next(row for row in rows if row["punto_consumo"] == "'=Peligro")
    assert (out["desbalance_dia"], out["dias_fuera"], out["tolerancia_pct"]) == ("-320,5", "1", "5")
    assert len(rows) == 3
    book = openpyxl.load_workbook(io.BytesIO(page.click("Descargar Excel").body))
    assert [cell.value for cell in book.active[1]] == list(rows[0])
    assert book.active.max_row == 4


def test_the_trend_says_in_words_what_it_draws(operator: Browser):
    picture = operator.open(BALANCE).one("tr[data-delivery-point=out] svg.trend")
    assert picture["aria-label"] == "28 días: 0 a favor, 1 en contra; el mayor, 321 m³ en contra"
    assert len(picture.select("path")) == 2


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_an_agent_and_an_administrator_are_not_let_in(portal: RunningPortal, role: Role):
    browser = portal.staff(role)
    for path in ("", "/balance.csv", "/balance.xlsx"):
        assert browser.open(BALANCE + path).status == 403


def test_an_auditor_reads_it(portal: RunningPortal, points: dict[str, DeliveryPoint]):
    assert len(shown(portal.staff(Role.AUDITOR).open(BALANCE))) == 4


def fill_adjustment(page: Page, **answers: str) -> Page:
    said = {"reason": "payback", "side": "favor", "quantity": "300", "gas_day": "22/11/2026", "note": "Acta 12"}
    return page.form("#ajuste").fill(**said | answers).submit("Ver el efecto")


def test_an_adjustment_is_seen_then_recorded_and_the_balance_follows(operator: Browser):
    page = operator.open(BALANCE)
    link = page.one("tr[data-delivery-point=out] th .row-note a")
    seen = fill_adjustment(operator.open("/consola/" + str(link["href"])), quantity="320,5")
    assert seen.status == 422
    assert "Escríbala sin signo" in seen.text
    assert seen.form("#ajuste")["note"] == "Acta 12"
    seen = fill_adjustment(seen)
    assert "de 321 m³ en contra a 21 m³ en contra, en total" in seen.one("#efecto").get_text()
    done = seen.form("#ajuste").submit("Registrar el ajuste")
    assert "El ajuste quedó registrado" in done.text
    assert values(done, "out") == ["-320.5", "-320.5", "-20.5", "1"]


def test_a_netting_beyond_the_limit_is_asked_for_and_decided_by_another(
    portal: RunningPortal, operator: Browser, points
):
    write(portal, points["calm"], YESTERDAY.plus(-1), "5000", "400")
    page = operator.open(f"{BALANCE}/ajustes/calm")
    refused = fill_adjustment(page, reason="netting", other="out", quantity="321")
    assert "entre los dos caben" in refused.text
    with portal.session() as session, transaction(session):
        session.add(
            SettingRow(
                name=SettingName.ADJUSTMENT_LIMIT,
                value="1",
                valid_from=TODAY.plus(-30),
                reason="Acta",
                recorded_at=portal.clock.now,
                recorded_by_id=factories.user(session).id,
            )
        )
    seen = fill_adjustment(page, reason="netting", other="out", quantity="320")
    assert "Pasa del límite" in seen.text
    asked = seen.form("#ajuste").submit("Pedir el ajuste")
    assert "lo decide un supervisor" in asked.text
    assert "Lo decide otra persona" in asked.one("#ajustes").get_text()
    supervisor = portal.staff(Role.SUPERVISOR)
    # Whoever decides finds it on the board; whoever asked does not.
    assert "ajuste sobre el límite por decidir" not in operator.open("/consola").text
    page = supervisor.open("/consola").click("a[href$='/balance/ajustes']")
    done = page.form("#ajustes form").submit("Aprobar")
    assert "El ajuste quedó aprobado" in done.text
    assert values(supervisor.open(BALANCE), "out")[2] == "-0.5"


def test_a_decision_that_comes_second_is_told_so(portal: RunningPortal, operator: Browser, points):
    first, second = portal.staff(Role.SUPERVISOR), portal.staff(Role.SUPERVISOR)
    page = fill_adjustment(operator.open(f"{BALANCE}/ajustes/out"), quantity="9.000.000")
    page.form("#ajuste").submit("Pedir el ajuste")
    pages = [browser.open(f"{BALANCE}/ajustes") for browser in (first, second)]
    assert pages[0].form("#ajustes form").submit("Rechazar").status == 200
    late = pages[1].form("#ajustes form").submit("Aprobar")
    assert late.status == 409
    assert "Otra persona ya decidió este ajuste." in late.text


def test_the_pack_of_a_company_is_asked_for_on_its_page_and_downloaded_when_ready(
    portal: RunningPortal, operator: Browser
):
    page = operator.open(f"{BALANCE}?empresa=sabana")
    assert page.form("#paquete")["month"] == "10/2026"
    asked = page.form("#paquete").fill(month="11/2026").submit()
    assert "En espera" in asked.text
    with portal.session() as session:
        runner = statement_packs.make_runner(portal.session, write_pack)
        jobs.run_next(session, runners={JobKind.PACK_STATEMENTS: runner}, clock=portal.clock)
    done = operator.open(asked.url)
    pack = done.click("Descargar el paquete (ZIP)")
    with zipfile.ZipFile(io.BytesIO(pack.body)) as found:
        assert len(found.namelist()) == 6
    again = operator.open(f"{BALANCE}?empresa=sabana").one("#paquetes a")
    assert operator.open(str(again["href"])).body == pack.body
    assert portal.staff(Role.AGENT).open(str(again["href"])).status == 403


@pytest.mark.parametrize("month", ["", "13/2026", "0/2026", "10-2026", "1/14", "11/2014", "12/2026", "x/y", "99/9999"])
def test_a_month_that_is_none_says_what_to_write(operator: Browser, month: str):
    page = operator.open(f"{BALANCE}?empresa=sabana").form("#paquete").fill(month=month).submit()
    assert page.status == 200
    assert "Escriba el mes como 10/2026" in page.text or "no se entregó gas" in page.text


def test_a_request_that_cannot_be_done_any_more_says_why_and_can_be_rejected(
    portal: RunningPortal, operator: Browser, points
):
    write(portal, points["calm"], YESTERDAY.plus(-1), "9000", "400")
    write(portal, points["out"], YESTERDAY.plus(-1), "400", "9000")
    asked = fill_adjustment(operator.open(f"{BALANCE}/ajustes/calm"), reason="netting", other="out", quantity="8.000")
    asked.form("#ajuste").submit("Pedir el ajuste")
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, points["out"].id)
        factories.reading(session, point, YESTERDAY.plus(-1), "500", version=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=YESTERDAY.plus(-1))
    page = portal.staff(Role.SUPERVISOR).open(f"{BALANCE}/ajustes")
    assert "Ya no se puede hacer. Un cruce lleva lo que un punto tiene a favor" in page.one("#ajustes").get_text()
    assert [button.get_text() for button in page.select("#ajustes form button")] == ["Rechazar"]
    assert "quedó rechazado" in page.form("#ajustes form").submit("Rechazar").text
