"""Answers of the transporter as its files come: units in a row of their own, days above, signatures below."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.quantities import CUBIC_METRES_PER_KPC, Unit, plain
from portal.services.day_book.authorised_files import AuthorisedFiles
from portal.services.day_book.confirmation_files import ConfirmationFiles
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.words.files import problem_words
from tests import factories
from tests.services.book_stage import TOMORROW, set_up
from tests.services.messy_workbooks import workbook

AUTHORISED, CONFIRMED = AuthorisedFiles(TOMORROW), ConfirmationFiles(TOMORROW)
DAY, DAY_BEFORE = (f"{each.date:%d/%m/%Y}" for each in (TOMORROW, TOMORROW.plus(-1)))


@pytest.fixture
def act(sqlite_session: Session) -> Act:
    """The operator, with 12,500 m³ and 7,500 m³ asked for tomorrow at the gate PS-01."""
    return Act.at(sqlite_session, set_up(sqlite_session).operator, factories.NOW)


def plan(act: Act, kind: Any, text: str) -> Any:
    return intake.preview(act, kind, content=text.encode())


def refused(act: Act, kind: Any, text: str) -> tuple[Rule, int | None]:
    with pytest.raises(BadFile) as bad:
        plan(act, kind, text)
    return bad.value.problems[0].rule, bad.value.problems[0].line


def in_m3(kpc: str) -> str:
    return plain((Decimal(kpc) * CUBIC_METRES_PER_KPC).quantize(Decimal("0.000001")))


def test_the_unit_of_a_row_of_units_is_that_of_what_was_authorised(act: Act) -> None:
    done = plan(act, AUTHORISED, "punto;autorizada;motivo\n;KPC;\nT-1;400,50;CCD\nT-2;200,00;CCD\n")
    assert [plain(each.gas.m3) for each in done.recorded] == [in_m3("400.5"), in_m3("200")]


def test_the_unit_of_a_row_of_units_is_that_of_what_was_confirmed(act: Act) -> None:
    done = plan(act, CONFIRMED, "Puerta;Nominada;Confirmada;Motivo\n;KPC;KPC;\nPS-01;706;650,5;CCD\n")
    ((new, _, _),) = done.answers
    assert (new.confirmed.unit, plain(new.confirmed), plain(new.nominated)) == (Unit.M3, in_m3("650.5"), in_m3("706"))


@pytest.mark.parametrize("kind", [AUTHORISED, CONFIRMED])
def test_a_row_of_units_that_are_not_converted_is_refused(act: Act, kind: Any) -> None:
    head = "punto;autorizada;motivo" if kind is AUTHORISED else "Puerta;Confirmada;Motivo"
    assert refused(act, kind, f"{head}\n;GBTU;\nT-1;400,5;CCD\n") == (Rule.WRONG_UNIT, 2)


def test_both_amounts_of_an_answer_may_name_their_unit_in_their_titles(act: Act) -> None:
    done = plan(act, CONFIRMED, "Puerta;Nominada (MBTU);Confirmada (MBTU);Motivo\nPS-01;706;650,5;CCD\n")
    ((new, _, _),) = done.answers
    assert (plain(new.nominated), plain(new.confirmed)) == ("706", "650.5")
    other = plan(act, CONFIRMED, "Puerta;Nominada (KPC);Confirmada (MBTU);Motivo\nPS-01;706;650,5;CCD\n")
    assert (other.answers[0][0].nominated, other.seen.left_out) == (None, ("Nominada (KPC)",))


@pytest.mark.parametrize("above", ["Confirmación del {}", "Día de gas:;{}"])
def test_the_answer_for_another_day_that_stands_above_is_refused(act: Act, above: str) -> None:
    rows = "Puerta;Confirmada;Motivo\nPS-01;650,5;CCD\n"
    assert refused(act, CONFIRMED, f"{above.format(DAY_BEFORE)}\n{rows}") == (Rule.OTHER_DAY_ABOVE, 1)
    assert len(plan(act, CONFIRMED, f"{above.format(DAY)}\n{rows}").answers) == 1


def test_a_gate_that_comes_twice_with_one_answer_is_taken_once_and_with_two_refused(act: Act) -> None:
    head, row = "Puerta;Confirmada;Motivo\n", "PS-01;650,5;CCD\n"
    done = plan(act, CONFIRMED, head + row + row)
    assert (len(done.answers), done.seen.again) == (1, [3])
    assert refused(act, CONFIRMED, head + row + row.replace("650", "651")) == (Rule.REPEATED_ROW, 3)


def test_who_signed_below_is_no_point_of_the_book(act: Act) -> None:
    text = "Código;Confirmada;Motivo\nT-1;12000,5;CCD\nT-2;7500;\n\nElaboró;;Revisó\nJuan Pérez;;Ana Díaz\n"
    assert [each.line.carrier_code for each in plan(act, AUTHORISED, text).recorded] == ["T-1", "T-2"]


def test_less_than_asked_without_a_reason_says_how_much_was_asked(act: Act) -> None:
    with pytest.raises(BadFile) as bad:
        plan(act, CONFIRMED, "Puerta;Confirmada;Unidad\nPS-01;15000;m3\n")
    assert [problem_words(problem) for problem in bad.value.problems] == [
        "Fila 2, columna «motivo», valor «»: es menos de lo pedido, 20.000 m³: falta el motivo del recorte."
    ]


def plan_sheet(act: Act, *rows: tuple[object, ...]) -> Any:
    return intake.preview(act, CONFIRMED, content=workbook(*rows))


def test_the_code_and_the_name_of_a_gate_stand_in_two_columns_under_two_rows_of_titles(act: Act) -> None:
    done = plan_sheet(
        act,
        ("Confirmación de nominaciones",),
        ("Código", "Punto de salida", "Cantidades (MBTUD)", None, "Motivo"),
        (None, None, "Nominado", "Confirmado", None),
        ("PS-01", "Apiay", 706, 650.5, "CCD"),
        ("TOTAL", None, 706, 650.5, None),
    )
    ((new, _, _),) = done.answers
    assert (new.gate.code, plain(new.confirmed), plain(new.nominated)) == ("PS-01", "650.5", "706")


def test_a_code_beside_the_name_of_another_gate_is_refused(act: Act) -> None:
    with transaction(act.session):
        factories.exit_point(act.session, code="PS-09", name="Puerta de ciudad Alto del Turpial")
    with pytest.raises(BadFile) as bad:
        plan_sheet(act, ("Código", "Nombre", "Confirmada", "Motivo"), ("PS-01", "Alto del Turpial", 650.5, "CCD"))
    assert (bad.value.problems[0].rule, bad.value.problems[0].fact) == (Rule.OTHER_NAME, "PS-01")


@pytest.mark.parametrize(
    "name", ["Alto del Turpial", "ALTO DEL TURPIAL", "Puerta Alto del Turpial", "City Gate Alto del Turpial", "ps09"]
)
def test_a_gate_is_found_by_its_own_name_whatever_the_sender_calls_a_gate(act: Act, name: str) -> None:
    with transaction(act.session):
        factories.exit_point(act.session, code="PS-09", name="Puerta de ciudad Alto del Turpial")
    done = plan(act, CONFIRMED, f"Gate;Confirmed (MBTU)\n{name};650,5\n")
    assert [each[0].gate.code for each in done.answers] == ["PS-09"]
    assert done.seen.resembled == {name: "PS-09"}


def test_a_cell_in_error_says_nothing_of_its_gate_and_the_others_are_taken(act: Act) -> None:
    with transaction(act.session):
        factories.exit_point(act.session, code="PS-09", name="Otra")
    done = intake.preview(
        act, CONFIRMED, content=workbook(("Puerta", "Confirmada"), ("PS-01", "#N/A"), ("PS-09", 650.5))
    )
    assert ([each[0].gate.code for each in done.answers], done.seen.in_error) == (["PS-09"], [2])
    with pytest.raises(BadFile) as bad:
        intake.preview(act, CONFIRMED, content=workbook(("Puerta", "Confirmada"), ("#N/A", 1), ("PS-09", 650.5)))
    assert (bad.value.problems[0].rule, bad.value.problems[0].line) == (Rule.CELL_ERROR, 2)
