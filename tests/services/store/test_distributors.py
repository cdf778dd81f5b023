"""Whose portal it is: one row, read every few seconds, changed with a reason that the audit keeps."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.distributor import BadDistributor
from portal.models import AuditEvent, DistributorRow
from portal.models.engine import make_engine
from portal.services.ops import distributor_changes
from portal.services.store import distributors
from portal.services.store.acts import Act, Actor
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests.distributors import FIRST, SECOND
from tests.factories import NOW


def change(session: Session, reason: str = "Nueva central", **given: str) -> None:
    distributor_changes.change(Act.at(session, Actor.system(), NOW), given=given, reason=reason)


def test_a_new_database_is_the_first_distributors(session: Session):
    assert distributor_of(session) == FIRST


def test_there_is_one_row_and_no_second(session: Session):
    row = distributors.make_row(SECOND)
    with pytest.raises(IntegrityError):
        session.execute(insert(DistributorRow).values(id=2, **row))
    session.rollback()


def test_it_is_read_once_and_stays_the_same_object_while_nothing_changes(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    engine = session.get_bind()
    first = distributor_of(session)
    event.listen(engine, "before_cursor_execute", lambda _c, _r, statement, *_: asked.append(statement))
    assert all(distributor_of(session) is first for _ in range(5))
    assert asked == []
    monkeypatch.setattr(distributors, "monotonic", lambda: distributors._kept[engine][0] + 5)
    assert distributor_of(session) is first
    assert len(asked) == 1


def test_a_change_is_seen_at_once_here_and_within_five_seconds_elsewhere(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    distributor_of(session)
    elsewhere = make_engine(session.get_bind().engine.url.render_as_string(hide_password=False))
    try:
        with Session(elsewhere) as other:
            distributor_of(other)
            other.rollback()
            change(session, telephone="(608) 555 0100")
            assert distributor_of(session).telephone == "(608) 555 0100"
            session.rollback()
            assert distributor_of(other).telephone == FIRST.telephone
            monkeypatch.setattr(distributors, "monotonic", lambda: distributors._kept[elsewhere][0] + 5)
            assert distributor_of(other).telephone == "(608) 555 0100"
    finally:
        elsewhere.dispose()


def test_a_change_keeps_who_why_and_what_stood_there_in_the_audit(session: Session):
    change(session, name="Gas Nuevo", brand="#0b4f8b", reason=" Cambio de marca ")
    (said,) = session.scalars(select(AuditEvent).where(AuditEvent.event == "distributor:changed")).all()
    assert json.loads(said.details) == {
        "old_name": "Llanogas",
        "new_name": "Gas Nuevo",
        "old_brand": "#0b4f8a",
        "new_brand": "#0b4f8b",
        "reason": "Cambio de marca",
    }
    assert audit.verify(session) is None


@pytest.mark.parametrize(
    "given", [{"telephone": "123"}, {"brand": "#eeeeee"}, {"name": "Gas", "nit": "1"}, {"case_series": "N"}]
)
def test_what_does_not_fit_changes_nothing(session: Session, given: dict[str, str]):
    with pytest.raises(BadDistributor):
        change(session, **given)
    assert distributors.read(session) == FIRST
    assert session.scalar(select(AuditEvent).where(AuditEvent.event == "distributor:changed")) is None


def test_a_change_needs_a_reason_and_something_to_change(session: Session):
    with pytest.raises(Rejected) as refused:
        change(session, reason="  ", name="Gas")
    assert refused.value.refusal is Refusal.REASON_MISSING
    with pytest.raises(Rejected) as refused:
        change(session, name=FIRST.name)
    assert refused.value.refusal is Refusal.NOTHING_CHANGES


def test_a_nit_may_be_typed_as_people_write_it(session: Session):
    change(session, nit="901.555.031-9")
    assert distributor_of(session).nit == SECOND.nit


def test_a_database_that_says_nothing_is_said_so(session: Session):
    with transaction(session):
        session.query(DistributorRow).delete()
    distributors.forget(session)
    with pytest.raises(LookupError, match="run the migrations"):
        distributor_of(session)
