"""All points of a contract together: queries that do not grow, one verdict, several codes at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.timetable import RequestKind
from portal.models import AuditEvent, DeliveryPoint, Nomination, NominationBatch, NominationGroup, OpenCharge
from portal.services import keys, ledger
from portal.services.nominations import groups, rules, table_rules
from portal.services.nominations.batches import Given
from portal.services.nominations.groups import Missed
from portal.services.nominations.requests import Request
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, receipts
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import NOON, TOMORROW, m3, nominate, refusal_of
from tests.services.way import Way, open_contract, set_out

DAYS = [TOMORROW, TOMORROW.plus(1)]


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault, maximum_micro=90_000 * 1_000_000))


def with_points(session: Session, way: Way, count: int) -> dict[str, str]:
    """Points of the contract, each with two readings; the numeric key of each by its public id."""
    numeric = {way.point.public_id: way.numeric_key}
    for _ in range(count - 1):
        with transaction(session):
            point = factories.delivery_point(session, contract=session.merge(way.contract))
            factories.reading(session, point, TODAY.plus(-1), "5000")
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-1))
        numeric[point.public_id] = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=point)
    return numeric


def begun(session: Session, way: Way, amount: int = 5_000, *, filled: bool = True) -> NominationGroup:
    """A group of all points of the contract for two days."""
    act = Act.at(session, way.actor, NOW)
    points = list(session.scalars(select(DeliveryPoint).where(DeliveryPoint.contract_id == way.contract.id)).unique())
    cells = {point.id: [Given(day, m3(amount)) for day in DAYS] for point in points} if filled else {}
    return groups.start(act, contract=way.contract, points=points, days=DAYS, cells=cells)


def signed(
    session: Session, way: Way, group: str, codes: dict[str, str], *, shown: str, seconds: int = 0
) -> NominationGroup:
    """Sign a group, the commit so many seconds after its arrival."""
    act = Act(session, way.actor, NOW, lambda: NOW + timedelta(seconds=seconds))
    return groups.sign(act, group=group, shown=shown, codes=codes)


def digest(session: Session, group: NominationGroup) -> str:
    return groups.review(Act.of_system(session, NOW), group=group).digest


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """The statements that the database of a session is sent meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)


def test_the_table_takes_as_many_queries_for_many_points_as_for_two(session: Session, vault: Vault, way: Way):
    def asked(count: int) -> tuple[int, int]:
        with transaction(session):
            gate = session.get_one(DeliveryPoint, way.point.id).exit_point_id
            for _ in range(count):
                point = factories.delivery_point(session, contract=session.merge(way.contract), exit_point_id=gate)
                factories.nomination(session, point, TOMORROW, "4000")
        public_id = begun(session, way).public_id
        act = Act.at(session, way.actor, NOW)
        session.expire_all()
        session.rollback()
        with statements(session) as table:
            groups.review(act, group=groups.load(act, public_id=public_id))
        session.expire_all()
        session.rollback()
        with statements(session) as overview:
            groups.load_overview(act, contract=session.merge(way.contract))
        return len(table), len(overview)

    assert asked(2) == asked(15)


def test_the_verdict_in_the_table_is_that_of_the_point_alone(session: Session, vault: Vault, way: Way):
    with_points(session, way, 3)
    nominate(session, vault, way, quantity=m3(9_000))
    act = Act.at(session, way.actor, NOW)
    points = list(session.scalars(select(DeliveryPoint).where(DeliveryPoint.contract_id == way.contract.id)).unique())
    for day in (TODAY, TOMORROW, TOMORROW.plus(1), TOMORROW.plus(40)):
        for amount in (None, m3(0), m3(9_000), m3(89_000), m3(500_000)):
            for point in points:
                request = Request(point=point, kind=RequestKind.NOMINATION, gas_day=day, quantity=amount)
                alone = rules.weigh(act, request)
                (together,) = table_rules.weigh_table(act, [request])
                assert together.warnings == alone.warnings
                assert together.mean == alone.mean
                assert together.maximum == alone.maximum
                assert together.others == alone.others
                assert together.head is alone.head
                said = [None if each.refusal is None else each.refusal.refusal for each in (alone, together)]
                assert said[0] is said[1]


