"""Desk of cases: found by state, kind and term; taken, answered, extended and passed on by its one form."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.models import Case, OutboxMessage
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.services.case_stage import JPEG, PDF

NUMBER = "PQR-2026-000001"
HERE = f"/consola/casos/{NUMBER}"


@pytest.fixture
def petitioner(portal: RunningPortal) -> Browser:
    """The browser of somebody who filed a case."""
    browser = portal.browser()
    file(browser)
    return browser


def file(browser: Browser, **given) -> Page:
    answers = {"kind": "queja", "name": "Rosa Peña", "document": "1.121.900.300", "email": "rosa@vecina.example"}
    form = browser.open("/pqr/nueva").form("#pqr")
    return form.fill(**answers | {"text": "Nadie vino.", "consent": True} | given).submit("Radicar")


def do(staff: Browser, action: str, text: str = "Texto del caso.", **given) -> Page:
    return staff.open(HERE).form("#caso").fill(action=action, text=text, **given).submit("Registrar")


def test_the_list_has_a_row_for_each_case_with_the_end_of_its_term(portal: RunningPortal, petitioner: Browser):
    page = portal.staff().open("/consola").click("PQR")
    row = page.one(f"tr[data-case={NUMBER}]")
    assert row["data-due"] == "2026-12-15"
    assert "vence el mar 15 dic" in page.text
    assert "Rosa Peña" in page.text
    assert page.click(NUMBER).url == HERE


def test_the_list_is_filtered_by_state_kind_and_term(portal: RunningPortal, petitioner: Browser):
    file(petitioner, kind="reclamo", text="La factura.")
    staff = portal.staff()

    def numbers(query: str) -> list[str]:
        return [str(row["data-case"])[-1] for row in staff.open(f"/consola/casos?{query}").select("tr[data-case]")]

    assert numbers("") == ["1", "2"]
    assert numbers("tipo=reclamo") == ["2"]
    assert numbers("estado=respondidos") == []
    assert numbers("vence=semana") == []
    assert numbers("estado=%00'&tipo=x&vence=y&pagina=-4") in ([], ["1", "2"])
    portal.clock.forward(days=18)
    staff = portal.staff()
    assert numbers("vence=semana") == ["1", "2"]
    assert "Día hábil 13" in staff.open("/consola/casos").text


def test_a_case_is_taken_answered_and_closed_and_its_petitioner_reads_the_answer(
    portal: RunningPortal, petitioner: Browser
):
    staff = portal.staff(name="Olga Toro")
    page = do(staff, "asignar", "")
    assert "a cargo de Olga Toro" in page.text
    assert not page.select("#caso input[value=asignar]")
    page = do(staff, "responder", "La visita es el martes.", files=[("orden.pdf", PDF)])
    assert "Respondido" in page.text
    assert "publicado el lunes 23 de noviembre de 2026" in page.text
    seen = petitioner.open(f"/pqr/radicado/{NUMBER}")
    assert seen.value("[data-field=state]") == "answered"
    assert "La visita es el martes." in seen.text
    assert "Olga Toro" not in seen.text
    link = str(next(each["href"] for each in seen.select(".case-files a")))
    assert petitioner.client.get(link).get_data() == PDF
    assert NUMBER in portal.browser().open("/pqr").one("#avisos-de-respuestas").get_text()
    assert "Cerrado" in do(staff, "cerrar", "Visitado.").text


def test_the_file_of_an_internal_note_is_not_given_to_the_petitioner(portal: RunningPortal, petitioner: Browser):
    staff = portal.staff()
    link = str(do(staff, "nota", "Ojo.", files=[("interna.pdf", PDF)]).one(".case-files a")["href"])
    assert staff.client.get(link).get_data() == PDF
    assert "interna.pdf" not in petitioner.open(f"/pqr/radicado/{NUMBER}").text
    assert petitioner.client.get(link.replace("/consola/casos", "/pqr/radicado")).status_code == 404


def test_the_form_offers_what_the_state_takes(portal: RunningPortal, petitioner: Browser):
    staff = portal.staff()

    def offered(page: Page) -> list[str]:
        return [str(each["value"]) for each in page.select("#caso input[name=action]")]

    assert offered(staff.open(HERE)) == ["asignar", "nota", "responder", "ampliar", "trasladar"]
    assert offered(do(staff, "ampliar", "Se ordenó una prueba.")) == ["asignar", "nota", "responder", "trasladar"]
    assert offered(do(staff, "trasladar", "A la Superintendencia.")) == ["nota", "cerrar", "reabrir"]
    assert offered(do(staff, "reabrir", "Volvió.")) == ["asignar", "nota", "responder", "ampliar", "trasladar"]


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(portal: RunningPortal, petitioner: Browser):
    staff = portal.staff()
    page = staff.open(HERE).form("#caso").submit("Registrar")
    assert page.status == 422
    assert "Elija qué hacer con el caso." in page.text
    page = do(staff, "responder", "Va el archivo.", files=[("x.pdf", b"nada")])
    assert (page.status, page.form("#caso")["text"]) == (422, "Va el archivo.")
    assert "«x.pdf» no es un PDF" in page.text
    assert do(staff, "responder", "").status == 422


def test_who_comes_second_is_shown_the_state_and_the_lost_text(portal: RunningPortal, petitioner: Browser):
    first, second = portal.staff(), portal.staff()
    late = second.open(HERE).form("#caso").fill(action="ampliar", text="Se ordenó una prueba.")
    do(first, "responder", "Listo.")
    page = late.submit("Registrar")
    assert page.status == 409
    assert "Respondido" in page.text
    assert "Se ordenó una prueba." in page.text


def test_roles_read_file_and_answer_as_the_table_says(portal: RunningPortal, petitioner: Browser):
    for role in (Role.AGENT, Role.AUDITOR):
        page = portal.staff(role).open(HERE)
        assert page.status == 200
        assert not page.select("#caso")
    assert portal.staff(Role.ADMIN).open(HERE).status == 403
    assert portal.staff(Role.AUDITOR).open("/consola/casos/nueva").status == 403
    assert petitioner.open(HERE).url.startswith("/ingreso")
    assert portal.staff().open("/consola/casos/PQR-2026-000777").status == 404


def test_an_agent_writes_down_what_was_said_and_hands_over_the_constancia(portal: RunningPortal):
    agent = portal.staff(Role.AGENT)
    form = agent.open("/consola/casos").click("Radicar lo que llegó de palabra o por correo").form("#pqr")
    said = {"kind": "peticion", "name": "Luis Rey", "document": "900123456-7", "text": "Pide el plano."}
    page = form.fill(channel="telephone", telephone="3105550100", consent=True, **said).submit("Radicar")
    assert "por teléfono" in page.text
    answer = agent.client.get(f"{HERE}/constancia.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert portal.count(Case, channel="telephone") == 1
    appeal = agent.open("/consola/casos/nueva").form("#pqr")
    page = appeal.fill(channel="telephone", consent=True, **said | {"kind": "recurso"}).submit("Radicar")
    assert page.status == 422
    assert "Un recurso se presenta por escrito" in page.text


def test_a_mail_is_written_down_without_document_and_authorisation_from_the_day_on_which_it_came(
    portal: RunningPortal,
):
    agent = portal.staff(Role.AGENT)
    said = {"channel": "mail", "kind": "queja", "name": "Luis Rey", "email": "luis@rey.example", "text": "Nadie vino."}
    for day in ("", "24/11/2026", "22/11/2025", "ayer"):
        page = agent.open("/consola/casos/nueva").form("#pqr").fill(**said, arrived_on=day).submit("Radicar")
        assert page.status == 422
        assert "Escriba el día en que llegó el correo" in page.text
        assert page.text.count("Escriba la cédula") == page.text.count("Sin la autorización") == 0
    assert portal.count(Case) == 0
    page = agent.open("/consola/casos/nueva").form("#pqr").fill(**said, arrived_on="20/11/2026").submit("Radicar")
    assert "ninguna en un formulario: escribió por correo" in page.text
    with portal.session() as session:
        case = session.scalars(select(Case)).one()
        assert (case.document, case.consent_version, case.consented_at) == ("", None, None)
        assert (case.filed_at, case.due_on) == (GasDay(date(2026, 11, 20)).start, date(2026, 12, 14))
        body = session.scalars(select(OutboxMessage.body)).one()
    assert "el viernes 20 de noviembre de 2026. Quedó con el radicado" in body
    assert "Llegó por correo, sin su documento y sin la autorización" in body
    # Who can be asked still is.
    page = agent.open("/consola/casos/nueva").form("#pqr").fill(**said | {"channel": "office"}).submit("Radicar")
    assert "Escriba la cédula" in page.text
    assert "Sin la autorización" in page.text


def test_a_case_over_its_term_says_until_when_it_is_recognised(portal: RunningPortal, petitioner: Browser):
    from portal.services.cases import pqr
    from portal.services.store.acts import Act

    portal.clock.forward(days=23)
    with portal.session() as session:
        pqr.watch_due(Act.of_system(session, portal.clock.now))
    staff = portal.staff()
    page = staff.open("/consola/casos?estado=vencidos")
    assert page.one(f"tr[data-case={NUMBER}]")["data-state"] == "lapsed"
    assert "Venció el mar 15 dic" in page.text
    assert "sábado 19 de diciembre" in staff.open(HERE).text
    assert "se entiende resuelta a su favor" in petitioner.open(f"/pqr/radicado/{NUMBER}").text


def test_the_record_is_taken_out_with_its_files_as_they_came(portal: RunningPortal):
    file(portal.browser(), files=[("acta.pdf", PDF), ("foto.jpg", JPEG)], kind="recurso")
    staff = portal.staff(name="Olga Toro")
    do(staff, "responder", "Se confirma.", files=[("acta.pdf", PDF)])
    do(staff, "trasladar", "A la Superintendencia.")
    answer = staff.client.get(f"{HERE}/expediente.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as packed:
        names = ["archivos/01-acta.pdf", "archivos/02-foto.jpg", "archivos/03-acta.pdf"]
        assert packed.namelist() == ["expediente.txt", *names]
        assert [packed.read(name) for name in names] == [PDF, JPEG, PDF]
        text = packed.read("expediente.txt").decode()
    said = ["Presentada", "Nadie vino.", hashlib.sha256(PDF).hexdigest(), "Respuesta", "Olga Toro", "Trasladada"]
    places = [text.index(words) for words in said]
    assert places == sorted(places)
    assert portal.staff(Role.ADMIN).client.get(f"{HERE}/expediente.zip").status_code == 403


def test_the_list_is_searched_by_number_document_and_name(portal: RunningPortal, petitioner: Browser):
    file(petitioner, name="50 % de Luis_Rey", document="86.888.999", text="Otra.")
    staff = portal.staff()
    for asked, wanted in {
        "rosa": "1",
        "000002": "2",
        "86.888": "2",
        "50 %": "2",
        "s_R": "2",
        "_": "2",
        "86888999": "2",
        "pena": "1",
        "PEÑA": "1",
        "nadie": "",
    }.items():
        page = staff.open("/consola/casos").form("form.filter-form").fill(q=asked).submit("Filtrar")
        assert "".join(str(row["data-case"])[-1] for row in page.select("tr[data-case]")) == wanted, asked


def test_a_search_finds_what_was_answered_too_and_the_states_count_what_it_finds(
    portal: RunningPortal, petitioner: Browser
):
    file(petitioner, name="Luis Rey", document="86.888.999", text="Otra.")
    staff = portal.staff()
    do(staff, "responder", "Así fue.")
    page = staff.open("/consola/casos").form("form.filter-form").fill(q="000001").submit("Filtrar")
    assert [row["data-case"] for row in page.select("tr[data-case]")] == ["PQR-2026-000001"]
    tabs = [link.get_text(strip=True) for link in page.select("nav.filter-bar a")]
    assert "Respondidos (1)" in tabs
    assert "Todos (1)" in tabs
    assert "q=000001" in str(page.one("a[href*='casos.csv']")["href"])
    page = staff.open("/consola/casos?estado=vencidos&q=000001")
    page = page.click(".empty a")
    assert len(page.select("tr[data-case]")) == 1


def test_the_relation_says_term_answer_and_notice_and_runs_nothing_in_a_spreadsheet(
    portal: RunningPortal, petitioner: Browser
):
    staff = portal.staff(name="Olga Toro")
    do(staff, "responder", "La visita es el martes.")
    file(petitioner, name="=cmd|' /C calc'!A0", text="Otra.")
    link = staff.open("/consola/casos?estado=todos").one("a[href*='.csv']")["href"]
    answer = staff.client.get(str(link))
    assert answer.mimetype == "text/csv"
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";"))
    assert [row["radicado"] for row in rows] == ["PQR-2026-000002", NUMBER]
    assert rows[0]["de quién"].startswith("'=cmd")
    assert (rows[1]["término"], rows[1]["respondido"], rows[1]["notificado"]) == (
        "15/12/2026",
        "23/11/2026 09:00",
        "01/12/2026",
    )
