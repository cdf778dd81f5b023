"""On the last days of a month the first of the next one can be nominated: its sheet and its files are there."""

from __future__ import annotations

from datetime import datetime

import pytest

from portal.domain.gas_day import BOGOTA, GasDay
from tests.application import RunningPortal

from .conftest import opened_by
from .test_sheet_files import days_of_csv

EDGES = [
    (datetime(2026, 11, 28, 9, tzinfo=BOGOTA), "2026-12-01"),
    (datetime(2026, 11, 30, 9, tzinfo=BOGOTA), "2026-12-01"),
    (datetime(2026, 12, 31, 9, tzinfo=BOGOTA), "2027-01-01"),
    (datetime(2028, 2, 29, 9, tzinfo=BOGOTA), "2028-03-01"),
]


@pytest.mark.parametrize(("now", "first"), EDGES)
def test_the_receipt_of_the_first_leads_to_a_sheet_that_is_there(
    portal: RunningPortal, now: datetime, first: str
) -> None:
    portal.clock.now = now
    sheet = opened_by(portal)
    day = GasDay.of(now).plus(1)
    while day.isoformat() != first:
        day = day.plus(1)
    before = sheet.open()
    assert before.select("a[rel=next]") == []
    receipt = sheet.customer.nominate("1.200", first)
    page = receipt.click("Ver la cuenta de balance")
    assert page.status == 200
    assert page.value(f'tr[data-gas-day="{first}"] td[data-field=nominated]') == "1200"
    assert [row["data-gas-day"] for row in page.select("tr[data-gas-day]")] == [first]
    assert "con lo medido hasta hoy" in page.one(".is-opening").get_text()
    # Nothing is measured yet: no balance is said to be even, and the scales count whole m³.
    figures = page.one(".figures").get_text(" ", strip=True).split("Acumulado total")[0]
    assert "en equilibrio" not in figures
    assert "sin días medidos" in figures
    assert "ningún día por medir" in figures
    assert "0 de 0" not in figures
    assert ",50" not in page.one(".chart-figure").get_text()
    asked = f"?mes={day.date.month}&anio={day.date.year}"
    assert sheet.open().status == 200
    assert [row[0] for row in days_of_csv(sheet.bytes_of("hoja.csv", asked).get_data())] == [first]
    assert sheet.bytes_of("hoja.xlsx", asked).status_code == 200
    assert sheet.bytes_of("estado.pdf", asked).status_code == 200
    year = sheet.open(f"/anio?anio={day.date.year}&tipo=calendario")
    assert year.status == 200
    assert year.select(f'tr[data-month="{first[:7]}"]')
    history = days_of_csv(sheet.bytes_of("historia.csv").get_data())
    assert history[-1][0] == first


def test_a_month_further_on_is_still_refused(portal: RunningPortal) -> None:
    portal.clock.now = EDGES[0][0]
    sheet = opened_by(portal)
    assert sheet.open("?mes=12&anio=2026").status == 422
    receipt = sheet.customer.nominate("1.200", "2026-12-01")
    assert sheet.open("?mes=12&anio=2026").status == 200
    assert sheet.open("?mes=1&anio=2027").status == 422
    # Once it is withdrawn nothing is there to be shown.
    sheet.customer.sign(sheet.customer.open(receipt.url).click("anular"))
    assert sheet.open("?mes=12&anio=2026").status == 422


@pytest.mark.parametrize("hour", [9, 13])
def test_a_receipt_whose_day_has_no_sheet_yet_leads_to_what_is_known_of_it(portal: RunningPortal, hour: int) -> None:
    portal.clock.now = datetime(2026, 12, 31, hour, tzinfo=BOGOTA)
    sheet = opened_by(portal)
    if hour < 12:
        # Withdrawn before the close.
        receipt = sheet.customer.nominate("1.200", "2027-01-01").click("anular")
        receipt = sheet.customer.sign(receipt)
    else:
        # Late, and waits for the operator.
        receipt = sheet.customer.nominate("1.200", "2027-01-01", kind="renominacion")
    assert receipt.one("#radicado")
    assert sheet.open("?mes=1&anio=2027").status == 422
    day = receipt.click("Ver ese día en la cuenta de balance")
    assert day.status == 200
    assert "1.200 m³" in day.text
    assert day.click("Volver a la hoja").status == 200