def test_all_points_and_days_are_signed_in_one_go_each_with_its_radicado(session: Session, vault: Vault, way: Way):
    numeric = with_points(session, way, 3)
    group = begun(session, way)
    done = signed(session, way, group.public_id, numeric, shown=digest(session, group))
    lines = groups.list_signed_lines(Act.at(session, way.actor, NOW), group=done)
    assert len(lines) == 6
    assert len({line.nomination.filing_number for line in lines}) == 6
    assert all(line.is_in_force for line in lines)
    assert ledger.verify(session) is None
    assert receipts.verify(session) is None
    assert audit.verify(session) is None
    assert session.scalars(select(AuditEvent.event)).all().count("nomination:signed") == 6
    assert session.query(OpenCharge).count() == 0


def test_the_same_group_sent_four_times_at_once_is_signed_once(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way
):
    numeric = with_points(session, way, 3)
    group = begun(session, way)
    shown, public_id = digest(session, group), group.public_id
    session.rollback()

    def send(_number: int) -> str:
        with sessions() as own:
            return signed(own, way, public_id, numeric, shown=shown).public_id

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {public_id}
    session.rollback()
    assert session.query(Nomination).count() == 6
    assert receipts.verify(session) is None
    with pytest.raises(Conflict, match="submission"):
        signed(session, way, public_id, numeric, shown="ab" * 32)


def test_a_commit_too_late_for_one_day_stops_all_of_them(session: Session, vault: Vault, way: Way):
    numeric = with_points(session, way, 2)
    group = begun(session, way)
    shown = digest(session, group)
    open_contract(session, vault, way, now=NOON)
    act = Act(session, way.actor, NOON, lambda: NOON + timedelta(seconds=11))
    with pytest.raises(Rejected) as slow:
        groups.sign(act, group=group.public_id, shown=shown, codes=numeric)
    assert refusal_of(slow) is Refusal.BATCH_NOT_READY
    assert session.query(Nomination).count() == 0
    assert session.query(OpenCharge).count() == 0


def test_a_point_that_somebody_nominated_meanwhile_stops_all_of_them(session: Session, vault: Vault, way: Way):
    numeric = with_points(session, way, 2)
    group = begun(session, way)
    shown = digest(session, group)
    nominate(session, vault, way, quantity=m3(1_000))
    with pytest.raises(Conflict, match="shown"):
        signed(session, way, group.public_id, numeric, shown=shown)
    assert session.query(Nomination).count() == 1


def test_more_points_than_wrong_keys_a_day_are_signed_without_waiting(session: Session, vault: Vault, way: Way):
    # Open attempts count for the account until their outcome: 25 at once would be refused.
    numeric = with_points(session, way, 25)
    group = begun(session, way, 1_000)
    done = signed(session, way, group.public_id, numeric, shown=digest(session, group))
    assert done.signed_at == NOW
    assert session.query(Nomination).count() == 50


def test_pasted_points_that_have_no_room_in_a_list_are_told(session: Session, way: Way):
    with transaction(session):
        for _ in range(51):
            factories.delivery_point(session, contract=session.merge(way.contract))
    named = select(DeliveryPoint.name, DeliveryPoint.carrier_code).order_by(DeliveryPoint.sort_name)
    points = session.execute(named.where(DeliveryPoint.contract_id == way.contract.id)).all()
    text = "\n".join(f"{point.carrier_code}\t5000" for point in points)
    act = Act.at(session, way.actor, NOW)
    group = groups.start_pasted(act, contract=way.contract, text=text)
    assert session.query(NominationBatch).filter_by(group_id=group.id).count() == 50
    assert groups.read_left_out(group.left_out) == [(point.name, Missed.OTHER_LIST, "") for point in points[50:]]


def test_a_batch_of_a_group_is_given_and_signed_with_it_alone(session: Session, vault: Vault, way: Way):
    from portal.services.nominations import batches

    group = begun(session, way)
    row = groups.review(Act.of_system(session, NOW), group=group).rows[0]
    with pytest.raises(NotFound):
        batches.load(Act.at(session, way.actor, NOW), public_id=row.batch.public_id)


def test_an_old_tab_is_told(session: Session, vault: Vault, way: Way):
    group, act = begun(session, way), Act.at(session, way.actor, NOW)
    groups.set_cells(act, group=group, cells={}, version=1)
    with pytest.raises(Conflict, match="group"):
        groups.set_cells(act, group=group, cells={}, version=1)
    assert groups.review(act, group=group).lines == ()
