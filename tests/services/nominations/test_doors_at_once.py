"""Every door thrown at every other at the same instant, two companies at once: nobody sees a deadlock.

Source: docs/security.md, "Tests".

A gate holds what the doors meet at until all of them wait; then it opens. ``DOORS_ROUNDS=25`` asks for as many rounds
of each pair.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations_with_replacement

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role, Scope
from portal.domain.keys import generate_web_key
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import SettingName
from portal.domain.timetable import RequestKind
from portal.models import (
    AttemptCounter,
    Company,
    DeliveryPoint,
    KeyAttempt,
    Nomination,
    NominationDraft,
    NominationHead,
    OpenCharge,
    SettingRow,
    User,
)
from portal.services import keys, ledger, nominations
from portal.services.nominations import Request, batches, day_closes, groups, late
from portal.services.nominations.batches import Given
from portal.services.people import accounts, api_tokens
from portal.services.people.accounts import second_factor
from portal.services.people.api_tokens import Caller
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Refused, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, receipts
from tests import factories
from tests.agent import SECRET
from tests.factories import NOW, TODAY
from tests.services.account_stage import PASSWORD
from tests.services.lock_order import RANKS, find_locked
from tests.services.nominations.test_batches import begun
from tests.services.nominations.test_nominations import AFTER_NOON, drafted, m3, nominate
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key

ROUNDS = int(os.environ.get("DOORS_ROUNDS", "2"))
PATIENCE_SECONDS = 30
MEETING_SECONDS = 0.4
TOMORROW = TODAY.plus(1)
# What the doors meet at: the account of a point, the counter of everybody, the end of the audit chain.
GATES = (
    "SELECT id FROM delivery_points ORDER BY id FOR UPDATE",
    "SELECT sequence FROM audit_head FOR UPDATE",
    "SELECT scope FROM attempt_counters ORDER BY scope, subject FOR UPDATE",
    "SELECT 1",
)


@dataclass
class Stand:
    """A company with all that its doors need, made ready for one round."""

    actor: Actor
    modality: Modality
    point_id: int
    web_key: str
    numeric_key: str
    wrong_key: str
    caller: Caller
    operator: Actor
    email: str
    draft: str
    shown: str
    batch: str
    batch_shown: str
    in_force: str | None
    late: str | None
    agent: Actor
    agents_draft: str
    agents_shown: str
    group: str
    group_shown: str
    codes: dict[str, str]


def in_a_call(session: Session, vault: Vault, way: Way) -> tuple[Actor, str, str]:
    """An agent in a verified call about the point, with a draft ready to sign, and its digest."""
    with transaction(session):
        user = factories.user(session, role=Role.AGENT)
        second_factor.enrol(vault=vault, user=user, secret=SECRET)
        agent = factories.signed_in(session, user)
        factories.verified_call(session, agent, way.point)
    act = Act.at(session, agent, NOW)
    filled = nominations.start_filled(
        act,
        modality=way.modality,
        point=way.point.public_id,
        kind=RequestKind.NOMINATION,
        gas_day=TOMORROW,
        quantity=m3(9_500),
    )
    with transaction(session):
        session.get_one(NominationDraft, filled.draft.id).confirmed_unusual = True
    draft = nominations.load(act, public_id=filled.draft.public_id)
    return agent, draft.public_id, nominations.review(act, draft=draft).digest


def stand(session: Session, vault: Vault, doors: tuple[str, str]) -> Stand:
    """A company; its day is nominated only where that is withdrawn, a late request waits only where it is decided."""
    way = open_contract(session, vault, set_out(session, vault))
    company = session.get_one(Company, way.contract.company_id).public_id
    token = api_tokens.create(
        Act.at(session, way.actor, NOW), company=company, name="ERP", scopes={Scope.NOMINATE}, expires_at=None
    )
    caller = api_tokens.look_up(session, token=token, address="10.0.0.1", now=NOW)
    assert caller is not None
    with transaction(session):
        operator = factories.signed_in(session, factories.user(session, role=Role.OPERATOR))
        person = factories.user(session)
        person.password_sealed = vault.seal_password(PASSWORD, identity.owner_of(person.email))
        # One that is nominated with the others of its contract alone: the rule at the close has something to fill.
        other = factories.delivery_point(session, contract=way.contract)
    codes = {way.point.public_id: way.numeric_key}
    codes[other.public_id] = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=other)
    with transaction(session):
        second_factor.enrol(vault=vault, user=session.get_one(User, way.actor.user_id), secret=SECRET)
        session.add(
            SettingRow(
                name=SettingName.ONE_CODE,
                contract_id=way.contract.id,
                value="1",
                valid_from=TODAY,
                reason="x",
                recorded_at=NOW,
                recorded_by_id=person.id,
            )
        )
    for point, typed in ((way.point, way.numeric_key), (other, codes[other.public_id])):
        keys.open_point(Act.at(session, way.actor, NOW), delivery_point=point, typed=typed)
    in_force = nominate(session, vault, way).public_id if "cancel" in doors else None
    late_one = None
    if "late" in doors:
        with transaction(session):
            point = session.get_one(DeliveryPoint, way.point.id)
            made = factories.nomination(
                session,
                point,
                TOMORROW,
                "9000",
                is_late=True,
                revision=2 if in_force else 1,
                submission_id=f"late-{way.point.id}",
                signed_by_id=way.actor.user_id,
            )
            late_one = made.public_id
            if in_force is None:
                session.delete(session.get_one(NominationHead, (point.id, TOMORROW)))
    draft = drafted(session, way, quantity=m3(9_100), confirmed=True)
    batch = begun(session, way, 9_200, 9_300)
    group = groups.start(
        Act.at(session, way.actor, NOW),
        contract=way.contract,
        points=[other, way.point],
        days=[TOMORROW],
        cells={way.point.id: [Given(TOMORROW, m3(9_600))], other.id: [Given(TOMORROW, m3(4_000))]},
    )
    made = Stand(
        way.actor,
        way.modality,
        way.point.id,
        way.web_key,
        way.numeric_key,
        wrong_numeric_key(way),
        caller,
        operator,
        person.email,
        draft.public_id,
        nominations.review(Act.of_system(session, NOW), draft=draft).digest,
        batch.public_id,
        batches.review(Act.of_system(session, NOW), batch=batch).digest,
        in_force,
        late_one,
        *in_a_call(session, vault, way),
        group.public_id,
        groups.review(Act.of_system(session, NOW), group=group).digest,
        codes,
    )
    session.rollback()
    return made


def point_of(session: Session, it: Stand) -> DeliveryPoint:
    return session.get_one(DeliveryPoint, it.point_id)


def web(session: Session, vault: Vault, it: Stand) -> None:
    nominations.sign(Act(session, it.actor, NOW, lambda: NOW), draft=it.draft, shown=it.shown, typed=it.numeric_key)


def phone(session: Session, _vault: Vault, it: Stand) -> None:
    act = Act(session, it.agent, NOW, lambda: NOW)
    draft = nominations.load(act, public_id=it.agents_draft)
    typed = second_factor.compute_code(SECRET, NOW)
    nominations.sign_for_caller(act, draft=draft, shown=it.agents_shown, typed=typed, moments=[NOW])


def many_days(session: Session, vault: Vault, it: Stand) -> None:
    batches.sign(Act(session, it.actor, NOW, lambda: NOW), batch=it.batch, shown=it.batch_shown, typed=it.numeric_key)


def all_points(session: Session, vault: Vault, it: Stand) -> None:
    act = Act(session, it.actor, NOW, lambda: NOW)
    groups.sign(act, group=it.group, shown=it.group_shown, codes=it.codes)


def all_points_short(session: Session, vault: Vault, it: Stand) -> None:
    groups.sign_with_authenticator(
        Act(session, it.actor, NOW, lambda: NOW),
        group=it.group,
        shown=it.group_shown,
        anchor=next(iter(it.codes)),
        codes=it.codes,
        typed=second_factor.compute_code(SECRET, NOW),
        moments=[NOW],
    )


def system(session: Session, vault: Vault, it: Stand) -> None:
    nominations.submit(
        Act(session, Actor.system(), NOW, lambda: NOW),
        caller=it.caller,
        request=Request(
            point=point_of(session, it),
            kind=RequestKind.NOMINATION,
            gas_day=TOMORROW,
            quantity=Quantity.of("9400", Unit.M3),
            confirmed=True,
        ),
        idempotency_key="uno",
        typed=it.numeric_key,
    )


def cancel(session: Session, vault: Vault, it: Stand) -> None:
    assert it.in_force is not None
    nominations.cancel_by_system(
        Act(session, Actor.system(), NOW, lambda: NOW), caller=it.caller, public_id=it.in_force, typed=it.numeric_key
    )


def accept_late(session: Session, _vault: Vault, it: Stand) -> None:
    assert it.late is not None
    late.decide(Act.at(session, it.operator, AFTER_NOON), public_id=it.late, accept=True, reason=None)


def close(session: Session, _vault: Vault, it: Stand) -> None:
    day_closes.apply(Act.of_system(session, AFTER_NOON), gas_day=TOMORROW, modality=it.modality)


def open_point(session: Session, vault: Vault, it: Stand) -> None:
    keys.open_point(Act.at(session, it.actor, NOW), delivery_point=point_of(session, it), typed=it.numeric_key)


def open_point_wrong(session: Session, vault: Vault, it: Stand) -> None:
    keys.open_point(Act.at(session, it.actor, NOW), delivery_point=point_of(session, it), typed=it.wrong_key)


def web_key(session: Session, vault: Vault, it: Stand) -> None:
    keys.open_contract(Act.at(session, it.actor, NOW), modality=it.modality, typed=it.web_key)


def web_key_wrong(session: Session, vault: Vault, it: Stand) -> None:
    typed = generate_web_key(lambda below: 7 % below)
    keys.open_contract(Act.at(session, it.actor, NOW), modality=it.modality, typed=typed)


def sign_in(session: Session, vault: Vault, it: Stand) -> None:
    accounts.sign_in.begin(
        Act.of_system(session, NOW),
        email=it.email,
        password=PASSWORD,
        device=None,
        address="10.0.0.1",
        user_agent="tests",
    )


DOORS: dict[str, Callable[[Session, Vault, Stand], None]] = {
    "web": web,
    "phone": phone,
    "list": many_days,
    "group": all_points,
    "group-short": all_points_short,
    "api": system,
    "cancel": cancel,
    "late": accept_late,
    "close": close,
    "point": open_point,
    "point-wrong": open_point_wrong,
    "contract": web_key,
    "contract-wrong": web_key_wrong,
    "sign-in": sign_in,
}
# What somebody may be told whose rival was faster; a deadlock or a lock that was waited for in vain is none of it.
HONEST = {"done", "wrong", "Conflict", "late-replaced", "late-decided", "not-in-force", "batch-not-ready", "spent"}
WRONG = (Refusal.NUMERIC_KEY_WRONG, Refusal.WEB_KEY_WRONG)
PUTS_IN_FORCE = {"web", "phone", "list", "group", "group-short", "api"}


@pytest.fixture
def stage(postgres_url: str, vault: Vault) -> Iterator[sessionmaker[Session]]:
    from portal.models.engine import make_engine
    from portal.web.database import session_factory

    engine = make_engine(postgres_url)
    yield session_factory(engine, vault)
    engine.dispose()


def go_through(makers: sessionmaker[Session], vault: Vault, door: str, it: Stand, start: threading.Barrier) -> str:
    """What somebody at this door is answered."""
    with makers() as own:
        start.wait(PATIENCE_SECONDS)
        try:
            DOORS[door](own, vault, it)
        except Rejected as refused:
            if refused.refusal is Refusal.SECOND_FACTOR_WRONG:
                # The same code, given twice at once.
                return "spent"
            return "wrong" if refused.refusal in WRONG else refused.refusal.value
        except Refused as refused:
            return type(refused).__name__
        except DBAPIError as error:
            return f"{type(error.orig).__name__}"
    return "done"


def waiting(session: Session) -> int:
    """How many others of this database wait for a lock."""
    session.rollback()
    return (
        session.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )
        or 0
    )


def meet(
    makers: sessionmaker[Session], vault: Vault, doors: tuple[str, str], number: int
) -> tuple[list[Stand], list[list[str]]]:
    """One round: both doors at each of two companies, through the gate of this round."""
    with makers() as session:
        stands = [stand(session, vault, doors) for _ in range(2)]
    with makers() as gate, makers() as watcher, ThreadPoolExecutor(4) as pool:
        start = threading.Barrier(5)
        gate.execute(text(GATES[number % len(GATES)]))
        gone = [[pool.submit(go_through, makers, vault, door, it, start) for door in doors] for it in stands]
        start.wait(PATIENCE_SECONDS)
        give_up = time.monotonic() + MEETING_SECONDS
        while time.monotonic() < give_up:
            running = sum(not each.done() for pair in gone for each in pair)
            if waiting(watcher) >= running:
                break
            time.sleep(0.01)
        gate.rollback()
        return stands, [[each.result(PATIENCE_SECONDS) for each in pair] for pair in gone]


@pytest.mark.postgres
@pytest.mark.parametrize("doors", list(combinations_with_replacement(DOORS, 2)), ids="+".join)
def test_two_doors_at_once_never_end_in_a_deadlock(stage: sessionmaker[Session], vault: Vault, doors: tuple[str, str]):
    for number in range(ROUNDS):
        stands, answers = meet(stage, vault, doors, number)
        with stage() as session:
            for it, answered in zip(stands, answers, strict=True):
                assert set(answered) <= HONEST, answers
                _is_whole(session, it, doors, answered)
            assert session.scalar(select(func.count()).select_from(OpenCharge)) == 0
            assert session.scalar(select(func.count()).where(KeyAttempt.outcome == "charged")) == 0
            assert ledger.verify(session) is None
            assert receipts.verify(session) is None
            assert audit.verify(session) is None


def _is_whole(session: Session, it: Stand, doors: tuple[str, str], answered: list[str]) -> None:
    """No attempt was lost or invented, and the revisions of the day follow one another."""
    wrong = session.scalar(
        select(AttemptCounter.count).where(
            AttemptCounter.scope == "account", AttemptCounter.subject == str(it.actor.user_id)
        )
    )
    assert wrong == answered.count("wrong"), answered
    signed = [answer for door, answer in zip(doors, answered, strict=True) if door in PUTS_IN_FORCE]
    if len(signed) == 2:
        # Whoever was faster is in force; the second one is told, unless it is the same or asked without a page.
        assert "done" in signed, answered
    revisions = session.scalars(
        select(Nomination.revision)
        .where(Nomination.delivery_point_id == it.point_id, Nomination.gas_day == TOMORROW)
        .order_by(Nomination.revision)
    ).all()
    assert list(revisions) == list(range(1, len(revisions) + 1))


@pytest.mark.postgres
@pytest.mark.parametrize("door", DOORS)
def test_every_door_locks_in_the_one_order(stage: sessionmaker[Session], vault: Vault, door: str):
    with stage() as session:
        it = stand(session, vault, (door, door))
    engine = stage.kw["bind"]
    taken: list[list[str]] = [[]]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if (table := find_locked(statement)) is not None and table not in taken[-1]:
            taken[-1].append(table)

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "begin", lambda _connection: taken.append([]))
    assert go_through(stage, vault, door, it, threading.Barrier(1)) in {"done", "wrong"}
    assert any(taken)
    for tables in taken:
        assert tables == sorted(tables, key=RANKS.__getitem__)
