"""`portal history import`: shown, held against the sheet's own totals, loaded with --take."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import AuditEvent as AuditRow
from portal.models import DeliveryPoint, Reading
from tests.cli.conftest import Run

GOOD = (
    "Punto;Fecha;Nominación;Autorizada;Consumo;Desbalance diario;Acumulado\n"
    "M-1;Saldo inicial;;;;;1.250,50\n"
    "M-1;20/11/2026;5.000;5.000;5.320;-320;930,50\n"
    "M-1;21/11/2026;5.000;5.000;4.900;100;1.030,50\n"
    "M-1;22/11/2026;0;0;50;-50;980,50\n"
)
SHEET = "  accumulated total: equal on 3 days, on 2026-11-22 the portal's 980.5, the sheet's 980.5 m3"


@pytest.fixture
def file(tmp_path: Path):
    """Write a file and return its path."""

    def write(text: str, name: str = "historia.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def count(database: Session, table: type) -> int:
    database.rollback()
    return database.scalar(select(func.count()).select_from(table)) or 0


def test_a_history_is_shown_then_loaded_once(portal: Run, point: DeliveryPoint, database: Session, file):
    path = file(GOOD)
    shown = portal("history", "import", path)
    assert shown.exit_code == 0, shown.output
    assert [line for line in shown.stdout.splitlines() if "fila" not in line and "encabezado" not in line] == [
        f"M-1 {point.name} ({point.contract.company.name}), m3",
        "  nominated: 3 days 2026-11-20 to 2026-11-22, sum 10000 m3",
        "  authorised: 3 days 2026-11-20 to 2026-11-22, sum 10000 m3",
        "  consumed: 3 days 2026-11-20 to 2026-11-22, sum 10270 m3",
        "  opening balance: 1250.5 m3 before 2026-11-20, as the sheet says",
        SHEET,
        "Would load (--take does): 3 nominated, 3 authorised, 3 consumed quantities, 1 opening balance, at 1 point.",
    ]
    # What another figure is read from is not told as left out.
    assert "Columnas que no se necesitan" not in shown.stderr
    assert count(database, Reading) == 0
    loaded = portal("history", "import", path, "--take")
    assert loaded.exit_code == 0, loaded.output
    assert loaded.stdout.splitlines()[-1].startswith("Loaded: 3 nominated, 3 authorised, 3 consumed quantities, 1 op")
    for command in (("ledger", "verify"), ("audit", "verify"), ("receipts", "verify")):
        assert portal(*command).exit_code == 0, command
    again = portal("history", "import", path, "--take")
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-2:] == [SHEET, "Nothing is new: the portal has every day of it already."]
    assert count(database, Reading) == 3


def test_a_total_that_differs_by_a_day_is_named_with_both_figures(
    portal: Run, point: DeliveryPoint, database: Session, file
):
    path = file(GOOD.replace("1.030,50", "1.031,50").replace("980,50", "981,50"))
    for more in ([], ["--take"]):
        refused = portal("history", "import", path, *more)
        assert refused.exit_code == 1
        where = f"M-1 {point.name} differs from 2026-11-21 on: the portal's 1030.5, the sheet's 1031.5 m3"
        assert where in refused.stderr
        assert (
            "  accumulated total: DIFFERS first on 2026-11-21: the portal's 1030.5, the sheet's 1031.5 m3, "
            "difference -1\n"
            "    of that day: nominated 5000, authorised 5000, consumed 4900; imbalance the portal's 100, "
            "the sheet's 100\n"
        ) in refused.stdout
    assert (count(database, Reading), count(database, AuditRow)) == (0, 0)
    taken = portal("history", "import", path, "--take", "--accept-difference", "Acta 3")
    assert taken.exit_code == 0, taken.output
    assert count(database, Reading) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mistake_is_one_line_and_no_traceback(portal: Run, point: DeliveryPoint, file, tmp_path: Path):
    for arguments, words in (
        ([tmp_path / "no.csv"], "No such file"),
        ([tmp_path], "Is a directory"),
        ([file("", "vacia.csv")], "vacia.csv was refused and nothing was written (1 problem):\n  there are no rows"),
        ([file(GOOD), "--company", "1"], "No company has the NIT 1."),
        ([file(GOOD), "--by", "x@y.co"], "No staff account has the e-mail x@y.co."),
        ([file(GOOD.replace("M-1", "M-9"), "otro.csv")], "no delivery point has this id, carrier's code or name"),
        ([file(GOOD.replace("5.320", "x"), "letra.csv")], "line 3, column “Consumo”, value “x”: this is no number"),
    ):
        result = portal("history", "import", *arguments)
        assert result.exit_code == 1
        assert words in result.stderr
    assert portal("history", "import").exit_code == 2
    assert portal("history", "import", file(GOOD), "--accept-difference", " ").exit_code == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_company_is_loaded_alone_and_the_rest_is_named(portal: Run, point: DeliveryPoint, database: Session, file):
    path = file(GOOD + "OTRO;22/11/2026;1;1;1;0;0\n")
    nit = point.contract.company.nit.replace("-", "")
    loaded = portal("history", "import", path, "--company", nit, "--take")
    assert loaded.exit_code == 0, loaded.output
    assert "Left out, no point of the portal: OTRO." in loaded.stdout
    assert count(database, Reading) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_stands_in_a_history_cannot_drive_the_terminal(portal: Run, point: DeliveryPoint, tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.title = "Punto \u202ex"
    for row in (("Fecha", "Consumo"), (dt.date(2026, 11, 20), "5")):
        book.active.append(row)
    path = tmp_path / "h\u202e.xlsx"
    book.save(path)
    refused = portal("history", "import", path)
    assert refused.exit_code == 1
    assert "\u202e" not in refused.output
    assert "was refused and nothing was written" in refused.stderr


def test_days_that_fit_both_orders_are_refused_with_file_line_and_value(portal: Run, point: DeliveryPoint, file):
    text = GOOD.replace("20/11/2026", "01/12/2014").replace("21/11/2026", "02/12/2014")
    refused = portal("history", "import", file(text.replace("M-1;22/11/2026;0;0;50;-50;980,50\n", "")))
    assert refused.exit_code == 1
    assert "historia.csv" in refused.stderr
    assert "line 3, column “Fecha”, value “01/12/2014”: the days can be read as day/month" in refused.stderr


def test_the_example_of_the_document_can_be_read_in_one_way(portal: Run, point: DeliveryPoint, file):
    document = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8")
    example = document.partition("## History\n")[2].partition("```\n")[2].partition("```")[0]
    shown = portal("history", "import", file(example.replace("PE-0001", "M-1")))
    assert "consumed: 2 days 2014-12-30 to 2014-12-31" in shown.output, shown.output
