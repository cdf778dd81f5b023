"""Reading a page writes nothing: no GET changes a row, but for the moment a session and its grants were last used.

The exceptions are what keeps a session alive while it is in use, the last use of a token, the counter that bounds the
requests with it, and the page that a followed customer has open (adr/0115); they are told apart by their statements, so
that any other write, even to the same tables, is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update

from portal.models import User
from portal.services.store.transactions import transaction
from portal.web import database
from portal.web.access import Audience, open_to
from tests.agent import agent_of, call_code
from tests.application import RunningPortal
from tests.rules.visit import Visit

WRITES = re.compile(
    r"\s*(WITH\b.*\b)?(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|MERGE|TRUNCATE)\b", re.IGNORECASE | re.DOTALL
)
NOTES_USE = re.compile(
    r"UPDATE (sessions SET last_seen_at|(grants|api_tokens|staff_tokens|feed_tokens) SET last_used_at)=\S+ "
    r"WHERE (?!.*\bSET\b)",
    re.IGNORECASE | re.DOTALL,
)
# The page of a customer who is followed in a call, and no other column of its row.
NOTES_PAGE = re.compile(
    r"UPDATE followings SET path=\S+, title=\S+, state=\S+, opened_at=\S+ WHERE (?!.*\bSET\b)",
    re.IGNORECASE | re.DOTALL,
)
# Every request of a system or of a calendar program is charged to its token, also one that reads.
CHARGES = re.compile(r"(INSERT INTO|UPDATE) attempt_counters\b", re.IGNORECASE)


@contextmanager
def writes(portal: RunningPortal, *, charged: bool = False) -> Iterator[list[str]]:
    """Gather the statements that write, but for the notes of use, and the charge where one is due."""
    found: list[str] = []
    engine = portal.app.extensions["portal.engine"]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        noted = NOTES_USE.match(statement) or NOTES_PAGE.match(statement)
        if WRITES.match(statement) and not noted and not (charged and CHARGES.match(statement)):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_no_get_writes(everything: Visit, subtests: pytest.Subtests):
    portal = everything.portal
    for who in ("guest", "whom it is for"):
        for rule, url in everything.urls():
            client = portal.browser().client if who == "guest" else everything.browser(rule).client
            # Long enough for the use of session and grants to be noted again.
            portal.clock.forward(seconds=61)
            with (
                subtests.test(who=who, rule=rule.rule),
                writes(portal, charged=everything.is_for_systems(rule) or rule.endpoint == "tokens.feed") as found,
            ):
                client.get(url)
                client.head(url)
                client.get(url, headers={"HX-Request": "true"})
                assert not found


def test_a_get_that_writes_is_found(portal: RunningPortal):
    @open_to(Audience.PUBLIC)
    def write() -> str:
        session = database.current()
        with transaction(session):
            session.execute(update(User).values(name="changed"))
        return "written"

    portal.app.add_url_rule("/escribe", view_func=write)
    with writes(portal) as found:
        portal.app.test_client().get("/escribe")
    assert found == ["UPDATE users SET name=?"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET ended_at=? WHERE id = 1",
        "UPDATE sessions SET last_seen_at=?, ended_at=? WHERE id = 1",
        "UPDATE grants SET last_used_at=?",
        "DELETE FROM grants",
        "UPDATE followings SET ended_at=? WHERE call_id = 1",
        "UPDATE followings SET path=?, title=?, state=?, opened_at=?, ended_at=? WHERE call_id = 1",
        "insert into users values (1)",
        "WITH x AS (SELECT 1) UPDATE users SET name = 'x'",
    ],
)
def test_only_the_notes_of_use_are_excepted(statement: str):
    assert WRITES.match(statement)
    assert not NOTES_USE.match(statement)
    assert not NOTES_PAGE.match(statement)


def test_of_a_followed_customer_the_page_is_noted_and_nothing_else(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys()
    agent = agent_of(portal)
    agent.verify(agent.take_call(customer), call_code(customer))
    engine, written = portal.app.extensions["portal.engine"], []
    event.listen(engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    with writes(portal) as found:
        customer.open("/cuenta")
        agent.open("/llamadas")
    assert not found
    assert len([statement for statement in written if NOTES_PAGE.match(statement)]) == 1
