"""Registration: one answer for everybody, and only the owner of the mailbox opens the account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import CONSENT_VERSION, Role
from portal.models import AttemptCounter, AuditEvent, Consent, EmailLink, OutboxMessage, User
from portal.services.people import accounts
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.factories import NOW
from tests.services.account_stage import (
    ADDRESS,
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    account,
    confirm,
    mails,
    register,
    sign_in,
    tokens,
)


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_registration_waits_for_the_link_and_then_signs_in(session: Session, vault: Vault):
    register(session, vault, email=" Ana@Transportes.EXAMPLE ")
    person = session.scalars(select(User)).one()
    assert (person.email, person.verified_at, person.role) == (EMAIL, None, Role.CUSTOMER)
    assert person.company_claim == "Transportes del Ariari"
    with pytest.raises(Rejected):
        sign_in(session, vault)
    [token] = tokens(session, "verificar")
    shown = accounts.registration.get_pending(Act.of_system(session, NOW), token=token)
    assert (shown.name, shown.email, shown.company) == ("Ana Ruiz", EMAIL, "Transportes del Ariari")
    confirm(session, token)
    assert sign_in(session, vault).session
    assert audit.verify(session) is None


def test_the_consent_is_kept_with_its_version_moment_and_address(session: Session, vault: Vault):
    register(session, vault)
    consent = session.scalars(select(Consent)).one()
    assert (consent.text_version, consent.accepted_at, consent.address) == (CONSENT_VERSION, NOW, ADDRESS)


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        ({"name": " \n "}, Refusal.NAME_MISSING, "name"),
        ({"email": "ana@"}, Refusal.EMAIL_MALFORMED, "email"),
        ({"email": "ana@transportes.example\nBcc: otro@x.co"}, Refusal.EMAIL_MALFORMED, "email"),
        ({"email": "ana@localhost"}, Refusal.EMAIL_MALFORMED, "email"),
        ({"password": "corta"}, Refusal.PASSWORD_TOO_SHORT, "password"),
        ({"password": "x1 " * 50}, Refusal.PASSWORD_TOO_LONG, "password"),
        ({"password": "passwordpassword1234"}, Refusal.PASSWORD_COMMON, "password"),
        ({"password": "llanogas ana ruiz 2026"}, Refusal.PASSWORD_COMPANY_WORDS, "password"),
        ({"consented": False}, Refusal.CONSENT_MISSING, "consent"),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(session: Session, vault: Vault, given, refusal, field):
    with pytest.raises(Rejected) as refused:
        register(session, vault, **given)
    assert (refused.value.refusal, refused.value.field) == (refusal, field)
    for table in (User, Consent, EmailLink, OutboxMessage, AuditEvent, AttemptCounter):
        assert count(session, table) == 0


def test_a_known_account_is_not_touched_and_its_owner_is_told(session: Session, vault: Vault):
    account(session, vault)
    register(session, vault, name="Otra", company="Otra", password=OTHER_PASSWORD)
    person = session.scalars(select(User)).one()
    assert (person.name, person.company_claim) == ("Ana Ruiz", "")
    assert [mail.kind for mail in mails(session)] == ["already-registered"]
    assert sign_in(session, vault).session
    assert count(session, Consent) == 0
    assert count(session, EmailLink) == 0


def test_the_owner_of_a_disabled_account_is_told_so(session: Session, vault: Vault):
    account(session, vault)
    accounts.disable(Act.at(session, Actor.system(), NOW), email=EMAIL)
    register(session, vault)
    assert [mail.kind for mail in mails(session)] == ["account-disabled"]


def test_a_second_registration_counts_only_through_its_own_link_and_kills_the_first(session: Session, vault: Vault):
    register(session, vault)
    [first] = tokens(session, "verificar")
    register(session, vault, name="Ana R.", password=OTHER_PASSWORD)
    [second] = tokens(session, "verificar")
    with pytest.raises(Rejected) as refused:
        confirm(session, first)
    assert refused.value.refusal is Refusal.LINK_SPENT
    assert session.scalars(select(User)).one().verified_at is None
    confirm(session, second)
    with pytest.raises(Rejected):
        sign_in(session, vault, password=PASSWORD)
    assert sign_in(session, vault, password=OTHER_PASSWORD).session
    assert session.scalars(select(User.name)).one() == "Ana R."


def test_a_confirmed_account_keeps_its_password_whatever_is_registered_later(session: Session, vault: Vault):
    register(session, vault)
    [token] = tokens(session, "verificar")
    confirm(session, token)
    register(session, vault, password=OTHER_PASSWORD)
    assert tokens(session, "verificar") == []
    assert sign_in(session, vault, password=PASSWORD).session


def test_a_link_opens_once_and_for_twenty_four_hours(session: Session, vault: Vault):
    register(session, vault)
    [token] = tokens(session, "verificar")
    day = timedelta(hours=24)
    for wrong, at in (("nothing", NOW), (token, NOW + day)):
        with pytest.raises(Rejected) as refused:
            confirm(session, wrong, now=at)
        assert refused.value.refusal is Refusal.LINK_SPENT
    confirm(session, token, now=NOW + day - timedelta(seconds=1))
    with pytest.raises(Rejected):
        confirm(session, token)
    with pytest.raises(Rejected):
        accounts.registration.get_pending(Act.of_system(session, NOW), token=token)


def test_a_link_to_confirm_does_not_change_a_password(session: Session, vault: Vault):
    register(session, vault)
    [token] = tokens(session, "verificar")
    with pytest.raises(Rejected):
        accounts.reset.get_email(Act.of_system(session, NOW), token=token)


def test_a_link_used_by_two_at_once_opens_for_one(sessions: sessionmaker[Session], session: Session, vault: Vault):
    register(session, vault)
    [token] = tokens(session, "verificar")

    def use(_: int) -> bool:
        with sessions() as own:
            try:
                confirm(own, token)
            except Rejected:
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(8))) == 1
    session.rollback()
    assert session.scalar(select(func.count()).where(AuditEvent.event == "account:verified")) == 1


def test_two_registrations_of_one_address_at_once_make_one_account(sessions: sessionmaker[Session], vault: Vault):
    def one(n: int) -> None:
        with sessions() as own:
            register(own, vault, name=f"Ana {n}")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(3)))
    with sessions() as own:
        assert own.scalars(select(User.email)).all() == [EMAIL]
        assert own.scalar(select(func.count()).where(EmailLink.used_at.is_(None))) == 1


def test_known_and_unknown_addresses_cost_the_same_hash(session: Session, vault: Vault, monkeypatch):
    hashes = []
    seal = Vault.seal_password
    monkeypatch.setattr(Vault, "seal_password", lambda *given: hashes.append(1) or seal(*given))
    account(session, vault)
    costs = []
    for email in (EMAIL, "nueva@transportes.example", "nueva@transportes.example"):
        hashes.clear()
        register(session, vault, email=email)
        costs.append(len(hashes))
    assert costs == [1, 1, 1]


def test_after_five_mails_an_hour_an_address_gets_no_more_and_nothing_changes(session: Session, vault: Vault):
    for n in range(5):
        register(session, vault, address=f"10.0.1.{n}")
    register(session, vault, password=OTHER_PASSWORD, address="10.0.2.1")
    assert len(mails(session)) == 5
    confirm(session, tokens(session, "verificar")[-1])
    assert sign_in(session, vault, password=PASSWORD).session
    register(session, vault, now=NOW + timedelta(hours=1))
    assert len(mails(session)) == 6


def test_after_twenty_registrations_an_hour_a_network_address_makes_no_more(session: Session, vault: Vault):
    for n in range(20):
        register(session, vault, email=f"p{n}@transportes.example")
    register(session, vault, email="p20@transportes.example")
    assert count(session, User) == 20
    register(session, vault, email="p20@transportes.example", address="10.9.9.9")
    register(session, vault, email="p21@transportes.example", now=NOW + timedelta(hours=1))
    assert count(session, User) == 22


def test_a_mail_never_repeats_what_a_stranger_typed_nor_the_password(session: Session, vault: Vault):
    register(session, vault, name="Gane un premio en http://trampa.example", company="Trampa S.A.")
    [mail] = mails(session)
    assert "rampa" not in mail.body.replace(EMAIL, "")
    assert PASSWORD not in mail.body
    assert mail.recipient == EMAIL


def test_no_password_or_token_can_be_read_in_the_tables_but_the_mail(session: Session, vault: Vault):
    register(session, vault)
    [token] = tokens(session, "verificar")
    confirm(session, token)
    sign_in(session, vault)
    rows = [
        str(vars(row))
        for table in (User, EmailLink, AuditEvent, AttemptCounter, Consent)
        for row in session.scalars(select(table))
    ]
    assert rows
    assert not [row for row in rows if PASSWORD in row or token in row]
