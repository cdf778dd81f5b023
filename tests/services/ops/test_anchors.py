"""Anchors: which rows they cover, when one is taken, what a host keeps outside, what an installation must have."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from portal.models import Base
from portal.models.append_only import APPEND_ONLY
from portal.services.ops import anchors
from portal.services.ops.anchors import BadAnchors, Required, chain
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import sealed_rows
from tests import factories
from tests.factories import NOW, TODAY

# Not sealed by an anchor of their own: what holds each of them instead.
OTHERWISE = {
    "audit_events": "its own chain, whose end the anchor names",
    "anchors": "each seals the one before it",
    "account_views": "who looked, not what is owed; its event is in the audit",
    "carried_messages": "read with the former claim_messages, whose rows it points to",
    "case_files": "the hash of each file is in the audit event of its entry",
    "late_decisions": "has no number that grows; its event is in the audit",
    "shift_entries": "the hash of each is in its audit event",
    "standing_order_uses": "has no number that grows; the audit event of the nomination names its order",
    "document_files": "the hash of each file is in the audit events of its version",
    "document_points": "published for everybody, and their hash is in the audit events of the version",
    "gate_terms": "each of its figures is in its audit event",
    "gate_allocation_days": "the adjustments that it explains are sealed, their digest is in its audit event",
    "meter_changes": "each of its figures is in its audit event",
    "index_readings": "what counts is the reading that it made, which is sealed",
    "tariff_figures": "published for everybody, and their hash is a column of the publication",
    "day_book_files": "the hash of the file is a column of its book",
    "day_book_lines": "written in the file of its book",
    "day_book_sendings": "that somebody sent a version, not what is owed; its event is in the audit",
}


def test_every_table_that_only_grows_is_sealed_or_says_by_what_it_is_held() -> None:
    assert set(APPEND_ONLY) | {sealed_rows.CARRIED} == sealed_rows.SERIES.keys() | OTHERWISE.keys()


# The table of former programs is read where its rows were carried to: tests/migrations/test_carried.py.
@pytest.mark.parametrize("table", [table for table in sealed_rows.SERIES if table != sealed_rows.CARRIED])
def test_every_column_is_sealed(table: str) -> None:
    """A new column needs a decision: what was anchored before cannot have it."""
    assert set(sealed_rows.SERIES[table]) == set(Base.metadata.tables[table].c.keys())


def grow(session: Session, days: int) -> None:
    with transaction(session):
        point = factories.delivery_point(session)
        for number in range(days):
            factories.reading(session, point, TODAY.plus(-number - 1), "5000")


def test_a_day_reads_only_what_was_added_since_the_day_before(session: Session, tmp_path: Path) -> None:
    grow(session, 3)
    first = anchors.anchor(Act.of_system(session, NOW), path=tmp_path / "a")
    grow(session, 2)
    anchors.anchor(Act.of_system(session, NOW + timedelta(days=1)), path=tmp_path / "a")
    said = [chain.content_of(each)["added"]["readings"] for each in session.query(chain.Anchor).order_by("number")]
    assert [[count for _, count, _ in each] for each in said] == [[3], [2]]
    assert anchors.verify_rows(session) is None
    assert first.number == 1


def test_a_writer_at_work_is_waited_for_and_what_it_writes_is_in_a_later_anchor(
    sessions: sessionmaker[Session], session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL gave its row a number already; an anchor over that number must have the row in it."""
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    grow(session, 1)
    monkeypatch.setattr(chain, "PATIENCE_SECONDS", 0.3)
    with sessions() as writer:
        point = factories.delivery_point(writer)
        factories.reading(writer, point, TODAY.plus(-1), "5000")
        grow(session, 1)
        with pytest.raises(anchors.NotQuiet):
            anchors.anchor(Act.of_system(session, NOW), path=tmp_path / "a")
        monkeypatch.setattr(chain, "PATIENCE_SECONDS", 20.0)
        threading.Timer(0.3, writer.commit).start()
        anchors.anchor(Act.of_system(session, NOW), path=tmp_path / "a")
    assert anchors.verify_rows(session) is None


def test_what_two_hosts_keep_is_the_same_and_one_of_them_takes_the_anchor(session: Session, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for days in range(3):
        now = NOW + timedelta(days=days)
        assert [anchors.anchor_due(Act.of_system(session, now), path=path) for path in (one, two)] == [True, False]
    assert one.read_text() == two.read_text()
    assert len(one.read_text().splitlines()) == 3


def test_a_file_that_cannot_be_written_is_said_and_the_anchor_stands(
    session: Session, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert anchors.anchor_due(Act.of_system(session, NOW), path=tmp_path)
    assert anchors.anchor_due(Act.of_system(session, NOW), path=tmp_path) is False
    said = capfd.readouterr()
    assert (said.out + said.err).count("could not be kept outside") == 1
    assert session.scalar(text("SELECT count(*) FROM anchors")) == 1


def test_production_has_an_anchor_and_one_outside(session: Session, tmp_path: Path) -> None:
    asked = Required(tmp_path / "a", NOW)
    assert anchors.verify(session, required=asked).broken is None
    asked = replace(asked, production=True)
    assert "there is no anchor" in (anchors.verify(session, required=asked).broken or "")
    chain.take(Act.of_system(session, NOW))
    assert "no anchor is kept outside" in (anchors.verify(session, required=asked).broken or "")
    anchors.bring_up_to_date(session, path=tmp_path / "a")
    assert anchors.verify(session, required=asked).broken is None


def test_lines_of_the_older_portal_count_for_the_audit_and_go_on_in_the_new_form(
    session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_text(f"2026-11-01T00:00:00+00:00\t0\t{'00' * 32}\n")
    anchors.anchor(Act.of_system(session, NOW), path=path)
    found = anchors.verify(session, required=Required(path, NOW))
    assert (found.broken, found.count) == (None, 2)
    path.write_text(path.read_text().replace("00" * 32, "ab" * 32, 1))
    assert "event 0 is not the one" in (anchors.verify(session, required=Required(path, NOW)).broken or "")


def test_a_file_that_was_cut_is_not_gone_on_with(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a"
    anchors.anchor(Act.of_system(session, NOW), path=path)
    path.write_text("")
    with pytest.raises(BadAnchors, match="it was cut off or replaced"):
        anchors.anchor(Act.of_system(session, NOW), path=path)
