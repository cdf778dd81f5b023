"""The demonstration shows a claim in each state, as a customer and as staff see them."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.claims import ClaimState, clean_text
from portal.models import Claim, ClaimMessage, OutboxMessage, User
from portal.services.cases.claims import desk
from portal.services.store import filing
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests.factories import NOW, TODAY
from tests.services.demo.conftest import played


def shown_claims(session) -> list[tuple]:
    rows = session.execute(select(Claim.public_id, Claim.filing_number, Claim.gas_day, Claim.state).order_by(Claim.id))
    return [tuple(row) for row in rows]


def test_there_is_a_claim_in_each_state_with_what_was_said(shown):
    olga = shown.scalars(select(User).where(User.role == Role.OPERATOR)).one()
    actor = Actor(olga.id, olga.email, olga.name, olga.role, None, "", "web")
    found = desk.list_claims(Act.at(shown, actor, NOW), states=ClaimState)
    assert found.counts == dict.fromkeys(ClaimState, 1)
    for claim in found.claims:
        assert claim.gas_day < TODAY
        assert claim.opened_at < NOW
        said = desk.load(Act.at(shown, actor, NOW), public_id=claim.public_id).messages
        assert not said[0].by_staff
        assert all(clean_text(message.text) == message.text for message in said)
        assert [message.written_at for message in said] == sorted(message.written_at for message in said)
        assert (claim.outcome is None) == claim.pending
    assert not found.claims[0].late


def test_the_claims_are_the_same_for_the_same_day_and_mail_nobody(stage, shown, empty, vault):
    with played(empty, vault) as other, other.sessions() as session:
        assert shown_claims(session) == shown_claims(shown)
        assert not session.scalars(select(OutboxMessage)).all()
        assert session.scalars(select(ClaimMessage.text)).all() == shown.scalars(select(ClaimMessage.text)).all()
        with transaction(session):
            assert filing.take_next_number(session, series="RB", year=2026) == "RB-2026-000005"
