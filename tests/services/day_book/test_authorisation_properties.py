"""Revisions, authorised quantities and their order: an answer is for what it was given for, and for nothing later."""

from __future__ import annotations

import contextlib
import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.domain.authorisations import LineState
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.timetable import RequestKind
from portal.models import Authorisation, DeliveryPoint, Nomination, NominationHead
from portal.services import day_book, ledger
from portal.services.day_book import Line
from portal.services.ledger.queries import load_day
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, staff

AMOUNT = st.integers(0, 9_000)
STEP = st.one_of(
    st.tuples(st.sampled_from(["nominate", "ask_late", "record", "carry_over"]), AMOUNT),
    st.tuples(st.sampled_from(["accept", "cancel", "publish", "confirm"]), st.just(0)),
)
_names = itertools.count(1)


class Model:
    """What should be, said once more without a look at the portal: one list of revisions, one newest answer."""

    def __init__(self) -> None:
        self.revisions: list[int | None] = []
        # Revision -> the step at which it came into force; a withdrawal is one too, with None as its quantity.
        self.in_force: int | None = None
        self.changed_at = -1
        self.late: int | None = None
        self.draft: tuple[int, int] | None = None
        # Quantity, the revision it was given for (None: by its moment), the step.
        self.answer: tuple[int, int | None, int] | None = None

    def asked(self) -> int | None:
        return None if self.in_force is None else self.revisions[self.in_force - 1]

    def allowed(self) -> int | None:
        """A_d, as far as it was authorised."""
        if self.answer is None:
            return None
        quantity, given_for, at = self.answer
        if given_for is None:
            return quantity if at >= self.changed_at else None
        return quantity if given_for == self.in_force else None

    def state(self) -> LineState:
        asked, allowed = self.asked(), self.allowed()
        if self.draft is not None:
            return LineState.RECORDED if self.draft[1] == self.in_force else LineState.OUTDATED
        if asked is None:
            return LineState.MISSING
        if allowed is None:
            return LineState.TO_AUTHORISE
        if allowed >= asked:
            return LineState.AUTHORISED
        return LineState.CUT if allowed else LineState.NOT_AUTHORISED


class Day:
    """A new point and tomorrow, driven as the services drive them, beside the model; a minute passes at each step."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.operator: Actor = staff(session)
        with transaction(session):
            n = next(_names)
            # Far above whatever is asked: nothing is left out of "all".
            contract = factories.contract(session, unit=Unit.M3, maximum_micro=10**12)
            self.point: DeliveryPoint = factories.delivery_point(session, contract=contract, carrier_code=f"A-{n}")
        self.model, self.step = Model(), 0

    @property
    def now(self) -> Any:
        return NOW + timedelta(minutes=self.step)

    def take(self, act: str, amount: int) -> None:
        self.step += 1
        getattr(self, f"_{act}")(amount)
        self.session.rollback()

    def line(self) -> Line:
        book = day_book.load(Act.at(self.session, self.operator, NOW), gas_day=TOMORROW)
        return next(line for line in book.lines if line.point_id == self.point.id)

    def _rewrite(self) -> None:
        ledger.rewrite_day(self.session, delivery_point=self.point, gas_day=TOMORROW)

    def _nominate(self, amount: int) -> None:
        model = self.model
        model.revisions.append(amount)
        model.in_force, model.changed_at, model.late = len(model.revisions), self.step, None
        with transaction(self.session):
            given: dict[str, Any] = {"revision": len(model.revisions), "received_at": self.now}
            factories.nomination(self.session, self.point, TOMORROW, str(amount), **given)
            self._rewrite()

    def _revise(self, amount: int, **given: Any) -> Nomination:
        """A revision that moves no head."""
        kept = self.session.get(NominationHead, (self.point.id, TOMORROW))
        known = None if kept is None else (kept.revision, kept.nomination_id)
        row = factories.nomination(
            self.session,
            self.point,
            TOMORROW,
            str(amount),
            revision=len(self.model.revisions),
            received_at=self.now,
            **given,
        )
        head = self.session.get_one(NominationHead, (self.point.id, TOMORROW))
        if known is None:
            self.session.delete(head)
        else:
            head.revision, head.nomination_id = known
        self.session.flush()
        return row

    def _ask_late(self, amount: int) -> None:
        self.model.revisions.append(amount)
        self.model.late = len(self.model.revisions)
        with transaction(self.session):
            self._revise(amount, is_late=True, kind=RequestKind.RENOMINATION)

    def _accept(self, _: int) -> None:
        model = self.model
        if model.late is None:
            return
        waiting = day_book.load(Act.at(self.session, self.operator, NOW), gas_day=TOMORROW).late
        (public_id,) = [each.public_id for each in waiting if each.point == self.point.name]
        day_book.decide_late(
            Act.at(self.session, self.operator, self.now), public_id=public_id, accept=True, reason=None
        )
        model.in_force, model.changed_at, model.late = model.late, self.step, None

    def _cancel(self, _: int) -> None:
        model = self.model
        if model.in_force is None:
            return
        model.revisions.append(None)
        model.in_force, model.changed_at, model.late = None, self.step, None
        with transaction(self.session):
            self._revise(0, cancels=True)
            self.session.delete(self.session.get_one(NominationHead, (self.point.id, TOMORROW)))
            self.session.flush()
            self._rewrite()

    def _carry_over(self, amount: int) -> None:
        """The earlier system's figure, which names no revision."""
        self.model.answer = (amount, None, self.step)
        with transaction(self.session):
            version = (self.line().published_version or 0) + 1
            cut = CutReason.PCC if (self.model.asked() or 0) > amount else None
            given = {"version": version, "recorded_at": self.now, "cut_reason": cut}
            factories.authorisation(self.session, self.point, TOMORROW, str(amount), **given)
            self._rewrite()

    def _record(self, amount: int) -> None:
        asked, revision = self.model.asked(), self.model.in_force
        if asked is None or revision is None:
            return
        allowed = min(amount, asked)
        with contextlib.suppress(Rejected):
            day_book.record(
                Act.at(self.session, self.operator, self.now),
                gas_day=TOMORROW,
                point=self.point.public_id,
                quantity=Quantity.of(str(allowed), Unit.M3),
                cut_reason=CutReason.PCC if allowed < asked else None,
                revision=revision,
            )
            self.model.draft = (allowed, revision)

    def _confirm(self, _: int) -> None:
        model, waits = self.model, self.model.state() is LineState.TO_AUTHORISE
        with contextlib.suppress(Rejected):
            day_book.confirm_all(Act.at(self.session, self.operator, self.now), gas_day=TOMORROW)
        asked = model.asked()
        if waits and asked is not None and model.in_force is not None:
            model.draft = (asked, model.in_force)

    def _publish(self, _: int) -> None:
        model = self.model
        book = day_book.load(Act.at(self.session, self.operator, NOW), gas_day=TOMORROW)
        shown = day_book.digest_of(book.publishable)
        with contextlib.suppress(Rejected):
            day_book.publish(Act.at(self.session, self.operator, self.now), gas_day=TOMORROW, shown=shown)
        if model.draft is not None and model.draft[1] == model.in_force:
            model.answer = (model.draft[0], model.draft[1], self.step)
            model.draft = None


