"""All points of a day on one sheet: typed, saved row by row or at once, with and without htmx."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from portal.domain.accounts import Role
from portal.domain.readings import ReadingState
from portal.models import Contract, Reading
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.forms import Form, Sent

TODAY = factories.TODAY
YESTERDAY = TODAY.plus(-1)
SHEET = f"/consola/mediciones/dia/{YESTERDAY.isoformat()}"


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    """Three points: one measured all week, one certified yesterday, one that begins tomorrow."""
    with portal.session() as session, transaction(session):
        loma = factories.exit_point(session, code="PS-LOMA")
        contract = factories.contract(session, starts_on=TODAY.plus(-60))
        usual = {"contract": contract, "exit_point_id": loma.id, "starts_on": TODAY.plus(-60)}
        apiay = factories.delivery_point(session, public_id="apiay", carrier_code="TOP-01", name="EDS Apiay", **usual)
        ocoa = factories.delivery_point(session, public_id="ocoa", carrier_code="TOP-02", name="EDS Ocoa", **usual)
        later = usual | {"starts_on": TODAY.plus(1)}
        factories.delivery_point(session, public_id="nueva", carrier_code="TOP-03", name="EDS Nueva", **later)
        # Two weeks and two days by turns: the habit of a figure needs fourteen.
        for ago in range(2, 18):
            amount = "6000" if ago % 2 else "4000"
            factories.reading(session, apiay, TODAY.plus(-ago), amount, state=ReadingState.PROVISIONAL)
            ledger.rewrite_day(session, delivery_point=apiay, gas_day=TODAY.plus(-ago))
        factories.reading(session, ocoa, YESTERDAY, "9000", state=ReadingState.CERTIFIED)
        ledger.rewrite_day(session, delivery_point=ocoa, gas_day=YESTERDAY)
    return portal.staff(Role.OPERATOR)


def send_row(browser: Browser, form: Form) -> Page:
    """Leave the field of a row, as htmx does."""
    return browser.send(Sent("POST", f"{SHEET}/apiay", tuple(form.values), htmx=True), source=form.page)


def totals(page: Page) -> list[str]:
    return [page.value(f"[data-field={name}]") for name in ("measured", "missing", "volume")]


def test_the_sheet_shows_what_each_point_usually_takes_and_what_is_missing(operator: Browser):
    page = operator.open("/consola/mediciones").click("Hoja del día")
    assert page.url == SHEET
    assert totals(page) == ["1", "1", "9000"]
    row = page.one("#fila-apiay").get_text(" ", strip=True)
    for words in ("EDS Apiay", "PS-LOMA", "4.000 m³", "5.000 m³", "Falta"):
        assert words in row
    assert not page.select("#fila-nueva")
    # What is certified is corrected with its reason, on the page of its day.
    assert not page.select("#fila-ocoa input")
    assert page.select(f"#fila-ocoa a[href='/consola/mediciones/puntos/ocoa/dias/{YESTERDAY.isoformat()}']")


def test_what_is_typed_is_saved_with_one_button_and_an_error_keeps_its_text(portal: RunningPortal, operator: Browser):
    form = operator.open(SHEET).form("#hoja")
    page = form.fill(**{"volume-apiay": "mucho"}).submit("Guardar lo escrito")
    assert page.status == 422
    assert "No es un número" in page.one("#fila-apiay").get_text()
    assert page.one("#volume-apiay")["value"] == "mucho"
    assert portal.count(Reading) == 17
    page = page.form("#hoja").fill(**{"volume-apiay": "5.320,75"}).submit("Guardar lo escrito")
    assert page.status == 200
    assert "1 medición guardada" in page.text
    assert totals(page) == ["2", "0", "14320.75"]
    page = page.form("#hoja").submit("Guardar lo escrito")
    assert "0 mediciones guardadas" in page.text
    assert portal.count(Reading) == 18


def test_a_row_is_saved_by_itself_and_brings_the_totals(portal: RunningPortal, operator: Browser):
    form = operator.open(SHEET).form("#hoja").fill(**{"volume-apiay": "15.000"})
    row = send_row(operator, form)
    assert row.status == 200
    said = "Guardada, pero llama la atención: 3 veces o más lo usual; es 3,0 veces su media de 28 días."
    assert f"{said} Si no es así, corríjala aquí mismo." in row.text
    assert 'hx-swap-oob="true"' in row.source
    # The totals stand in a template, from which htmx takes them.
    assert 'data-field="volume" data-value="24000"' in row.source
    wrong = send_row(operator, form.fill(**{"volume-apiay": "-1"}))
    assert wrong.status == 422
    with portal.session() as session:
        assert session.scalars(select(Reading.volume_m3).order_by(Reading.id.desc())).first().micro == 15_000_000_000


@pytest.mark.parametrize(
    ("typed", "oddity"),
    [
        ("0", "cero, y este punto no los tiene"),
        ("1.000", "la tercera parte o menos de lo usual; su media de 28 días es 5,0 veces esa cifra"),
        ("4.000", "la misma del día anterior, que en este punto no se repite"),
        ("20.000", "pasa del máximo del medidor o del contrato; 3 veces o más lo usual; es 4,0 veces"),
        ("5.100", ""),
    ],
)
def test_a_typed_figure_is_questioned_for_the_reasons_of_a_file(
    portal: RunningPortal, operator: Browser, typed: str, oddity: str
):
    with portal.session() as session, transaction(session):
        session.scalars(select(Contract)).one().maximum_micro = 19_000 * 10**6
    page = operator.open(SHEET).form("#hoja").fill(**{"volume-apiay": typed}).submit("Guardar lo escrito")
    said = page.one("#fila-apiay [data-head=Estado]").get_text(" ", strip=True)
    assert ("llama la atención" in said) == bool(oddity)
    assert oddity in said if oddity else said.endswith("Guardada")
    # The row may be far down: the line over the page names it too.
    assert ("1 llama la atención: «EDS Apiay»" in page.text) == bool(oddity)


@pytest.mark.parametrize(("typed", "is_odd"), [("500", False), ("0", False), ("15.000", True)])
def test_the_total_so_far_of_the_day_that_runs_is_not_odd_for_being_small(operator: Browser, typed: str, is_odd: bool):
    today = f"/consola/mediciones/dia/{TODAY.isoformat()}"
    page = operator.open(today).form("#hoja").fill(**{"volume-apiay": typed}).submit("Guardar lo escrito")
    assert "1 medición guardada" in page.text
    assert ("llama la atención" in page.text) == is_odd


@pytest.mark.parametrize(("of_gate", "is_out"), [("20.000", True), ("14.100", False)])
def test_the_figure_that_completes_a_gate_out_of_its_band_says_so(operator: Browser, of_gate: str, is_out: bool):
    gates = operator.open(f"/consola/puertas/dia/{YESTERDAY.isoformat()}").form("#puertas")
    gates.fill(**{"volume-PS-LOMA": of_gate}).submit("Guardar lo escrito")
    page = operator.open(SHEET).form("#hoja").fill(**{"volume-apiay": "5.100"}).submit("Guardar lo escrito")
    said = page.one("#fila-apiay [data-head=Estado]").get_text(" ", strip=True)
    assert ("la puerta PS-LOMA midió 20.000 m³ y sus puntos suman 14.100 m³" in said) == is_out
    assert ("1 llama la atención" in page.text) == is_out


def test_whoever_was_faster_is_named_by_what_now_counts(operator: Browser, portal: RunningPortal):
    slow = operator.open(SHEET).form("#hoja").fill(**{"volume-apiay": "5000"})
    other = portal.staff(Role.SUPERVISOR)
    other.open(SHEET).form("#hoja").fill(**{"volume-apiay": "5100"}).submit("Guardar lo escrito")
    page = slow.submit("Guardar lo escrito")
    assert page.status == 422
    assert "Alguien la cambió mientras usted escribía; ahora vale: 5.100 m³, P provisional" in page.text
    again = page.form("#hoja").submit("Guardar lo escrito")
    assert totals(again) == ["2", "0", "14000"]


@pytest.mark.parametrize(("query", "rows"), [("q=ocoa", 1), ("faltan=1", 1), ("salida=PS-LOMA", 2), ("salida=PS-X", 0)])
def test_the_sheet_is_searched_and_filtered(operator: Browser, query: str, rows: int):
    page = operator.open(f"{SHEET}?{query}")
    assert len(page.select("#puntos tbody tr")) == rows
    if not rows:
        assert "Ningún punto cumple ese filtro" in page.text


def test_a_day_to_come_or_that_is_none_is_not_there(operator: Browser):
    assert operator.open(f"/consola/mediciones/dia/{TODAY.plus(1).isoformat()}").status == 404
    assert operator.open("/consola/mediciones/dia/ayer").status == 404
    assert operator.open("/consola/mediciones/dia?dia=ayer").url == SHEET
    assert operator.open(f"/consola/mediciones/dia?dia={TODAY.plus(30).isoformat()}").url.endswith(TODAY.isoformat())


def test_the_day_that_runs_says_that_what_is_typed_is_its_total_so_far(operator: Browser):
    words = "Este día no ha terminado Lo que se escriba es su total hasta ahora; mañana se reemplaza"
    page = operator.open(f"/consola/mediciones/dia/{TODAY.isoformat()}")
    assert words in page.text
    assert "Sin cifra todavía" in page.one("#fila-apiay").get_text()
    assert "Falta" not in page.one("#fila-apiay").get_text()
    assert words not in operator.open(SHEET).text


def test_the_summary_names_the_point_of_each_reason(operator: Browser):
    page = operator.open(SHEET).form("#hoja").fill(**{"volume-apiay": "mucho"}).submit("Guardar lo escrito")
    said = page.one("#resumen-errores li").get_text(" ", strip=True)
    assert said == "EDS Apiay: No es un número; escriba la cifra como 5.320,75."


def test_a_day_that_is_all_certified_invites_nobody_to_type(portal: RunningPortal, operator: Browser):
    assert "También puede pegar" in operator.open(SHEET).text
    page = operator.open(f"{SHEET}?q=ocoa")
    assert "En esta página no queda nada por escribir" in page.text
    assert "pegar" not in page.text
    assert not page.select("#hoja button")
    # In the mode of the index, one that may be typed has no meter yet.
    page = operator.open(f"{SHEET}?modo=indice")
    assert "Ningún punto de esta página tiene un medidor registrado ese día" in page.text
    assert not page.select("#hoja button")


@pytest.mark.parametrize(("query", "times"), [("", 0), ("?faltan=1", 0), ("?q=apiay", 3), ("?salida=PS-LOMA", 3)])
def test_filtered_totals_say_so_also_after_a_row_was_saved(operator: Browser, query: str, times: int):
    page = operator.open(f"{SHEET}{query}")
    assert page.one("#suma").get_text().count("de lo filtrado") == times
    form = page.form("#hoja").fill(**{"volume-apiay": "5.000"})
    address = str(page.one("#volume-apiay")["hx-post"])
    row = operator.send(Sent("POST", address, tuple(form.values), htmx=True), source=page)
    assert row.source.count("de lo filtrado") == times


@pytest.mark.parametrize("query", ["", "?modo=indice"])
def test_what_is_sent_for_a_day_to_come_is_told_so_and_given_back(portal: RunningPortal, operator: Browser, query: str):
    to_come = f"/consola/mediciones/dia/{TODAY.plus(2).isoformat()}"
    kind = "indice" if query else "volume"
    page = operator.open(SHEET)
    values = (("csrf_token", page.form("#hoja")["csrf_token"]), (f"{kind}-apiay", "5.000"), ("seen-apiay", "0"))
    for address in (to_come, f"{to_come}/apiay"):
        answer = operator.send(Sent("POST", f"{address}{query}", values), source=page)
        assert answer.status == 422
        assert "no ha llegado; hoy es lunes 23 de noviembre de 2026" in answer.text
        assert "EDS Apiay: 5.000" in answer.text
    row = operator.send(Sent("POST", f"{to_come}/apiay{query}", values, htmx=True), source=page)
    assert row.status == 422
    assert "Ese día no ha llegado; hoy es 23/11/2026" in row.text
    assert portal.count(Reading) == 17


def test_the_page_of_a_day_to_come_has_words_and_no_form(portal: RunningPortal, operator: Browser):
    day = "/consola/mediciones/puntos/apiay/dias"
    page = operator.open(f"{day}/{TODAY.plus(1).isoformat()}")
    assert "El día no ha llegado" in page.text
    assert not page.select("form#registrar")
    page = operator.open(f"{day}/{TODAY.isoformat()}")
    page = page.form("#registrar").fill(volume="mucho").submit("Registrar la medición")
    assert "escriba la cifra como 5.320,75" in page.text


def test_a_hundred_points_are_a_page_of_the_same_few_statements(portal: RunningPortal, operator: Browser):
    counted: list[str] = []
    engine = portal.app.extensions["portal.sessions"].kw["bind"]

    def statements(url: str) -> int:
        counted.clear()
        listen = event.listens_for(engine, "before_cursor_execute")
        listener = listen(lambda *given: counted.append(given[2]))
        operator.open(url)
        event.remove(engine, "before_cursor_execute", listener)
        return len(counted)

    statements(SHEET)
    few = statements(SHEET)
    with portal.session() as session, transaction(session):
        contract = factories.contract(session, starts_on=TODAY.plus(-60))
        for number in range(120):
            factories.delivery_point(
                session,
                contract=contract,
                public_id=f"p{number}",
                carrier_code=f"P-{number:03}",
                name=f"EDS {number:03}",
                starts_on=TODAY.plus(-60),
            )
    assert statements(SHEET) == few
    page = operator.open(SHEET)
    assert len(page.select("#puntos tbody tr")) == 100
    rest = page.click("Puntos siguientes →")
    assert len(rest.select("#puntos tbody tr")) == 22
    seen = {str(row["data-point"]) for each in (page, rest) for row in each.select("#puntos tbody tr")}
    assert len(seen) == 122
    assert page.value("[data-field=missing]") == "121"
