"""The page of the shift log: written, searched by pages, handed over and taken over by its forms."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.models import ShiftEntry
from portal.services.ops import shift_log
from portal.services.ops.shift_log import Happening
from portal.services.store.acts import Act
from tests import factories
from tests.application import RunningPortal

LOG = "/consola/turno"


def test_an_entry_is_written_and_a_bad_one_keeps_what_was_typed(portal: RunningPortal) -> None:
    browser = portal.staff(name="Olga Toro")
    form = browser.open(LOG).form("form#anotar")
    page = form.fill(text="Bajó la presión en Usme", told="Ana Rueda", gas_day="32/11/2026").submit()
    assert page.status == 422
    assert "Ese día no existe en el calendario" in page.text
    assert page.one("#anotar [name=told]")["value"] == "Ana Rueda"
    page = page.form("form#anotar").fill(point="nadie así").fill(gas_day="24/11/2026").submit()
    assert "encuentra 0 puntos" in page.text
    assert portal.count(ShiftEntry) == 0
    page = page.form("form#anotar").fill(point="").submit()
    assert "La entrada quedó en la bitácora" in page.text
    row = page.one("#bitacora tr[data-entry]").get_text(" ", strip=True)
    assert "Bajó la presión en Usme" in row
    assert "Ana Rueda" in row
    assert "Olga Toro" in row


def test_the_log_is_searched_and_read_by_pages(portal: RunningPortal) -> None:
    browser = portal.staff(name="Olga Toro")
    with portal.session() as session:
        act = Act.at(session, factories.signed_in(session, factories.user(session, role=Role.OPERATOR)), factories.NOW)
        session.commit()
        for number in range(51):
            shift_log.write(act, happening=Happening(f"Ronda {number} por la estación", gas_day=factories.TODAY))
    page = browser.open(LOG)
    assert len(page.select("#bitacora tr[data-entry]")) == 50
    assert len(page.click("Anteriores →").select("#bitacora tr[data-entry]")) == 1
    page = page.form("form[role=search]").fill(q="ronda 50").submit()
    assert len(page.select("#bitacora tr[data-entry]")) == 1
    assert "Ninguna cumple esos filtros" in page.form("form[role=search]").fill(q="", dia="1/1/2026").submit().text


def test_a_shift_is_handed_over_and_its_receiver_says_so(portal: RunningPortal) -> None:
    olga, pedro = portal.staff(name="Olga Toro"), portal.staff(Role.SUPERVISOR, name="Pedro Gil")
    page = olga.open(LOG)
    assert page.form("form#entregar").submit().status == 422
    chosen = next(each["value"] for each in page.select("#to option") if each.get_text() == "Pedro Gil")
    page = page.form("form#entregar").fill(to=str(chosen), note="Falta llamar a Apiay").submit()
    assert "falta recibirlo" in page.one("#por-recibir").get_text(" ", strip=True)
    assert not page.select("form#recibir")
    assert "Olga Toro le entregó el turno" in pedro.open("/consola").one("#turno-por-recibir").get_text(" ", strip=True)
    assert not olga.open("/consola").select("#turno-por-recibir")
    form = pedro.open("/consola").click("Recíbalo").form("form#recibir")
    page = form.submit()
    assert "Recibió el turno" in page.text
    assert not page.select("#por-recibir")
    assert "recibido el" in page.one("#bitacora tr[data-entry]").get_text(" ", strip=True)
    assert not pedro.open("/consola").select("#turno-por-recibir")
    assert form.submit().status == 409


def test_an_auditor_reads_and_writes_nothing(portal: RunningPortal) -> None:
    page = portal.staff(Role.AUDITOR).open(LOG)
    assert page.h1 == "Bitácora del turno"
    assert not page.select("form#anotar, form#entregar")
