"""The timetable changed from a gas day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, find_window
from portal.services import timetable
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.timetable import close_moves, window_changes
from portal.services.timetable.window_changes import Asked
from tests import factories
from tests.factories import NOW, TODAY

FIRST = TODAY.plus(3)
SUPPLY = (Modality.GNV_SUPPLY,)
NOMINATION, RENOMINATION = RequestKind.NOMINATION, RequestKind.RENOMINATION
ASKED = Asked(NOMINATION, SUPPLY, FIRST, -1, time(14), 6, 4, "Nuevo contrato de transporte")


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        timetable.seed(session)
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR))


def closes(session: Session, days: int, kind: RequestKind = NOMINATION, modality: Modality = SUPPLY[0]) -> time:
    day = TODAY.plus(days)
    return find_window(timetable.list_windows(session), modality, kind, day).closes_time


def refusal(session: Session, actor: Actor, **given: Any) -> Refusal:
    with pytest.raises(Rejected) as refused:
        window_changes.preview(Act.at(session, actor, NOW), asked=replace(ASKED, **given))
    return refused.value.refusal


def test_other_hours_hold_from_their_day_on_for_their_modality(session: Session, operator: Actor):
    (effect,) = window_changes.change(Act.at(session, operator, NOW), asked=ASKED)
    assert (effect.old.closes_time, effect.new.closes_time) == (time(12), time(14))
    assert [closes(session, days) for days in (2, 3, 400)] == [time(12), time(14), time(14)]
    assert closes(session, 3, modality=Modality.INDUSTRIAL) == time(12)
    follows = find_window(timetable.list_windows(session), SUPPLY[0], RENOMINATION, FIRST)
    assert (follows.opens_time, follows.closes_time, follows.max_per_day) == (time(14), time(16), 4)
    assert close_moves.list_moves(session, since=TODAY) == [], "none of a contingency"
    assert refusal(session, operator) is Refusal.WINDOW_UNCHANGED


def test_a_day_whose_close_was_moved_keeps_it(session: Session, operator: Actor):
    moved = close_moves.Asked(TODAY.plus(5), SUPPLY, -1, time(10), "Mantenimiento")
    close_moves.move(Act.at(session, operator, NOW), asked=moved)
    window_changes.change(Act.at(session, operator, NOW), asked=ASKED)
    assert [closes(session, days) for days in (4, 5, 6)] == [time(14), time(10), time(14)]
    assert refusal(session, operator, valid_from=TODAY.plus(5)) is Refusal.CLOSE_MOVED_THAT_DAY


def test_notice_and_number_of_renominations_change_with_their_row(session: Session, operator: Actor):
    asked = replace(ASKED, kind=RENOMINATION, closes_day=0, closes_time=time(18), notice_hours=4, max_per_day=None)
    window_changes.change(Act.at(session, operator, NOW), asked=asked)
    window = find_window(timetable.list_windows(session), SUPPLY[0], RENOMINATION, FIRST)
    assert (window.closes_time, window.notice_hours, window.max_per_day) == (time(18), 4, None)
    assert closes(session, 3) == time(12)


def test_what_cannot_be_is_refused(session: Session, operator: Actor):
    assert refusal(session, operator, reason=" ") is Refusal.REASON_MISSING
    assert refusal(session, operator, valid_from=TODAY) is Refusal.CLOSE_IN_THE_PAST
    assert refusal(session, operator, closes_day=0, closes_time=time(17)) is Refusal.CLOSE_OUT_OF_RANGE
    with transaction(session):
        auditor = factories.signed_in(session, factories.user(session, role=Role.AUDITOR))
    with pytest.raises(NotAllowed):
        window_changes.change(Act.at(session, auditor, NOW), asked=ASKED)
