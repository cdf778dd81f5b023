"""A person's own account, and the accounts that the command line makes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import AuditEvent, SignInSession
from portal.services import keys
from portal.services.people import accounts
from portal.services.people import sessions as open_sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW
from tests.services.account_stage import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    account,
    ask_reset,
    confirm,
    mails,
    register,
    sign_in,
    signed_in,
    tokens,
)
from tests.services.way import set_out


def change(session: Session, vault: Vault, actor: Actor, *, current: str = PASSWORD, now=NOW, **given) -> str:
    typed = {"current": current, "password": OTHER_PASSWORD} | given
    return accounts.profile.change_password(Act.at(session, actor, now), **typed)


def test_the_profile_shows_consent_contracts_sessions_and_the_last_sign_in(session: Session, vault: Vault):
    way = set_out(session, vault)
    register(session, vault)
    confirm(session, tokens(session, "verificar")[0])
    first = signed_in(session, vault, user_agent="first")
    actor = signed_in(session, vault, now=NOW + timedelta(minutes=1), user_agent="second")
    keys.open_contract(Act.at(session, actor, NOW), modality=way.modality, typed=way.web_key)
    shown = accounts.profile.load(Act.at(session, actor, NOW + timedelta(minutes=2)))
    assert shown.user.email == EMAIL
    assert shown.consent is not None
    assert shown.consent.accepted_at == NOW
    assert [binding.contract.number for binding in shown.bindings] == [way.contract.number]
    assert shown.bindings[0].contract.company.name
    assert [row.id for row in shown.sessions] == [actor.session_id, first.session_id]
    assert shown.last_session is not None
    assert shown.last_session.id == first.session_id


def test_the_first_sign_in_has_none_before_it_and_a_made_account_no_consent(session: Session, vault: Vault):
    account(session, vault)
    shown = accounts.profile.load(Act.at(session, signed_in(session, vault), NOW))
    assert shown.last_session is None
    assert shown.consent is None
    assert shown.bindings == []


def test_ended_and_idle_sessions_are_not_shown_as_open(session: Session, vault: Vault):
    account(session, vault)
    gone, _idle = signed_in(session, vault), signed_in(session, vault)
    accounts.sign_in.end(Act.at(session, gone, NOW))
    later = NOW + timedelta(minutes=30)
    actor = signed_in(session, vault, now=later)
    shown = accounts.profile.load(Act.at(session, actor, later))
    assert [row.id for row in shown.sessions] == [actor.session_id]


def test_the_other_sessions_can_be_ended_and_the_present_one_stays(session: Session, vault: Vault):
    account(session, vault)
    account(session, vault, email="otra@transportes.example")
    stranger = signed_in(session, vault, email="otra@transportes.example")
    signed_in(session, vault)
    signed_in(session, vault)
    actor = signed_in(session, vault)
    assert accounts.profile.end_other_sessions(Act.at(session, actor, NOW)) == 2
    still = session.scalars(select(SignInSession.id).where(SignInSession.ended_at.is_(None))).all()
    assert sorted(still) == sorted([stranger.session_id, actor.session_id])
    assert "session:others-ended" in session.scalars(select(AuditEvent.event)).all()


def test_a_new_password_needs_the_present_one_and_ends_the_other_sessions(session: Session, vault: Vault):
    account(session, vault)
    other = sign_in(session, vault).session
    actor = signed_in(session, vault)
    ask_reset(session)
    # Taken now: the mail's link is blanked once it opens nothing.
    link = tokens(session, "restablecer")[0]
    token = change(session, vault, actor)
    assert open_sessions.look_up(session, token=token, now=NOW)
    assert open_sessions.look_up(session, token=other, now=NOW) is None
    with pytest.raises(Rejected):
        accounts.reset.get_email(Act.of_system(session, NOW), token=link)
    assert sign_in(session, vault, password=OTHER_PASSWORD).session
    assert mails(session)[-1].kind == "password-changed"
    assert audit.verify(session) is None


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        ({"current": OTHER_PASSWORD}, Refusal.CURRENT_PASSWORD_WRONG, "current"),
        ({"password": "corta"}, Refusal.PASSWORD_TOO_SHORT, "password"),
        ({"password": "ana ruiz transportes"}, Refusal.PASSWORD_COMPANY_WORDS, "password"),
    ],
)
def test_a_refused_change_changes_nothing(session: Session, vault: Vault, given, refusal, field):
    account(session, vault)
    actor = signed_in(session, vault)
    with pytest.raises(Rejected) as refused:
        change(session, vault, actor, **given)
    assert (refused.value.refusal, refused.value.field) == (refusal, field)
    assert mails(session) == []
    assert sign_in(session, vault).session


def test_the_present_password_cannot_be_guessed_without_limit(session: Session, vault: Vault):
    account(session, vault)
    actor = signed_in(session, vault)
    for _ in range(4):
        with pytest.raises(Rejected):
            change(session, vault, actor, current=OTHER_PASSWORD)
    with pytest.raises(TooManyAttempts):
        change(session, vault, actor)
    assert change(session, vault, actor, now=NOW + timedelta(seconds=1))


def test_an_account_is_made_ready_or_waiting_and_only_once(session: Session, vault: Vault):
    made = account(session, vault, email=EMAIL.upper(), role=Role.OPERATOR)
    assert (made.email, made.role, made.verified_at) == (EMAIL, Role.OPERATOR, NOW)
    waiting = account(session, vault, email="otra@transportes.example", verified=False)
    assert waiting.verified_at is None
    with pytest.raises(Rejected) as refused:
        account(session, vault, password=OTHER_PASSWORD)
    assert refused.value.refusal is Refusal.EMAIL_TAKEN
    with pytest.raises(Rejected) as refused:
        account(session, vault, email="tercera@transportes.example", password="corta")
    assert refused.value.refusal is Refusal.PASSWORD_TOO_SHORT
    assert session.scalars(select(AuditEvent.event)).all() == ["account:created"] * 2


def test_disabling_twice_is_written_once_and_an_unknown_address_is_not_found(session: Session, vault: Vault):
    account(session, vault)
    for _ in range(2):
        assert accounts.disable(Act.at(session, Actor.system(), NOW), email=f" {EMAIL.upper()}").disabled_at == NOW
    assert session.scalars(select(AuditEvent.event)).all() == ["account:created", "account:disabled"]
    with pytest.raises(NotFound):
        accounts.disable(Act.at(session, Actor.system(), NOW), email="nadie@transportes.example")
