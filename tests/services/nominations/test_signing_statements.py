"""What a signature asks the database: few statements, the same facts as asked one by one, and always those of now.

Source: docs/performance.md, "Signatures"; docs/adr/0147.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import time, timedelta

import pytest
from flask import request
from sqlalchemy import Engine, event, insert, select, update
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.settings import SettingName
from portal.domain.timetable import RequestKind, Window
from portal.models import Contract, KeyAttempt, Nomination, OutboxMessage, SettingRow, TimetableRow
from portal.services import nominations, timetable
from portal.services.nominations import Request, open_drafts, rules, signing_facts
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.application import RunningPortal
from tests.factories import NOW, TODAY
from tests.services.mail_stage import rendered
from tests.services.nominations.test_nominations import AFTER_NOON, drafted, m3, nominate, signed, way
from tests.services.nominations.test_one_door import way as many_sided_way
from tests.services.way import Way

__all__ = ["many_sided_way", "way"]

TOMORROW = TODAY.plus(1)
MOST_WRITES, MOST_READS, MOST_LOCKS = 16, 8, 7
LOCKS = re.compile(r"FOR (NO KEY )?UPDATE")


def setting(session: Session, name: SettingName, value: str, valid_from: GasDay, **given: int) -> SettingRow:
    return SettingRow(
        name=name,
        value=value,
        valid_from=valid_from,
        reason="medida",
        recorded_at=NOW,
        recorded_by_id=factories.user(session).id,
        **given,
    )


@contextmanager
def counted(engine: Engine) -> Iterator[Counter[str]]:
    """Count the statements of what is sent, by kind; many rows by one statement are one."""
    found: Counter[str] = Counter()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if request.method != "POST":
            # The receipt that it leads to.
            return
        verb = statement.split(None, 1)[0]
        found["writes" if verb in ("INSERT", "UPDATE", "DELETE") else "locks" if LOCKS.search(statement) else verb] += 1

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_signature_is_at_most_sixteen_writes_and_eight_reads(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer = portal.customer()
    customer.open_contract()
    customer.nominate("12.500")
    page = customer.review("12.400", TOMORROW.plus(1).isoformat())
    engine = portal.app.extensions["portal.engine"]
    with counted(engine) as found:
        customer.sign(page)
    assert 0 < found["writes"] <= MOST_WRITES
    assert 0 < found["SELECT"] <= MOST_READS
    # PostgreSQL's locks are statements of their own: one that waits for a lock joins what was there before.
    assert found["locks"] <= MOST_LOCKS


def weighed_both_ways(session: Session, way: Way, asked: Request) -> tuple[rules.Weighed, rules.Weighed]:
    """Weigh a request by facts asked one by one, and by those that one statement gives."""
    draft = drafted(session, way, gas_day=asked.gas_day, kind=asked.kind, quantity=m3(1_000), confirmed=True)
    act = Act.at(session, way.actor, NOW)
    with transaction(session):
        found = open_drafts.find(act, public_id=draft.public_id)
        assert found is not None
        held, head = open_drafts.hold(act, draft=found)
        apart = rules.weigh(act, dataclasses.replace(asked, point=held.delivery_point), hold=True)
        read = signing_facts.read(act, draft=found, gas_day=asked.gas_day, head=head)
        at_once = rules.weigh(act, dataclasses.replace(asked, point=held.delivery_point), hold=True, read=read)
    assert at_once.read is read
    return apart, at_once


def sides(weighed: rules.Weighed) -> dict[str, object]:
    found = {field.name: getattr(weighed, field.name) for field in dataclasses.fields(weighed)}
    refusal = found.pop("refusal")
    found.pop("read")
    return found | {"refusal": None if refusal is None else (refusal.refusal, refusal.field, refusal.facts)}


@pytest.mark.parametrize("ahead", [1, 5, 6])
@pytest.mark.parametrize("amount", ["0", "39", "1000", "8001", "9000", "25000"])
def test_facts_read_at_once_give_the_verdict_of_facts_asked_one_by_one(
    session: Session, many_sided_way: Way, ahead: int, amount: str
):
    way = many_sided_way
    with transaction(session):
        session.add(setting(session, SettingName.SUSPICIOUS_FACTOR, "4", TODAY))
        factories.heating_value(session, way.point.exit_point_id, TODAY.plus(-2), HeatingValue.of("1130"))
    asked = Request(
        point=way.point,
        kind=RequestKind.NOMINATION,
        gas_day=TODAY.plus(ahead),
        quantity=Quantity.of(amount, Unit.M3),
        submission_id="x",
    )
    apart, at_once = weighed_both_ways(session, way, asked)
    assert sides(apart) == sides(at_once)


def test_the_fact_of_a_day_that_is_nominated_is_its_head(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    asked = Request(
        point=way.point, kind=RequestKind.NOMINATION, gas_day=TOMORROW, quantity=m3(9_000), submission_id="x"
    )
    apart, at_once = weighed_both_ways(session, way, asked)
    assert sides(apart) == sides(at_once)
    assert at_once.replaced_revision == 1
    assert at_once.read is not None
    assert at_once.read.last_revision == 1


def test_a_close_that_another_process_moves_counts_for_the_next_signature(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    draft = drafted(session, way, gas_day=TOMORROW, quantity=m3(9_000))
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    # Past every function of this process: as another one would.
    with transaction(session):
        session.execute(
            update(TimetableRow)
            .where(TimetableRow.kind == RequestKind.NOMINATION)
            .values(closes_day=-1, closes_time=(NOW - timedelta(hours=7)).time())
        )
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, shown=shown)
    assert refused.value.refusal is Refusal.TOO_LATE


def test_a_setting_of_another_process_counts_for_the_next_signature(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    draft = drafted(session, way, gas_day=TOMORROW.plus(1), quantity=m3(9_000))
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    with transaction(session):
        session.execute(
            update(Contract).where(Contract.id == way.contract.id).values(maximum_blocks=True),
        )
        row = setting(session, SettingName.DAILY_MAXIMUM, "5000", TODAY, contract_id=way.contract.id)
        columns = [column.key for column in SettingRow.__table__.c if column.key != "id"]
        session.execute(insert(SettingRow).values({name: getattr(row, name) for name in columns}))
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, draft, shown=shown)
    assert refused.value.refusal is Refusal.ABOVE_MAXIMUM


def test_settings_are_read_again_only_when_they_changed(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way)
    page = drafted(session, way, gas_day=TOMORROW.plus(1), quantity=m3(9_000))
    shown = nominations.review(Act.of_system(session, NOW), draft=page).digest
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    signed(session, vault, way, page, shown=shown)
    assert not [each for each in asked if "FROM setting_rows ORDER BY" in each]
    with transaction(session):
        session.add(setting(session, SettingName.SUSPICIOUS_FACTOR, "4", TODAY))
    settings.forget(session)
    page = drafted(session, way, gas_day=TOMORROW.plus(2), quantity=m3(9_000))
    shown = nominations.review(Act.of_system(session, NOW), draft=page).digest
    asked.clear()
    signed(session, vault, way, page, shown=shown)
    assert len([each for each in asked if "FROM setting_rows ORDER BY" in each]) == 1


def test_a_draft_that_another_window_changes_meanwhile_is_not_signed(session: Session, vault: Vault, way: Way):
    draft = drafted(session, way, quantity=m3(9_000))
    act = Act.at(session, way.actor, NOW)
    shown = nominations.review(Act.of_system(session, NOW), draft=draft).digest
    found = nominations.find_open_draft(act, public_id=draft.public_id)
    nominations.set_day(Act.of_system(session, NOW), draft=draft, gas_day=TOMORROW.plus(3), version=draft.version)
    with pytest.raises(Conflict):
        nominations.sign(act, draft=found, shown=shown, typed=way.numeric_key)
    assert session.scalars(select(Nomination)).all() == []
    assert set(session.scalars(select(KeyAttempt.outcome))) == {"right"}


def test_a_receipts_mail_says_what_held_when_it_was_signed(session: Session, vault: Vault, way: Way):
    first = nominate(session, vault, way)
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "receipt")).one()
    said = rendered(session, mail)
    letter = nominations.mails.write_receipt_letter(Act.at(session, way.actor, NOW), first, signed_by=way.actor.name)
    ours = Act.at(session, way.actor, NOW).distributor
    assert said == (letter.as_text(ours), letter.as_html(ours))
    assert "12.500 m³" in said[0]
    # Replaced, renamed and moved before the worker comes.
    nominate(session, vault, way, quantity=m3(9_000))
    with transaction(session):
        session.merge(way.point).name = "Otro nombre"
        session.execute(update(TimetableRow).values(closes_time=AFTER_NOON.time()))
    session.expire_all()
    assert rendered(session, session.get_one(OutboxMessage, mail.id)) == said


def test_a_mail_from_before_still_leaves_as_it_was_written(session: Session, way: Way):
    with transaction(session):
        session.add(
            OutboxMessage(
                created_at=NOW, next_attempt_at=NOW, kind="receipt", recipient="a@b.example", subject="x", body="dicho"
            )
        )
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "receipt")).one()
    assert rendered(session, mail) == ("dicho", "")


def test_the_timetable_is_the_same_read_by_itself_and_with_other_facts(session: Session, way: Way):
    moved = Window(
        kind=RequestKind.NOMINATION,
        opens_day=-2,
        opens_time=time(6, 30),
        closes_day=-1,
        closes_time=time(9, 15),
        notice_hours=3,
        max_per_day=2,
        modality=way.contract.modality,
        valid_from=TOMORROW,
        valid_until=TOMORROW.plus(1),
    )
    with transaction(session):
        session.add(TimetableRow(**{name: getattr(moved, name) for name in timetable.FIELDS}))
    apart = timetable.list_windows(session)
    timetable.use(session, session.scalar(select(timetable.content)))
    at_once = timetable.list_windows(session)
    assert list(at_once) == list(apart)
    # A word of an enum equals its text.
    assert kinds(at_once) == kinds(apart)
    assert moved in at_once


def kinds(windows: Sequence[Window]) -> list[list[type[object]]]:
    return [[type(getattr(window, name)) for name in timetable.FIELDS] for window in windows]
