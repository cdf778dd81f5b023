"""Where a line of the day's book stands, and which quantity may answer it."""

from __future__ import annotations

import itertools

import pytest

from portal.domain.authorisations import (
    CUT_WORDS,
    Answer,
    AuthorisationProblem,
    LineState,
    find_line_state,
    find_problem,
)
from portal.domain.nominations import CutReason


def state(asked: int | None = 100, revision: int | None = 2, *, recorded=None, published=None) -> LineState:
    return find_line_state(asked=asked, revision=revision, recorded=recorded, published=published)


@pytest.mark.parametrize(
    ("recorded", "published", "found"),
    [
        (None, None, LineState.TO_AUTHORISE),
        (Answer(100, None, 2), None, LineState.RECORDED),
        (Answer(40, "PCC", 2), Answer(100, None, 2), LineState.RECORDED),
        (Answer(100, None, 1), None, LineState.OUTDATED),
        (Answer(100, None, 1), Answer(100, None, 2), LineState.OUTDATED),
        (None, Answer(100, None, 2), LineState.AUTHORISED),
        (None, Answer(120, None, None), LineState.AUTHORISED),
        (None, Answer(40, "PCC", 2), LineState.CUT),
        (None, Answer(0, "FMJ", 2), LineState.NOT_AUTHORISED),
        # What answered the revision before says nothing about this one, however much it was.
        (None, Answer(40, "PCC", 1), LineState.TO_AUTHORISE),
        (None, Answer(100, None, 3), LineState.TO_AUTHORISE),
    ],
)
def test_a_line_stands_where_its_newest_answer_puts_it(recorded, published, found):
    assert state(recorded=recorded, published=published) is found


def test_zero_that_was_asked_and_given_is_authorised():
    assert state(0, published=Answer(0, None, 2)) is LineState.AUTHORISED


def test_without_a_nomination_a_line_is_missing_and_its_record_outdated():
    assert state(None, None) is LineState.MISSING
    assert state(None, None, published=Answer(100, None, 1)) is LineState.MISSING
    assert state(None, None, recorded=Answer(100, None, 1)) is LineState.OUTDATED


def test_every_combination_has_a_state():
    answers = [None, *[Answer(micro, None, revision) for micro in (0, 50, 100) for revision in (None, 1, 2)]]
    seen = {state(recorded=one, published=two) for one, two in itertools.product(answers, answers)}
    seen |= {state(None, None, recorded=one, published=two) for one, two in itertools.product(answers, answers)}
    assert seen == set(LineState)


@pytest.mark.parametrize(
    ("asked", "allowed", "reason", "problem"),
    [
        (100, 100, None, None),
        (100, 99, CutReason.CCD, None),
        (100, 0, CutReason.FMJ, None),
        (0, 0, None, None),
        (100, 101, None, AuthorisationProblem.ABOVE_ASKED),
        (100, 101, CutReason.CCD, AuthorisationProblem.ABOVE_ASKED),
        (100, 99, None, AuthorisationProblem.REASON_MISSING),
        (100, 100, CutReason.CCD, AuthorisationProblem.REASON_NOT_WANTED),
        (None, 0, None, AuthorisationProblem.NOTHING_NOMINATED),
    ],
)
def test_nobody_gets_more_than_asked_and_less_only_with_a_reason(asked, allowed, reason, problem):
    assert find_problem(asked=asked, allowed=allowed, cut_reason=reason) is problem


def test_every_reason_has_words():
    assert set(CUT_WORDS) == set(CutReason)
