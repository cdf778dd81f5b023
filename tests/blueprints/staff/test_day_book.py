"""The day's book on its pages, without JavaScript."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.domain.accounts import Role
from portal.domain.nominations import Channel
from portal.domain.quantities import plain
from portal.domain.timetable import RequestKind
from portal.models import Authorisation, AuthorisationDraft, DayBook, DeliveryPoint, LateDecision, OutboxMessage
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.services.book_stage import TOMORROW, Stage, late, nominate, pass_on, set_up

BOOK = f"/consola/libro/{TOMORROW.isoformat()}"


@pytest.fixture
def stage(portal: RunningPortal) -> Stage:
    """Two points that nominated for tomorrow and one that did not."""
    with portal.session() as session:
        return set_up(session)


@pytest.fixture
def operator(portal: RunningPortal, stage: Stage) -> Browser:
    """The operator who works on it."""
    assert stage.operator.user_id is not None
    return portal.signed_in(stage.operator.user_id)


def act(page: Page, form: str) -> Page:
    return page.form(f"form#{form}").submit()


def state(page: Page, point: str) -> str:
    return page.one(f"tr[data-point={point}] .chip").get_text()


def record(browser: Browser, point: str, quantity: str, reason: str = "", button: str = "Registrar y volver al libro"):
    page = browser.open(f"{BOOK}/puntos/{point}")
    return page.form("form#registrar").fill(quantity=quantity, cut_reason=reason).submit(button)


def test_the_console_leads_to_the_book_of_tomorrow(operator: Browser):
    page = operator.open("/consola").click("Libro")
    assert page.url == BOOK
    assert page.h1 == "Libro del martes 24 de noviembre de 2026"
    assert page.value("[data-field=nominated]") == "2"
    assert page.value("[data-field=total_m3]") == "20000"
    assert "hasta el lunes 23 de noviembre de 2026 a las 12:00" in page.text


def test_who_is_missing_stands_first_with_the_telephone(operator: Browser):
    page = operator.open(BOOK)
    tables = [str(table["id"]) for table in page.select("table")]
    assert tables.index("faltan") < tables.index("libro")
    row = page.one("#faltan tr[data-point=catama]")
    assert row.select_one("a[href^=tel]")["href"] == "tel:+576085550100"
    assert not page.select("#libro tr[data-point=catama]")


def test_the_lines_say_what_was_asked_in_every_unit_and_what_is_above_the_maximum(operator: Browser):
    page = operator.open(BOOK)
    row = page.one("tr[data-point=apiay]").get_text(" ", strip=True)
    for words in ("12.500 m³", "498,82", "441,43", "nominación v1, lun 9:00", "Por autorizar"):
        assert words in row
    assert "el contrato NR-A lleva 20.000 m³ de un máximo de 19.000 m³" in row
    totals = page.one("#por-punto-de-salida").get_text(" ", strip=True)
    for words in ("PS-01 Puerta Apiay", "20.000", "798,11", "706,29"):
        assert words in totals
    contracts = page.one("#por-contrato").get_text(" ", strip=True)
    assert "19.000 m³" in contracts
    assert contracts.count("lo supera") == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("estado=sin-nominacion", {"catama"}),
        ("estado=por-autorizar", {"apiay", "barzal"}),
        ("estado=con-recorte", set()),
        ("estado=nada", {"apiay", "barzal", "catama"}),
        ("puerta=PS-01", {"apiay", "barzal"}),
        ("q=BARZÁL", {"barzal"}),
        ("q=nr-b", {"catama"}),
        ("modalidad=industrial", {"apiay", "barzal", "catama"}),
        ("modalidad=gnv-atr", set()),
        ("despues=x", {"apiay", "barzal", "catama"}),
        # From the first line where its place is none of the book; those who are missing stand on the first page.
        ("despues=999999999999", {"apiay", "barzal"}),
    ],
)
def test_filters_choose_lines_and_never_the_sums(portal: RunningPortal, operator: Browser, query: str, shown: set[str]):
    page = operator.open(f"{BOOK}?{query}")
    if query == "modalidad=industrial":
        shown = set()
    assert {str(row["data-point"]) for row in page.select("tr[data-point]")} == shown
    assert page.value("[data-field=total_m3]") == "20000"


def test_who_the_rule_nominated_can_be_called_too(portal: RunningPortal, stage: Stage, operator: Browser):
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.silent), "90", channel=Channel.POLICY)
    page = operator.open(BOOK)
    assert page.value("[data-field=nominated]") == "2"
    page = page.click("Por la regla al cierre (1)")
    assert [str(row["data-point"]) for row in page.select("tr[data-point]")] == ["catama"]
    row = page.one("tr[data-point=catama]")
    assert "P, al cierre v1" in row.get_text()
    assert row.select_one("a[href^=tel]")


def test_freezing_shows_version_and_hash_then_the_differences(portal: RunningPortal, stage: Stage, operator: Browser):
    page = act(operator.open(BOOK), "congelar")
    assert page.history[0][0] == 303
    assert "La versión 1 del libro quedó congelada." in page.text
    assert not page.select("form#congelar")
    file = operator.client.get(f"{BOOK}/libro.csv?version=1")
    digest = hashlib.sha256(file.data).hexdigest()
    assert digest in page.one("#version ~ p code").get_text()
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.first), "9000", revision=2, kind=RequestKind.RENOMINATION)
    page = operator.open(BOOK)
    assert "1 cambio desde entonces" in page.text
    changed = page.one("#cambios").get_text(" ", strip=True)
    assert "12.500 m³, versión 1" in changed
    assert "9.000 m³, versión 2" in changed
    page = act(page, "congelar").click("Versión 2")
    assert page.url == f"{BOOK}/versiones/2"
    assert "9.000 m³, versión 2" in page.one("#diferencias").get_text(" ", strip=True)
    first = page.click("← Versión 1")
    assert first.value("[data-field=file_hash]") == digest
    assert "Es la primera versión del día" in first.text
    assert operator.client.get(f"{BOOK}/libro.csv?version=1").data == file.data


def test_a_point_under_another_contract_is_one_difference(portal: RunningPortal, stage: Stage, operator: Browser):
    act(operator.open(BOOK), "congelar")
    with portal.session() as session, transaction(session):
        pass_on(session, session.merge(stage.first), "9000")
    (row,) = operator.open(BOOK).select("#cambios tbody tr")
    said = row.get_text(" ", strip=True)
    assert "12.500 m³, versión 1, con el contrato NR-A" in said
    assert "9.000 m³, versión 1" in said


def test_the_files_are_named_for_what_they_are(operator: Browser):
    act(operator.open(BOOK), "congelar")
    for path, name in {
        "libro.csv": "libro-2026-11-24-sin-congelar.csv",
        "libro.xlsx": "libro-2026-11-24-sin-congelar.xlsx",
        "libro.csv?version=1": "libro-2026-11-24-v1.csv",
        "libro.xlsx?version=1": "libro-2026-11-24-v1.xlsx",
    }.items():
        answer = operator.client.get(f"{BOOK}/{path}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["versiones/2", "versiones/0", "versiones/x", "libro.csv?version=2", "puntos/nada"])
def test_what_is_not_there_is_not_found(operator: Browser, path: str):
    act(operator.open(BOOK), "congelar")
    assert operator.open(f"{BOOK}/{path}").status == 404


@pytest.mark.parametrize("day", ["2026-13-01", "24-11-2026", "2014-11-30", "2027-01-01", "hoy", "２026-11-24"])
def test_a_day_without_a_book_is_not_found(operator: Browser, day: str):
    assert operator.open(f"/consola/libro/{day}").status == 404


def test_another_day_is_chosen_by_typing_it(operator: Browser):
    page = operator.open(BOOK).form("/consola/libro").fill(fecha="2026-11-25").submit()
    assert page.url == "/consola/libro/2026-11-25"
    page = operator.open("/consola/libro?fecha=nada")
    assert page.url == BOOK
    assert "Ese día no tiene libro" in page.text


def test_recording_one_leads_to_the_next_that_waits(portal: RunningPortal, operator: Browser):
    page = operator.open(BOOK).click("EDS Apiay")
    form = page.form("form#registrar")
    assert form["quantity"] == "12.500"
    page = form.fill(quantity="9.000", cut_reason="CCD").submit("Registrar y seguir con el siguiente")
    assert page.url == f"{BOOK}/puntos/barzal"
    page = page.form("form#registrar").submit("Registrar y seguir con el siguiente")
    assert page.url == BOOK
    assert (state(page, "apiay"), state(page, "barzal")) == ("Por publicar", "Por publicar")
    assert "CCD: capacidad restringida en distribución" in page.one("tr[data-point=apiay]").get_text()
    assert portal.count(Authorisation) == 0


@pytest.mark.parametrize(
    ("quantity", "reason", "words"),
    [
        ("12.501", "", "Es más de lo pedido (12.500 m³)"),
        ("9.000", "", "Elija el motivo del recorte"),
        ("12.500", "FMJ", "quite el motivo"),
        ("", "", "Escriba la cantidad autorizada"),
        ("1e3", "", "Eso no es una cantidad"),
        ("12.50", "", "de dos maneras"),
        ("12,5", "", "demasiados decimales"),
    ],
)
def test_what_cannot_be_authorised_is_refused_beside_its_field(
    portal: RunningPortal, operator: Browser, quantity: str, reason: str, words: str
):
    page = record(operator, "apiay", quantity, reason)
    assert page.status == 422
    assert words in page.one("#resumen-errores").get_text()
    assert page.title.startswith("Error:")
    assert page.form("form#registrar")["quantity"] == quantity
    assert portal.count(AuthorisationDraft) == 0


def test_a_reason_that_is_none_is_refused(operator: Browser):
    form = operator.open(f"{BOOK}/puntos/apiay").form("form#registrar")
    assert "Elija un motivo" in form.tamper(cut_reason="XXX").submit("Registrar y volver al libro").text


def test_a_point_without_nomination_offers_nothing_to_record(operator: Browser):
    page = operator.open(f"{BOOK}/puntos/catama")
    assert not page.select("main form[method=post]")
    assert "sin nominación" in page.text


def test_a_nomination_that_changed_meanwhile_is_a_conflict_with_both_values(
    portal: RunningPortal, stage: Stage, operator: Browser
):
    page = operator.open(f"{BOOK}/puntos/apiay")
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.first), "13000", revision=2, kind=RequestKind.RENOMINATION)
    page = page.form("form#registrar").submit("Registrar y volver al libro")
    assert page.status == 409
    assert "13.000 m³, versión 2" in page.text
    assert "12.500" in page.text
    assert portal.count(AuthorisationDraft) == 0


def test_what_was_recorded_can_be_taken_back(portal: RunningPortal, operator: Browser):
    record(operator, "apiay", "9.000", "CCD")
    page = act(operator.open(f"{BOOK}/puntos/apiay"), "retirar")
    assert page.url == BOOK
    assert state(page, "apiay") == "Por autorizar"
    assert portal.count(AuthorisationDraft) == 0


def test_a_record_that_another_revision_overtook_waits_to_be_looked_at(
    portal: RunningPortal, stage: Stage, operator: Browser
):
    for point, quantity in (("apiay", "12.500"), ("barzal", "7.500")):
        record(operator, point, quantity)
    assert operator.open(BOOK).value("[data-field=to_authorise]") == "0"
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.first), "9000", revision=2, kind=RequestKind.RENOMINATION)
    page = operator.open(BOOK)
    assert page.value("[data-field=to_authorise]") == "1"
    panel = page.one("section[aria-labelledby=autorizar]").get_text(" ", strip=True)
    assert "Ninguna nominación espera" not in panel
    assert "1 cambió después de registrada" in panel
    changed = page.click("1 cambió después de registrada")
    assert [str(row["data-point"]) for row in changed.select("#libro tr[data-point]")] == ["apiay"]


def test_confirm_all_then_publish_reaches_the_account_and_mails_the_cut(portal: RunningPortal, operator: Browser):
    record(operator, "barzal", "0", "FMJ")
    page = act(operator.open(BOOK), "confirmar")
    assert "Quedó registrada 1 cantidad como se pidieron" in page.text
    assert "EDS Barzal: 0 m³ de 7.500 m³, fuerza mayor" in page.one("#publicar-titulo").parent.get_text(" ", strip=True)
    page = act(page, "publicar")
    assert "Se publicaron 2 cantidades. 1 con recorte" in page.text
    assert (state(page, "apiay"), state(page, "barzal")) == ("Autorizada", "No autorizada")
    assert portal.count(OutboxMessage, kind="cut") == 1
    assert not page.select("form#publicar, form#confirmar")


def test_what_is_above_the_maximum_is_confirmed_only_when_it_is_ticked(portal: RunningPortal, operator: Browser):
    page = act(operator.open(BOOK), "confirmar")
    assert page.status == 422
    assert "sobre el máximo del contrato" in page.one("#resumen-errores").get_text()
    assert portal.count(AuthorisationDraft) == 0
    page = page.form("form#confirmar").fill(punto=["apiay:1"]).submit()
    assert "Quedó registrada 1 cantidad" in page.text
    said = "Quedó aparte 1 sin registrar: EDS Barzal, el contrato NR-A lleva 20.000 m³ de un máximo de 19.000 m³."
    assert said in page.text
    # What was ticked is named once more where it is published.
    assert "EDS Apiay: 12.500 m³" in page.one("#dudosas").get_text(" ", strip=True)
    page = page.form("form#confirmar").tamper(punto=["barzal:9"]).submit()
    assert page.status == 409
    assert portal.count(AuthorisationDraft) == 1


def test_the_customers_sheet_shows_what_was_published(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys()
    customer.nominate("12.500")
    operator = portal.staff()
    record(operator, customer.point, "9.000", "PCC")
    sheet = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    cell = f"tr[data-gas-day='{TOMORROW.isoformat()}'] td[data-field=authorised]"
    portal.clock.forward(days=1)
    customer.browser = portal.signed_in(customer.way.actor.user_id)
    customer.use_keys()
    assert customer.open(sheet).value(cell) == ""
    act(portal.staff().open(BOOK), "publicar")
    page = customer.open(sheet)
    assert page.value(cell) == "9000"
    assert "capacidad restringida en transporte" in page.text


def send_file(browser: Browser, content: bytes, name: str = "autorizadas.csv") -> Page:
    page = browser.open(BOOK).click("Registrar por archivo")
    return page.form("form#archivo").fill(file=(name, content)).submit()


def test_a_file_is_previewed_and_then_recorded_for_publication(portal: RunningPortal, operator: Browser):
    content = "Cantidades\npunto;autorizada;motivo\nT-1;12500;\nT-2;0;FMJ\nEDS Catama;;\nTotal;12500;\n"
    page = send_file(operator, content.encode())
    assert "2 cantidades por registrar y 1 fila sin novedad. Nada se ha registrado todavía." in page.text
    assert "Totales que no se toman: fila 6." in page.one("#entendido").get_text()
    rows = page.select("#registraria tbody tr")
    assert [(row.th.get_text(), row["data-value"]) for row in rows] == [("EDS Apiay", "12500"), ("EDS Barzal", "0")]
    assert "fuerza mayor" in rows[1].get_text()
    assert portal.count(AuthorisationDraft) == 0
    page = page.form("#decision").submit("Registrar todo")
    assert page.url == BOOK
    assert "Quedaron registradas 2 cantidades." in page.text
    assert (state(page, "apiay"), state(page, "barzal")) == ("Por publicar", "Por publicar")


def test_a_discarded_file_records_nothing_and_is_decided_once(portal: RunningPortal, operator: Browser):
    page = send_file(operator, b"punto;autorizada\nT-1;12500\n")
    discarded = page.form("#decision").submit("Descartar el archivo")
    assert discarded.url == f"{BOOK}/archivo"
    assert "nada de él se registró" in discarded.text
    again = page.form("#decision").submit("Registrar todo")
    assert again.status == 422
    assert "ya se registró o se descartó" in again.text
    assert portal.count(AuthorisationDraft) == 0


def test_what_changed_since_the_preview_is_shown_again_and_not_recorded(portal: RunningPortal, operator: Browser):
    page = send_file(operator, b"punto;autorizada\nT-1;12500\nT-2;7500\n")
    record(operator, "barzal", "7500")
    late = page.form("#decision").submit("Registrar todo")
    assert late.status == 422
    assert "El libro cambió desde que vio esto: nada se registró." in late.text
    assert [row["data-value"] for row in late.select("#registraria tbody tr")] == ["12500"]
    assert portal.count(AuthorisationDraft) == 1
    assert (
        "Quedó registrada 1 cantidad. 1 fila no dice nada nuevo."
        in late.form("#decision").submit("Registrar todo").text
    )


def test_a_file_that_leaves_something_open_is_asked_about_before_its_preview(operator: Browser):
    page = send_file(operator, b"punto;autorizada\nT-1;12.500\n")
    assert page.status == 200
    page = page.form("#preguntar").fill(answer="punto-miles").submit()
    assert [row["data-value"] for row in page.select("#registraria tbody tr")] == ["12500"]


def test_a_file_that_says_nothing_new_cannot_be_recorded(operator: Browser):
    page = send_file(operator, b"punto;autorizada\nEDS Catama;\n")
    assert "El archivo no dice nada nuevo" in page.text
    assert "Registrar todo" not in page.text


def test_a_file_with_errors_names_each_and_records_nothing(portal: RunningPortal, operator: Browser):
    page = send_file(operator, b"punto;autorizada\nT-1;13000\nnadie;1\n")
    assert page.status == 422
    said = page.one("#resumen-errores").get_text()
    assert "Fila 2, columna «autorizada», valor «13000»: es más de lo pedido, 12500 m3." in said
    assert "Fila 3" in said
    assert portal.count(AuthorisationDraft) == 0
    page = operator.open(f"{BOOK}/archivo").form("form#archivo").submit()
    assert "Elija el archivo" in page.one("#resumen-errores").get_text()


def test_only_the_page_of_the_file_takes_much(portal: RunningPortal, operator: Browser):
    # Eight thousand rows that say one thing, and one that says another.
    much = b"punto;autorizada\n" + b"T-1;12500;\n" * 8_000 + b"T-1;12400;\n"
    assert "dice otra cosa del mismo punto" in send_file(operator, much).text
    # Refused by the length that the request names, before any of it is read.
    answer = operator.client.post(
        f"{BOOK}/archivo",
        input_stream=io.BytesIO(b"x"),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(11 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    form = operator.open(BOOK).form("form#congelar").tamper(shown="x" * 70_000)
    assert form.submit().status == 413


@pytest.fixture
def tardy(portal: RunningPortal, stage: Stage) -> str:
    """A nomination of the silent point that came after the close."""
    with portal.session() as session, transaction(session):
        return late(session, session.merge(stage.silent), "100").public_id


def test_a_late_nomination_is_accepted_from_the_page(portal: RunningPortal, operator: Browser, tardy: str):
    page = operator.open(BOOK)
    row = page.one(f"#tardias tr[data-late={tardy}]").get_text(" ", strip=True)
    assert "EDS Catama" in row
    assert "100,00 MBTU" in row
    page = page.form("form.late-decision").submit("Aceptar")
    assert "EDS Catama quedó en firme" in page.text
    assert state(page, "catama") == "Por autorizar"
    assert not page.select("#tardias, #faltan")


def test_a_late_nomination_is_refused_with_a_reason_only(portal: RunningPortal, operator: Browser, tardy: str):
    form = operator.open(BOOK).form("form.late-decision")
    page = form.submit("No aceptar")
    assert page.status == 422
    assert "Escriba el motivo" in page.one("#resumen-errores").get_text()
    page = page.form("form.late-decision").tamper(reason="x" * 501).submit("No aceptar")
    assert "más de 500 caracteres" in page.text
    assert page.form("form.late-decision")["reason"] == "x" * 501
    page = page.form("form.late-decision").fill(reason="El tramo está lleno.").submit("No aceptar")
    assert "no se aceptó" in page.text
    assert not page.select("#tardias")
    assert portal.count(LateDecision, accepted=False) == 1
    again = form.submit("Aceptar")
    assert again.status == 422
    assert "ya se decidió" in again.text


def test_a_late_nomination_that_is_none_is_not_found(operator: Browser, tardy: str):
    form = operator.open(BOOK).form("form.late-decision").tamper(nomination="nada")
    assert form.submit("Aceptar").status == 404


def test_publishing_other_records_than_the_page_showed_is_a_conflict(portal: RunningPortal, operator: Browser):
    record(operator, "apiay", "12.500")
    page = operator.open(BOOK)
    record(portal.staff(), "barzal", "7.500")
    page = act(page, "publicar")
    assert page.status == 409
    assert "después de que usted abrió la página" in page.text
    assert portal.count(Authorisation) == 0


@pytest.mark.parametrize("action", ["confirmar", "publicar", "congelar"])
def test_an_action_that_came_too_late_says_so_on_the_page(operator: Browser, action: str):
    page = operator.open(BOOK)
    operator.open(BOOK).form("form#confirmar").fill(punto=["apiay:1", "barzal:1"]).submit()
    act(operator.open(BOOK), "congelar")
    old = act(operator.open(BOOK), "publicar") if action == "publicar" else page
    form = page.form("form#congelar").tamper(accion=action)
    page = form.submit()
    assert page.status == 422
    assert page.one("#resumen-errores")
    assert old.status == 200


@pytest.mark.parametrize("action", ["", "borrar"])
def test_an_action_that_is_none_is_refused(operator: Browser, action: str):
    form = operator.open(BOOK).form("form#congelar").tamper(accion=action)
    assert form.submit().status == 400


def test_the_auditor_reads_and_does_nothing(portal: RunningPortal, stage: Stage):
    auditor = portal.staff(Role.AUDITOR)
    page = auditor.open("/consola").click("Libro")
    assert page.one("tr[data-point=apiay]")
    assert not page.select("main form[method=post]")
    assert not page.select("tr[data-point] th a")
    assert auditor.client.get(f"{BOOK}/puntos/apiay").status_code == 403


def test_agents_have_no_book(portal: RunningPortal, stage: Stage):
    agent = portal.staff(Role.AGENT)
    assert "Libro del día" not in agent.open("/consola").text
    assert agent.client.get(BOOK).status_code == 403


def test_the_page_asks_the_same_whatever_its_length(portal: RunningPortal, stage: Stage, operator: Browser):
    def selects() -> int:
        asked: list[str] = []
        engine: Any = portal.app.extensions["portal.engine"]

        def note(_connection, _cursor, statement, *_rest) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        assert operator.open(BOOK).status == 200
        event.remove(engine, "before_cursor_execute", note)
        return len([each for each in asked if each.startswith("SELECT")])

    act(operator.open(BOOK), "congelar")
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.silent), "100")
    few = selects()
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        for _ in range(10):
            nominate(session, factories.delivery_point(session, contract=owner), "100")
    assert selects() == few == 16


def test_three_hundred_who_are_missing_do_not_stand_before_what_arrived(portal: RunningPortal, operator: Browser):
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        gate = factories.exit_point(session, code="ZZ")
        for _ in range(299):
            factories.delivery_point(session, contract=owner, exit_point_id=gate.id)
    page = operator.open(BOOK)
    ids = [str(element["id"]) for element in page.select("#por-modalidad, #por-contrato, #faltan, #libro")]
    assert ids == ["por-modalidad", "por-contrato", "faltan", "libro"]
    assert len(page.select("#faltan tr[data-point]")) == 10
    assert {str(row["data-point"]) for row in page.select("#libro tr[data-point]")} == {"apiay", "barzal"}
    page = page.click("Ver los 300 sin nominación")
    seen = [len(page.select("#faltan tr[data-point]"))]
    while page.select("a[rel=next]:-soup-contains('Siguientes')"):
        page = page.click("Siguientes →")
        seen.append(len(page.select("#faltan tr[data-point]")))
    assert seen == [50] * 6
    assert not page.select("#libro")


def test_a_frozen_book_keeps_its_numbers(portal: RunningPortal, operator: Browser):
    act(operator.open(BOOK), "congelar")
    with portal.session() as session:
        book = session.scalars(select(DayBook)).one()
        assert (book.version, book.gas_day) == (1, TOMORROW)
        assert plain(session.scalars(select(DeliveryPoint).limit(1)).one().contract.signed_maximum) == "19000"


def test_the_book_prints_whole_as_it_stands_and_as_it_was_frozen(
    portal: RunningPortal, stage: Stage, operator: Browser
):
    page = act(operator.open(BOOK), "congelar").click("Imprimir")
    assert "Versión 1, congelada" in page.one("#que-version").get_text(" ", strip=True)
    assert {str(row["data-point"]) for row in page.select("#lineas tr[data-point]")} == {"apiay", "barzal", "catama"}
    assert page.source.index("Todo el libro") < page.source.index('id="lineas"')
    assert "Autorizada" not in page.one("#lineas thead").get_text()
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        for _ in range(60):
            nominate(session, factories.delivery_point(session, contract=owner), "10")
    page = operator.open(BOOK).click("Imprimir, sin congelar")
    assert len(page.select("#lineas tr[data-point]")) == 63
    assert "sin congelar" in page.one("#que-version").get_text(" ", strip=True)
    assert operator.open(f"{BOOK}/imprimir?version=9").status == 404
