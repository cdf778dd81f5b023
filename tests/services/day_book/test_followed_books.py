"""A book that is followed line by line is the book that is read: its sums, doubts, gates and differences too."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.domain.nominations import CutReason
from portal.domain.quantities import Unit
from portal.models import DeliveryPoint, NominationHead
from portal.services import day_book, ledger
from portal.services.day_book import Book, blocks
from portal.services.day_book.lines import list_frozen_lines
from portal.services.day_book.versions import list_differences
from portal.services.store.acts import Act
from portal.services.store.refusals import Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, nominate, staff

POINTS = 7
STEP = st.tuples(
    st.sampled_from(["nominate", "nominate", "nominate", "cancel", "answer", "freeze", "leave"]),
    st.integers(0, POINTS - 1),
    st.integers(1, 9),
)
_names = count(1)


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LENGTH", 2)


class Day:
    """Points of two contracts at two gates, of which one contract comes above its maximum, and readings of them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        number = next(_names)
        self.act = Act.at(session, staff(session), NOW)
        with transaction(session):
            gates = [factories.exit_point(session, code=f"P{number}-{each}") for each in "AB"]
            owners = [
                factories.contract(session, unit=Unit.M3, maximum_micro=15_000 * 10**6),
                factories.contract(session, unit=Unit.MBTU, maximum_micro=10**12),
            ]
            self.points: list[DeliveryPoint] = [
                factories.delivery_point(
                    session,
                    contract=owners[each % 2],
                    exit_point_id=gates[each % 3 % 2].id,
                    name=f"EDS {number} {each}",
                    carrier_code=f"F-{number}-{each}",
                )
                for each in range(POINTS)
            ]
            for point in self.points:
                for ago in range(1, 5):
                    factories.reading(session, point, TOMORROW.plus(-ago - 1), "1000")
                    ledger.rewrite_day(session, delivery_point=point, gas_day=TOMORROW.plus(-ago - 1))
        self.revisions = dict.fromkeys(range(POINTS), 0)

    def load(self) -> Book:
        return day_book.load(self.act, gas_day=TOMORROW)

    def take(self, step: str, place: int, amount: int) -> set[str]:
        """Take a step at a point, and return the points whose lines alone it changed."""
        point = self.session.merge(self.points[place])
        if step == "freeze":
            with suppress(Rejected):
                day_book.freeze(self.act, gas_day=TOMORROW)
            return {point.public_id}
        with transaction(self.session):
            in_force = self.session.get(NominationHead, (point.id, TOMORROW))
            if step == "nominate":
                self.revisions[place] += 1
                nominate(self.session, point, str(amount * 1000), revision=self.revisions[place])
            elif step == "cancel" and in_force is not None:
                self.session.delete(in_force)
            elif step == "answer" and in_force is not None:
                version = self.line(point).published_version or 0
                cut: dict[str, Any] = {"cut_reason": CutReason.PCC, "revision": in_force.revision}
                factories.authorisation(self.session, point, TOMORROW, "500", version=version + 1, **cut)
            elif step == "leave":
                point.ends_on = TOMORROW
            self.session.flush()
        self.session.expire_all()
        return {point.public_id}

    def differences(self, book: Book) -> list[day_book.Difference]:
        """Hold all lines against all lines."""
        if not book.versions:
            return []
        before = list_frozen_lines(self.session, book_id=book.versions[-1].id, gas_day=TOMORROW)
        return list_differences(before, book.lines)

    def line(self, point: DeliveryPoint) -> day_book.Line:
        return next(line for line in self.load().lines if line.point_id == point.id)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    # Each adds its points to one database.
    max_examples=15,
    phases=(Phase.explicit, Phase.generate),
)
@example(steps=[("nominate", 0, 9), ("nominate", 6, 9), ("cancel", 6, 1), ("nominate", 1, 1)])
@example(steps=[("nominate", 0, 9), ("freeze", 0, 1), ("leave", 0, 1), ("nominate", 3, 2), ("leave", 5, 1)])
@example(steps=[("freeze", 0, 1), ("nominate", 0, 9), ("freeze", 2, 1), ("nominate", 4, 2), ("freeze", 4, 1)])
@given(steps=st.lists(STEP, min_size=4, max_size=12))
def test_a_book_followed_through_any_steps_is_the_one_that_is_read(
    sqlite_session: Session, steps: list[tuple[str, int, int]]
) -> None:
    day = Day(sqlite_session)
    followed = day.load()
    for step in steps:
        points = day.take(*step)
        read = day.load()
        renewed = day_book.renew_lines(day.act, book=followed, points=points)
        assert (renewed is None) is not (points <= _named(followed) & _named(read))
        for each in fields(Book) if renewed is not None else ():
            assert each.name == "frozen" or getattr(renewed, each.name) == getattr(read, each.name), (step, each.name)
        assert read.changed == day.differences(read)
        followed = renewed or read
        assert day_book.digest_of_book(followed) == day_book.digest_of_book(read)


def _named(book: Book) -> set[str]:
    return {line.point_public_id for line in book.lines}


def test_only_the_block_of_a_line_that_changed_is_worked_out_anew(sqlite_session: Session) -> None:
    day = Day(sqlite_session)
    before = day.load()
    points = day.take("nominate", 0, 3)
    after = day_book.renew_lines(day.act, book=before, points=points)
    assert after is not None
    new = [block for block in after.blocks.each if all(block is not known for known in before.blocks.each)]
    assert len(before.blocks.each) == len(after.blocks.each) > 3
    assert len(new) == 1
    assert points <= new[0].public_ids
    assert after.totals != before.totals
