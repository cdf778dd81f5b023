"""The same submission twice at once and after a timeout, and two people on one day: real processes, both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import select

from portal.models import AuditHead
from portal.services.store.transactions import transaction
from tests.faults import judge
from tests.faults.sending import Answer, Browser, Submission
from tests.faults.server import Server
from tests.faults.stage import Person, Stage

IMPATIENT_SECONDS = 0.3


@pytest.fixture
def couple(stage: Stage) -> tuple[Person, Person]:
    """Two colleagues with four drafts each, all for the same day."""
    return stage.colleagues(drafts=4)


def verdict(stage: Stage, acknowledged: dict[str, set[str]]) -> list[str]:
    """What the database says to what was acknowledged."""
    with stage.session() as session:
        kept = judge.read(session)
        assert len(kept.rows) == len(acknowledged)
        return judge.verdict(kept, acknowledged)


def read(browser: Browser, draft: str) -> Submission:
    """The form on the page to sign."""
    submission = browser.read(draft)
    assert submission is not None
    return submission


def test_what_is_sent_twice_at_once_is_one_nomination_with_one_receipt(
    stage: Stage, server: Server, couple: tuple[Person, Person]
):
    acknowledged = {}
    with closing(Browser(server.host, couple[0])) as browser:
        for draft in couple[0].drafts:
            answers = browser.send_twice(read(browser, draft))
            assert [answer.status for answer in answers] == [303, 303]
            acknowledged[draft] = {str(answer.receipt) for answer in answers}
    assert verdict(stage, acknowledged) == []


def test_what_is_sent_again_after_a_timeout_leads_to_the_receipt_of_the_first(
    stage: Stage, server: Server, couple: tuple[Person, Person]
):
    draft = couple[0].drafts[0]
    with closing(Browser(server.host, couple[0])) as browser, ThreadPoolExecutor(1) as pool:
        submission = read(browser, draft)
        with stage.session() as session, transaction(session):
            # Whoever holds the end of the audit chain holds every signature up.
            session.scalars(select(AuditHead).with_for_update()).one()
            browser.send_and_leave(submission, after_seconds=IMPATIENT_SECONDS)
            again = pool.submit(browser.send, submission)
        first = again.result()
        assert first.status == 303
        later = browser.send(submission)
    assert verdict(stage, {draft: {str(first.receipt), str(later.receipt)}}) == []


def test_of_two_people_on_one_day_one_gets_a_receipt_and_one_reads_both_values(
    stage: Stage, server: Server, couple: tuple[Person, Person]
):
    with ExitStack() as open_browsers, ThreadPoolExecutor(2) as pool:
        browsers = [open_browsers.enter_context(closing(Browser(server.host, person))) for person in couple]
        # The last draft of one, the first of the other: different quantities for the same day.
        drafts = [couple[0].drafts[0], couple[1].drafts[-1]]
        forms = [read(browser, draft) for browser, draft in zip(browsers, drafts, strict=True)]
        answers = list(pool.map(Browser.send, browsers, forms))
    assert sorted(answer.status for answer in answers) == [303, 409]
    winner = 0 if answers[0].status == 303 else 1
    loser: Answer = answers[1 - winner]
    asked = ["9.000 m³", "9.003 m³"]
    for line in (f"Cantidad guardada, sin firmar {asked[1 - winner]}", f"En firme para ese día {asked[winner]}"):
        assert line in loser.words
    assert verdict(stage, {drafts[winner]: {str(answers[winner].receipt)}}) == []
