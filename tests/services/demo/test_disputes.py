"""The demonstration shows a claim about a day at each stage, as a customer and as staff see them."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.cases import CaseState, EntryKind, Outcome
from portal.domain.typed_text import clean_text
from portal.models import Case, User
from portal.services.cases.pqr import desk
from portal.services.store.acts import Act, Actor
from tests.factories import NOW, TODAY
from tests.services.demo.conftest import played


def shown_claims(session) -> list[tuple]:
    columns = (Case.public_id, Case.filing_number, Case.gas_day, Case.state, Case.outcome)
    rows = session.execute(select(*columns).where(Case.gas_day.is_not(None)).order_by(Case.id))
    return [tuple(row) for row in rows]


def test_there_is_a_claim_at_each_stage_with_what_was_said(shown):
    olga = shown.scalars(select(User).where(User.role == Role.OPERATOR)).one()
    act = Act.at(shown, Actor(olga.id, olga.email, olga.name, olga.role, None, "", "web"), NOW)
    found = desk.list_cases(act, states=CaseState, about=desk.About(a_day=True))
    assert {(claim.state, claim.outcome) for claim in found.cases} == {
        (CaseState.FILED, None),
        (CaseState.IN_PROGRESS, None),
        (CaseState.ANSWERED, Outcome.UPHELD),
        (CaseState.ANSWERED, Outcome.DISMISSED),
    }
    for claim in found.cases:
        assert claim.gas_day < TODAY
        assert claim.filed_at < NOW
        record = desk.load(act, filing_number=claim.filing_number)
        said = [entry for entry in record.entries if entry.kind is not EntryKind.NOTIFIED]
        assert said[0].kind is EntryKind.FILED
        assert all(clean_text(entry.text) == entry.text for entry in said)
        assert [entry.written_at for entry in said] == sorted(entry.written_at for entry in said)
        assert (record.decision is None) == claim.pending
        assert not claim.late


def test_the_claims_are_the_same_for_the_same_day(stage, shown, empty, vault):
    with played(empty, vault) as other, other.sessions() as session:
        assert shown_claims(session) == shown_claims(shown)
