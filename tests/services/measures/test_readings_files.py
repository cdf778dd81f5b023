"""Files of readings: what is taken in, and what each refused one is told."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import AuditEvent, DeliveryPoint, Reading, ReadingImport
from portal.services.files import delimited_files, intake, sheet_tables
from portal.services.files.problems import BadFile, Rule
from portal.services.measures import readings
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.messy_files import CORPUS, GOOD, Messy

NOW = factories.NOW
CLERK = Actor.system()


def day(text: str) -> GasDay:
    return GasDay(date.fromisoformat(text))


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """The points that the corpus speaks of; the one it is about."""
    with transaction(session):
        contract = factories.contract(session)
        found = factories.delivery_point(
            session,
            contract=contract,
            public_id="top-one",
            carrier_code="TOP-01",
            name="EDS Piñalito",
            starts_on=day("2020-01-01"),
        )
        factories.delivery_point(session, contract=contract, carrier_code="OLD-01", ends_on=day("2026-06-30"))
        for code in ("N-1", "N-2"):
            factories.delivery_point(session, carrier_code=code, name="Planta Norte")
        factories.reading(session, found, day("2026-11-20"), "5000")
        factories.reading(session, found, day("2026-11-21"), "4900", state=ReadingState.PROVISIONAL)
    return found


def take_in(session: Session, content: bytes, name: str = "lecturas.csv") -> intake.Imported:
    return intake.import_file(Act.at(session, CLERK, NOW), readings.FILES, name=name, content=content)


def nothing_written(session: Session) -> bool:
    readings_there = session.scalar(select(func.count()).select_from(Reading))
    others = [session.scalar(select(func.count()).select_from(table)) for table in (ReadingImport, AuditEvent)]
    return (readings_there, *others) == (2, 0, 0)


def refused(session: Session, content: bytes) -> list[tuple[int | None, str | None, Rule]]:
    with pytest.raises(BadFile) as caught:
        take_in(session, content)
    return [(problem.line, problem.column, problem.rule) for problem in caught.value.problems]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("messy", CORPUS, ids=lambda messy: messy.name)
def test_a_bad_file_is_refused_with_every_line_column_and_rule(
    session: Session, point: DeliveryPoint, messy: Messy
) -> None:
    assert refused(session, messy.content) == messy.problems
    assert nothing_written(session)


def test_every_bad_file_is_told_the_same_on_each_database(session: Session, point: DeliveryPoint) -> None:
    assert {messy.name: refused(session, messy.content) for messy in CORPUS} == {
        messy.name: messy.problems for messy in CORPUS
    }
    assert nothing_written(session)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("messy", GOOD, ids=lambda messy: messy.name)
def test_a_good_file_is_taken_in_however_it_is_written(session: Session, point: DeliveryPoint, messy: Messy) -> None:
    done = take_in(session, messy.content)
    assert (done.new, done.changed) == (1, 0)
    found = session.scalars(select(Reading).where(Reading.gas_day == day("2026-11-22"))).one()
    assert (found.delivery_point_id, found.version) == (point.id, 1)
    assert (found.volume_m3, found.state) == (Quantity.of("5320.75", Unit.M3), ReadingState.PROVISIONAL)


def test_a_problem_carries_the_value_as_it_stood_in_the_file(session: Session, point: DeliveryPoint) -> None:
    with pytest.raises(BadFile) as caught:
        take_in(session, "Punto;Fecha gas;Consumo (m³)\nTOP-01;2026-11-22;1.2.3,x\n".encode())
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.value) == (2, "Consumo (m³)", "1.2.3,x")


def test_the_refusal_of_a_repeated_day_names_the_line_of_the_first(session: Session, point: DeliveryPoint) -> None:
    with pytest.raises(BadFile) as caught:
        take_in(session, b"\nTOP-01;2026-11-22;5\nTOP-01;2026-11-22;6\n")
    assert caught.value.problems[0].fact == "2"


def test_fifty_thousand_rows_are_a_table_and_one_more_is_not() -> None:
    header, row = b"punto;fecha;cantidad\n", b"x;y;z\n"
    three = sheet_tables.Limits(1000, 3)
    assert delimited_files.read_table(header + 3 * row, readings.COLUMNS, limits=three).length == 3
    for content in (header + 4 * row, 4 * row):
        with pytest.raises(BadFile) as caught:
            delimited_files.read_table(content, readings.COLUMNS, limits=three)
        assert caught.value.problems[0].rule is Rule.TOO_MANY_ROWS
    assert sheet_tables.UPLOAD == (10 * 1024 * 1024, 50_000)


def test_a_file_above_ten_mebibytes_is_refused() -> None:
    with pytest.raises(BadFile) as caught:
        delimited_files.read_table(b"x" * (sheet_tables.UPLOAD.bytes + 1), readings.COLUMNS)
    assert [problem.rule for problem in caught.value.problems] == [Rule.FILE_TOO_LARGE]


def test_every_rule_that_readings_can_break_is_in_the_corpus() -> None:
    told = {rule for messy in CORPUS for _, _, rule in messy.problems}
    elsewhere = {
        Rule.FILE_TOO_LARGE,
        Rule.TOO_MANY_ROWS,
        Rule.TOO_MANY_PROBLEMS,
        Rule.UNKNOWN_EXIT_POINT,
        Rule.OUT_OF_RANGE,
        Rule.MONTH_CLOSED,
        # The registry.
        Rule.NOT_A_TELEPHONE,
        Rule.TURNED,
        Rule.TOO_OLD_TO_CHARGE,
        # Files that are read as text alone, workbooks, a day written by hand, and quantities that are authorised.
        # A typed list of nominations.
        Rule.DAY_SECOND,
        Rule.WORKBOOK,
        Rule.MERGED_FIGURE,
        Rule.NOTHING_NEW,
        Rule.FOR_SUPERVISORS,
        Rule.WORKBOOK_MACROS,
        Rule.WORKBOOK_TOO_MUCH,
        # Heating values by the hour.
        Rule.HOURLY,
        Rule.SHEETS_HIDDEN,
        Rule.SEVERAL_SHEETS,
        Rule.SHEETS_APART,
        Rule.HIDDEN,
        Rule.FORMULA_UNSAVED,
        Rule.NOT_ENDED,
        # Asked of a watched folder alone (tests/blueprints/staff/test_odd_figures.py).
        Rule.ODD_FIGURE,
        Rule.REPEATED_DAY,
        Rule.SEVERAL_READINGS,
        Rule.NOT_TEXT,
        # The columns of a registry are kept to the letter.
        Rule.WORKBOOK_TOO_LARGE,
        Rule.OTHER_DAY,
        Rule.OTHER_DAY_ABOVE,
        Rule.OTHER_REVISION,
        Rule.NOTHING_NOMINATED,
        # The registry.
        Rule.UNKNOWN_CHOICE,
        Rule.CONTRADICTS,
        Rule.ABOVE_ASKED,
        Rule.UNKNOWN_CUT_REASON,
        Rule.CUT_REASON_MISSING,
        Rule.CUT_REASON_NOT_WANTED,
        # Tariffs.
        Rule.NOT_A_WHOLE,
    }
    assert told | elsewhere == set(Rule)
