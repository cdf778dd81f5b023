"""Good rows of a file are taken, and the others wait to be mended: with their owner, once, and never in silence."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json

import pytest
import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.jobs import HeldState, UploadKind
from portal.domain.quantities import plain
from portal.models import AuditEvent, DeliveryPoint, HeldRow, Reading
from portal.services.files import held_rows, intake
from portal.services.files.intake import Taking
from portal.services.files.problems import BadFile, Rule
from portal.services.files.row_filters import Skipped
from portal.services.measures import readings
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, Rejected
from portal.services.store.transactions import transaction
from portal.words.files import problem_words
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import staff

KINDS = (UploadKind.READINGS,)


@pytest.fixture
def act(session: Session) -> Act:
    """The operator, among two points M-1 and M-2."""
    operator = staff(session, name="Olga Toro")
    with transaction(session):
        contract = factories.contract(session)
        for n in (1, 2):
            factories.delivery_point(session, contract=contract, carrier_code=f"M-{n}", name=f"EDS {n}")
    return Act.at(session, operator, NOW)


HEAD = "punto;fecha;cantidad\n"
# Two good rows; an unknown meter on two days, a day to come, and a day twice with different figures.
MIXED = (
    f"{HEAD}M-1;20/11/2026;5.320,75\nM-2;20/11/2026;8.094,08\nX-9;20/11/2026;10,5\nX-9;21/11/2026;11\n"
    "M-1;25/11/2026;5\nM-2;19/11/2026;1\nM-2;19/11/2026;2\n"
)


def take(act: Act, text: str = MIXED) -> intake.Imported:
    act.session.rollback()
    return intake.import_file(act, readings.FILES, name="mezcla.csv", content=text.encode(), partly=True)


def values(session: Session) -> dict[tuple[str, str], str]:
    rows = session.execute(
        select(DeliveryPoint.carrier_code, Reading.gas_day, Reading.volume_m3).join(
            DeliveryPoint, DeliveryPoint.id == Reading.delivery_point_id
        )
    )
    return {(code, day.isoformat()): plain(volume) for code, day, volume in rows}


def waiting(act: Act) -> list[held_rows.HeldView]:
    act.session.rollback()
    return held_rows.list_waiting(act, kinds=KINDS)


def test_good_rows_are_taken_and_the_others_wait_with_owner_and_reason(session: Session, act: Act):
    done = take(act)
    assert (done.new, done.left) == (2, 5)
    assert values(session) == {("M-1", "2026-11-20"): "5320.75", ("M-2", "2026-11-20"): "8094.08"}
    rows = waiting(act)
    assert [(row.line, row.problems[0].rule) for row in rows] == [
        (4, Rule.UNKNOWN_POINT),
        (5, Rule.UNKNOWN_POINT),
        (6, Rule.FUTURE_DAY),
        (7, Rule.REPEATED_ROW),
        (8, Rule.REPEATED_ROW),
    ]
    assert {row.owner for row in rows} == {"Olga Toro"}
    assert rows[0].texts == {"delivery point": "X-9", "gas day": "2026-11-20", "quantity": "10,5"}


def test_the_preview_says_both_and_writes_nothing(session: Session, act: Act):
    plan = intake.preview(act, readings.FILES, content=MIXED.encode())
    assert (plan.new, len(plan.left)) == (2, 5)
    assert values(session) == {}
    session.rollback()
    # What was previewed is what is taken.
    parsed = intake.read(readings.FILES, MIXED.encode())
    with transaction(session):
        done = readings.FILES.take_in(act, parsed, Taking("x", plan.fingerprint, partly=True))
    assert done.left == 5


def test_another_effect_than_the_previewed_one_is_a_conflict(session: Session, act: Act):
    plan = intake.preview(act, readings.FILES, content=MIXED.encode())
    session.rollback()
    other = MIXED.replace("X-9;20", "X-8;20").replace("M-1;25/11/2026", "M-1;26/10/2026")
    with pytest.raises(Conflict), transaction(session):
        readings.FILES.take_in(
            act, intake.read(readings.FILES, other.encode()), Taking("x", plan.fingerprint, partly=True)
        )
    session.rollback()
    assert waiting(act) == []


def test_without_a_word_a_file_is_taken_whole_or_not_at_all(session: Session, act: Act):
    with pytest.raises(BadFile):
        intake.import_file(act, readings.FILES, name="x", content=MIXED.encode())
    session.rollback()
    assert (values(session), waiting(act)) == ({}, [])


@pytest.mark.parametrize("text", [f"{HEAD}X-9;20/11/2026;1\n", f"{HEAD}M-1;25/11/2026;1\nX-1;20/11/2026;2\n"])
def test_a_file_without_a_good_row_is_refused(act: Act, text: str):
    with pytest.raises(BadFile):
        take(act, text)
    assert waiting(act) == []


def test_the_same_file_again_has_no_effect(act: Act):
    take(act)
    assert take(act).already == NOW
    assert len(waiting(act)) == 5


def test_a_mended_row_is_a_reading_and_its_likes_with_it(session: Session, act: Act):
    take(act)
    first = waiting(act)[0]
    alike = held_rows.list_alike(session, row=first, column="delivery point")[1:]
    assert [row.line for row in alike] == [5]
    session.rollback()
    done = intake.mend(act, readings.FILES, row=first, texts={"delivery point": "M-1"}, alike=alike)
    assert done.rows == 2
    found = values(session)
    # 20 November of M-1 has a reading already: it is the mender who replaces it.
    assert (found["M-1", "2026-11-21"], len(waiting(act))) == ("11", 3)
    events = session.scalars(select(AuditEvent.event).where(AuditEvent.event.like("held-row:%"))).all()
    assert events == ["held-row:mended"] * 2


def test_a_row_that_is_still_wrong_stays(session: Session, act: Act):
    take(act)
    future = waiting(act)[2]
    with pytest.raises(BadFile) as bad:
        intake.mend(act, readings.FILES, row=future, texts={"gas day": "30/11/2026"})
    assert [problem.rule for problem in bad.value.problems] == [Rule.FUTURE_DAY]
    session.rollback()
    assert len(waiting(act)) == 5
    intake.mend(act, readings.FILES, row=future, texts={"gas day": "18/11/2026"})
    assert values(session)["M-1", "2026-11-18"] == "5"


def test_a_row_is_discarded_with_a_reason_and_once(session: Session, act: Act):
    take(act)
    row = waiting(act)[0]
    with pytest.raises(Rejected):
        held_rows.discard(act, row=row, reason=" ")
    session.rollback()
    held_rows.discard(act, row=row, reason="Medidor de otra empresa")
    with pytest.raises(Conflict):
        held_rows.discard(act, row=row, reason="otra vez")
    session.rollback()
    kept = session.scalars(select(HeldRow).where(HeldRow.public_id == row.public_id)).one()
    assert (kept.state, kept.reason, kept.decided_by_id) == (
        HeldState.DISCARDED,
        "Medidor de otra empresa",
        act.actor.user_id,
    )
    details = session.scalars(select(AuditEvent.details).where(AuditEvent.event == "held-row:discarded")).one()
    assert "Medidor de otra empresa" in json.dumps(details, ensure_ascii=False)


def test_a_mender_needs_the_right_to_load_readings(session: Session, act: Act):
    take(act)
    row = waiting(act)[0]
    auditor = staff(session, Role.AUDITOR, email="otra@example.com")
    with pytest.raises(NotAllowed):
        held_rows.discard(Act.at(session, auditor, NOW), row=row, reason="no")


def test_points_across_leave_the_column_that_is_no_point(session: Session, act: Act):
    text = "Fecha;M-1;X-9\n20/11/2026;5.320,75;1,5\n21/11/2026;5.411,10;2,5\n"
    plan = intake.preview(act, readings.FILES, content=text.encode())
    assert (plan.new, len(plan.left)) == (2, 2)
    done = take(act, text)
    assert (done.new, done.left) == (2, 2)
    assert {row.texts["quantity"] for row in waiting(act)} == {"1,5", "2,5"}
    assert values(session)["M-1", GasDay.of(NOW).plus(-2).isoformat()] == "5411.1"


DAYS = [dt.date(2026, 11, day) for day in (18, 19, 20)]
NOT_FOUND = "#N/A"


def errors_workbook(*, title: str = "Nombre", **errors: str) -> bytes:
    """A workbook of M-1 and M-2 on three days; ``errors`` are cells in error, as ``C3="#N/A"``."""
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body)
    sheet, shown = book.add_worksheet("Reporte"), book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, ["Punto", "Fecha", "Volumen (m³)", title])
    for at, (point, day) in enumerate(itertools.product((1, 2), DAYS), start=1):
        sheet.write_row(at, 0, [f"M-{point}"])
        sheet.write_datetime(at, 1, dt.datetime.combine(day, dt.time()), shown)
        sheet.write_number(at, 2, 1000 * point + at)
        sheet.write_string(at, 3, f"EDS {point}")
    for cell, error in errors.items():
        sheet.write_formula(cell, "=VLOOKUP(A1,X!A:B,2,0)", None, error)
    book.close()
    return body.getvalue()


def take_workbook(act: Act, content: bytes) -> intake.Imported:
    act.session.rollback()
    return intake.import_file(act, readings.FILES, name="reporte.xlsx", content=content, partly=True)


@pytest.mark.parametrize(("cell", "column"), [("A3", "Punto"), ("B3", "Fecha"), ("C3", "Volumen (m³)")])
def test_a_cell_in_error_leaves_its_row_to_mend_and_is_never_zero(
    session: Session, act: Act, cell: str, column: str
) -> None:
    done = take_workbook(act, errors_workbook(**{cell: NOT_FOUND}))
    assert (done.new, done.left) == (5, 1)
    assert ("M-1", "2026-11-19") not in values(session)
    (row,) = waiting(act)
    assert (row.line, [problem_words(each) for each in row.problems]) == (
        3,
        [f"Fila 3, columna «{column}»: la celda tiene un error de Excel (#N/A)."],
    )
    # What is typed instead makes it a reading; without it the row goes on waiting.
    assert NOT_FOUND not in str(row.texts)
    with pytest.raises(BadFile) as refused:
        intake.mend(act, readings.FILES, row=row, texts={})
    assert [problem.rule for problem in refused.value.problems] == [Rule.EMPTY]
    typed = {"delivery point": "M-1", "gas day": "19/11/2026", "quantity": "1002"}
    act.session.rollback()
    intake.mend(act, readings.FILES, row=row, texts=typed)
    assert values(session)["M-1", "2026-11-19"] == "1002"


@pytest.mark.parametrize("title", ["Nombre", "Variación"])
def test_an_error_that_takes_nothing_from_the_row_leaves_nothing_to_mend(
    session: Session, act: Act, title: str
) -> None:
    done = take_workbook(act, errors_workbook(title=title, D3=NOT_FOUND, D4="#DIV/0!"))
    assert (done.new, done.left) == (6, 0)
    assert values(session)["M-1", "2026-11-19"] == "1002"


def test_the_sum_of_a_cell_in_error_is_left_out_with_its_words_unsaid(session: Session, act: Act) -> None:
    done = take_workbook(act, errors_workbook(C3=NOT_FOUND, C8=NOT_FOUND))
    assert (done.new, done.left) == (5, 1)
    assert done.seen.skipped[Skipped.TOTAL] == [8]


def test_a_workbook_with_errors_is_taken_whole_or_not_at_all_unless_told(act: Act) -> None:
    with pytest.raises(BadFile) as refused:
        intake.import_file(act, readings.FILES, name="x", content=errors_workbook(C3=NOT_FOUND))
    assert [problem.rule for problem in refused.value.problems] == [Rule.CELL_ERROR]


def test_an_error_among_points_across_is_told_by_the_title_of_its_point(act: Act) -> None:
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body)
    sheet = book.add_worksheet("Noviembre")
    sheet.write_row(0, 0, ["Fecha", "M-1", "M-2"])
    sheet.write_row(1, 0, ["18/11/2026", 5, 6])
    sheet.write_row(2, 0, ["19/11/2026", 7])
    sheet.write_formula("C3", "=NA()", None, NOT_FOUND)
    book.close()
    done = take_workbook(act, body.getvalue())
    assert (done.new, done.left) == (3, 1)
    assert [(row.line, row.problems[0].column) for row in waiting(act)] == [(3, "M-2")]


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        # A day that comes twice below one point may be that of the next one.
        ("M-1;18/11/2026;1\n;18/11/2026;2\nM-2;18/11/2026;3\n", [3]),
        # A point that is named again is named where it is meant.
        ("M-1;18/11/2026;1\n;19/11/2026;2\nM-1;20/11/2026;3\nM-2;20/11/2026;4\n", [3]),
        # Below a total nobody knows whose row it is.
        ("M-1;18/11/2026;1\n;19/11/2026;2\nTotal;;3\n;20/11/2026;4\n", [3, 5]),
        # One blank among points that name all of their rows is a cell that somebody forgot.
        ("M-1;18/11/2026;1\nM-2;18/11/2026;2\n;19/11/2026;3\nEDS 1;20/11/2026;4\nEDS 2;20/11/2026;5\n", [4]),
    ],
)
def test_a_blank_point_is_filled_from_above_only_where_nothing_else_can_be_meant(
    sqlite_session: Session, rows: str, left: list[int]
) -> None:
    operator = staff(sqlite_session, name="Olga Toro")
    with transaction(sqlite_session):
        contract = factories.contract(sqlite_session)
        for n in (1, 2):
            factories.delivery_point(sqlite_session, contract=contract, carrier_code=f"M-{n}", name=f"EDS {n}")
    take(Act.at(sqlite_session, operator, NOW), f"{HEAD}{rows}")
    assert [row.line for row in waiting(Act.at(sqlite_session, operator, NOW))] == left
