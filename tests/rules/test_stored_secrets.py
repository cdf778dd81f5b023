"""No secret stands in a stored place: the database, a file of the installation, a line of the log.

A run through every door that hands out or takes a secret, each of them noted as it is made or typed; then everything
that was kept is searched for all of them.
"""

from __future__ import annotations

import base64
import re
import secrets
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import Base, KeyLetter, OutboxMessage
from portal.services.keys import issuance
from portal.services.keys.letters import prints
from portal.services.mail import delivery, outbox
from portal.services.people.accounts import recovery
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.rules.visit import visit
from tests.services import account_stage
from tests.services.way import wrong_numeric_key

TYPED = frozenset({"password", "current", "totp", "code", "security_code", "web_key", "numeric_key", "key", "answer"})
LONG = "una frase que solo ella conoce {}"


@dataclass
class Noted:
    """Every secret of the run, with where it came from."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, value: str, source: str) -> None:
        # Six digits stand in any database by chance.
        if len(value) >= 8:
            self.found[value] = source

    def forms(self) -> Iterator[tuple[str, str]]:
        """Each secret as it is and as it may be written down, with where it came from."""
        for value, source in self.found.items():
            bare = value.replace(" ", "").replace("-", "")
            for form in {value, bare, urllib.parse.quote(value), urllib.parse.quote_plus(value), value.encode().hex()}:
                yield form, source
            yield base64.b64encode(value.encode()).decode().rstrip("="), source


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Noted:
    """Tokens, keys and recovery codes noted as they are made."""
    noted = Noted()
    made = secrets.token_urlsafe
    issue = recovery.issue

    def token(length: int | None = None) -> str:
        value = made(length)
        # What names a row in an address is no secret, nor what tells one form from its double.
        if length is not None and length >= 32:
            noted.add(value, "token")
        return value

    def codes(*arguments: Any, **named: Any) -> tuple[str, ...]:
        given = issue(*arguments, **named)
        for each in given:
            noted.add(each, "recovery code")
        return given

    def key(generate: Any) -> Any:
        def make(*arguments: Any) -> str:
            value = str(generate(*arguments))
            noted.add(value, "key")
            return value

        return make

    monkeypatch.setattr(secrets, "token_urlsafe", token)
    monkeypatch.setattr(recovery, "issue", codes)
    for module in (issuance, prints):
        for name in ("generate_web_key", "generate_numeric_key"):
            monkeypatch.setattr(module, name, key(getattr(module, name)))
    return noted


def everything_kept(session: Session) -> dict[str, str]:
    """The text of every column of every table: what is bytes as it is, as text and as hex."""
    kept = {}
    for table in Base.metadata.sorted_tables:
        words = []
        for row in session.execute(select(table)):
            for value in row:
                if isinstance(value, (bytes, memoryview)):
                    raw = bytes(value)
                    words += [raw.decode("latin-1"), raw.hex()]
                else:
                    words.append(str(value))
        kept[table.name] = "\n".join(words)
    return kept


def hits(kept: dict[str, str], noted: Noted) -> list[str]:
    return [
        f"{source} {form[:6]}… in {place}" for form, source in noted.forms() for place in kept if form in kept[place]
    ]


def test_no_secret_of_a_whole_run_stands_in_database_files_or_log(
    portal: RunningPortal, noted: Noted, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    @portal.app.before_request
    def note() -> None:
        for name, value in request.form.items(multi=True):
            if name in TYPED:
                noted.add(value, name)

    run(portal, noted)
    # Development shows mails on its terminal, and nowhere else.
    log = re.sub(r"-{72}\nMAIL .*?\n-{72}\n", "", capfd.readouterr().err, flags=re.DOTALL)
    with portal.session() as session:
        kept = everything_kept(session) | {"log": log}
    kept |= {file.name: file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()}
    sources = set(noted.found.values())
    assert {"token", "key", "recovery code", "password", "security_code", "authenticator"} <= sources
    assert hits(kept, noted) == []
    # The search itself finds what is there.
    planted = {"a": f"x{next(iter(noted.found))}y", "b": next(iter(noted.found)).encode().hex()}
    assert len(hits(planted, noted)) >= 2


def run(portal: RunningPortal, noted: Noted) -> None:
    """Through every door of secrets: registration, reset, invitation, second factor, keys, letters, tokens."""
    seen = visit(portal)
    customer = seen.customer
    for wrong in (wrong_numeric_key(customer.way), "123 456 78"):
        customer.sign(customer.review("9.500"), wrong)
    guest = portal.browser()
    guest.open("/ingreso").form("/ingreso").fill(email="nadie@example.com", password=LONG.format(0)).submit()
    # The links of the visit, used: one each of registration, reset and invitation.
    used = seen.parts
    portal.browser().open(f"/verificar/{used['login.verify token']}").form().submit()
    page = portal.browser().open(f"/restablecer/{used['login.reset token']}")
    page.form().fill(password=LONG.format(1)).submit()
    hers = portal.browser()
    page = hers.open(f"/invitacion/{used['login.invitation token']}").form().fill(password=LONG.format(2)).submit()
    page = page.form("/ingreso").fill(email="nora@distribuidor.example", password=LONG.format(2)).submit("Ingresar")
    secret = page.one("#secreto").get_text().replace(" ", "")
    noted.add(secret, "authenticator")
    code = pyotp.TOTP(secret).at(portal.clock.now)
    page = page.form("/ingreso/segundo-factor/alta").fill(totp=code).submit()
    assert len(page.select("#codigos li")) == 10
    # A letter with keys, printed; another link of each kind, which nobody uses.
    supervisor = portal.staff(Role.SUPERVISOR, name="Saúl Vega")
    page = supervisor.open(f"/consola/claves/cartas/{letter_of(portal)}")
    page = page.form("form:has(input[name=accion][value=aprobar])").submit()
    assert page.form(f"{page.url}/imprimir").submit().body.startswith(b"%PDF")
    with portal.session() as session:
        account_stage.register(session, portal.vault, email="otra@cliente.example", now=portal.clock.now)
        account_stage.ask_reset(session, email=customer.way.actor.email, now=portal.clock.now)


def letter_of(portal: RunningPortal) -> str:
    with portal.session() as session:
        return session.scalars(select(KeyLetter.public_id)).all()[-1]


def test_a_link_is_in_the_mail_that_leaves_and_blanked_in_the_row_that_stays(session: Session, vault):
    account_stage.register(session, vault)
    [row] = account_stage.mails(session)
    assert outbox.LINK_PLACE in row.body
    assert row.sealed
    [token] = account_stage.tokens(session, "verificar")
    sent: list[delivery.Mail] = []
    assert delivery.send_next(session, carry=sent.append, clock=lambda: factories.NOW) is True
    assert f"/verificar/{token}" in sent[0].body
    session.expire_all()
    [row] = account_stage.mails(session)
    assert (row.sealed, row.sent_at) == (None, factories.NOW)
    assert token not in row.body


def test_a_link_that_was_replaced_used_or_ran_out_is_blanked_and_its_mail_never_leaves(session: Session, vault):
    account_stage.register(session, vault)
    account_stage.register(session, vault)
    first, second = account_stage.mails(session)
    assert (first.sealed is None, second.sealed is None) == (True, False)
    account_stage.confirm(session, account_stage.tokens(session, "verificar")[0])
    account_stage.ask_reset(session)
    late = factories.NOW + timedelta(minutes=31)
    sent: list[delivery.Mail] = []
    while delivery.send_next(session, carry=sent.append, clock=lambda: late) is not None:
        pass
    assert sent == []
    assert account_stage.mails(session) == []


def test_the_worker_forgets_links_that_ran_out_without_a_mail_server(session: Session, vault):
    account_stage.register(session, vault)
    outbox.forget_due(Act.of_system(session, factories.NOW + timedelta(hours=23)))
    assert len(account_stage.tokens(session, "verificar")) == 1
    outbox.forget_due(Act.of_system(session, factories.NOW + timedelta(hours=24)))
    session.expire_all()
    assert account_stage.tokens(session, "verificar") == []


def test_a_mail_whose_row_was_changed_is_put_off_and_says_why(session: Session, vault):
    account_stage.register(session, vault)
    with transaction(session):
        session.scalars(select(OutboxMessage)).one().recipient = "ladron@example.com"
    assert delivery.send_next(session, carry=lambda mail: None, clock=lambda: factories.NOW) is False
    session.expire_all()
    row = session.scalars(select(OutboxMessage)).one()
    assert row.sent_at is None
    assert "another pepper" in (row.last_error or "")
