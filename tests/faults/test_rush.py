"""A short rush hour: signatures at their times, whatever became of those before. What it costs is told by the bench."""

from __future__ import annotations

from contextlib import closing

from bench import rush
from tests.factories import NOW
from tests.faults.sending import Browser
from tests.faults.server import Server
from tests.faults.stage import TIMES_A_DAY, Stage

SIGNATURES, PER_SECOND = 8, 40


def test_every_signature_of_a_rush_that_is_acknowledged_is_there_and_no_right_code_costs_anything(
    stage: Stage, server: Server
):
    person, _ = stage.colleagues(drafts=SIGNATURES * TIMES_A_DAY)
    with closing(Browser(server.host, person)) as browser:
        read = [browser.read(draft) for draft in person.drafts[::TIMES_A_DAY]]
    submissions = [rush.Submission(each.draft, each.body, person.cookie, "10.0.0.1") for each in read if each]
    assert len(submissions) == SIGNATURES
    answered = rush.send(server.host, submissions, per_second=PER_SECOND)
    assert {each.status for each in answered} <= {303, 503}
    with stage.session() as session:
        judged = rush.judge(session, answered, now=NOW)
    assert judged.acknowledged >= 1
    assert judged.faults == 0, judged


def test_a_signature_that_is_not_there_is_called_lost(stage: Stage):
    sent = rush.Submission("d1-0", "", "", "10.0.0.1")
    stage.colleagues(drafts=1)
    with stage.session() as session:
        judged = rush.judge(session, [rush.Answered(sent, 1, 303, "nowhere", None)], now=NOW)
        bare = rush.judge(session, [rush.Answered(sent, 1, 503, None, None)], now=NOW)
    assert (judged.lost, judged.faults) == (1, 1)
    assert bare.bare == 1
