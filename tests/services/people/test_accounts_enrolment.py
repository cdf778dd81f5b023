"""A first second factor, recovery codes, and the second factor given again (docs/security.md, "Second factor")."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.attempts import PAIR_FREE
from portal.models import AuditEvent, OutboxMessage, RecoveryCode, User
from portal.services.people import sessions as open_sessions
from portal.services.people.accounts import enrolment, recovery, second_factor
from portal.services.people.accounts.enrolment import Enrolled
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected, StepMissing, TooManyAttempts
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW
from tests.services.account_stage import account
from tests.services.people.test_accounts_second_factor import SECRET, awaiting, code, wrong_code


def secret_of(session: Session, vault: Vault, who: Actor) -> str:
    return enrolment.get_offered(session, vault=vault, awaiting=who).typed.replace(" ", "")


def enrol(session: Session, vault: Vault, who: Actor, typed: str) -> Enrolled:
    return enrolment.finish(
        Act.of_system(session, NOW), awaiting=who, typed=typed, device=None, user_agent="tests", moments=[NOW]
    )


def recover(session: Session, vault: Vault, who: Actor, typed: str) -> str:
    return recovery.finish(
        Act.of_system(session, NOW), awaiting=who, typed=typed, device=None, user_agent="tests"
    ).session


@pytest.fixture
def newcomer(session: Session, vault: Vault) -> User:
    return account(session, vault, role=Role.OPERATOR)


def test_the_first_right_code_takes_the_offered_secret_for_good(session: Session, vault: Vault, newcomer: User):
    who = awaiting(session, vault)
    secret = secret_of(session, vault, who)
    done = enrol(session, vault, who, pyotp.TOTP(secret).at(NOW))
    found = open_sessions.look_up(session, token=done.tokens.session, now=NOW)
    assert found is not None
    assert found.is_fresh(NOW)
    assert not found.is_fresh(NOW + timedelta(minutes=5))
    assert len(set(done.recovery_codes)) == 10
    # The code that proved it is spent, and the secret is shown to nobody any more.
    again = awaiting(session, vault)
    with pytest.raises(Rejected):
        second_factor.finish(
            Act.of_system(session, NOW),
            awaiting=again,
            typed=pyotp.TOTP(secret).at(NOW),
            device=None,
            user_agent="tests",
            moments=[NOW],
        )
    with pytest.raises(StepMissing):
        enrolment.get_offered(session, vault=vault, awaiting=again)
    assert audit.verify(session) is None


def test_a_wrong_code_enrols_nothing_and_is_charged(session: Session, vault: Vault, newcomer: User):
    who = awaiting(session, vault)
    for _ in range(PAIR_FREE + 1):
        with pytest.raises(Rejected) as refused:
            enrol(session, vault, who, "000000")
        assert refused.value.refusal is Refusal.SECOND_FACTOR_WRONG
    with pytest.raises(TooManyAttempts):
        enrol(session, vault, who, pyotp.TOTP(secret_of(session, vault, who)).at(NOW))
    assert session.get_one(User, newcomer.id).totp_sealed is None
    assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0


def test_who_is_enrolled_cannot_enrol_again_with_the_password_alone(session: Session, vault: Vault):
    account(session, vault, role=Role.OPERATOR, totp_secret=SECRET)
    who = awaiting(session, vault)
    assert not enrolment.is_owed(session, awaiting=who)
    with pytest.raises(StepMissing):
        enrol(session, vault, who, code())


def test_each_recovery_code_opens_once_and_its_owner_is_told(session: Session, vault: Vault, newcomer: User):
    who = awaiting(session, vault)
    codes = enrol(session, vault, who, pyotp.TOTP(secret_of(session, vault, who)).at(NOW)).recovery_codes
    assert recover(session, vault, awaiting(session, vault), f" {codes[0].lower().replace('-', ' ')} ")
    with pytest.raises(Rejected) as spent:
        recover(session, vault, awaiting(session, vault), codes[0])
    assert spent.value.refusal is Refusal.RECOVERY_CODE_WRONG
    assert recovery.count_left(session, user_id=newcomer.id) == 9
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "recovery-used")).one()
    assert "Le quedan 9." in mail.body
    kept = session.scalars(select(AuditEvent.details)).all()
    assert not any(codes[0] in details or codes[0].replace("-", "") in details for details in kept)


def test_another_form_spends_no_attempt_and_a_wrong_code_counts_with_the_authenticators(session: Session, vault: Vault):
    account(session, vault, role=Role.OPERATOR, totp_secret=SECRET)
    who = awaiting(session, vault)
    for _ in range(10):
        with pytest.raises(Rejected) as malformed:
            recover(session, vault, who, "K7QF2")
        assert malformed.value.refusal is Refusal.RECOVERY_CODE_FORMAT
    for _ in range(PAIR_FREE + 1):
        with pytest.raises(Rejected):
            recover(session, vault, who, "K7QF2-M9XTB")
    with pytest.raises(TooManyAttempts):
        second_factor.finish(
            Act.of_system(session, NOW), awaiting=who, typed=code(), device=None, user_agent="tests", moments=[NOW]
        )


def test_new_codes_end_those_before(session: Session, vault: Vault, newcomer: User):
    who = awaiting(session, vault)
    old = enrol(session, vault, who, pyotp.TOTP(secret_of(session, vault, who)).at(NOW)).recovery_codes
    new = recovery.renew(Act.at(session, who, NOW))
    with pytest.raises(Rejected):
        recover(session, vault, awaiting(session, vault), old[3])
    assert recover(session, vault, awaiting(session, vault), new[3])


def test_a_code_given_again_makes_the_session_fresh_and_is_spent(session: Session, vault: Vault):
    user = account(session, vault, role=Role.ADMIN, totp_secret=SECRET)
    token = open_sessions.begin(session, user_id=user.id, now=NOW, address="127.0.0.1", user_agent="tests")
    session.commit()
    found = open_sessions.look_up(session, token=token, now=NOW)
    assert found is not None
    assert not found.is_fresh(NOW)
    who = Actor(user.id, user.email, user.name, user.role, found.session_id, "127.0.0.1", "web")

    def step_up(typed: str) -> None:
        second_factor.step_up(Act.at(session, who, NOW), typed=typed, moments=[NOW])

    with pytest.raises(Rejected):
        step_up(wrong_code())
    step_up(code())
    fresh = open_sessions.look_up(session, token=token, now=NOW)
    assert fresh is not None
    assert fresh.is_fresh(NOW)
    with pytest.raises(Rejected):
        step_up(code())


def test_who_lets_the_authenticator_go_is_offered_another_at_the_next_sign_in(session: Session, vault: Vault):
    user = account(session, vault, role=Role.AUDITOR, totp_secret=SECRET)
    who = awaiting(session, vault)
    second_factor.let_go(Act.at(session, who, NOW))
    assert open_sessions.list_live(session, user_id=user.id, role=user.role, now=NOW) == []
    assert secret_of(session, vault, awaiting(session, vault)) != SECRET
