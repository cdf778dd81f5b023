"""Helpers for accounts: people and their mails."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import OutboxMessage, User
from portal.services.mail import outbox
from portal.services.people import accounts, sessions
from portal.services.people.accounts.sign_in import Tokens
from portal.services.store.acts import BASE_URL, Act, Actor
from portal.services.store.vault import Vault
from tests.factories import NOW

EMAIL = "ana@transportes.example"
PASSWORD = "caballo grapa batería"
OTHER_PASSWORD = "ventana naranja lluvia"
ADDRESS = "10.0.0.7"


def register(session: Session, vault: Vault, *, now: datetime = NOW, **given: Any) -> None:
    """Ana's registration, as the form would send it."""
    typed: dict[str, Any] = {
        "name": "Ana Ruiz",
        "email": EMAIL,
        "company": "Transportes del Ariari",
        "password": PASSWORD,
        "consented": True,
        "address": ADDRESS,
    } | given
    accounts.registration.register(Act.of_system(session, now), **typed)


def account(session: Session, vault: Vault, *, now: datetime = NOW, **given: Any) -> User:
    """An account ready to sign in with."""
    wanted: dict[str, Any] = {"email": EMAIL, "name": "Ana Ruiz", "role": Role.CUSTOMER, "password": PASSWORD} | given
    return accounts.create(Act.at(session, Actor.system(), now), **wanted)


def sign_in(session: Session, vault: Vault, *, now: datetime = NOW, **given: Any) -> Tokens:
    """Ana signs in from a browser that was never seen."""
    typed: dict[str, Any] = {
        "email": EMAIL,
        "password": PASSWORD,
        "device": None,
        "address": ADDRESS,
        "user_agent": "tests",
    } | given
    return accounts.sign_in.begin(Act.of_system(session, now), **typed)


def signed_in(session: Session, vault: Vault, *, now: datetime = NOW, **given: Any) -> Actor:
    """Ana, signed in, as the actor of what she does next."""
    token = sign_in(session, vault, now=now, **given).session
    found = sessions.look_up(session, token=token, now=now)
    assert found is not None
    return Actor(found.user_id, found.email, found.name, found.role, found.session_id, ADDRESS, "web")


def ask_reset(session: Session, *, email: str = EMAIL, now: datetime = NOW) -> None:
    """Somebody asks for a reset of Ana's password."""
    accounts.reset.ask(Act.of_system(session, now), email=email, address=ADDRESS)


def finish_reset(session: Session, vault: Vault, token: str, *, password: str = OTHER_PASSWORD, now: datetime = NOW):
    """The owner of the mailbox chooses another password."""
    return accounts.reset.finish(Act.of_system(session, now), token=token, password=password, address=ADDRESS)


def confirm(session: Session, token: str, *, now: datetime = NOW) -> None:
    """The owner of the mailbox presses the button of the link."""
    accounts.registration.confirm(Act.of_system(session, now), token=token, address=ADDRESS)


def mails(session: Session) -> list[OutboxMessage]:
    """Every mail in the outbox, the oldest first."""
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def tokens(session: Session, path: str) -> list[str]:
    """The tokens of the mailed links to ``path`` that are not over, the oldest first."""
    pattern = re.compile(re.escape(f"{session.info[BASE_URL]}/{path}/") + r"([\w-]+)")
    return [token for mail in mails(session) for token in pattern.findall(outbox.read_words(session, mail))]
