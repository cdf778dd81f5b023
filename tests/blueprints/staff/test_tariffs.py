"""Tariffs of a month, proposed, looked at and published by the pages' own forms."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from portal.domain.accounts import Role
from portal.domain.tariffs import Concept, Figure, Rule
from portal.models import AuditEvent, TariffPublication
from portal.services.market.tariffs import FIELDS
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.tariffs import FIGURES, changed, csv_of, line_of, xlsx_of

DESK, FILE = "/consola/tarifas", "/consola/tarifas/archivo"
VARIABLE = Figure(Concept.VARIABLE, "Granada", first=201)
TRM = Figure(Concept.EXCHANGE_RATE)
NEW = csv_of(changed(TRM, value=Decimal("3900.00")))
OTHER = csv_of(changed(TRM, value=Decimal("3950.00")))


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR, name="Olga Toro")


@pytest.fixture
def supervisor(portal: RunningPortal) -> Browser:
    return portal.staff(Role.SUPERVISOR, name="Saúl Vega")


def send(staff: Browser, content: bytes, *, name: str = "tarifas.csv", month: str = "2024-06") -> Page:
    form = staff.open(DESK).click("Proponer un mes").form("#archivo")
    return form.fill(month=month, file=(name, content)).submit("Ver lo que cambia")


def propose(staff: Browser, content: bytes = NEW, *, month: str = "2024-06") -> Page:
    return send(staff, content, month=month).form("#decision").submit("Proponer")


def publish(supervisor: Browser, page: Page, day: str = "01/06/2024") -> Page:
    return supervisor.open(page.url).form("#decidir").fill(shown_from=day).submit("Publicar")


def errors(page: Page) -> list[str]:
    return [tag.get_text(strip=True) for tag in page.select("#resumen-errores li")]


@pytest.mark.parametrize(("name", "content"), [("junio.csv", NEW), ("junio.xlsx", None)])
def test_a_month_is_proposed_by_one_person_and_published_by_another(
    portal: RunningPortal, operator: Browser, supervisor: Browser, name: str, content: bytes | None
):
    content = content or xlsx_of(changed(TRM, value=Decimal("3900.00")))
    page = send(operator, content, name=name)
    assert page.value("[data-field=version]") == "1"
    assert page.value("[data-field=differences]") == "1"
    row = page.one("[data-figure='|trm||||']").get_text(" ", strip=True)
    assert row == "TRM del último día del mes anterior 3.873,44 $/USD 3.900,00 $/USD +0,7 %"
    page = page.form("#decision").submit("Proponer")
    assert "quedaron propuestas" in page.text
    assert "La propuso usted" in page.text
    assert not page.select("#decidir")
    assert portal.browser().open("/tarifas/2024-06").status == 404
    board = supervisor.open("/consola")
    assert "propuesta de tarifas por decidir" in board.text
    page = board.click("1 propuesta de tarifas por decidir").click("junio de 2024, versión 1")
    done = page.form("#decidir").submit("Publicar")
    assert "se muestran desde el sábado 1 de junio de 2024" in done.text
    shown = portal.browser().open("/tarifas/2024-06")
    assert shown.value("[data-field=trm]") == "3900.00"
    assert portal.browser().open("/tarifas").one("h1").get_text() == "Tarifas de junio de 2024"
    answer = portal.app.test_client().get("/tarifas/2024-06.json").get_json()
    assert answer["charges"]["trm"] == "3900.00"
    with portal.session() as session:
        events = [event.event for event in session.query(AuditEvent) if event.event.startswith("tariffs:")]
    assert events == ["tariffs:proposed", "tariffs:published"]


def test_nobody_publishes_what_they_proposed_and_an_operator_does_not_publish(
    portal: RunningPortal, operator: Browser, supervisor: Browser
):
    page = propose(supervisor)
    assert not page.select("#decidir")
    other = portal.staff(Role.SUPERVISOR, name="Ana Ruiz").open(page.url).form("#decidir")
    waiting = operator.open(page.url)
    assert "Espera a un supervisor" in waiting.text
    token = waiting.browser.open(FILE).form("#archivo")["csrf_token"]
    answer = operator.client.post(page.url, data={"csrf_token": token, "accion": "publicar"})
    assert answer.status_code == 403
    token = supervisor.open(FILE).form("#archivo")["csrf_token"]
    said = {"csrf_token": token, "accion": "publicar", "shown_from": "01/06/2024", "shown": other["shown"]}
    answer = supervisor.client.post(page.url, data=said)
    assert answer.status_code == 403
    assert "La propuso usted" in answer.get_data(as_text=True)
    assert portal.count(TariffPublication, state="proposed") == 1


def test_two_supervisors_at_once_one_wins_and_the_other_reads_what_happened(
    portal: RunningPortal, operator: Browser, supervisor: Browser
):
    page = propose(operator)
    second = portal.staff(Role.SUPERVISOR, name="Ana Ruiz")
    slow = second.open(page.url).form("#decidir").fill(reason="Falta un mercado.")
    publish(supervisor, page)
    late = slow.submit("Rechazar")
    assert late.status == 409
    assert "Publicada" in late.text
    assert "Saúl Vega" in late.text
    assert portal.count(TariffPublication, state="published") == 2


def test_a_proposal_is_rejected_with_a_reason_that_the_proposer_reads(operator: Browser, supervisor: Browser):
    page = propose(operator)
    form = supervisor.open(page.url).form("#decidir")
    refused = form.submit("Rechazar")
    assert refused.status == 422
    assert "Escriba la razón" in refused.text
    refused.form("#decidir").fill(reason="La TRM no es la de fin de mayo.").submit("Rechazar")
    read = operator.open(page.url)
    assert "La TRM no es la de fin de mayo." in read.text
    assert "No aceptada" in read.text
    again = propose(operator)
    assert again.one("h1").get_text() == "Tarifas de junio de 2024, versión 2"


@pytest.mark.parametrize(("day", "status"), [("22/11/2026", 422), ("01/06/2024", 200), ("23/11/2026", 200), ("", 422)])
def test_a_month_is_shown_from_today_or_later_or_from_its_first_day(
    operator: Browser, supervisor: Browser, day: str, status: int
):
    page = publish(supervisor, propose(operator), day)
    assert page.status == status
    if status == 422:
        assert page.form("#decidir")["shown_from"] == day


def test_a_version_to_come_is_shown_from_its_day_on_and_named_then(
    portal: RunningPortal, operator: Browser, supervisor: Browser
):
    page = propose(operator, month="2024-05")
    assert page.one("h1").get_text() == "Tarifas de mayo de 2024, versión 2"
    publish(supervisor, page, "24/11/2026")
    assert portal.browser().open("/tarifas").value("[data-field=trm]") == "3873.44"
    portal.clock.forward(days=1)
    shown = portal.browser().open("/tarifas")
    assert shown.value("[data-field=trm]") == "3900.00"
    assert "versión 1, desde el miércoles 1 de mayo de 2024" in shown.one("[aria-labelledby=versiones]").get_text()


def test_a_file_that_changes_nothing_cannot_be_proposed(portal: RunningPortal, operator: Browser):
    page = send(operator, csv_of(), month="2024-05")
    assert page.status == 422
    assert "no cambia nada" in page.text
    assert send(operator, csv_of(), month="2024-06").status == 200
    assert portal.count(TariffPublication) == 1


DOUBLED = [figure for figure in FIGURES if figure.concept in (Concept.CONNECTION, Concept.SUSPENSION)]
DOUBLED = [figure for figure in FIGURES if figure.concept in (Concept.CONNECTION, Concept.SUSPENSION)]
LARGE_FILE = csv_of(each._replace(value=(each.value or 0) * 2) if each in DOUBLED else each for each in FIGURES)


def test_each_change_of_more_than_a_fifth_is_ticked_or_all_with_a_reason(operator: Browser, supervisor: Browser):
    page = send(operator, LARGE_FILE)
    assert len(page.select("#grandes tbody tr")) == 2
    assert "+100,0 %" in page.one("#grandes").get_text()
    refused = page.form("#decision").fill(reviewed=["|conexion||||"]).submit("Proponer")
    assert refused.status == 422
    assert "faltan 1" in refused.text
    ticked = [tag["value"] for tag in refused.select("input[name=reviewed][checked]")]
    assert ticked == ["|conexion||||"]
    refused = refused.form("#decision").fill(all_reviewed=True).submit("Proponer")
    assert refused.status == 422
    assert "Escriba la razón" in refused.text
    done = refused.form("#decision").fill(all_reviewed=True, reason="Así los fijó la resolución.").submit("Proponer")
    assert "quedaron propuestas" in done.text
    seen = supervisor.open(done.url)
    assert "Así los fijó la resolución." in seen.text
    assert len(seen.select("#grandes tbody tr")) == 2


def test_ticking_each_change_is_enough(operator: Browser):
    page = send(operator, LARGE_FILE).form("#decision").fill(reviewed=["|conexion||||", "|suspension_reconexion||||"])
    assert "quedaron propuestas" in page.submit("Proponer").text


def test_a_month_waits_for_its_decision_before_another_is_proposed(
    portal: RunningPortal, operator: Browser, supervisor: Browser
):
    held = send(operator, LARGE_FILE)
    propose(operator)
    again = send(supervisor, OTHER)
    assert "Ese mes ya tiene una propuesta sin decidir" in again.text
    assert not again.select("button[value=proponer]")
    late = held.form("#decision").fill(all_reviewed=True, reason="Sí.").submit("Proponer")
    assert late.status == 422
    assert "ya tiene una propuesta sin decidir" in late.text
    assert portal.count(TariffPublication) == 2


def test_what_was_published_meanwhile_is_shown_again_before_proposing(operator: Browser, supervisor: Browser):
    held = send(operator, NEW, month="2024-07")
    publish(supervisor, propose(operator, OTHER))
    late = held.form("#decision").submit("Proponer")
    assert late.status == 422
    assert "Lo publicado cambió desde que vio esto" in late.text
    assert "Comparada con junio de 2024" in late.text


def rows(**cells: str) -> bytes:
    """The rows of the template with one row more, of these cells."""
    row = ";".join(cells.get(name, "") for name in FIELDS)
    return csv_of() + row.encode() + b"\r\n"


def without(place: Figure) -> bytes:
    return csv_of(figure for figure in FIGURES if figure.place != place.place)


def replaced(place: Figure, old: str, new: str) -> bytes:
    lines = csv_of().split(b"\r\n")
    at = line_of(place) - 1
    assert old.encode() in lines[at]
    lines[at] = lines[at].replace(old.encode(), new.encode(), 1)
    return b"\r\n".join(lines)


ROW = line_of(VARIABLE)
COST = Figure(Concept.COST, "Granada", Rule.GENERAL, 1)
BAD = {
    "three cents off the formula": (
        csv_of(changed(VARIABLE, value=Decimal("2065.97"))),
        f"Fila {ROW}, Granada, cargo variable (CUv), rango 201 a 500: dice 2.065,97 y la fórmula da 2.065,94.",
    ),
    "a gap": (
        csv_of(changed(VARIABLE, first=211)),
        (
            f"Fila {ROW}, Granada, cargo variable (CUv), rango 211 a 500: el rango empieza en 211 m³ y el anterior "
            "llega hasta antes de 201 m³: queda un hueco."
        ),
    ),
    "an overlap": (
        csv_of(changed(VARIABLE, last=600)),
        (
            f"Fila {line_of(Figure(Concept.VARIABLE, 'Granada', first=501))}, Granada, cargo variable (CUv), rango 501 "
            "a 3.000: el rango empieza en 501 m³, que ya están en el rango anterior."
        ),
    ),
    "a missing figure": (
        without(Figure(Concept.TRANSPORT, "Granada")),
        "Granada, transporte en total (Tm): falta.",
    ),
    "a figure twice": (
        rows(mercado="Granada", concepto="tm", valor="1,00", fuente="x"),
        f"Fila {len(FIGURES) + 2}, Granada, transporte en total (Tm): está dos veces.",
    ),
    "another distributor": (
        csv_of(changed(Figure(Concept.NIT), text="900123456-8")),
        "Fila 3, NIT del distribuidor: es 900123456-8 y el del distribuidor de este portal es 800021272-9.",
    ),
    "another unit": (
        replaced(COST, "$/m³", "$/factura"),
        (
            f"Fila {line_of(COST)}, Granada, costo de prestación, estrato 1 (CREG 137 de 2013), columna «unidad», "
            "valor «$/factura»: debe estar en $/m³."
        ),
    ),
    "a number that is none": (
        replaced(VARIABLE, "2065,94", "mucho"),
        (
            f"Fila {ROW}, Granada, cargo variable (CUv), rango 201 a 500, columna «valor», valor «mucho»: no es un "
            "número; escriba la cifra como 5320,75."
        ),
    ),
    "less than zero": (
        replaced(COST, ";;;", ";;;-"),
        f"Fila {line_of(COST)}, Granada, costo de prestación, estrato 1 (CREG 137 de 2013), columna «valor»",
    ),
    "a concept that is none": (
        rows(mercado="Granada", concepto="propina", valor="1,00", fuente="x"),
        f"Fila {len(FIGURES) + 2}, columna «concepto», valor «propina»: no se conoce; se conocen publicacion, nit, gm,",
    ),
    "a figure of the month with a market": (
        rows(mercado="Granada", concepto="trm", valor="1,00", fuente="x"),
        (
            f"Fila {len(FIGURES) + 2}, Granada, TRM del último día del mes anterior: va sin mercado, norma, estrato ni "
            "rango."
        ),
    ),
    "a range that the variable charge lacks": (
        rows(mercado="Granada", concepto="cv", desde="777", valor="0,00", fuente="x"),
        (
            f"Fila {len(FIGURES) + 2}, Granada, comercialización variable (Cv), rango 777 o más: el cargo variable del "
            "mercado no tiene un rango que empiece en 777 m³."
        ),
    ),
    "no source": (
        rows(mercado="Granada", concepto="tvm", valor="1,00"),
        (
            f"Fila {len(FIGURES) + 2}, Granada, transporte por carretera (TVm), columna «fuente», valor «»: no hay "
            "nada escrito; lo vacío nunca vale cero."
        ),
    ),
    "a range that is no number": (
        replaced(VARIABLE, ";201;", ";doscientos;"),
        "columna «desde», valor «doscientos»: no es un número entero; escríbalo con cifras, como 201.",
    ),
    "five decimals": (
        replaced(VARIABLE, "2065,94", "2065,94123"),
        "columna «valor», valor «2065,94123»: tiene demasiados decimales.",
    ),
    "an unknown resolution": (
        replaced(COST, "CREG 137 de 2013", "CREG 001 de 1999"),
        "columna «norma», valor «CREG 001 de 1999»: no se conoce; se conocen CREG 137 de 2013, CREG 048 de 2020.",
    ),
    "an empty file": (b"", "No hay filas."),
    "the columns alone": (";".join(FIELDS).encode() + b"\r\n", "No hay filas."),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "Es una imagen; se necesita CSV o Excel (.xlsx)."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_whole_with_row_market_concept_found_and_expected(
    portal: RunningPortal, operator: Browser, name: str
):
    content, words = BAD[name]
    page = send(operator, content)
    assert page.status == 422
    assert any(words in each for each in errors(page)), errors(page)[:5]
    assert page.form("#archivo")["month"] == "2024-06"
    assert portal.count(TariffPublication) == 1


def test_all_faults_are_told_at_once_up_to_the_usual_number(operator: Browser):
    ruined = [
        figure._replace(value=figure.value + 1) if figure.concept is Concept.VARIABLE and figure.value else figure
        for figure in FIGURES
    ]
    page = send(operator, csv_of(ruined))
    assert len(errors(page)) == 57
    page = send(operator, csv_of().replace(b"/m", b"/kg"))
    assert len(errors(page)) == 100
    assert "errores más" in page.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("comas.csv", csv_of(delimiter=",")),
        ("windows.csv", csv_of(encoding="cp1252")),
        ("utf16.csv", csv_of(delimiter="\t", encoding="utf-16")),
        ("puntos.csv", re.sub(rb"([0-9]),([0-9])", rb"\1.\2", csv_of(delimiter="\t"))),
        ("palabras.csv", csv_of().replace(b"concepto;norma", "Cargo;Resolución".encode(), 1)),
        ("nombres.csv", csv_of().replace(b";gm;", b";Compra de gas (Gm);", 1)),
        ("mayusculas.csv", csv_of().replace(b"\nGranada;tm;", b"\nGranada;TM;").replace(b"\nGranada;", b"\nGRANADA;")),
        ("norma.csv", csv_of().replace(b"CREG 137 de 2013", "Resolución CREG 137".encode())),
        ("nit.csv", csv_of().replace(b"800021272-9", b"800.021.272-9", 1)),
        ("libro.xlsx", xlsx_of()),
    ],
)
def test_a_file_is_read_as_people_write_it(operator: Browser, name: str, content: bytes):
    page = send(operator, content)
    assert (page.status, errors(page)) == (200, [])
    assert page.value("[data-field=differences]") == "0"


@pytest.mark.parametrize(
    ("typed", "name", "column", "month"),
    [
        ("06/2024", "x.csv", "", "junio de 2024"),
        ("junio de 2024", "x.csv", "", "junio de 2024"),
        ("", "tarifas 2024-07.csv", "", "julio de 2024"),
        ("", "Tarifas_agosto_2024.csv", "", "agosto de 2024"),
        ("", "x.csv", "2024-09", "septiembre de 2024"),
        ("", "x.csv", "", None),
        ("el mes pasado", "x.csv", "", None),
    ],
)
def test_the_month_comes_from_the_form_the_file_or_its_name(
    operator: Browser, typed: str, name: str, column: str, month: str | None
):
    head, *lines = csv_of().decode().splitlines()
    content = "\n".join([f"{head};mes", *(f"{line};{column}" for line in lines), ""]) if column else csv_of().decode()
    page = send(operator, content.encode(), name=name, month=typed)
    assert page.status == (422 if month is None else 200)
    assert page.one("h1").get_text() == (f"Tarifas de {month}" if month else "Proponer las tarifas de un mes")
    if month is None:
        assert page.select("#month-error")
        assert page.form("#archivo")["month"] == typed


def test_rows_of_another_month_than_the_form_says_are_named(operator: Browser):
    head, *lines = csv_of().decode().splitlines()
    content = "\n".join([f"{head};mes", *(f"{line};2024-05" for line in lines), ""])
    page = send(operator, content.encode(), month="2024-06")
    assert "la fila dice el mes «2024-05» y el archivo es de 2024-06" in errors(page)[0]


def test_a_figure_that_reads_two_ways_is_asked_once(operator: Browser):
    """Nothing in the file says what the point parts."""
    lines = ["mercado;concepto;valor;fuente", ";gm;5.320;x", ""]
    page = send(operator, "\n".join(lines).encode())
    assert "¿Cómo se lee «5.320»?" in page.one("#pregunta").get_text()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_comes_back_as_it_is(operator: Browser, kind: str):
    content = operator.client.get(f"{DESK}/plantilla.{kind}").data
    page = send(operator, content, name=f"plantilla.{kind}")
    assert (page.status, page.value("[data-field=differences]")) == (200, "0")


def test_two_versions_stand_side_by_side(operator: Browser, supervisor: Browser):
    publish(supervisor, propose(operator))
    july = propose(operator, csv_of(changed(TRM, value=Decimal("3950.00"))), month="2024-07")
    assert "Frente a junio de 2024, versión 1" in july.text
    page = july.form("#comparar").fill(con="mayo de 2024, versión 1 (publicada)").submit("Comparar")
    assert "?con=" in page.url
    assert "3.873,44 $/USD 3.950,00 $/USD +2,0 %" in page.one("[data-figure='|trm||||']").get_text(" ", strip=True)


def test_a_component_is_drawn_once_two_months_have_it(operator: Browser, supervisor: Browser):
    page = operator.open(f"{DESK}?mercado=todos&concepto=trm")
    assert not page.select("#grafico")
    assert "Un solo mes publicado tiene esta cifra" in page.text
    publish(supervisor, propose(operator))
    page = operator.open(DESK).form("#elegir").fill(mercado="Todo el mes").submit("Ver")
    page = page.form("#elegir").fill(concepto="TRM del último día del mes anterior").submit("Ver")
    assert [tag["data-value"] for tag in page.select("#valores [data-value]")] == ["3873.44", "3900.00"]
    assert len(page.select("#grafico circle")) == 2
    page = operator.open(f"{DESK}?mercado=Granada&concepto=cargo_variable&lugar=201")
    assert [tag["data-value"] for tag in page.select("#valores [data-value]")] == ["2065.94", "2065.94"]
    assert page.one("#lugar option[selected]")["value"] == "201"


def test_an_auditor_reads_and_proposes_nothing(portal: RunningPortal):
    auditor = portal.staff(Role.AUDITOR)
    page = auditor.open(DESK)
    assert not page.select("#proponer")
    assert page.click("mayo de 2024, versión 1").status == 200
    assert auditor.open(FILE).status == 403


def test_a_name_that_says_another_month_is_warned_of(operator: Browser):
    assert "El nombre de la publicación dice mayo de 2024" in send(operator, NEW).text
    assert "El nombre de la publicación dice" not in send(operator, NEW, month="2024-05").text


def test_a_figure_that_is_gone_has_to_be_looked_at(operator: Browser):
    page = send(operator, without(Figure(Concept.ROAD, "Cabuyaro")))
    assert page.one("#grandes tbody th").get_text(" ", strip=True).startswith("Cabuyaro: Transporte por carretera")
    assert "faltan 1" in page.form("#decision").submit("Proponer").text


def test_above_so_many_large_changes_one_reason_is_asked_for_all(operator: Browser):
    markets = {market for market in {figure.market for figure in FIGURES} if market != "Granada"}
    page = send(operator, csv_of(figure for figure in FIGURES if figure.market not in markets or not figure.market))
    assert len(page.select("#grandes tbody tr")) > 40
    assert not page.select("[name=reviewed]")
    form = page.form("#decision").fill(all_reviewed=True, reason="Solo queda un mercado.")
    assert "quedaron propuestas" in form.submit("Proponer").text


def test_a_discarded_file_proposes_nothing(portal: RunningPortal, operator: Browser):
    page = send(operator, NEW)
    gone = page.form("#decision").submit("Descartar el archivo")
    assert "nada de él se propuso" in gone.text
    again = page.form("#decision").submit("Proponer")
    assert again.status == 422
    assert "ya se propuso o se descartó" in again.text
    assert portal.count(TariffPublication) == 1


def test_a_file_that_waits_is_found_again_among_the_files(operator: Browser):
    page = send(operator, NEW)
    again = operator.open("/consola/mediciones").click("tarifas.csv")
    assert again.url == page.url
    assert operator.open(page.url.replace("/consola/tarifas/archivo/", "/consola/archivos/")).status == 404


def test_publishing_asks_for_the_code_again(portal: RunningPortal, operator: Browser, supervisor: Browser):
    page = propose(operator)
    portal.clock.forward(minutes=6)
    asked = publish(supervisor, page)
    assert asked.h1 == "Confirme que es usted"
    assert portal.count(TariffPublication, state="proposed") == 1
