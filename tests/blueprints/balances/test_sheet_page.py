"""The sheet as a page: the account day by day, its words and marks, any month, and who may see it."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.modalities import Modality
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Unit
from portal.domain.readings import ReadingState
from portal.models import Contract, DeliveryPoint, Holiday, NominationHead
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.services.ledger_rows import counted, day

from .conftest import HHV, Sheet, opened_by

FIELDS = ("nominated", "authorised", "consumed", "imbalance", "month_to_date", "total_to_date", "variation")
Example = dict[str, tuple[str | None, str | None]]


def values(page: Page, gas_day: str) -> list[str]:
    """The exact figures of a day, in the order of the columns."""
    return [page.value(f'tr[data-gas-day="{gas_day}"] td[data-field={field}]') for field in FIELDS]


def words(page: Page, gas_day: str, field: str = "") -> str:
    """What is read in a row, or in one of its cells."""
    cell = f" td[data-field={field}]" if field else ""
    return " ".join(page.one(f'tr[data-gas-day="{gas_day}"]{cell}').get_text(" ").split())


def test_the_worked_example_stands_in_the_table(portal_on_each: RunningPortal, example: Example) -> None:
    sheet = opened_by(portal_on_each)
    sheet.fill(example)
    page = sheet.open()
    assert values(page, "2026-11-01") == ["5000", "", "5320", "-320", "-320", "-320", "6.4"]
    assert values(page, "2026-11-02") == ["5000", "", "4900", "100", "-220", "-220", "2"]
    assert values(page, "2026-11-03") == ["0", "", "0", "0", "-220", "-220", "0"]
    assert values(page, "2026-11-04") == ["0", "", "50", "-50", "-270", "-270", ""]
    assert values(page, "2026-11-05") == ["5000", "", "", "", "-270", "-270", ""]
    assert words(page, "2026-11-01", "variation") == "fuera: 6,40 %"
    assert words(page, "2026-11-02", "variation") == "dentro: 2,00 %"
    assert words(page, "2026-11-01", "imbalance") == "320 en contra"
    assert words(page, "2026-11-02", "imbalance") == "100 a favor"
    assert words(page, "2026-11-03", "imbalance") == "0"
    assert words(page, "2026-11-04", "variation") == "nada autorizado: n. a."
    assert words(page, "2026-11-05", "consumed") == "– sin medición"
    assert words(page, "2026-11-05", "month_to_date") == "270 en contra I incompleto"
    assert words(page, "2026-11-06", "nominated") == "– sin nominación"


def test_the_worked_example_comes_out_in_mbtu_for_a_point_in_mbtu(portal: RunningPortal) -> None:
    sheet = opened_by(portal, unit=Unit.MBTU, maximum_micro=800 * 10**6)
    with portal.session() as session, transaction(session):
        for number in (2, 3):
            gate = sheet.customer.way.point.exit_point_id
            factories.heating_value(session, gate, day(f"2026-11-0{number}"), HHV)
    sheet.fill({"2026-11-01": ("199.53", "5320"), "2026-11-02": ("199.527867", "4900"), "2026-11-03": ("0", "0")})
    page = sheet.open()
    assert values(page, "2026-11-01")[2:4] == ["212.29765", "-12.76765"]
    assert values(page, "2026-11-02")[2:4] == ["195.53731", "3.990557"]
    assert words(page, "2026-11-02", "imbalance") == "3,99 a favor"
    # Of the first day no heating value was measured: its consumption was converted with the last one known.
    assert words(page, "2026-11-01", "consumed") == "212,30 C PC"
    assert words(page, "2026-11-02", "consumed") == "195,54 C"
    assert "PC provisional" in page.text
    assert page.text.count("MBTU significa un millón de BTU") == 1


def test_a_nomination_shows_at_once(sheet: Sheet) -> None:
    assert sheet.open().select('tr[data-gas-day="2026-11-24"]') == []
    sheet.customer.nominate("1.200")
    assert values(sheet.open(), "2026-11-24") == ["1200", "", "", "", "0", "0", ""]


def test_a_correction_shows_at_once_also_in_the_months_after(sheet: Sheet) -> None:
    sheet = opened_by(sheet.portal, starts_on=day("2026-10-31"))
    sheet.fill({"2026-10-31": ("100", "90"), "2026-11-01": ("100", "100")})
    assert sheet.open().value('tr[data-gas-day="2026-11-01"] td[data-field=total_to_date]') == "10"
    sheet.fill({"2026-10-31": (None, "60")}, version=2, state=ReadingState.CORRECTED, reason="Acta 4")
    assert sheet.open().value('tr[data-gas-day="2026-11-01"] td[data-field=total_to_date]') == "40"
    assert words(sheet.open("?mes=10&anio=2026"), "2026-10-31", "consumed") == "60 A"


def test_states_cuts_adjustments_and_holidays_are_marked_in_words(portal: RunningPortal) -> None:
    with portal.session() as session, transaction(session):
        session.merge(Holiday(day=date(2026, 11, 2), name="<b>Todos & Santos</b>"))
    sheet = opened_by(portal)
    with portal.session() as session, transaction(session):
        point = sheet.customer.way.point
        factories.authorisation(session, point, day("2026-11-02"), "900", cut_reason=CutReason.PCC)
        factories.adjustment(session, point, day("2026-11-03"), "-250")
        sheet.write(session, day("2026-11-01"), "10", "10", state=ReadingState.PROVISIONAL)
        sheet.write(session, day("2026-11-02"), "1000", "10", state=ReadingState.ESTIMATED)
        sheet.write(session, day("2026-11-03"), None, None)
    page = sheet.open()
    assert words(page, "2026-11-01", "consumed") == "10 P"
    assert words(page, "2026-11-02", "consumed") == "10 E"
    assert words(page, "2026-11-02", "authorised") == "900 con recorte"
    assert "lunes 2 de noviembre de 2026: capacidad restringida en transporte." in page.text
    assert "lun 2 nov Festivo: <b>Todos & Santos</b>" in words(page, "2026-11-02")
    assert page.one('tr[data-gas-day="2026-11-02"]')["class"] == ["is-holiday"]
    assert page.one('tr[data-gas-day="2026-11-01"]')["class"] == ["is-weekend"]
    assert page.one('tr[data-gas-day="2026-11-23"]')["class"] == ["is-today"]
    assert "Ajuste de la cuenta, devolución: 250 m³ en contra. Acta 12" in page.text
    assert values(page, "2026-11-03")[4:6] == ["890", "640"]
    assert "PC" not in [flag.get_text() for flag in page.select(".flag")]
    legend = " ".join(page.one(".flags-key").get_text(" ").split())
    assert legend == (
        "P provisional, de telemetría C certificado E estimado, porque faltó la medición"
        " A ajustado después de certificado I incompleto: falta alguna medición hasta ese día"
    )


def test_the_month_is_summed_up_above_and_below_the_table(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    page = sheet.open()
    figures = [" ".join(figure.get_text(" ").split()) for figure in page.select(".figure")]
    assert figures == [
        "Consumo del mes 10.270 m³ 4 de 22 días con medición",
        "Desbalance del mes 270 m³ en contra: consumió más de lo autorizado; incompleto",
        "Acumulado total 270 m³ en contra: con mediciones hasta el 4 de noviembre de 2026; incompleto",
    ]
    totals = [cell["data-total"] for cell in page.select("tfoot td[data-total]")]
    assert totals == ["10000", "0", "10270", "-270", "-270", "-270"]
    sums = [" ".join(row.get_text(" ").split()) for row in page.select("tfoot tr")]
    assert sums == [
        (
            "En los 4 días medidos 10.000 0 cuentan 10.000: sin autorizada vale lo nominado 10.270"
            " 270 en contra I incompleto 270 en contra I incompleto 270 en contra, saldo I incompleto 1 día fuera"
        ),
        "19 días por medir 5.000 0",
    ]
    assert "Falta la medición de 18 días de este mes" in page.text


def test_a_month_without_any_figure_has_its_page(sheet: Sheet) -> None:
    page = sheet.open()
    assert "no tiene consumo medido en noviembre de 2026." in page.text
    assert len(page.select("tr[data-gas-day]")) == 23
    assert page.select("path.bar") == []


def test_point_contract_and_supplier_are_named(portal: RunningPortal) -> None:
    sheet = opened_by(portal, modality=Modality.GNV_ATR, supplier_name="Gas & Cía <S.A.>")
    page = sheet.open()
    point = sheet.customer.way.point
    with portal.session() as session:
        contract = session.get_one(Contract, point.contract_id)
    assert page.h1 == f"{point.name}, noviembre de 2026"
    assert page.title == f"{point.name}, noviembre de 2026 – Llanogas"
    for shown in (
        contract.company.name,
        contract.number,
        "ATR de GNV",
        "Gas de Gas & Cía <S.A.>",
    ):
        assert shown in page.text


def test_month_and_year_are_chosen_without_javascript_and_by_arrows(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2014-12-01"))
    page = sheet.open()
    assert [option.get_text() for option in page.select("#anio option")] == [str(year) for year in range(2014, 2027)]
    page = page.form(sheet.url).fill(mes="2", anio="2016").submit("Ver")
    assert (page.h1.rsplit(", ", 1)[1], page.url) == ("febrero de 2016", f"{sheet.url}?mes=2&anio=2016")
    assert len(page.select("tr[data-gas-day]")) == 29
    assert page.click("→ Mes siguiente").h1.endswith("marzo de 2016")
    first = sheet.open("?mes=12&anio=2014")
    assert len(first.select("tr[data-gas-day]")) == 31
    assert [text.get_text() for text in first.select("a.arrow .visually-hidden")] == ["Mes siguiente"]
    last = sheet.open("?mes=11&anio=2026")
    assert [text.get_text() for text in last.select("a.arrow .visually-hidden")] == ["Mes anterior"]


@pytest.mark.parametrize("query", ["?mes=1", "?anio=2026", "?mes=&anio=", "?mes=011&anio=2026", "?mes=11&anio=2026"])
def test_what_is_not_asked_for_is_that_of_today(sheet: Sheet, query: str) -> None:
    page = sheet.open(query)
    assert page.status == (422 if query in ("?mes=1", "?mes=011&anio=2026") else 200)


@pytest.mark.parametrize(
    ("query", "said", "kept"),
    [
        ("?mes=13&anio=2026", "Ese mes no existe", ("11", "2026")),
        ("?mes=0&anio=2026", "Ese mes no existe", ("11", "2026")),
        ("?mes=nov&anio=2026", "Ese mes no existe", ("11", "2026")),
        ("?mes=-1&anio=2026", "Ese mes no existe", ("11", "2026")),
        ("?mes=１&anio=2026", "Ese mes no existe", ("11", "2026")),
        ("?mes=3&anio=0", "Ese mes no existe", ("3", "2026")),
        ("?mes=3&anio=20260", "Ese mes no existe", ("3", "2026")),
        ("?mes=3&anio=0000", "Ese mes no existe", ("3", "2026")),
        ("?mes=12&anio=2026", "solo tiene noviembre de 2026", ("12", "2026")),
        ("?mes=11&anio=2014", "solo tiene noviembre de 2026", ("11", "2026")),
        ("?mes=3&anio=9999", "solo tiene noviembre de 2026", ("3", "2026")),
    ],
)
def test_a_bad_month_is_refused_and_the_selectors_stay(
    sheet: Sheet, query: str, said: str, kept: tuple[str, str]
) -> None:
    for page in (sheet.open(query), sheet.open(query, htmx=True)):
        assert page.status == 422
        assert said in page.text
        assert page.select("table") == []
        chosen = [str(option.get("value") or option.get_text()) for option in page.select("option[selected]")]
        assert tuple(chosen) == kept
    assert sheet.open(query).title.startswith("Error: ")
    for name in ("hoja.csv", "hoja.xlsx"):
        assert sheet.bytes_of(name, query).status_code == 422


def test_htmx_gets_the_same_markup_as_a_fragment_with_the_windows_title(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    whole, fragment = sheet.open("?mes=11&anio=2026"), sheet.open("?mes=11&anio=2026", htmx=True)
    assert fragment.is_fragment
    assert str(fragment.one("#hoja")) == str(whole.one("#hoja"))
    assert fragment.title == whole.title
    for page in (whole, fragment):
        assert "HX-Request" in page.headers["Vary"]
        assert page.headers["Cache-Control"] == "no-store"
    selectors = whole.one("form.selectors")
    assert (selectors["hx-target"], selectors["hx-push-url"], selectors["method"]) == ("#hoja", "true", "get")


def test_a_whole_page_costs_six_questions_and_a_kept_one_five(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    engine = sheet.portal.app.extensions["portal.engine"]
    sheet.open("?mes=11&anio=2026")
    asked = []
    for change in (False, True):
        if change:
            sheet.fill({"2026-11-06": ("10", "10")})
        with counted(engine) as statements:
            sheet.open("?mes=11&anio=2026")
        asked.append([text for text in statements if not text.startswith("BEGIN")])
    assert [len(statements) for statements in asked] == [5, 6]


def test_a_kept_sheet_is_not_shown_for_another_day_tolerance_or_holiday(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    assert words(sheet.open(), "2026-11-01", "variation") == "fuera: 6,40 %"
    with sheet.portal.session() as session, transaction(session):
        contract = session.merge(sheet.customer.way.contract)
        contract.tolerance_basis_points = 640
    assert words(sheet.open(), "2026-11-01", "variation") == "dentro: 6,40 %"
    sheet.portal.clock.forward(minutes=16 * 60 - 10)
    assert sheet.portal.clock.now.date() == date(2026, 11, 24)


def test_absent_and_foreign_points_answer_the_same(sheet: Sheet) -> None:
    stranger = sheet.portal.customer()
    mine = sheet.customer.browser
    modality = sheet.customer.modality
    answers = [
        mine.client.get(f"/cuentas-de-balance/{modality}/{point}{file}")
        for point in (stranger.point, "no-existe")
        for file in ("", "/hoja.csv", "/hoja.xlsx")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.get_data() for answer in answers}) == 1
    assert mine.open(f"/cuentas-de-balance/otra/{sheet.customer.point}").status == 404


def test_steps_not_taken_lead_to_their_keys(portal: RunningPortal) -> None:
    customer = portal.customer()
    url = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    for path in (url, f"{url}/hoja.csv", f"{url}/hoja.xlsx"):
        assert customer.open(path).url == f"/cuentas-de-balance/{customer.modality}/clave-web"
    customer.open_contract("cuentas-de-balance")
    for path in (url, f"{url}/hoja.csv", f"{url}/hoja.xlsx"):
        assert customer.open(path).url == f"{url}/clave"
    assert customer.open_point().url == url
    nobody = portal.browser().open(url)
    assert nobody.url.startswith("/ingreso?siguiente=")


def test_a_colleagues_open_point_is_closed_in_another_session(sheet: Sheet) -> None:
    colleague = sheet.portal.colleague_of(sheet.customer)
    assert colleague.open(sheet.url).url.endswith("/clave-web")


def test_a_heating_value_that_comes_later_changes_the_page(portal: RunningPortal) -> None:
    sheet = opened_by(portal, unit=Unit.MBTU, maximum_micro=800 * 10**6)
    sheet.fill({"2026-11-01": ("200", "5000")})
    before = values(sheet.open(), "2026-11-01")[2]
    with portal.session() as session, transaction(session):
        gate = sheet.customer.way.point.exit_point_id
        factories.heating_value(session, gate, day("2026-11-01"), HeatingValue.of("1000"))
        ledger.rewrite_conversions(session, exit_point_id=gate, gas_day=day("2026-11-01"))
    assert (before, values(sheet.open(), "2026-11-01")[2]) == ("199.527867", "176.573334")


def test_after_the_end_of_the_point_nothing_is_awaited_and_nothing_is_offered(sheet: Sheet) -> None:
    last, gone, later = "2026-11-03", "2026-11-04", "2026-11-06"
    sheet.fill({f"2026-11-0{number}": ("5000", "5000") for number in (1, 2, 3)} | {later: ("5000", None)})
    with sheet.portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, sheet.customer.way.point.id)
        point.ends_on = day(gone)
        factories.adjustment(session, point, day(gone), "-150")
        factories.nomination(session, point, day("2026-11-12"), "5000")
        withdrawn = factories.nomination(session, point, day("2026-11-12"), "0", revision=2, cancels=True)
        session.delete(session.get_one(NominationHead, (point.id, withdrawn.gas_day)))
        session.flush()
        for each in (gone, "2026-11-12"):
            ledger.rewrite_day(session, delivery_point=point, gas_day=day(each))
    page = sheet.open("?mes=11&anio=2026")
    assert "Este punto terminó el martes 3 de noviembre de 2026" in page.text
    assert "por medir" not in page.text
    assert "Nominar para este punto" not in page.text
    listed = [str(row["data-gas-day"]) for row in page.select("#hoja-de-balance tbody tr[data-gas-day]")]
    assert listed[-1] == later
    assert "Reclamar" in page.one(f"tr[data-gas-day='{last}']").text
    for each in (gone, later):
        assert "Reclamar" not in page.one(f"tr[data-gas-day='{each}']").text
        told = sheet.customer.browser.open(f"{sheet.url}/dias/{each}")
        assert "El punto terminó el martes 3 de noviembre de 2026" in told.text
        assert "hasta que llegue" not in told.text
        assert "Faltan mediciones" not in told.text
        assert "Reclamar por este día" not in told.text
    csv = sheet.bytes_of("hoja.csv", "?mes=11&anio=2026").data.decode("utf-8-sig")
    assert "por medir" not in csv
    assert "12/11/2026" not in csv
    assert later[-2:] in csv


def test_the_account_of_a_point_that_ended_opens_its_last_month_and_leads_to_none_after_it(
    portal: RunningPortal,
) -> None:
    sheet = opened_by(portal, starts_on=day("2026-08-01"))
    sheet.fill({"2026-09-30": ("5000", "5100")})
    with sheet.portal.session() as session, transaction(session):
        session.get_one(DeliveryPoint, sheet.customer.way.point.id).ends_on = day("2026-10-01")
    page = sheet.open()
    assert "septiembre de 2026" in page.h1
    assert "Mes siguiente" not in page.text
    assert len(page.select("#hoja-de-balance tbody tr[data-gas-day]")) == 30
    empty = sheet.open("?mes=11&anio=2026")
    assert empty.status == 200
    assert "Este punto terminó el miércoles 30 de septiembre de 2026" in empty.text
    assert "ningún día por medir" in empty.text
    assert not empty.select("#hoja-de-balance tbody tr[data-gas-day]")
    refused = sheet.open("?mes=12&anio=2026")
    assert refused.status == 422
    assert "a septiembre de 2026" in refused.text
    assert refused.click("Ver el último mes").h1 == page.h1
    assert "2026" in sheet.customer.browser.open(f"{sheet.url}/anio").h1


def test_the_account_of_a_point_that_has_not_begun_says_when_it_does(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2026-12-15"))
    page = sheet.open()
    assert "diciembre de 2026" in page.h1
    assert "Este punto comienza el martes 15 de diciembre de 2026" in page.text
    assert "ningún día por medir" in page.text
    refused = sheet.open("?mes=11&anio=2026")
    assert refused.status == 422
    assert "La cuenta de este punto solo tiene diciembre de 2026" in refused.text
    assert "Elija un mes" not in sheet.customer.open(f"{sheet.url}/consumo?mes=11&anio=2026").text


def test_a_movement_after_the_end_of_a_point_keeps_its_month_open(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2026-08-01"))
    sheet.fill({"2026-09-30": ("5000", "5100")})
    with sheet.portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, sheet.customer.way.point.id)
        point.ends_on = day("2026-10-01")
        factories.adjustment(session, point, day("2026-10-15"), "-150")
        session.flush()
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-10-15"))
    page = sheet.open()
    assert "octubre de 2026" in page.h1
    listed = [str(row["data-gas-day"]) for row in page.select("#hoja-de-balance tbody tr[data-gas-day]")]
    assert listed[-1] == "2026-10-15"
    assert "Mes siguiente" not in page.text


def test_a_point_that_ended_is_offered_for_no_nomination(sheet: Sheet) -> None:
    with sheet.portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, sheet.customer.way.point.id)
        factories.delivery_point(session, contract=point.contract, name="EDS Viva", exit_point_id=point.exit_point_id)
        point.ends_on, name = day("2026-11-15"), point.name
    board = sheet.customer.browser.open(f"/nominacion/{sheet.customer.modality}")
    ended = board.one(f"li[data-delivery-point='{sheet.customer.point}']").text
    assert "terminó el sábado 14 de noviembre de 2026" in ended
    for words in ("Varios días", "Calendario", "Orden permanente"):
        assert words not in ended
    choices = sheet.customer.browser.open(f"/nominacion/{sheet.customer.modality}/nueva").one("#paso form").text
    assert "EDS Viva" in choices
    assert name not in choices
