"""Figures of a month of cases: every case once, by its present term, in the month in which it came in Colombia."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.cases import CaseAction, CaseChannel, CaseKind, CaseStanding, CaseState, lapses_at, standing
from portal.domain.gas_day import GasDay, Month
from portal.services.cases import pqr
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.factories import NOW
from tests.services.case_stage import petition

NOVEMBER = Month.of(GasDay.of(NOW))
LATER = NOW + timedelta(days=1)


@pytest.fixture
def staff(session: Session) -> Actor:
    """An operator."""
    with transaction(session):
        user = factories.user(session, role=Role.OPERATOR)
    return Actor(user.id, user.email, user.name, user.role, None, "", "web")


def came(session: Session, staff: Actor, now: datetime = NOW, **given) -> str:
    channel = given.pop("channel", CaseChannel.OFFICE)
    arrived_on = GasDay.of(now).date if channel is CaseChannel.MAIL else None
    return pqr.file_case(
        Act.at(session, staff, now), petition=petition(arrived_on=arrived_on, **given), channel=channel
    ).filing_number


def do(session: Session, staff: Actor, number: str, action: CaseAction, now: datetime = LATER) -> None:
    pqr.actions.do(Act.at(session, staff, now), filing_number=number, action=action, text="Texto.")


def figures(session: Session, staff: Actor, now: datetime = LATER, month: Month = NOVEMBER) -> pqr.MonthFigures:
    return pqr.load_month_figures(Act.at(session, staff, now), month=month)


def test_each_case_of_the_month_counts_once_by_how_its_term_was_kept(session: Session, vault: Vault, staff: Actor):
    numbers = [came(session, staff, text=f"Petición {n}") for n in range(5)]
    came(session, staff, kind=CaseKind.APPEAL, channel=CaseChannel.MAIL)
    on_time, late, passed_on, reopened, _open = numbers
    do(session, staff, on_time, CaseAction.ANSWER)
    do(session, staff, on_time, CaseAction.CLOSE)
    do(session, staff, passed_on, CaseAction.PASS_ON)
    do(session, staff, reopened, CaseAction.EXTEND)
    do(session, staff, reopened, CaseAction.ANSWER)
    do(session, staff, reopened, CaseAction.REOPEN, LATER + timedelta(days=20))
    after = LATER + timedelta(days=30)
    pqr.watch_due(Act.of_system(session, after))
    do(session, staff, late, CaseAction.ANSWER, after)
    found = figures(session, staff, after)
    expected = {
        CaseStanding.ON_TIME: 1,
        CaseStanding.LATE: 1,
        CaseStanding.PASSED_ON: 1,
        CaseStanding.OPEN: 1,
        CaseStanding.OVERDUE: 2,
    }
    assert found.total.standings == expected
    assert (found.total.filed, found.total.extended, found.total.reopened, found.answered) == (6, 1, 1, 2)
    assert {kind: counts.filed for kind, counts in found.kinds.items() if counts.filed} == {
        CaseKind.PETITION: 5,
        CaseKind.APPEAL: 1,
    }
    assert {each: counts.filed for each, counts in found.channels.items()} == {
        CaseChannel.WEB: 0,
        CaseChannel.TELEPHONE: 0,
        CaseChannel.MAIL: 1,
        CaseChannel.OFFICE: 5,
    }
    for groups in (found.kinds, found.channels):
        assert sum(counts.filed for counts in groups.values()) == found.total.filed
    assert all(sum(counts.standings.values()) == counts.filed for counts in found.kinds.values())


def test_the_answer_before_a_case_was_opened_again_is_not_that_of_its_new_term(
    session: Session, vault: Vault, staff: Actor
):
    number = came(session, staff)
    do(session, staff, number, CaseAction.ANSWER)
    do(session, staff, number, CaseAction.REOPEN, LATER + timedelta(minutes=1))
    do(session, staff, number, CaseAction.PASS_ON, LATER + timedelta(minutes=2))
    assert figures(session, staff).total.standings[CaseStanding.PASSED_ON] == 1


def test_a_month_begins_and_ends_by_the_clock_of_colombia(session: Session, vault: Vault, staff: Actor):
    begin, end = NOVEMBER.first.start, NOVEMBER.last.end
    for n, moment in enumerate((begin - timedelta(seconds=1), begin, end - timedelta(seconds=1), end)):
        came(session, staff, moment, text=f"Petición {n}")
    counted = [
        figures(session, staff, end, month).total.filed for month in (NOVEMBER.previous, NOVEMBER, NOVEMBER.next)
    ]
    assert counted == [1, 2, 1]
    assert not figures(session, staff, end - timedelta(seconds=1)).is_over
    assert figures(session, staff, end).is_over


def test_a_term_is_over_from_its_midnight_on_whether_the_worker_saw_it_or_not() -> None:
    due = GasDay.of(NOW).date
    over = lapses_at(due)
    before = over - timedelta(seconds=1)
    assert standing(CaseState.IN_PROGRESS, due, None, before) is CaseStanding.OPEN
    assert standing(CaseState.IN_PROGRESS, due, None, over) is CaseStanding.OVERDUE
    assert standing(CaseState.ANSWERED, due, before, over) is CaseStanding.ON_TIME
    assert standing(CaseState.CLOSED, due, over, over) is CaseStanding.LATE


def test_who_may_not_read_cases_gets_no_figures(session: Session, vault: Vault):
    with transaction(session):
        user = factories.user(session, role=Role.ADMIN)
    with pytest.raises(NotAllowed):
        figures(session, Actor(user.id, user.email, user.name, user.role, None, "", "web"))
