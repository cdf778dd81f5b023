"""What stands beside the figures: where they come from, disagreement, claims, closed months, adjustments."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain.cases import CaseState, Outcome
from portal.domain.gas_day import Month
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.services.ledger_rows import day

from .conftest import Sheet, opened_by
from .test_sheet_page import words

Example = dict[str, tuple[str | None, str | None]]
NOVEMBER, OCTOBER = Month(2026, 11), Month(2026, 10)
FIGURES = {
    "nominated": "nominada",
    "consumed": "consumo",
    "imbalance": "desbalance",
    "month_to_date": "acumulado-mes",
    "total_to_date": "acumulado-total",
    "variation": "variacion",
}


def write(sheet: Sheet, factory: Any, *given: Any, **more: Any) -> Any:
    with sheet.portal.session() as session, transaction(session):
        return factory(session, sheet.customer.way.point, *given, **more)


def test_each_figure_leads_to_where_it_comes_from(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    page = sheet.open()
    point = sheet.customer.point
    for field, slug in FIGURES.items():
        link = page.one(f'tr[data-gas-day="2026-11-01"] td[data-field={field}] a')
        assert link["href"] == f"{point}/dias/2026-11-01?dato={slug}"
    assert page.select('tr[data-gas-day="2026-11-05"] td[data-field=consumed] a') == []
    table, panel = page.one("#hoja-de-balance"), page.one("#por-que")
    assert (table["hx-boost"], table["hx-target"], table["hx-push-url"]) == ("true", "#por-que", "false")
    assert (panel["aria-live"], panel.get_text()) == ("polite", "")
    answer = page.click("5.320")
    assert answer.status == 200
    assert answer.url == f"{sheet.url}/dias/2026-11-01?dato=consumo"


def test_each_day_that_is_over_may_be_disagreed_with(sheet: Sheet) -> None:
    sheet.customer.nominate("1.200")
    page = sheet.open()
    link = page.one('tr[data-gas-day="2026-11-22"] td.act a')
    assert link["href"] == f"{sheet.customer.point}/dias/2026-11-22/reclamo"
    assert link.get_text() == "Reclamar por el dom 22 nov"
    # Today still runs: a claim about it would be refused.
    for on in ("2026-11-23", "2026-11-24"):
        assert page.select(f'tr[data-gas-day="{on}"] td.act a') == []
    assert page.one('tr[data-gas-day="2026-11-22"] td.act')["hx-boost"] == "false"
    assert sheet.customer.browser.open(f"{sheet.url}/dias/2026-11-22/reclamo").status == 200


def test_an_open_claim_takes_the_place_of_the_disagreement(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    sheet.open()
    claim = write(sheet, factories.claim, day("2026-11-02"))
    page = sheet.open()
    link = page.one('tr[data-gas-day="2026-11-02"] td.act a')
    assert (link.get_text(), link["href"]) == ("Reclamo abierto", f"{sheet.customer.point}/reclamos/{claim.public_id}")
    assert f"Reclamo {claim.filing_number}: radicado." in page.one("tr.is-note").get_text()


def test_the_outcome_of_a_claim_stays_on_its_row(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    sheet.open()
    answer = "Se revisó <b>el medidor</b>: " + "midió bien. " * 30
    ended = {"state": CaseState.ANSWERED, "outcome": Outcome.DISMISSED, "answer": answer}
    claim = write(sheet, factories.claim, day("2026-11-02"), **ended)
    page = sheet.open()
    note = page.one("tr.is-note")
    assert f"Reclamo {claim.filing_number}: no procede. Se revisó <b>el medidor</b>: midió bien." in note.get_text()
    assert "…" in note.get_text()
    assert note.select("b") == []
    assert note.select("a")[0]["href"] == f"{sheet.customer.point}/reclamos/{claim.public_id}"
    assert page.one('tr[data-gas-day="2026-11-02"] td.act').get_text() == "Reclamar por el lun 2 nov"


def test_adjustments_are_rows_with_their_reasons_also_when_they_cancel_out(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    sheet.open()
    for amount in ("-30", "30"):
        write(sheet, factories.adjustment, day("2026-11-02"), amount)
    said = [" ".join(note.get_text().split()) for note in sheet.open().select("tr.is-note")]
    assert said == [f"Ajuste de la cuenta, devolución: 30 m³ {side}. Acta 12" for side in ("en contra", "a favor")]


def test_a_closed_month_names_its_statement_and_an_open_one_none(portal_on_each: RunningPortal) -> None:
    sheet = opened_by(portal_on_each, starts_on=day("2026-10-31"))
    sheet.fill({"2026-10-31": ("100", "90")})
    assert sheet.open("?mes=10&anio=2026").select(".closed") == []
    closing = write(sheet, factories.month_closing, OCTOBER, "10")
    page = sheet.open("?mes=10&anio=2026")
    assert page.one("[data-statement]").get_text() == closing.statement_number
    said = " ".join(page.one(".closed").get_text().split())
    assert said == f"Mes cerrado. Estado de cuenta {closing.statement_number} del 23 de noviembre de 2026."
    assert sheet.open().select(".closed") == []


def test_a_month_stated_again_shows_both_statements(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2026-10-31"))
    first = write(sheet, factories.month_closing, OCTOBER, "10")
    second = write(sheet, factories.month_closing, OCTOBER, "-4.5", version=2, reason="Medidor <descalibrado>")
    page = sheet.open("?mes=10&anio=2026")
    assert page.one("[data-statement]").get_text() == second.statement_number
    assert "que cambia el mes ya cerrado: Medidor <descalibrado>" in page.one(".closed").get_text()
    now, before = [" ".join(line.get_text().split()) for line in page.select(".closed li")]
    assert (
        now == f"Ahora, {second.statement_number}: desbalance del mes 5 m³ en contra, acumulado total 5 m³ en contra."
    )
    assert before.startswith(
        f"Antes, {first.statement_number} del 23 de noviembre de 2026: desbalance del mes 10 m³ a favor"
    )


def test_marks_of_another_point_or_month_are_not_shown(portal: RunningPortal) -> None:
    sheet, other = (opened_by(portal, starts_on=day("2026-10-31")) for _ in range(2))
    write(other, factories.month_closing, NOVEMBER, "10")
    write(other, factories.claim, day("2026-11-02"))
    write(sheet, factories.claim, day("2026-10-31"))
    page = sheet.open()
    assert page.select(".closed, .is-note") == []


@pytest.mark.parametrize("htmx", [False, True])
def test_what_a_row_says_is_read_in_its_order(sheet: Sheet, example: Example, htmx: bool) -> None:
    sheet.fill(example)
    page = sheet.open(htmx=htmx)
    assert words(page, "2026-11-01") == (
        "dom 1 nov 5.000 – 5.320 C 320 en contra 320 en contra 320 en contra fuera: 6,40 % Reclamar por el dom 1 nov"
    )
