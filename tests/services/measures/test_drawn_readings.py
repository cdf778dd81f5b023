"""Files of every shape that senders produce, drawn at random: what is taken is what the file says, or nothing is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.files.questions import NOTHING_KNOWN, Unanswered
from portal.services.measures import readings
from portal.services.measures.readings.imports import Plan
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.measures.drawn_readings import Drawn
from tests.services.measures.drawn_words import POINTS, TODAY

# Each seed is a file.
TEXTS, WORKBOOKS = range(260), range(1_000, 1_024)


@pytest.fixture
def act(sqlite_session: Session) -> Act:
    """The system, among the points that the files name, with a heating value on each of their days."""
    with transaction(sqlite_session):
        gate = factories.exit_point(sqlite_session, code="SAL-A", name="Puerta A")
        known = {
            "contract": factories.contract(sqlite_session),
            "exit_point_id": gate.id,
            "starts_on": GasDay(dt.date(2020, 1, 1)),
        }
        for code, name in POINTS:
            factories.delivery_point(sqlite_session, carrier_code=code, name=name, **known)
        for ago in range(1, 45):
            day = GasDay(TODAY - dt.timedelta(days=ago))
            factories.heating_value(sqlite_session, gate.id, day, HeatingValue.of("1000"))
    return Act.at(sqlite_session, Actor.system(), factories.NOW)


def preview(act: Act, drawn: Drawn) -> Plan | BadFile:
    """What the file would do, each question answered as its sender would; or its refusal."""
    known = NOTHING_KNOWN
    # Each question is asked once, and there are six.
    for _ in range(7):
        try:
            return intake.preview(act, readings.FILES, content=drawn.content, answers=known)
        except Unanswered as open_:
            known = known.plus(drawn.words[open_.question.value])
        except BadFile as bad:
            return bad
        finally:
            act.session.rollback()
    raise AssertionError(f"asked again: {drawn.notes}")


def find_wrong(act: Act, drawn: Drawn) -> str | None:
    """What is wrong with how a file is read; None for nothing."""
    found = preview(act, drawn)
    right = {key: int(volume * 10**6) for key, volume in drawn.expected().items()}
    if isinstance(found, BadFile):
        return f"refused: {found.problems[:2]}" if right else None
    taken = {(each.point.carrier_code, each.gas_day.date): each.row.micro for each in found.changes}
    if "merged" in drawn.notes and not drawn.is_workbook:
        # A text does not say which cells were one: its rows without a point are left to be mended.
        return None if taken.items() <= right.items() else f"taken {taken.items() - right.items()}"
    if taken != right:
        return f"taken {set(taken.items()) - set(right.items())}, not taken {right.keys() - taken.keys()}"
    if [each for each in found.left if each.row.row.line not in drawn.bad_lines]:
        return f"left {[each.problems for each in found.left][:2]}"
    named = {*found.seen.left_out, *found.seen.others}
    silent = [title for title in drawn.extras if title not in named]
    return f"left out in silence {silent}" if silent else None


def list_wrong(act: Act, files: Iterable[Drawn]) -> dict[int, str]:
    return {drawn.seed: f"{wrong} {drawn.notes}" for drawn in files if (wrong := find_wrong(act, drawn)) is not None}


def test_a_drawn_text_is_taken_as_it_says(act: Act) -> None:
    assert list_wrong(act, (Drawn(seed, workbooks=False) for seed in TEXTS)) == {}


def test_a_drawn_workbook_is_taken_as_it_says(act: Act) -> None:
    assert list_wrong(act, (Drawn(seed, workbooks=True) for seed in WORKBOOKS)) == {}


def test_the_drawn_files_are_of_every_shape() -> None:
    shapes = {Drawn(seed, workbooks=False).notes[0] for seed in TEXTS}
    assert len(shapes) == 11
