"""Tomorrow's book in the demonstration."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.authorisations import LineState
from portal.domain.nominations import CutReason
from portal.models import User
from portal.services import day_book
from portal.services.demo import events
from portal.services.store.acts import Act, Actor
from tests.factories import NOW, TODAY


def test_tomorrows_book_is_frozen_with_a_cut_published_and_a_quantity_to_publish(shown: Session):
    person = shown.scalars(select(User).where(User.role == Role.OPERATOR)).first()
    actor = Actor(person.id, person.email, person.name, person.role, None, "", "cli")
    book = day_book.load(Act.at(shown, actor, NOW), gas_day=TODAY.plus(1))
    assert [version.version for version in book.versions] == [1]
    assert not book.changed
    assert book.missing
    cut = next(line for line in book.lines if line.point == events.CUT_AT)
    assert (cut.state, cut.cut_reason) == (LineState.CUT, CutReason.PCC)
    assert cut.published.in_unit(cut.unit) < cut.asked.in_unit(cut.unit)
    assert len(book.publishable) == 1
