"""Authorised quantities from a file: the exported book with two columns more, all or nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.authorisations import LineState
from portal.domain.gas_day import Month
from portal.domain.nominations import CutReason
from portal.domain.quantities import plain
from portal.domain.timetable import RequestKind
from portal.models import AuthorisationDraft, DeliveryPoint
from portal.services import day_book
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, Stage, lines, nominate, publish, record, set_up, staff


def send(session: Session, stage: Stage, content: bytes | str) -> tuple[int, int]:
    session.rollback()
    content = content.encode() if isinstance(content, str) else content
    done = intake.import_file(
        Act.at(session, stage.operator, NOW), day_book.AuthorisedFiles(TOMORROW), name="a.csv", content=content
    )
    return len(done.recorded), done.unchanged


def problems(session: Session, stage: Stage, content: bytes | str) -> list[tuple[int | None, str | None, Rule]]:
    with pytest.raises(BadFile) as bad:
        send(session, stage, content)
    return [(problem.line, problem.column, problem.rule) for problem in bad.value.problems]


def exported(session: Session, stage: Stage, answers: dict[str, tuple[str, str]]) -> list[list[Any]]:
    """The exported book with the two columns more."""
    session.rollback()
    content = day_book.file_of(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, version=None).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content), delimiter=";"))
    return [[*rows[0], "autorizada", "motivo"]] + [[*row, *answers.get(row[6], ("", ""))] for row in rows[1:]]


ANSWERS = {"EDS Apiay": ("12500", ""), "EDS Barzal": ("6000,5", "PCC")}


def test_the_exported_book_comes_back_with_two_columns_more(session: Session):
    stage = set_up(session)
    text = "\ufeff" + "\r\n".join(";".join(row) for row in exported(session, stage, ANSWERS))
    assert send(session, stage, text) == (2, 1)
    found = lines(session, stage)
    assert (found["apiay"].state, found["apiay"].recorded) == (LineState.RECORDED, found["apiay"].asked)
    assert (plain(found["barzal"].recorded.m3), found["barzal"].cut_reason) == ("6000.5", CutReason.PCC)
    # The same file again says nothing new, nor once it is published.
    assert send(session, stage, text) == (0, 3)
    publish(session, stage)
    assert send(session, stage, text) == (0, 3)


def test_the_exported_workbook_comes_back_as_well(sqlite_session: Session):
    session = sqlite_session
    stage = set_up(session)
    content = day_book.file_of(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, version=None)
    body = io.BytesIO()
    day_book.write_xlsx(day_book.read_entries(content), gas_day=TOMORROW, title="Libro", company="Gas", into=body)
    book = openpyxl.load_workbook(body)
    page = book.active
    page["O1"], page["P1"] = "autorizada", "motivo"
    for row in page.iter_rows(min_row=2):
        if row[6].value == "EDS Apiay":
            page.cell(row[0].row, 15, 0)
            page.cell(row[0].row, 16, "FMJ · fuerza mayor")
        elif row[6].value == "EDS Barzal":
            page.cell(row[0].row, 15, 7500)
    body = io.BytesIO()
    book.save(body)
    assert send(session, stage, body.getvalue()) == (2, 1)
    assert lines(session, stage)["apiay"].cut_reason is CutReason.FMJ


def test_a_short_file_touches_only_its_points(session: Session):
    stage = set_up(session)
    assert send(session, stage, "codigo_transportador;autorizada;motivo\nT-2;0;fmj\n") == (1, 0)
    found = lines(session, stage)
    assert found["apiay"].state is LineState.TO_AUTHORISE
    assert found["barzal"].state is LineState.RECORDED
    assert send(session, stage, "punto;autorizada\neds apiay;12.500,00\n") == (1, 0)


def test_a_row_that_stands_twice_is_taken_once_and_named(session: Session):
    stage = set_up(session)
    session.rollback()
    done = intake.import_file(
        Act.at(session, stage.operator, NOW),
        day_book.AuthorisedFiles(TOMORROW),
        name="a.csv",
        content=b"punto;autorizada;motivo\nT-1;8000;PCC\nT-1;8.000,00;pcc\n",
    )
    assert (len(done.recorded), done.seen.again) == (1, [3])


def test_every_row_that_breaks_a_rule_is_named_and_nothing_is_written(session: Session):
    stage = set_up(session)
    rows = ["T-1;12501;;;;", "T-2;100;;;;", "nadie;5;;;;", ";5;;;;", "EDS Catama;5;;;;", "T-1;12500;;;;"]
    content = "\n".join(["codigo_transportador;autorizada;motivo;fecha_gas;unidad;version", *rows])
    assert problems(session, stage, content) == [
        (2, "autorizada", Rule.ABOVE_ASKED),
        (3, "motivo", Rule.CUT_REASON_MISSING),
        (4, "codigo_transportador", Rule.UNKNOWN_POINT),
        (5, "codigo_transportador", Rule.EMPTY),
        (6, "codigo_transportador", Rule.NOTHING_NOMINATED),
        (7, "codigo_transportador", Rule.REPEATED_ROW),
    ]
    assert session.scalars(select(AuthorisationDraft)).all() == []


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("T-1;;;;;", Rule.EMPTY),
        ("T-1;doce;;;;", Rule.NOT_A_NUMBER),
        ("T-1;12,500;;;;", Rule.AMBIGUOUS_NUMBER),
        ("T-1;-1;;;;", Rule.NEGATIVE),
        ("T-1;12500;PCC;;;", Rule.CUT_REASON_NOT_WANTED),
        ("T-1;5;porque sí;;;", Rule.UNKNOWN_CUT_REASON),
        ("T-1;12500;;2026-11-25;;", Rule.OTHER_DAY),
        ("T-1;12500;;mañana;;", Rule.NOT_A_DATE),
        ("T-1;12500;;;GBTU;", Rule.WRONG_UNIT),
        ("T-1;12500;;;BTU/PC;", Rule.WRONG_UNIT),
        ("T-1;12500;;;Miles de m3;", Rule.WRONG_UNIT),
        ("T-1;12500;;;MBTU;", Rule.ABOVE_ASKED),
        ("T-1;12500;;;m3;2", Rule.OTHER_REVISION),
    ],
)
def test_a_row_that_does_not_fit_is_refused(sqlite_session: Session, row: str, rule: Rule):
    stage = set_up(sqlite_session)
    head = "codigo_transportador;autorizada;motivo;fecha_gas;unidad;version"
    assert [found for _, _, found in problems(sqlite_session, stage, f"{head}\n{row}\n")] == [rule]


def test_a_name_that_several_points_have_needs_the_code(sqlite_session: Session):
    session = sqlite_session
    stage = set_up(session)
    with transaction(session):
        session.execute(update(DeliveryPoint).where(DeliveryPoint.id == stage.silent.id).values(name="EDS Apiay"))
    ((_, _, rule),) = problems(session, stage, "punto;autorizada\nEDS Apiay;12500\n")
    assert rule is Rule.SEVERAL_POINTS


def test_a_column_nobody_needs_is_left_out_and_named(sqlite_session: Session):
    stage = set_up(sqlite_session)
    sqlite_session.rollback()
    done = intake.import_file(
        Act.at(sqlite_session, stage.operator, NOW),
        day_book.AuthorisedFiles(TOMORROW),
        name="a.csv",
        content=b"punto;autorizada;motivo;nota\nT-1;8000;PCC;x\n",
    )
    assert (len(done.recorded), done.seen.left_out) == (1, ("nota",))


def test_a_file_made_before_the_customer_changed_is_refused(session: Session):
    stage = set_up(session)
    text = "\n".join(";".join(row) for row in exported(session, stage, ANSWERS))
    with transaction(session):
        nominate(session, stage.first, "12500", revision=2, kind=RequestKind.RENOMINATION)
    assert [rule for _, _, rule in problems(session, stage, text)] == [Rule.OTHER_REVISION]


def test_a_closed_month_refuses_the_rows_of_its_points(session: Session):
    stage = set_up(session)
    with transaction(session):
        factories.month_closing(session, stage.first, Month(2026, 11), "0")
    assert [rule for *_, rule in problems(session, stage, "punto;autorizada\nT-1;12500\nT-2;7500\n")] == [
        Rule.MONTH_CLOSED
    ]


def test_a_file_replaces_what_was_recorded_before(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "9000", CutReason.CCD)
    assert send(session, stage, "punto;autorizada;motivo\nT-1;8000;PCC\n") == (1, 0)
    assert plain(lines(session, stage)["apiay"].recorded.m3) == "8000"


def test_the_auditor_records_no_file(sqlite_session: Session):
    stage = set_up(sqlite_session)
    stage.operator = staff(sqlite_session, Role.AUDITOR)
    with pytest.raises(NotAllowed):
        send(sqlite_session, stage, "punto;autorizada\nT-1;12500\n")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Código;Punto;Autorizada\nT-1;EDS Barzal;12500\n", Rule.OTHER_NAME),
        ("Cantidades autorizadas del 25/11/2026\nPunto;Autorizada\nT-1;12500\n", Rule.OTHER_DAY_ABOVE),
        ("Día de gas:;25 de noviembre de 2026\nPunto;Autorizada\nT-1;12500\n", Rule.OTHER_DAY_ABOVE),
        ("Punto;Autorizada\nT-1;12500\nT-1;12000\n", Rule.REPEATED_ROW),
        ("Punto;Autorizada (GBTU)\nT-1;12500\n", Rule.WRONG_UNIT),
        ("Punto;Autorizada\nT-1;VERDADERO\n", Rule.NOT_A_NUMBER),
        ("Punto;Motivo\nT-1;PCC\n", Rule.MISSING_COLUMN),
    ],
)
def test_a_file_that_contradicts_itself_or_the_book_is_refused(sqlite_session: Session, text: str, rule: Rule):
    stage = set_up(sqlite_session)
    assert [found for _, _, found in problems(sqlite_session, stage, text)] == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "Código;Punto;Autorizada\nT-1;eds apiay;12.500,00\n",
        "Cantidades autorizadas del 24/11/2026\nGenerado: 23/11/2026\n\nPunto;Autorizada\nT-1;12.500,00\n",
        "Nº;Punto;Nombre;Autorizada\n1;T-1;EDS Apiay;12500\n;TOTAL;;12500\n\n;;;\n",
        "Punto;24/11/2026;25/11/2026\nT-1;12500;9000\n",
        "Fecha;T-1\n24/11/2026;12500\n",
        "Punto;Autorizada (MBTU)\nT-1;498,82\n",
        "Punto;Cantidad confirmada;Unidad\nT-1;441,43;KPC\n",
    ],
)
def test_a_file_of_the_transporter_is_taken_as_it_comes(sqlite_session: Session, text: str):
    stage = set_up(sqlite_session)
    assert send(sqlite_session, stage, text) == (1, 0)
    assert plain(lines(sqlite_session, stage)["apiay"].recorded.m3) == "12500"
