"""Figures of a month of cases on the console: what a person reads is what the files hold, at every hour."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from portal.domain.accounts import Role
from tests.application import RunningPortal
from tests.blueprints.staff.test_case_desk import do, file, petitioner

__all__ = ["petitioner"]
FIGURES = "/consola/casos/cifras"


@pytest.fixture
def three(portal: RunningPortal, petitioner) -> None:
    """A complaint that was answered, a claim and an appeal that wait."""
    file(petitioner, kind="reclamo", text="La factura.")
    file(petitioner, kind="recurso", text="Repongo.")
    do(portal.staff(), "responder", "La visita es el martes.")


def test_the_month_is_counted_by_kind_and_by_channel_and_says_its_hour(portal: RunningPortal, three: None):
    page = portal.staff().open("/consola/casos").click("Cifras del mes")
    assert "noviembre de 2026, que todavía corre, como está el lunes 23 de noviembre de 2026 a las 09:00" in page.text
    assert page.one("#por-tipo [data-group=queja] [data-field=on_time]")["data-value"] == "1"
    assert page.one("#por-tipo [data-group=recurso] [data-field=open]")["data-value"] == "1"
    assert page.one("#por-canal [data-group=web] [data-field=filed]")["data-value"] == "3"
    assert page.one("#por-tipo [data-group=total] [data-field=filed]")["data-value"] == "3"
    assert "de 1 respondido" in page.text


def test_a_month_without_cases_says_so_and_up_to_when(portal: RunningPortal, three: None):
    staff = portal.staff()
    page = staff.open(FIGURES).form("form.filter-form").fill(mes="10").submit("Ver")
    assert "En ese mes no llegó ninguna" in page.text
    assert not page.select("table")
    portal.clock.forward(days=9)
    page = portal.staff().open(FIGURES)
    assert "Sin casos en diciembre de 2026" in page.text
    assert "Hasta el miércoles 2 de diciembre de 2026 a las 09:00 no llegó" in page.text
    past = page.click("← noviembre de 2026")
    assert "que todavía corre" not in past.text
    assert "Lo que llegó en noviembre de 2026, como está el miércoles 2 de diciembre" in past.text


@pytest.mark.parametrize("asked", ["mes=12&anio=2026", "mes=13&anio=2026", "mes=1&anio=0", "mes=x&anio=²", "mes=5"])
def test_a_month_that_is_none_or_is_to_come_is_refused_in_words(portal: RunningPortal, three: None, asked: str):
    staff = portal.staff()
    for address in (FIGURES, f"{FIGURES}.csv", f"{FIGURES}.xlsx"):
        page = staff.open(f"{address}?{asked}")
        assert page.status == 422
        assert "Elija un mes entre diciembre de 2014 y noviembre de 2026" in page.text


def test_the_files_hold_the_figures_of_the_page(portal: RunningPortal, three: None):
    staff = portal.staff()
    page = staff.open(FIGURES)
    table = staff.client.get(str(page.one("a[href*='cifras.csv']")["href"]))
    rows = list(csv.reader(table.get_data().decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0][:5] == ["mes", "por", "cuáles", "presentados", "respondidos a tiempo"]
    assert rows[1][:5] == ["11/2026", "tipo", "petición", "0", "0"]
    assert rows[-1] == ["11/2026", "todos", "", "3", "1", "0", "0", "2", "0", "0", "0", "23/11/2026 09:00"]
    answer = staff.client.get(str(page.one("a[href*='cifras.xlsx']")["href"]))
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert [len(cells), cells[0]] == [len(rows), rows[0]]
    assert cells[-1][3:6] == [3, 1, 0]
    assert cells[-1][-1].isoformat() == "2026-11-23T09:00:00"


def test_the_relation_is_a_workbook_of_real_dates_that_runs_nothing(portal: RunningPortal, petitioner):
    file(petitioner, name="=cmd|' /C calc'!A0", text="Otra.")
    staff = portal.staff(Role.AUDITOR)
    link = staff.open("/consola/casos?estado=todos").one("a[href*='.xlsx']")["href"]
    answer = staff.client.get(str(link))
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    head = [cell.value for cell in page[1]]
    rows = {row[0].value: dict(zip(head, row, strict=True)) for row in page.iter_rows(min_row=2)}
    first = rows["PQR-2026-000001"]
    assert first["presentado"].value.isoformat() == "2026-11-23T09:00:00"
    assert first["término"].value.isoformat() == "2026-12-15T00:00:00"
    named = rows["PQR-2026-000002"]["de quién"]
    assert (named.value, named.data_type) == ("=cmd|' /C calc'!A0", "s")


def test_only_who_reads_cases_gets_the_figures(portal: RunningPortal, three: None):
    for role in (Role.AGENT, Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR):
        assert portal.staff(role).open(FIGURES).status == 200
    admin = portal.staff(Role.ADMIN)
    for address in (FIGURES, f"{FIGURES}.csv", f"{FIGURES}.xlsx", "/consola/casos.xlsx"):
        assert admin.client.get(address).status_code == 403
