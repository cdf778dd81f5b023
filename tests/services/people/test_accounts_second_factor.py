"""The second factor of the consoles: charged before it is looked at, good once, bound to its account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import CONSOLE_ROLES, Role
from portal.domain.attempts import PAIR_FREE, SECOND_FACTOR_DAY
from portal.models import AuditEvent, KnownDevice, SignInSession, User
from portal.services.people import accounts
from portal.services.people import sessions as open_sessions
from portal.services.people.accounts import enrolment, second_factor
from portal.services.people.accounts.sign_in import Tokens
from portal.services.store.acts import Act, Actor
from portal.services.store.charges import Charged
from portal.services.store.refusals import NotFound, Refusal, Rejected, StepMissing, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW
from tests.services.account_stage import ADDRESS, EMAIL, account, sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HALF_A_MINUTE = timedelta(seconds=30)


def code(moment=NOW, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(moment)


def wrong_code(moment=NOW) -> str:
    """Six digits that no step about this moment shows."""
    shown = {code(moment + n * HALF_A_MINUTE) for n in range(-2, 3)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in shown)


def awaiting(session: Session, vault: Vault, *, now=NOW, **given: Any) -> Actor:
    """Somebody of the consoles who has typed the right password."""
    tokens = sign_in(session, vault, now=now, **given)
    assert tokens.device is None
    found = open_sessions.look_up_awaiting(session, token=tokens.session, now=now)
    assert found is not None
    return Actor(found.user_id, found.email, found.name, found.role, found.session_id, ADDRESS, "web")


def finish(session: Session, vault: Vault, who: Actor, typed: str, *, now=NOW, **given: Any) -> Tokens:
    asked: dict[str, Any] = {"device": None, "user_agent": "tests", "moments": [now]} | given
    return second_factor.finish(Act.of_system(session, now), awaiting=who, typed=typed, **asked)


def refused(session: Session, vault: Vault, who: Actor, typed: str, *, now=NOW) -> Refusal:
    with pytest.raises(Rejected) as caught:
        finish(session, vault, who, typed, now=now)
    assert caught.value.field == "totp"
    return caught.value.refusal


@pytest.fixture
def olga(session: Session, vault: Vault) -> User:
    return account(session, vault, role=Role.OPERATOR, totp_secret=SECRET)


def test_the_right_code_begins_a_session_in_place_of_the_half_one(session: Session, vault: Vault, olga: User):
    who = awaiting(session, vault)
    tokens = finish(session, vault, who, f" {code()[:3]} {code()[3:]} ")
    found = open_sessions.look_up(session, token=tokens.session, now=NOW)
    assert found is not None
    assert found.session_id != who.session_id
    assert found.idle == timedelta(minutes=15)
    assert found.expires_at == NOW + timedelta(hours=8)
    assert open_sessions.is_known_device(session, token=tokens.device, email=EMAIL, now=NOW)
    assert session.get_one(SignInSession, who.session_id).ended_at == NOW
    events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.sequence)).all()
    assert events == ["account:created", "session:awaiting", "session:begun"]
    assert audit.verify(session) is None


@pytest.mark.parametrize("role", sorted(CONSOLE_ROLES))
def test_the_password_alone_opens_nothing_for_any_role_of_the_consoles(session: Session, vault: Vault, role: Role):
    account(session, vault, role=role, totp_secret=SECRET)
    tokens = sign_in(session, vault)
    assert open_sessions.look_up(session, token=tokens.session, now=NOW) is None
    assert not session.scalars(select(KnownDevice)).all()


def test_a_console_account_without_a_secret_is_offered_one_only_after_its_password(session: Session, vault: Vault):
    user = account(session, vault, role=Role.OPERATOR)
    with pytest.raises(Rejected):
        sign_in(session, vault, password="otra cosa larga y mala")
    assert session.get_one(User, user.id).totp_pending_sealed is None
    who = awaiting(session, vault)
    assert enrolment.is_owed(session, awaiting=who)
    offered = enrolment.get_offered(session, vault=vault, awaiting=who)
    # Each sign-in is offered another, and what the one before saw is worth nothing any more.
    assert enrolment.get_offered(session, vault=vault, awaiting=awaiting(session, vault)) != offered
    with pytest.raises(StepMissing):
        enrolment.get_offered(session, vault=vault, awaiting=who)


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_is_good_one_step_either_way(session: Session, vault: Vault, olga: User, seconds: int, taken: bool):
    who = awaiting(session, vault)
    typed = code(NOW + timedelta(seconds=seconds))
    if taken:
        assert finish(session, vault, who, typed).session
    else:
        assert refused(session, vault, who, typed) is Refusal.SECOND_FACTOR_WRONG


def test_a_code_is_good_once_and_so_is_every_earlier_one(session: Session, vault: Vault, olga: User):
    finish(session, vault, awaiting(session, vault), code())
    again = awaiting(session, vault)
    for moment in (NOW, NOW - HALF_A_MINUTE):
        assert refused(session, vault, again, code(moment)) is Refusal.SECOND_FACTOR_WRONG
    assert finish(session, vault, again, code(NOW + HALF_A_MINUTE)).session


def test_one_code_sent_many_times_at_once_opens_one_session(
    sessions: sessionmaker[Session], session: Session, vault: Vault, olga: User, monkeypatch
):
    monkeypatch.setattr(second_factor, "_charge", lambda *_args, **_more: Charged("unlimited", (), NOW))
    half = [awaiting(session, vault) for _ in range(8)]

    def send(who: Actor) -> bool:
        with sessions() as own:
            try:
                finish(own, vault, who, code())
            except Rejected:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, half)) == 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5x", "12345６"])
def test_what_is_no_code_costs_no_attempt(session: Session, vault: Vault, olga: User, typed: str):
    who = awaiting(session, vault)
    for _ in range(SECOND_FACTOR_DAY + 1):
        assert refused(session, vault, who, typed) is Refusal.SECOND_FACTOR_FORMAT
    assert finish(session, vault, who, code()).session


def test_after_four_wrong_codes_the_waits_begin_and_the_right_one_waits_too(session: Session, vault: Vault, olga: User):
    who = awaiting(session, vault)
    for _ in range(PAIR_FREE + 1):
        refused(session, vault, who, wrong_code())
    with pytest.raises(TooManyAttempts) as stopped:
        finish(session, vault, who, code())
    assert stopped.value.until == NOW + timedelta(minutes=1)
    later = NOW + timedelta(minutes=1)
    assert finish(session, vault, who, code(later), now=later).session
    events = session.scalars(select(AuditEvent.event).where(AuditEvent.event == "second-factor:refused")).all()
    assert len(events) == PAIR_FREE + 1


def test_a_new_password_sign_in_does_not_begin_the_count_anew(session: Session, vault: Vault, olga: User):
    for _ in range(PAIR_FREE + 1):
        refused(session, vault, awaiting(session, vault), wrong_code())
    with pytest.raises(TooManyAttempts):
        finish(session, vault, awaiting(session, vault), code())


def test_twenty_wrong_codes_are_taken_in_a_day(session: Session, vault: Vault, olga: User):
    now = NOW
    for _ in range(SECOND_FACTOR_DAY):
        refused(session, vault, awaiting(session, vault, now=now), wrong_code(now), now=now)
        now += timedelta(minutes=33)
    assert now < NOW + timedelta(days=1)
    with pytest.raises(TooManyAttempts) as stopped:
        finish(session, vault, awaiting(session, vault, now=now), code(now), now=now)
    assert stopped.value.until == NOW + timedelta(days=1)
    now = NOW + timedelta(days=1)
    assert finish(session, vault, awaiting(session, vault, now=now), code(now), now=now).session


def test_the_right_code_gives_the_attempt_back(session: Session, vault: Vault, olga: User):
    now = NOW
    for _ in range(SECOND_FACTOR_DAY + 2):
        finish(session, vault, awaiting(session, vault, now=now), code(now), now=now)
        now += HALF_A_MINUTE


def test_forty_guesses_at_once_look_at_no_more_than_the_limit(
    sessions: sessionmaker[Session], session: Session, vault: Vault, olga: User, monkeypatch
):
    who = awaiting(session, vault)
    looked: list[int] = []
    fitting = second_factor.find_step
    monkeypatch.setattr(second_factor, "find_step", lambda *given: (looked.append(1), fitting(*given))[1])

    def guess(_n: int) -> str:
        with sessions() as own:
            try:
                finish(own, vault, who, wrong_code())
            except Rejected:
                return "looked at"
            except TooManyAttempts:
                return "stopped"
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(40)))
    assert outcomes.count("looked at") == len(looked) == PAIR_FREE + 1
    assert outcomes.count("stopped") == 40 - PAIR_FREE - 1


def test_a_half_session_lasts_ten_minutes_and_gives_its_code_once(session: Session, vault: Vault, olga: User):
    who = awaiting(session, vault)
    late = NOW + timedelta(minutes=10)
    with pytest.raises(StepMissing):
        finish(session, vault, who, code(late), now=late)
    again = awaiting(session, vault)
    finish(session, vault, again, code())
    later = NOW + HALF_A_MINUTE
    with pytest.raises(StepMissing):
        finish(session, vault, again, code(later), now=later)


def test_a_secret_moved_to_another_account_opens_nothing(session: Session, vault: Vault, olga: User):
    other = account(
        session, vault, email="otra@llanogas.example", role=Role.ADMIN, totp_secret=second_factor.generate_secret()
    )
    with transaction(session):
        session.get_one(User, other.id).totp_sealed = olga.totp_sealed
    who = awaiting(session, vault, email="otra@llanogas.example")
    assert refused(session, vault, who, code()) is Refusal.SECOND_FACTOR_WRONG


def test_a_new_secret_ends_the_sessions_and_the_old_codes(session: Session, vault: Vault, olga: User):
    tokens = finish(session, vault, awaiting(session, vault), code())
    newer = second_factor.generate_secret()
    accounts.enrol(Act.at(session, Actor.system(), NOW), email=EMAIL, secret=newer)
    assert open_sessions.look_up(session, token=tokens.session, now=NOW) is None
    who = awaiting(session, vault)
    assert refused(session, vault, who, code(NOW + HALF_A_MINUTE)) is Refusal.SECOND_FACTOR_WRONG
    assert finish(session, vault, who, code(secret=newer)).session


def test_customers_and_nobody_are_not_enrolled(session: Session, vault: Vault):
    account(session, vault)
    for email in (EMAIL, "nadie@example.com"):
        with pytest.raises(NotFound):
            accounts.enrol(Act.at(session, Actor.system(), NOW), email=email, secret=SECRET)


def test_an_account_disabled_in_between_opens_nothing(session: Session, vault: Vault, olga: User):
    who = awaiting(session, vault)
    accounts.disable(Act.at(session, Actor.system(), NOW), email=EMAIL)
    with pytest.raises(StepMissing):
        finish(session, vault, who, code())


def test_the_secret_is_nowhere_in_plain_text(session: Session, vault: Vault, olga: User):
    assert olga.totp_sealed is not None
    assert SECRET.encode() not in olga.totp_sealed
    assert SECRET not in "".join(session.scalars(select(AuditEvent.details)).all())


def act_with(session: Session, vault: Vault, who: Actor, typed: str, then: Any) -> Any:
    """One act alone that a code is given for."""

    def verify(user: User) -> bool | None:
        return second_factor.spend_code(session, vault=vault, user=user, code=typed, moments=[NOW]) or None

    ends = second_factor.PROVED
    return second_factor.prove(Act.at(session, who, NOW), ends=ends, verify=verify, then=then)


def test_a_code_given_for_one_act_does_that_act_once_and_nothing_for_a_wrong_one(
    session: Session, vault: Vault, olga: User
):
    who, done = awaiting(session, vault), list[str]()

    def note(user: User, _right: bool) -> str:
        done.append(user.email)
        return "hecho"

    with pytest.raises(Rejected):
        act_with(session, vault, who, wrong_code(), note)
    assert act_with(session, vault, who, code(), note) == "hecho"
    with pytest.raises(Rejected) as used:
        act_with(session, vault, who, code(), note)
    assert used.value.refusal is Refusal.SECOND_FACTOR_WRONG
    assert done == [EMAIL]
    events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.sequence)).all()
    assert events[-3:] == ["second-factor:refused", "second-factor:proved", "second-factor:refused"]


def test_an_act_that_fails_leaves_its_code_unspent_and_charges_nothing(session: Session, vault: Vault, olga: User):
    who = awaiting(session, vault)

    def fails(_user: User, _right: bool) -> None:
        raise StepMissing("login.sign_in")

    for _ in range(PAIR_FREE + 1):
        with pytest.raises(StepMissing):
            act_with(session, vault, who, code(), fails)
    assert act_with(session, vault, who, code(), lambda _user, _right: "hecho") == "hecho"
