"""The layouts that senders produce: taken with the right values, asked about, or refused; never taken wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.models import DeliveryPoint, Reading
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.files.questions import NOTHING_KNOWN, Unanswered
from portal.services.measures import readings
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.words.files import problem_words
from portal.words.understood import asked, understood
from tests import factories
from tests.services.layouts import LAYOUTS, A, B, Layout
from tests.services.messy_workbooks import saved

NOW = factories.NOW


@pytest.fixture
def act(session: Session) -> Act:
    """The system, among the two points of the corpus."""
    with transaction(session):
        gate = factories.exit_point(session, code="SAL-A", name="Puerta A")
        contract = factories.contract(session)
        known = {"contract": contract, "exit_point_id": gate.id, "starts_on": GasDay(dt.date(2020, 1, 1))}
        factories.delivery_point(session, carrier_code="TOP-01", name="EDS Piñalito", **known)
        factories.delivery_point(session, carrier_code="TOP-02", name="EDS Brisas del Guatiquía", **known)
        for day in (A, B):
            factories.heating_value(session, gate.id, GasDay(day), HeatingValue.of("1000"))
    return Act.at(session, Actor.system(), NOW)


def values(session: Session) -> dict[tuple[str, dt.date], str]:
    rows = session.execute(
        select(DeliveryPoint.carrier_code, Reading.gas_day, Reading.volume_m3).join(
            DeliveryPoint, DeliveryPoint.id == Reading.delivery_point_id
        )
    )
    return {(code, day.date): plain(volume) for code, day, volume in rows}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_layout_is_taken_with_its_right_values(session: Session, act: Act, layout: Layout) -> None:
    asks, known = dict(layout.asks), NOTHING_KNOWN
    asked, done, rules = [], None, set()
    for _ in range(3):
        try:
            done = intake.import_file(act, readings.FILES, name="x", content=layout.content, answers=known)
            break
        except Unanswered as open_:
            asked.append(open_.question)
            if open_.question not in asks:
                break
            known = known.plus(asks[open_.question])
        except BadFile as bad:
            rules = {each.rule for each in bad.problems}
            break
    assert asked == list(asks)
    assert rules == ({layout.refused} if layout.refused is not None else set())
    if done is None:
        return
    right = {key: plain(Quantity.of(value, Unit.M3)) for key, value in layout.right.items()}
    assert values(session) == right
    paragraph = " ".join(understood(done.seen))
    for words in layout.said:
        assert words in paragraph


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_figure_with_its_unit_is_asked_about_with_both_readings(act: Act) -> None:
    content = b"Fecha;TOP-01\n20/11/2026;7.001 m3\n"
    with pytest.raises(Unanswered) as open_:
        intake.import_file(act, readings.FILES, name="x", content=content)
    said = [words for _, words in asked(open_.value).choices]
    assert [words.rpartition(" sería ")[2] for words in said] == ["7.001", "7,001"]


def test_the_document_lists_every_layout_and_most_are_taken() -> None:
    document = (Path(__file__).parents[3] / "docs" / "files.md").read_text("utf-8")
    assert [layout.name for layout in LAYOUTS if f"| {layout.name} | " not in document] == []
    taken = [layout for layout in LAYOUTS if layout.refused is None]
    assert len(taken) >= 30
    assert len(taken) * 33 >= 30 * len(LAYOUTS)


@pytest.mark.parametrize(
    ("title", "unit", "instead"), [("Volumen (Mm3)", "Mm3", "miles de m³"), ("Volumen MPCD", "MPCD", "KPC")]
)
def test_an_unclear_unit_is_refused_with_why_and_what_to_do(
    sqlite_session: Session, act: Act, title: str, unit: str, instead: str
) -> None:
    with pytest.raises(BadFile) as bad:
        intake.import_file(
            act, readings.FILES, name="x", content=f"Punto;Fecha;{title}\nTOP-01;20/11/2026;5\n".encode()
        )
    (problem,) = bad.value.problems
    assert problem_words(problem).endswith(
        f"; «{unit}» es miles para unos y millones para otros: conviértalo a {instead}."
    )


@pytest.mark.parametrize(
    ("names", "title", "column"),
    [
        (("TOP-01", "TOP-02"), "Fecha", "delivery point"),
        (("20 nov", "21 nov"), "Punto", "gas day"),
    ],
)
def test_sheets_that_lack_what_their_names_say_are_refused_with_what_to_do(
    sqlite_session: Session, act: Act, names: tuple[str, str], title: str, column: str
) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in names:
        sheet = book.create_sheet(name)
        sheet.append((title, "Volumen"))
        sheet.append(("20/11/2026" if column == "delivery point" else "TOP-01", 5320.75))
    with pytest.raises(BadFile) as bad:
        intake.import_file(act, readings.FILES, name="x", content=saved(book))
    (problem,) = bad.value.problems
    assert (problem.rule, problem.column) == (Rule.SHEETS_APART, column)
    assert f"(«{names[0]}», «{names[1]}»), júntelas en una sola con esa columna" in problem_words(problem)
