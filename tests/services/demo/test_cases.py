"""The demonstration shows ten cases in every state, one of them over its term, and four about a day."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.cases import CaseState, EntryKind
from portal.domain.typed_text import clean_text
from portal.models import Case, CaseEntry, OutboxMessage, User
from portal.services.cases import pqr
from portal.services.store import filing
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests.factories import NOW, TODAY
from tests.services.demo.conftest import played


def shown_cases(session) -> list[tuple]:
    columns = (Case.public_id, Case.filing_number, Case.state, Case.filed_at, Case.due_on)
    return [tuple(row) for row in session.execute(select(*columns).order_by(Case.id))]


def test_there_are_fourteen_cases_in_every_state_in_the_order_of_their_numbers(shown):
    olga = shown.scalars(select(User).where(User.role == Role.OPERATOR)).one()
    act = Act.at(shown, Actor(olga.id, olga.email, olga.name, olga.role, None, "", "web"), NOW)
    found = pqr.desk.list_cases(act, states=CaseState)
    assert all(found.counts.values())
    assert sum(found.counts.values()) == 14
    assert sum(case.gas_day is not None for case in found.cases) == 4
    in_order = sorted(found.cases, key=lambda case: case.filing_number)
    assert [case.filed_at for case in in_order] == sorted(case.filed_at for case in in_order)
    (lapsed,) = [case for case in found.cases if case.late]
    assert lapsed.due_on < TODAY.date
    for case in found.cases:
        record = pqr.desk.load(act, filing_number=case.filing_number)
        assert record.entries[0].kind is EntryKind.FILED
        assert all(clean_text(entry.text) == entry.text for entry in record.entries)
        assert [entry.written_at for entry in record.entries] == sorted(entry.written_at for entry in record.entries)
        assert case.late or not case.pending or case.due_on >= TODAY.date


def test_the_cases_are_the_same_for_the_same_day_and_mail_nobody(stage, shown, empty, vault):
    with played(empty, vault) as other, other.sessions() as session:
        assert shown_cases(session) == shown_cases(shown)
        assert not session.scalars(select(OutboxMessage)).all()
        assert session.scalars(select(CaseEntry.text)).all() == shown.scalars(select(CaseEntry.text)).all()
        with transaction(session):
            assert filing.take_next_number(session, series="PQR", year=2026) == "PQR-2026-000015"


def test_the_worker_has_nothing_to_catch_up_with_on_the_day_of_the_demonstration(empty, vault):
    with played(empty, vault) as other, other.sessions() as session:
        assert pqr.watch_due(Act.of_system(session, NOW)) == 0