def stored(session: Session, day: Day) -> tuple[str | None, str | None]:
    row = load_day(session, delivery_point_id=day.point.id, unit=Unit.M3, day=TOMORROW.date)[1]
    session.rollback()
    if row is None:
        return None, None
    return _said(row.nominated_m3), _said(row.authorised_m3)


def _said(micro: int | None) -> str | None:
    return None if micro is None else plain(Quantity(micro, Unit.M3))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=max(15, settings.default.max_examples // 4),
)
@given(steps=st.lists(STEP, min_size=3, max_size=14))
def test_an_answer_counts_for_what_it_was_given_for_and_for_nothing_later(
    session: Session, steps: list[tuple[str, int]]
) -> None:
    day = Day(session)
    for step in steps:
        day.take(*step)
        model, line = day.model, day.line()
        said = (line.state, *stored(session, day))
        asked, allowed = model.asked(), model.allowed()
        assert said == (model.state(), *[None if each is None else str(each) for each in (asked, allowed)])
    assert ledger.verify(session) is None
    with transaction(session):
        before = stored(session, day)
        ledger.rebuild_point(session, delivery_point=session.merge(day.point))
    assert stored(session, day) == before


@pytest.mark.parametrize("later", ["nominate", "cancel"])
def test_what_came_from_the_earlier_system_answers_what_stood_then(session: Session, later: str) -> None:
    """The case that was seen: a day authorised without a revision, and asked for anew."""
    day = Day(session)
    for step in [("nominate", 9_000), ("carry_over", 9_000)]:
        day.take(*step)
    assert (day.line().state, stored(session, day)) == (LineState.AUTHORISED, ("9000", "9000"))
    day.take(later, 12_000)
    if later == "cancel":
        assert (day.line().state, stored(session, day)) == (LineState.MISSING, (None, None))
        return
    assert (day.line().state, stored(session, day)) == (LineState.TO_AUTHORISE, ("12000", None))
    for step in [("confirm", 0), ("publish", 0)]:
        day.take(*step)
    assert (day.line().state, stored(session, day)) == (LineState.AUTHORISED, ("12000", "12000"))
    assert [(row.revision, row.version) for row in session.query(Authorisation).order_by(Authorisation.version)] == [
        (None, 1),
        (2, 2),
    ]
