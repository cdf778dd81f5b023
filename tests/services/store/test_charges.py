"""What an attempt costs that ended without an outcome: nothing, whatever ended it (docs/security.md, "Attempts")."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.attempts import PAIR_FREE
from portal.models import AttemptCounter, DeliveryPoint, KeyAttempt, OpenCharge
from portal.services import keys
from portal.services.keys import key_attempts
from portal.services.ops import duties
from portal.services.people import accounts
from portal.services.store import charges
from portal.services.store.acts import Act
from portal.services.store.charges import LONGEST_OPEN
from portal.services.store.refusals import Rejected, TooManyAttempts
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW
from tests.services.account_stage import OTHER_PASSWORD, PASSWORD, account
from tests.services.account_stage import signed_in as person_signed_in
from tests.services.nominations.test_doors_at_once import DOORS, stand
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key

# More than are free: the sixth would wait.
OFTEN = PAIR_FREE + 3
RIGHT = [door for door in DOORS if not door.endswith("-wrong") and door not in ("late", "close")]


def full(*_args: Any, **_given: Any) -> None:
    raise OperationalError("INSERT", {}, Exception("database or disk is full"))


def broken(*_args: Any, **_given: Any) -> None:
    raise RuntimeError("a fault of ours")


def counted(session: Session) -> dict[str, int]:
    """Every counter of guesses that is not at nothing."""
    session.rollback()
    rows = session.execute(
        select(AttemptCounter.scope, AttemptCounter.count).where(
            AttemptCounter.count > 0, AttemptCounter.scope != "api-token"
        )
    )
    return {row.scope: row.count for row in rows}


def open_charges(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(OpenCharge)) or 0


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


def try_key(session: Session, vault: Vault, way: Way, typed: str | None = None, *, now=NOW):
    point = session.get_one(DeliveryPoint, way.point.id)
    return keys.open_point(Act.at(session, way.actor, now), delivery_point=point, typed=typed or way.numeric_key)


def charged(session: Session, way: Way, *, now=NOW) -> None:
    """An attempt that is charged and goes no further."""
    point = session.get_one(DeliveryPoint, way.point.id)
    target = key_attempts.Target(
        key_attempts.KeyKind.NUMERIC, point.public_id, 1, delivery_point_id=point.id, company_id=way.contract.company_id
    )
    key_attempts.charge(Act.at(session, way.actor, now), target=target)


@pytest.mark.parametrize("fault", [full, broken])
@pytest.mark.parametrize("door", RIGHT)
def test_what_fails_after_a_right_code_costs_no_attempt(
    sessions: sessionmaker[Session], session: Session, vault: Vault, monkeypatch: pytest.MonkeyPatch, door: str, fault
):
    it = stand(session, vault, (door, door))
    monkeypatch.setattr(audit, "record", fault)
    for _ in range(OFTEN):
        with sessions() as own, pytest.raises((OperationalError, RuntimeError)):
            DOORS[door](own, vault, it)
    assert (counted(session), open_charges(session)) == ({}, 0)
    monkeypatch.undo()
    with sessions() as own:
        DOORS[door](own, vault, it)
    assert counted(session) == {}


def test_a_right_present_password_costs_nothing_when_it_cannot_be_changed(
    session: Session, vault: Vault, monkeypatch: pytest.MonkeyPatch
):
    account(session, vault)
    actor = person_signed_in(session, vault)
    change: dict[str, Any] = {"password": OTHER_PASSWORD}
    monkeypatch.setattr(audit, "record", full)
    for _ in range(12):
        with pytest.raises(OperationalError):
            accounts.profile.change_password(Act.at(session, actor, NOW), current=PASSWORD, **change)
    monkeypatch.undo()
    assert counted(session) == {}
    assert accounts.profile.change_password(Act.at(session, actor, NOW), current=PASSWORD, **change)


def test_what_could_not_be_given_back_while_the_database_was_away_is_by_the_next_attempt(
    session: Session, vault: Vault, way: Way, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit, "record", full)
    monkeypatch.setattr(charges, "give_back", full)
    for _ in range(2):
        with pytest.raises(OperationalError):
            try_key(session, vault, way)
    assert (counted(session)["pair"], open_charges(session)) == (1, 1), "the second one swept the first"
    monkeypatch.undo()
    assert charges.sweep(Act.of_system(session, NOW)) == 1
    assert (counted(session), open_charges(session)) == ({}, 0)


def dead_process() -> str:
    """The name of a process of this machine that has ended."""
    code = "from portal.services.store import charges; print(charges.name_process())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_what_a_killed_process_had_charged_is_given_back_at_once(
    session: Session, vault: Vault, way: Way, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(Rejected):
        try_key(session, vault, way, wrong_numeric_key(way))
    killed = dead_process()
    for _ in range(OFTEN):
        monkeypatch.setattr(charges, "name_process", lambda: killed)
        charged(session, way)
        monkeypatch.undo()
    assert open_charges(session) == 1
    with pytest.raises(Rejected) as refused:
        try_key(session, vault, way, wrong_numeric_key(way))
    assert refused.value.facts["left"] == 8, "the two that were compared, and nothing else"
    assert open_charges(session) == 0
    assert try_key(session, vault, way)
    outcomes = session.scalars(select(KeyAttempt.outcome).where(KeyAttempt.delivery_point_id == way.point.id)).all()
    assert sorted(outcomes) == ["released"] * OFTEN + ["right", "wrong", "wrong"]


def test_what_is_in_hand_of_the_living_counts_until_no_request_can_take_so_long(
    session: Session, vault: Vault, way: Way, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(charges, "name_process", lambda: "another-machine/pid:[1]:7:7")
    for _ in range(PAIR_FREE + 1):
        charged(session, way)
    monkeypatch.undo()
    just_before = NOW + LONGEST_OPEN - timedelta(milliseconds=1)
    assert charges.sweep(Act.of_system(session, just_before)) == 0
    with pytest.raises((TooManyAttempts, charges.InFlight)):
        charged(session, way, now=just_before)
    assert charges.sweep(Act.of_system(session, NOW + LONGEST_OPEN)) == PAIR_FREE + 1
    assert counted(session) == {}


def test_the_worker_gives_back_what_nobody_asks_for_again(session: Session, way: Way, tmp_path):
    charged(session, way)
    duties.perform_upkeep(Act.of_system(session, NOW + LONGEST_OPEN), anchors=tmp_path / "anchors")
    assert (counted(session), open_charges(session)) == ({}, 0)


def test_a_wrong_key_counts_even_if_that_could_not_be_written_at_once(
    session: Session, vault: Vault, way: Way, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit, "record", full)
    for number in range(PAIR_FREE + 1):
        with pytest.raises(OperationalError):
            try_key(session, vault, way, wrong_numeric_key(way))
        assert counted(session)["pair"] == number + 1
    monkeypatch.undo()
    with pytest.raises(TooManyAttempts):
        try_key(session, vault, way)
    outcomes = session.scalars(select(KeyAttempt.outcome).where(KeyAttempt.delivery_point_id == way.point.id)).all()
    assert outcomes == ["wrong"] * (PAIR_FREE + 1)


def test_a_wrong_key_counts_though_its_charge_was_given_back_while_it_was_compared(
    session: Session, vault: Vault, way: Way, monkeypatch: pytest.MonkeyPatch
):
    real = vault.key_matches

    def slow(*given: Any) -> bool:
        charges.sweep(Act.of_system(session, NOW + LONGEST_OPEN))
        assert counted(session) == {}
        return real(*given)

    monkeypatch.setattr(vault, "key_matches", slow)
    with pytest.raises(Rejected):
        try_key(session, vault, way, wrong_numeric_key(way))
    assert counted(session)["pair"] == counted(session)["account"] == 1


def test_right_codes_at_once_wait_for_one_another_and_are_all_taken(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way
):
    point_id, actor, typed = way.point.id, way.actor, way.numeric_key

    def send(_number: int) -> bool:
        with sessions() as own:
            point = own.get_one(DeliveryPoint, point_id)
            opened = keys.open_point(Act.at(own, actor, NOW), delivery_point=point, typed=typed)
            return bool(opened.session_token)

    with ThreadPoolExecutor(2 * PAIR_FREE + 2) as pool:
        assert all(pool.map(send, range(4 * PAIR_FREE)))
    assert counted(session) == {}
