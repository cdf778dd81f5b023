"""Rows that wait to be mended, on the pages: beside all or nothing, mended or discarded, once."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.models import HeldRow, Reading
from portal.services.files import jobs
from portal.services.ops import job_runners
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.factories import TODAY

PAGE = "/consola/mediciones/por-arreglar"
FILE = (
    f"punto;fecha;cantidad\nTOP-01;{TODAY.plus(-1)};5.320,75\nX-9;{TODAY.plus(-1)};10,5\nX-9;{TODAY.plus(-2)};11\n"
    f"TOP-01;{TODAY.plus(2)};7\n"
)


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    """The operator, with two points."""
    with portal.session() as session, transaction(session):
        contract = factories.contract(session)
        for n in (1, 2):
            factories.delivery_point(
                session, contract=contract, carrier_code=f"TOP-0{n}", name=f"EDS {n}", starts_on=TODAY.plus(-60)
            )
    return portal.staff(Role.OPERATOR)


def send(browser: Browser, text: str = FILE) -> Page:
    form = browser.open("/consola/mediciones/archivo").form("form#archivo")
    return form.fill(file=("lecturas.csv", text.encode())).submit()


def taken(portal: RunningPortal, operator: Browser) -> Page:
    send(operator).form("form#decidir").submit("Tomar 1 fila buena; dejar 3 por arreglar")
    with portal.session() as session:
        jobs.run_next(session, runners=job_runners.RUNNERS, clock=portal.clock)
    return operator.open(PAGE)


def first(page: Page, operator: Browser, number: int = 0) -> Page:
    """The page of the first row of the list, or of another one."""
    return operator.open(str(page.select("tr[data-held-row] a")[number]["href"]))


def test_the_preview_offers_the_good_rows_beside_a_corrected_file(portal: RunningPortal, operator: Browser):
    page = send(operator)
    assert page.status == 200
    said = page.one("#por-arreglar").get_text(" ", strip=True)
    assert "Fila 3, columna «punto», valor «X-9»: ningún punto" in said
    assert "ese día no ha llegado" in said
    assert "1 fila buena" not in page.one("#entendido").get_text()
    assert [row["data-value"] for row in page.select("tr[data-gas-day]")] == ["5320.75"]
    assert "Registrar lo del archivo" not in page.text
    assert (portal.count(Reading), portal.count(HeldRow)) == (0, 0)


def test_what_was_left_is_listed_with_its_owner_and_reason(portal: RunningPortal, operator: Browser):
    page = taken(portal, operator)
    assert portal.count(Reading) == 1
    rows = page.select("tr[data-held-row]")
    assert len(rows) == 3
    first = rows[0].get_text(" ", strip=True)
    for words in ("X-9", "10,5", "ningún punto de entrega", "lecturas.csv", "fila 3"):
        assert words in first
    assert "3 filas de archivos esperan" in operator.open("/consola/mediciones").text


def test_a_row_is_mended_with_its_likes(portal: RunningPortal, operator: Browser):
    page = first(taken(portal, operator), operator)
    assert "También en 1 otra fila de este archivo" in page.text
    page = page.form("form#arreglar").fill(key="TOP-02", all_alike=True).submit()
    assert page.url == PAGE
    assert len(page.select("tr[data-held-row]")) == 1
    assert portal.count(Reading) == 3


def test_what_is_still_wrong_is_told_beside_its_field(portal: RunningPortal, operator: Browser):
    page = first(taken(portal, operator), operator)
    page = page.form("form#arreglar").fill(key="X-8", figure="mucho").submit()
    assert page.status == 422
    assert "No es un número" in page.text
    assert page.one("input[name=key]")["value"] == "X-8"
    assert portal.count(Reading) == 1


def test_a_row_is_discarded_with_a_reason_and_who_comes_second_is_told(portal: RunningPortal, operator: Browser):
    page = first(taken(portal, operator), operator, -1)
    again = page.form("form#descartar").fill(reason="otra vez")
    refused = page.form("form#descartar").submit()
    assert refused.status == 422
    assert page.form("form#descartar").fill(reason="Se envió por error").submit().url == PAGE
    second = again.submit()
    assert "Descartada" in second.text
    assert len(operator.open(PAGE).select("tr[data-held-row]")) == 2


def test_the_auditor_mends_nothing(portal: RunningPortal, operator: Browser):
    taken(portal, operator)
    assert portal.staff(Role.AUDITOR).open(PAGE).status == 403
