"""The distributor's own deadlines: counted from the rows, once a day, and the same whenever they are counted again."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind, CaseState, EntryKind, answer_due, lapses_at
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.punctuality import MonthCounts, authorised_by, find_per_mille, measured_by
from portal.domain.readings import ReadingState
from portal.models import Authorisation, CaseEntry, DeliveryPoint, LateCorrection, PunctualityMonth, Reading
from portal.models.nominations import Nomination
from portal.services.market import punctuality
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY

MONTH = Month.of(TODAY)
MIDNIGHT = TODAY.start
MILLISECOND = timedelta(milliseconds=1)
DAY = TODAY.plus(-5)
Rows = list[DeliveryPoint]


def ask(session: Session, point: DeliveryPoint, day: GasDay = DAY, **given: object) -> None:
    """Ask for 1,000 m³ in the morning before a gas day."""
    values: dict[str, object] = {"received_at": authorised_by(day) - timedelta(hours=10)} | given
    factories.nomination(session, point, day, "1000", **values)


def answer(session: Session, point: DeliveryPoint, at: datetime, day: GasDay = DAY, **given: object) -> None:
    factories.authorisation(session, point, day, "1000", recorded_at=at, **given)


def counts(session: Session, month: Month = MONTH) -> MonthCounts:
    """Count anew, and return what the board says of a month."""
    punctuality.rebuild(Act.of_system(session, NOW))
    return {each.month: each.counts for each in punctuality.load_board(session).months}[month]


@pytest.mark.parametrize(("late", "kept"), [(timedelta(0), 1), (MILLISECOND, 0)])
def test_a_day_is_authorised_in_time_up_to_the_last_instant(session: Session, late: timedelta, kept: int):
    with transaction(session):
        point = factories.delivery_point(session)
        ask(session, point)
        answer(session, point, authorised_by(DAY) + late)
    assert f"{authorised_by(DAY).isoformat()}" == f"{DAY.isoformat()}T01:30:00+00:00", "20:30 of the day before"
    assert counts(session)[:3] == (1, kept, 1)


def test_one_quantity_that_waits_makes_the_day_late_and_a_second_answer_does_not(session: Session):
    with transaction(session):
        first, second = factories.delivery_point(session), factories.delivery_point(session)
        for day in (DAY, DAY.plus(1)):
            for point in (first, second):
                ask(session, point, day)
            answer(session, first, authorised_by(day), day)
        answer(session, second, authorised_by(DAY) - MILLISECOND)
        answer(session, second, authorised_by(DAY) + timedelta(hours=9), version=2)
    found = counts(session)
    assert (found.days, found.days_kept, found.requests, found.points) == (2, 1, 4, 2)


def test_what_was_withdrawn_came_late_or_was_carried_over_later_is_not_owed_an_answer(session: Session):
    with transaction(session):
        withdrawn, late, carried, again = (factories.delivery_point(session) for _ in range(4))
        noon = authorised_by(DAY) - timedelta(hours=8)
        ask(session, withdrawn)
        factories.nomination(session, withdrawn, DAY, "0", revision=2, cancels=True, received_at=noon)
        ask(session, late, is_late=True, received_at=noon)
        ask(session, carried, received_at=NOW - timedelta(days=1))
        ask(session, again)
        factories.nomination(session, again, DAY, "0", revision=2, cancels=True, received_at=noon)
        factories.nomination(session, again, DAY, "900", revision=3, received_at=noon)
    assert counts(session)[:4] == (1, 0, 1, 1)


@pytest.mark.parametrize(
    ("late", "state", "kept"),
    [
        (timedelta(0), ReadingState.PROVISIONAL, 1),
        (MILLISECOND, ReadingState.PROVISIONAL, 0),
        (timedelta(hours=-1), ReadingState.ESTIMATED, 0),
    ],
)
def test_a_reading_is_in_time_until_six_of_the_next_morning(
    session: Session, late: timedelta, state: ReadingState, kept: int
):
    with transaction(session):
        point = factories.delivery_point(session)
        ask(session, point)
        factories.reading(session, point, DAY, "990", state=state, recorded_at=measured_by(DAY) + late)
        # Its reading is due this morning only, after the last midnight.
        ask(session, point, TODAY.plus(-1))
    found = counts(session)
    assert (found.requests, found.readings, found.readings_kept) == (2, 1, kept)


def test_corrections_count_in_the_month_of_their_approval(session: Session):
    with transaction(session):
        point, asks, decides = factories.delivery_point(session), factories.user(session), factories.user(session)
        for number, (approved, at) in enumerate([(True, NOW - timedelta(days=2)), (False, NOW), (None, None)]):
            session.add(
                LateCorrection(
                    public_id=f"c{number}",
                    delivery_point_id=point.id,
                    gas_day=DAY.plus(-60),
                    volume_m3=factories.Quantity.of("1", factories.Unit.M3),
                    replaced_m3=factories.Quantity.of("2", factories.Unit.M3),
                    reason="Acta",
                    requested_at=NOW - timedelta(days=9),
                    requested_by_id=asks.id,
                    approved=approved,
                    decided_at=at,
                    decided_by_id=None if at is None else decides.id,
                )
            )
    assert counts(session).corrections == 1
    assert counts(session, MONTH.previous).corrections == 0


def say(session: Session, case_id: int, kind: EntryKind, at: datetime) -> None:
    session.add(CaseEntry(case_id=case_id, kind=kind, author_id=None, text="x", written_at=at))
    session.flush()


def test_a_term_is_kept_by_an_answer_within_it_and_counts_where_it_ended(session: Session):
    filed = NOW - timedelta(days=40)
    due = answer_due(filed, punctuality.holidays.read(session))
    session.rollback()
    # (what happened when, after the filing)
    stories = {
        "in time": [(EntryKind.ANSWERED, lapses_at(due) - MILLISECOND)],
        "a moment late": [(EntryKind.ANSWERED, lapses_at(due))],
        "lapsed": [(EntryKind.LAPSED, lapses_at(due)), (EntryKind.ANSWERED, lapses_at(due) + timedelta(hours=9))],
        "extended": [(EntryKind.EXTENDED, lapses_at(due) - MILLISECOND), (EntryKind.ANSWERED, lapses_at(due))],
        "passed on": [(EntryKind.PASSED_ON, lapses_at(due) - timedelta(days=1))],
        "open again": [(EntryKind.ANSWERED, filed), (EntryKind.REOPENED, NOW - timedelta(days=3))],
        "waits": [],
    }
    with transaction(session):
        point = factories.delivery_point(session)
        for story in stories.values():
            case = factories.claim(session, point, DAY, filed_at=filed, state=CaseState.CLOSED, kind=CaseKind.CLAIM)
            for kind, at in story:
                say(session, case.id, kind, at)
    assert Month.of(GasDay(due)) == MONTH
    assert (counts(session).terms, counts(session).terms_kept) == (5, 3)
    assert (counts(session, MONTH.previous).terms, counts(session, MONTH.previous).terms_kept) == (1, 1)


def test_cuts_count_by_the_quantity_in_force_with_their_different_points(session: Session):
    evening = authorised_by(DAY)
    with transaction(session):
        first, second = factories.delivery_point(session), factories.delivery_point(session)
        for point, day in ((first, DAY), (first, DAY.plus(-1)), (second, DAY), (second, DAY.plus(-200))):
            ask(session, point, day)
            answer(session, point, authorised_by(day), day, cut_reason=CutReason.CCD)
        ask(session, second, DAY.plus(-2))
        answer(session, second, authorised_by(DAY.plus(-2)), DAY.plus(-2), cut_reason=CutReason.FMJ)
        answer(session, second, evening, DAY.plus(-2), version=2)
        ask(session, first, DAY.plus(-500))
        answer(session, first, authorised_by(DAY.plus(-500)), DAY.plus(-500), cut_reason=CutReason.GQS)
    punctuality.rebuild(Act.of_system(session, NOW))
    assert punctuality.load_board(session).cuts == {CutReason.CCD: (3, 4, 2)}


def test_the_board_is_counted_once_a_day_after_midnight_has_settled(session: Session):
    act = Act.of_system(session, NOW)
    assert punctuality.count_due(act.moved(MIDNIGHT + timedelta(minutes=9))) == 0
    assert punctuality.load_board(session).counted_until is None
    assert punctuality.count_due(act.moved(MIDNIGHT + timedelta(minutes=10))) == 12
    assert punctuality.count_due(act) == 0
    tomorrow = act.moved(MIDNIGHT + timedelta(days=1, minutes=10))
    assert punctuality.count_due(tomorrow) == 2, "the month in course and the one before it"
    assert punctuality.load_board(session).counted_until == MIDNIGHT + timedelta(days=1)
    later = act.moved(NOW + timedelta(days=40))
    assert punctuality.count_due(later) == 2
    kept = list(session.scalars(select(PunctualityMonth.month).order_by(PunctualityMonth.month)))
    assert (kept[0], len(kept)) == (date(2026, 2, 1), 12), "what is shown no longer goes"
    assert punctuality.verify(session) is None


def test_what_is_written_after_the_count_changes_it_with_the_next_one_only(session: Session):
    act = Act.of_system(session, NOW)
    with transaction(session):
        point = factories.delivery_point(session)
        ask(session, point)
        answer(session, point, authorised_by(DAY))
    punctuality.count_due(act)
    with transaction(session):
        ask(session, point, TODAY, received_at=NOW)
        factories.reading(session, point, DAY, "990", recorded_at=NOW)
        answer(session, point, NOW, version=2, cut_reason=CutReason.CCD)
    assert punctuality.verify(session) is None
    assert punctuality.load_board(session).cuts == {}
    punctuality.rebuild(act.moved(NOW + timedelta(days=1)))
    assert list(punctuality.load_board(session).cuts) == [CutReason.CCD]
    assert punctuality.verify(session) is None


def test_a_figure_that_somebody_bettered_is_named_and_made_right(session: Session):
    with transaction(session):
        point = factories.delivery_point(session)
        ask(session, point)
    act = Act.of_system(session, NOW)
    punctuality.rebuild(act)
    with transaction(session):
        session.execute(update(PunctualityMonth).where(PunctualityMonth.month == MONTH.first.date).values(days_kept=1))
    assert punctuality.verify(session) == f"the punctuality of {MONTH}, days_kept: 1 is stored, 0 is right"
    punctuality.rebuild(act)
    assert punctuality.verify(session) is None


def test_the_counts_are_what_a_reader_of_the_rows_adds_up(session: Session):
    drawn = random.Random(17)
    with transaction(session):
        points = [factories.delivery_point(session) for _ in range(6)]
        for point in points:
            for ago in range(1, 20):
                day = TODAY.plus(-ago)
                if drawn.random() < 0.9:
                    ask(session, point, day)
                    if drawn.random() < 0.9:
                        late = timedelta(hours=drawn.choice((-3, -1, 0, 1)))
                        answer(session, point, authorised_by(day) + late, day)
                if drawn.random() < 0.9:
                    late = timedelta(hours=drawn.choice((-3, -1, 0, 1)))
                    state = drawn.choice((ReadingState.CERTIFIED, ReadingState.CERTIFIED, ReadingState.ESTIMATED))
                    factories.reading(session, point, day, "990", state=state, recorded_at=measured_by(day) + late)
    found = counts(session)
    assert found == add_up(session)
    assert 0 < found.days_kept < found.days
    assert 0 < found.readings_kept < found.readings


def add_up(session: Session) -> MonthCounts:
    """The counts of the month, row by row."""
    asked = {(row.delivery_point_id, row.gas_day) for row in session.scalars(select(Nomination))}
    authorised = {
        (row.delivery_point_id, row.gas_day)
        for row in session.scalars(select(Authorisation))
        if row.recorded_at <= row.gas_day.at(-1, time(20, 30))
    }
    measured = {
        (row.delivery_point_id, row.gas_day)
        for row in session.scalars(select(Reading))
        if row.state is not ReadingState.ESTIMATED and row.recorded_at <= row.gas_day.at(1, time(6))
    }
    of_day: dict[GasDay, list[bool]] = defaultdict(list)
    for key in asked:
        of_day[key[1]].append(key in authorised)
    due = {key for key in asked if key[1] <= TODAY.plus(-2)}
    return MonthCounts(
        days=len(of_day),
        days_kept=sum(all(kept) for kept in of_day.values()),
        requests=len(asked),
        points=len({point for point, _ in asked}),
        readings=len(due),
        readings_kept=len(due & measured),
    )


@pytest.mark.parametrize(("part", "whole", "shown"), [(1, 1, 1000), (9999, 10000, 999), (0, 5, 0), (0, 0, None)])
def test_only_all_of_it_is_a_hundred_per_cent(part: int, whole: int, shown: int | None):
    assert find_per_mille(part, whole) == shown
