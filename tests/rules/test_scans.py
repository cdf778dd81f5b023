"""No page reads a whole table that grows with the days: every question of it is answered by a key or an index."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Engine, event

from tests.application import RunningPortal
from tests.rules.visit import visit

# Rows by days or acts, without end.
GROWING = frozenset(
    {
        *("nominations", "nomination_heads", "authorisations", "readings", "daily_balances", "monthly_balances"),
        *("adjustments", "audit_events", "heating_values", "gate_readings", "key_attempts", "outbox_messages"),
        *("account_views", "day_book_lines", "case_entries"),
    }
)
# Indexes of the few rows that wait.
OF_FEW = frozenset({"ix_outbox_messages_waiting"})
SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
# A part of the statement by which it is known, and why it may read the whole table.
MAY: Mapping[str, str] = {
    "FROM audit_events ORDER BY audit_events.sequence": "in the order of the key, as far as the page goes",
    "SELECT count(*) AS count_1 FROM audit_events": "the chain is verified whole, when somebody asks for it",
    "FROM audit_events WHERE audit_events.subject IN": "evidence is gathered from the whole trail, a few times a year",
    "FROM outbox_messages WHERE outbox_messages.sent_at IS NULL AND": "the administrator's page counts sent mails too",
    "FROM case_entries": "the file and the figures of all cases: a case has few entries",
    "FROM heating_values WHERE heating_values.gas_day BETWEEN": "of gates, of which there are few",
    "FROM exit_points LEFT OUTER JOIN (SELECT heating_values": "likewise",
}


def test_no_page_reads_a_whole_table_that_grows(portal: RunningPortal) -> None:
    everything = visit(portal)
    engine: Engine = portal.app.extensions["portal.engine"]
    asked: dict[str, tuple[str, object]] = {}

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.setdefault(statement, (address, parameters))

    event.listen(engine, "before_cursor_execute", note)
    for rule, url in everything.urls():
        address = rule.rule
        everything.browser(rule).open(url)
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) > 200
    found = []
    with engine.connect() as connection:
        for statement, (address, parameters) in asked.items():
            if any(part in " ".join(statement.split()) for part in MAY):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for row in plan:
                scanned = SCAN.search(row[3])
                if scanned and scanned[1] in GROWING and scanned[2] not in OF_FEW:
                    found.append(f"{address}: {row[3]}: {' '.join(statement.split())[:300]}")
    assert found == [], "\n".join(found)
