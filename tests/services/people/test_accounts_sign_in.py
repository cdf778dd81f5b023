"""Sign-in: one refusal for everybody, charged before it is verified (docs/security.md, "Sign-in limits")."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.attempts import SIGN_IN_ACCOUNT, SIGN_IN_ADDRESS, SIGN_IN_FREE
from portal.models import AttemptCounter, AuditEvent, KnownDevice, SignInSession
from portal.services.people import accounts
from portal.services.people import sessions as open_sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Busy, Refusal, Rejected, TooManyAttempts
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW
from tests.services.account_stage import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    account,
    ask_reset,
    finish_reset,
    register,
    sign_in,
    signed_in,
    tokens,
)

SECOND = timedelta(seconds=1)
# The moments at which ten attempts in a row are taken: three waits of none, then 1, 2, 4, 8, 16 and 30 seconds.
TAKEN = [NOW + n * SECOND for n in (0, 0, 0, 0, 1, 3, 7, 15, 31, 61)]


def wrong(session: Session, vault: Vault, *, now: datetime = NOW, **given) -> None:
    with pytest.raises(Rejected) as refused:
        sign_in(session, vault, password=OTHER_PASSWORD, now=now, **given)
    assert refused.value.refusal is Refusal.CREDENTIALS_WRONG


def spend_the_budget(session: Session, vault: Vault, **given) -> None:
    for n, moment in enumerate(TAKEN):
        wrong(session, vault, now=moment, address=f"10.0.3.{n}", **given)


def test_the_right_password_begins_a_session_and_makes_the_browser_known(session: Session, vault: Vault):
    person = account(session, vault)
    given = sign_in(session, vault, email=f" {EMAIL.upper()} ")
    found = open_sessions.look_up(session, token=given.session, now=NOW)
    assert found is not None
    assert found.user_id == person.id
    assert open_sessions.is_known_device(session, token=given.device, email=EMAIL, now=NOW + timedelta(days=179))
    assert not open_sessions.is_known_device(session, token=given.device, email=EMAIL, now=NOW + timedelta(days=180))
    assert session.scalars(select(AuditEvent.event)).all() == ["account:created", "session:begun"]
    assert audit.verify(session) is None


def test_a_composed_and_a_decomposed_accent_are_the_same_password(session: Session, vault: Vault):
    account(session, vault, password="caballo grapa bateri\u0301a")
    assert sign_in(session, vault, password="caballo grapa bater\u00eda").session


def test_every_refusal_is_the_same_and_costs_one_check(session: Session, vault: Vault, monkeypatch):
    account(session, vault)
    account(session, vault, email="cerrada@transportes.example")
    accounts.disable(Act.at(session, Actor.system(), NOW), email="cerrada@transportes.example")
    register(session, vault, email="nueva@transportes.example")
    checks = []
    monkeypatch.setattr(Vault, "_matches", _counting(Vault._matches, checks))
    seen = []
    for n, (email, password) in enumerate(
        [
            (EMAIL, OTHER_PASSWORD),
            ("nadie@transportes.example", PASSWORD),
            ("no es un correo", PASSWORD),
            ("cerrada@transportes.example", PASSWORD),
            ("nueva@transportes.example", PASSWORD),
        ]
    ):
        checks.clear()
        before = len(session.scalars(select(AuditEvent)).all())
        with pytest.raises(Rejected) as refused:
            sign_in(session, vault, email=email, password=password, address=f"10.0.4.{n}")
        written = len(session.scalars(select(AuditEvent)).all()) - before
        seen.append((refused.value.refusal, refused.value.field, refused.value.facts, len(checks), written))
    assert seen == [(Refusal.CREDENTIALS_WRONG, None, {}, 1, 1)] * 5


def _counting(method, calls):
    def counted(*given):
        calls.append(1)
        return method(*given)

    return counted


@pytest.mark.parametrize("email", [EMAIL, "nadie@transportes.example"])
def test_known_and_unknown_e_mails_meet_the_same_waits_and_the_same_limit(session: Session, vault: Vault, email: str):
    account(session, vault)
    for n, moment in enumerate(TAKEN):
        if moment > NOW:
            with pytest.raises(TooManyAttempts) as stopped:
                sign_in(session, vault, email=email, now=moment - SECOND / 2)
            assert stopped.value.until == moment
        wrong(session, vault, email=email, now=moment, address=f"10.0.3.{n}")
    for last in (TAKEN[-1], NOW + timedelta(seconds=299)):
        with pytest.raises(TooManyAttempts) as stopped:
            sign_in(session, vault, email=email, now=last)
        assert stopped.value.until == NOW + timedelta(minutes=5)


def test_when_the_five_minutes_are_over_the_right_password_is_taken_again(session: Session, vault: Vault):
    account(session, vault)
    spend_the_budget(session, vault)
    assert sign_in(session, vault, now=NOW + timedelta(minutes=5)).session


def test_the_right_password_gives_the_attempt_back(session: Session, vault: Vault):
    account(session, vault)
    for _ in range(SIGN_IN_ADDRESS + 5):
        sign_in(session, vault)
    assert not session.scalars(select(AttemptCounter.count).where(AttemptCounter.count > 0)).all()


def test_a_known_browser_has_a_budget_of_its_own(session: Session, vault: Vault):
    account(session, vault)
    device = sign_in(session, vault).device
    spend_the_budget(session, vault)
    at = TAKEN[-1]
    with pytest.raises(TooManyAttempts):
        sign_in(session, vault, now=at)
    assert sign_in(session, vault, device=device, now=at).session


def test_a_known_browser_is_limited_as_well_and_alone(session: Session, vault: Vault):
    account(session, vault)
    device = sign_in(session, vault).device
    spend_the_budget(session, vault, device=device)
    with pytest.raises(TooManyAttempts):
        sign_in(session, vault, device=device, now=TAKEN[-1])
    assert sign_in(session, vault, now=TAKEN[-1]).session


def test_a_browser_known_to_another_account_is_unknown_to_this_one(session: Session, vault: Vault):
    account(session, vault)
    account(session, vault, email="otra@transportes.example")
    device = sign_in(session, vault, email="otra@transportes.example").device
    spend_the_budget(session, vault)
    with pytest.raises(TooManyAttempts):
        sign_in(session, vault, device=device, now=TAKEN[-1])


def test_signing_in_again_from_a_known_browser_replaces_its_token(session: Session, vault: Vault):
    account(session, vault)
    first = sign_in(session, vault).device
    second = sign_in(session, vault, device=first).device
    assert first != second
    assert len(session.scalars(select(KnownDevice)).all()) == 1


def test_a_network_address_may_try_twenty_times_a_minute_whatever_the_accounts(session: Session, vault: Vault):
    account(session, vault)
    for n in range(SIGN_IN_ADDRESS):
        wrong(session, vault, email=f"p{n}@transportes.example")
    with pytest.raises(TooManyAttempts) as stopped:
        sign_in(session, vault)
    assert stopped.value.until == NOW + timedelta(minutes=1)
    assert sign_in(session, vault, address="10.0.0.8").session
    assert sign_in(session, vault, now=NOW + timedelta(minutes=1)).session


@pytest.mark.parametrize("email", [EMAIL, "nadie@transportes.example"])
def test_forty_guesses_at_once_verify_no_more_than_the_limit(
    sessions: sessionmaker[Session], session: Session, vault: Vault, monkeypatch, email: str
):
    account(session, vault)
    checks: list[int] = []
    monkeypatch.setattr("portal.services.store.vault.SLOT_WAIT_SECONDS", 60)
    monkeypatch.setattr(Vault, "_matches", _counting(Vault._matches, checks))

    def guess(n: int) -> str:
        with sessions() as own:
            try:
                sign_in(own, vault, email=email, password=OTHER_PASSWORD, address=f"10.0.5.{n}")
            except Rejected:
                return "verified"
            except TooManyAttempts:
                return "stopped"
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(40)))
    # Three are free and the fourth follows at once; the fifth has to wait.
    assert outcomes.count("verified") == len(checks) == SIGN_IN_FREE + 1
    assert outcomes.count("stopped") == 40 - SIGN_IN_FREE - 1


def test_forty_guesses_at_once_without_the_waits_verify_ten(
    sessions: sessionmaker[Session], session: Session, vault: Vault, monkeypatch
):
    account(session, vault)
    monkeypatch.setattr("portal.services.store.vault.SLOT_WAIT_SECONDS", 60)
    monkeypatch.setattr("portal.services.people.sign_in_limits.sign_in_wait", lambda _count: timedelta())

    def guess(n: int) -> bool:
        with sessions() as own:
            try:
                sign_in(own, vault, password=OTHER_PASSWORD, address=f"10.0.5.{n}")
            except Rejected:
                return True
            except TooManyAttempts:
                return False
        raise AssertionError("a wrong password opened")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(40))) == SIGN_IN_ACCOUNT


def test_no_room_for_the_check_spends_nothing(session: Session, vault: Vault, monkeypatch):
    account(session, vault)
    monkeypatch.setattr("portal.services.store.vault.SLOT_WAIT_SECONDS", 0.01)
    with vault.slot(), vault.slot(), pytest.raises(Busy):
        sign_in(session, vault)
    assert not session.scalars(select(AttemptCounter)).all()


def test_a_password_changed_while_the_old_one_was_verified_opens_nothing(session: Session, vault: Vault, monkeypatch):
    account(session, vault)
    ask_reset(session)
    [token] = tokens(session, "restablecer")
    matches = Vault.password_matches

    def meanwhile(*given):
        fits = matches(*given)
        finish_reset(session, vault, token)
        return fits

    monkeypatch.setattr(Vault, "password_matches", meanwhile)
    wrong_password_now = PASSWORD
    with pytest.raises(Rejected) as refused:
        sign_in(session, vault, password=wrong_password_now)
    assert refused.value.refusal is Refusal.CREDENTIALS_WRONG
    assert not session.scalars(select(SignInSession)).all()


def test_a_password_moved_to_another_account_opens_nothing(session: Session, vault: Vault):
    from portal.services.store.transactions import transaction

    mine = account(session, vault)
    theirs = account(session, vault, email="otra@transportes.example", password=OTHER_PASSWORD)
    with transaction(session):
        session.get_one(type(theirs), theirs.id).password_sealed = mine.password_sealed
    with pytest.raises(Rejected):
        sign_in(session, vault, email="otra@transportes.example", password=PASSWORD)


def test_signing_out_ends_the_session_on_the_server(session: Session, vault: Vault):
    account(session, vault)
    actor = signed_in(session, vault)
    token = sign_in(session, vault).session
    accounts.sign_in.end(Act.at(session, actor, NOW))
    ended = session.scalars(select(SignInSession).where(SignInSession.ended_at.is_not(None))).all()
    assert [row.id for row in ended] == [actor.session_id]
    assert open_sessions.look_up(session, token=token, now=NOW)
    assert "session:ended" in session.scalars(select(AuditEvent.event)).all()


def test_disabling_an_account_ends_its_sessions_at_once(session: Session, vault: Vault):
    account(session, vault)
    token = sign_in(session, vault).session
    ask_reset(session)
    link = tokens(session, "restablecer")[0]
    accounts.disable(Act.at(session, Actor.system(), NOW), email=EMAIL)
    assert open_sessions.look_up(session, token=token, now=NOW) is None
    assert session.scalars(select(SignInSession.ended_at)).all() == [NOW]
    with pytest.raises(Rejected):
        accounts.reset.get_email(Act.of_system(session, NOW), token=link)
    wrong(session, vault)
