"""Documents and the search as a visitor sees them, and as the console publishes them, by the pages' own forms."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import update

from portal.domain.accounts import Role
from portal.models import StoredPassage
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.factories import TODAY
from tests.services.case_stage import PDF

DESK = "/consola/documentos"
SUMMARY = "# Plazos\nLa zarzaparrilla se responde en quince días. [art. 4]"
DESK_FORM = "form.form-column"
PAGE = "/documentos/reglamento-de-espera"


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR, name="Olga Toro")


@pytest.fixture
def supervisor(portal: RunningPortal) -> Browser:
    return portal.staff(Role.SUPERVISOR, name="Saúl Vega")


def propose(operator: Browser, **said: object) -> Page:
    form = operator.open(DESK).click("Proponer un documento nuevo").form("#version")
    usual = {
        "title": "Reglamento de espera",
        "kind": "regulation",
        "valid_from": TODAY.date.strftime("%d/%m/%Y"),
        "summary": SUMMARY,
        "file": ("reglamento.pdf", PDF),
    }
    return form.fill(**usual | said).submit("Proponer la versión")


def propose_another(operator: Browser, **said: object) -> Page:
    form = operator.open(DESK).one("[data-document=reglamento-de-espera]")
    page = operator.open(str(form.select_one("p a")["href"]))
    usual = {"valid_from": TODAY.plus(1).date.strftime("%d/%m/%Y"), "changes": "Otro plazo."}
    return page.form("#version").fill(**usual | said).submit("Proponer la versión")


def publish(supervisor: Browser, proposed: Page) -> Page:
    return supervisor.open(proposed.url).form("#decidir").submit("Publicar")


def test_a_document_goes_from_the_desk_to_everybody(portal: RunningPortal, operator: Browser, supervisor: Browser):
    proposed = propose(operator)
    assert "la publica o la rechaza otra persona" in proposed.text
    visitor = portal.browser()
    assert visitor.open(PAGE).status == 404
    assert "1 versión de un documento por decidir" in supervisor.open("/consola").text
    publish(supervisor, proposed)

    page = visitor.open("/documentos").click("Reglamento de espera")
    assert page.url == PAGE
    digest = hashlib.sha256(PDF).hexdigest()
    assert page.value("[data-field=sha256]") == digest
    assert page.one("#punto-1").get_text(" ", strip=True) == "La zarzaparrilla se responde en quince días. art. 4"
    file = visitor.open(f"{PAGE}/1.pdf")
    assert file.body == PDF
    assert (file.headers["ETag"], file.headers["Content-Type"]) == (f'"{digest}"', "application/pdf")
    assert file.headers["Content-Disposition"].startswith("attachment")
    again = visitor.open(f"{PAGE}/1.pdf", headers={"If-None-Match": f'"{digest}"'})
    assert (again.status, again.body) == (304, b"")


def test_what_changed_between_versions_is_shown_and_any_two_are_compared(
    portal: RunningPortal, operator: Browser, supervisor: Browser
):
    publish(supervisor, propose(operator))
    proposed = propose_another(operator, summary=SUMMARY.replace("quince", "diez"))
    assert proposed.value("[data-field=changes]") == "1"
    publish(supervisor, proposed)
    visitor = portal.browser()
    assert "Por entrar a regir" in visitor.open(f"{PAGE}?version=2").text
    assert visitor.open(PAGE).one("#punto-1").get_text().startswith("La zarzaparrilla se responde en quince")
    portal.clock.forward(days=1)
    page = visitor.open(PAGE)
    assert page.value("[data-field=changes]") == "1"
    assert "quince" in page.one("del").get_text()
    assert "diez" in page.one("ins").get_text()
    compared = visitor.open(f"{PAGE}?version=1").form("form.filter-form").fill(con="2").submit("Comparar")
    assert "De la versión 1 a la 2 cambió un punto" in compared.text
    assert "quince" in compared.one("details[open] del").get_text()


def test_a_refused_proposal_keeps_what_was_typed_and_says_line_and_reason(operator: Browser):
    page = propose(operator, summary="# Plazos\nSin su cláusula.", changes="Primera.")
    assert page.status == 422
    assert (
        "Línea 2: «Sin su cláusula.» no es un punto con su cláusula al final." in page.one("#summary-error").get_text()
    )
    assert page.one("#summary").get_text().strip() == "# Plazos\nSin su cláusula."
    assert page.one("#title")["value"] == "Reglamento de espera"
    page = propose(operator, file=("foto.pdf", b"\x89PNG"))
    assert "«foto.pdf» no es un PDF entero" in page.one("#file-error").get_text()
    page = propose(operator, valid_from="mañana", summary="Sin título.", kind="")
    assert {"valid_from", "summary", "kind"} == {
        str(tag["href"]).strip("#") for tag in page.select("#resumen-errores a")
    }
    assert "entre 1990 y" in propose(operator, valid_from="01/01/1812").one("#valid_from-error").get_text()
    assert "no es un PDF entero" in propose(operator, file=("vacio.pdf", b"")).text
    assert "Reglamento de espera" not in operator.open(DESK).text


def test_a_rejected_version_tells_its_reason_and_nobody_decides_twice(operator: Browser, supervisor: Browser):
    proposed = propose(operator)
    stale = supervisor.open(proposed.url).form("#decidir")
    page = supervisor.open(proposed.url).form("#decidir").submit("Rechazar")
    assert (page.status, "Escriba la razón" in page.text) == (422, True)
    page.form("#decidir").fill(reason="Falta la firma").submit("Rechazar")
    assert "Falta la firma" in operator.open(proposed.url).text
    assert stale.submit("Publicar").status == 409


def test_the_contract_is_summed_up_with_its_clauses(portal: RunningPortal):
    page = portal.browser().open("/contrato")
    assert "Es un resumen, no el documento" in page.text
    assert page.value("[data-field=valid_from]") == "2024-07-24"
    named = " ".join(tag.get_text() for tag in page.select(".clause"))
    for clause in ("51", "57", "58", "59.2", "68", "69", "70", "71", "72", "73", "anexo 3", "anexo 4"):
        assert clause in named


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/documentos/nada", "No hay un documento «nada»"),
        ("/documentos/contrato?version=9", "no tiene la versión «9»"),
        ("/documentos/contrato?version=uno", "no tiene la versión «uno»"),
        ("/documentos/contrato?con=7", "no tiene la versión «7»"),
    ],
)
def test_what_is_not_there_names_what_is(portal: RunningPortal, url: str, said: str):
    page = portal.browser().open(url)
    assert page.status == 404
    assert said in page.text
    assert page.select("main a[href^='/documentos/contrato']")
    for number in (0, 9, 10_000, 2**63):
        assert portal.browser().open(f"/documentos/contrato/{number}.pdf").status == 404


def test_the_search_leads_to_the_passage_without_and_with_script(portal: RunningPortal):
    visitor = portal.browser()
    page = visitor.open("/contrato").form("form.search-form").fill(q="desviaciones de consumo").submit("Buscar")
    assert int(page.value("[data-field=found]")) > 0
    first = page.select(".found-list a")[0]
    target = visitor.open(str(first["href"]))
    assert target.one(f"#{str(first['href']).partition('#')[2]}")
    assert page.select("mark")
    part = visitor.open("/buscar?q=medidores", htmx=True)
    assert "<html" not in part.source
    assert part.select("#resultados mark")


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("precio en granada", "/tarifas#granada"),
        ("cuanto cuesta el gas", "/tarifas"),
        ("hasta cuando se nomina hoy", "/calendario"),
        ("fuga", "/"),
        ("pqr", "/pqr"),
    ],
)
def test_what_a_page_is_about_leads_to_the_page(portal: RunningPortal, typed: str, path: str):
    page = portal.browser().open(f"/buscar?q={typed}")
    assert path in [str(tag["href"]) for tag in page.select(".found-list a")][:3]
    assert portal.browser().open(path).status == 200


def test_the_search_says_what_it_did_not_find(portal: RunningPortal):
    visitor = portal.browser()
    assert "Nada dice «zarzamora»" in visitor.open("/buscar?q=zarzamora").text
    assert "Ningún texto tiene todas las palabras" in visitor.open("/buscar?q=medidor+zarzamora").text
    assert "Escriba una o varias palabras" in visitor.open("/buscar").text
    assert visitor.open("/buscar?q=%3Cscript%3E").status == 200


def test_a_notice_to_everybody_is_found_until_it_is_withdrawn(portal: RunningPortal, supervisor: Browser):
    desk = supervisor.open("/consola/avisos").form(DESK_FORM)
    said = {"title": "Zarzaparrilla en la red", "text": "Se limpia la línea.", "severity": "information"}
    published = desk.fill(**said).submit("Ver a quién llega").form(DESK_FORM).submit("Publicar el aviso")
    visitor = portal.browser()
    assert visitor.open("/buscar?q=zarzaparrilla").select(".found-list a[href='/avisos']")
    published.form("#avisos form").submit("Retirar")
    assert not visitor.open("/buscar?q=zarzaparrilla").select(".found-list")


def test_the_guide_is_found_with_the_facts_of_now(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        session.execute(update(StoredPassage).where(StoredPassage.source == "guide").values(text="Lo que se guardó."))
    page = portal.browser().open("/buscar?q=clave+bloqueada")
    hits = {str(tag["href"]): tag for tag in page.select(".found-list a")}
    assert any(path.startswith("/guia/que-hago-si#") for path in hits)
    assert "Lo que se guardó" not in page.text
    assert all(portal.browser().open(path).status == 200 for path in hits)
