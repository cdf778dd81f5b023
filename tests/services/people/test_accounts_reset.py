"""Reset of a forgotten password: one answer for everybody, one use, and no limit in its way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, EmailLink, KnownDevice
from portal.services.people import accounts
from portal.services.people import sessions as open_sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected, TooManyAttempts
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
    mails,
    register,
    sign_in,
    tokens,
)

MINUTE = timedelta(minutes=1)


def test_the_link_changes_the_password_ends_every_session_and_tells_the_owner(session: Session, vault: Vault):
    account(session, vault)
    before = [sign_in(session, vault) for _ in range(2)]
    ask_reset(session)
    [token] = tokens(session, "restablecer")
    assert accounts.reset.get_email(Act.of_system(session, NOW), token=token) == EMAIL
    device = finish_reset(session, vault, token)
    for given in before:
        assert open_sessions.look_up(session, token=given.session, now=NOW) is None
        assert not open_sessions.is_known_device(session, token=given.device, email=EMAIL, now=NOW)
    assert open_sessions.is_known_device(session, token=device, email=EMAIL, now=NOW)
    with pytest.raises(Rejected):
        sign_in(session, vault, password=PASSWORD)
    assert sign_in(session, vault, password=OTHER_PASSWORD).session
    assert [mail.kind for mail in mails(session)] == ["reset-password", "password-changed"]
    assert not [mail for mail in mails(session) if PASSWORD in mail.body or OTHER_PASSWORD in mail.body]
    events = session.scalars(select(AuditEvent.event)).all()
    assert "password:reset-asked" in events
    assert "password:reset" in events
    assert audit.verify(session) is None


def test_an_unknown_address_gets_no_mail_and_is_written_down_as_a_known_one(session: Session, vault: Vault):
    ask_reset(session, email="nadie@transportes.example")
    assert mails(session) == []
    assert session.scalars(select(AuditEvent.event)).all() == ["password:reset-asked"]


def test_an_unconfirmed_registration_is_told_to_register_again(session: Session, vault: Vault):
    register(session, vault)
    ask_reset(session)
    assert [mail.kind for mail in mails(session)] == ["verify-email", "not-confirmed"]
    assert tokens(session, "restablecer") == []


def test_a_disabled_account_gets_no_link(session: Session, vault: Vault):
    account(session, vault)
    accounts.disable(Act.at(session, Actor.system(), NOW), email=EMAIL)
    ask_reset(session)
    assert [mail.kind for mail in mails(session)] == ["account-disabled"]


def test_a_link_works_once_and_for_thirty_minutes(session: Session, vault: Vault):
    account(session, vault)
    ask_reset(session)
    [token] = tokens(session, "restablecer")
    for wrong, at in (("nothing", NOW), (token, NOW + 30 * MINUTE)):
        with pytest.raises(Rejected) as refused:
            finish_reset(session, vault, wrong, now=at)
        assert refused.value.refusal is Refusal.LINK_SPENT
    finish_reset(session, vault, token, now=NOW + 29 * MINUTE)
    with pytest.raises(Rejected):
        finish_reset(session, vault, token, password=PASSWORD)


def test_using_one_link_spends_the_others(session: Session, vault: Vault):
    account(session, vault)
    ask_reset(session)
    ask_reset(session)
    first, second = tokens(session, "restablecer")
    finish_reset(session, vault, first)
    with pytest.raises(Rejected):
        finish_reset(session, vault, second, password=PASSWORD)


def test_a_refused_password_leaves_the_link_good(session: Session, vault: Vault):
    account(session, vault)
    ask_reset(session)
    [token] = tokens(session, "restablecer")
    with pytest.raises(Rejected) as refused:
        finish_reset(session, vault, token, password="corta")
    assert (refused.value.refusal, refused.value.field) == (Refusal.PASSWORD_TOO_SHORT, "password")
    assert finish_reset(session, vault, token)


def test_a_useless_link_costs_no_hash(session: Session, vault: Vault, monkeypatch):
    monkeypatch.setattr(Vault, "seal_password", lambda *_: pytest.fail("hashed for a stranger"))
    with pytest.raises(Rejected):
        finish_reset(session, vault, "nothing")


def test_spent_sign_in_attempts_do_not_stand_in_the_way_of_a_reset(session: Session, vault: Vault):
    account(session, vault)
    for n in range(4):
        with pytest.raises(Rejected):
            sign_in(session, vault, password=OTHER_PASSWORD, address=f"10.0.6.{n}")
    with pytest.raises(TooManyAttempts):
        sign_in(session, vault)
    ask_reset(session)
    device = finish_reset(session, vault, tokens(session, "restablecer")[0])
    with pytest.raises(TooManyAttempts):
        sign_in(session, vault, password=OTHER_PASSWORD)
    assert sign_in(session, vault, password=OTHER_PASSWORD, device=device).session


def test_whoever_spends_the_mails_leaves_the_owner_with_a_link_that_works(session: Session, vault: Vault):
    account(session, vault)
    for _ in range(7):
        ask_reset(session)
    assert len(mails(session)) == 5
    late = NOW + 29 * MINUTE
    ask_reset(session, now=late)
    assert finish_reset(session, vault, tokens(session, "restablecer")[0], now=late)
    ask_reset(session, now=NOW + 30 * MINUTE)
    assert session.scalar(select(func.count()).select_from(EmailLink)) == 6


def test_text_that_is_no_address_is_refused(session: Session, vault: Vault):
    with pytest.raises(Rejected) as refused:
        ask_reset(session, email="ana")
    assert refused.value.refusal is Refusal.EMAIL_MALFORMED


def test_a_reset_forgets_the_browsers_of_this_account_only(session: Session, vault: Vault):
    account(session, vault)
    account(session, vault, email="otra@transportes.example")
    other = sign_in(session, vault, email="otra@transportes.example")
    ask_reset(session)
    finish_reset(session, vault, tokens(session, "restablecer")[0])
    assert open_sessions.look_up(session, token=other.session, now=NOW)
    assert session.scalar(select(func.count()).select_from(KnownDevice)) == 2
