"""`portal secrets`: both secrets are rotated while people are signed in, and nothing sealed or printed is lost."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.accounts import Role
from portal.models import AccessKey, AuditEvent, DeliveryPoint, OutboxMessage, PepperMark, User
from portal.services.keys import issuance
from portal.services.mail import outbox
from portal.services.ops import installation, secret_rotation
from portal.services.people.accounts import recovery, second_factor
from portal.services.store import identity, rotations
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests.cheap_vault import cheapen
from tests.cli.conftest import Run
from tests.factories import NOW

PASSWORD = "una frase que solo ella conoce"
BEGUN, ENDS = (NOW + timedelta(hours=1, minutes=1)).isoformat(), (NOW + timedelta(hours=9, minutes=1)).isoformat()
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Sealed:
    """An account with password, authenticator and recovery codes, both keys of a contract, a mail with a secret."""

    def __init__(self, database: Session, environment: dict[str, str], point: DeliveryPoint) -> None:
        self.database, self.environment = database, environment
        self.point_id, self.contract_id = point.id, point.contract_id
        self.web, self.numeric, self.recovery = "", "", ""

    def vault(self, now: datetime = NOW) -> Vault:
        """The vault that a server has which was started just now."""
        settings = Settings.from_environment(self.environment)
        return cheapen(Vault(settings.pepper, file=settings.pepper_file, clock=lambda: now))

    def write(self, vault: Vault, now: datetime = NOW) -> None:
        session = self.database
        session.info["vault"] = vault
        act = Act.of_system(session, now)
        with transaction(session):
            user = session.scalars(select(User).where(User.email == "ana@example.co")).one_or_none()
            if user is None:
                user = User(
                    public_id="ana",
                    email="ana@example.co",
                    name="Ana",
                    role=Role.CUSTOMER,
                    created_at=now,
                    password_sealed=b"",
                )
                session.add(user)
                session.flush()
            user.password_sealed = vault.seal_password(PASSWORD, identity.owner_of(user.email))
            second_factor.enrol(vault=vault, user=user, secret="JBSWY3DPEHPK3PXP")
            self.recovery = recovery.issue(act, user=user)[0].replace("-", "")
            self.web = issuance.add_version(
                act, contract_id=self.contract_id, delivery_point_id=None, plain="K7QF2M9XTB4R"
            )
            self.numeric = issuance.add_version(
                act, contract_id=None, delivery_point_id=self.point_id, plain="483920175"
            )
            outbox.post(
                act, kind="x", recipient="ana@example.co", subject="x", body=outbox.LINK_PLACE, secret="el secreto"
            )

    def demand(self, vault: Vault) -> None:
        """Everything that was sealed fits under this vault, and nothing else does."""
        session = self.database
        session.rollback()
        session.expire_all()
        session.info["vault"] = vault
        user = session.scalars(select(User).where(User.email == "ana@example.co")).one()
        assert vault.password_matches(user.password_sealed, PASSWORD, identity.owner_of(user.email))
        assert not vault.password_matches(user.password_sealed, "otra", identity.owner_of(user.email))
        assert vault.open_secret(user.totp_sealed, second_factor.owner_of("ana")) == "JBSWY3DPEHPK3PXP"
        found = session.scalars(
            select(AccessKey).where(AccessKey.selector.in_(vault.selectors(self.web))).order_by(AccessKey.id.desc())
        ).first()
        assert found is not None, "the web key is not found"
        assert vault.key_matches(found.sealed, self.web, f"web:{self.contract_id}:{found.version}")
        numeric = session.scalars(
            select(AccessKey).where(AccessKey.delivery_point_id == self.point_id).order_by(AccessKey.id.desc())
        ).first()
        assert vault.key_matches(numeric.sealed, self.numeric, f"numeric:{self.point_id}:{numeric.version}")
        mail = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert outbox.read_words(session, mail) == "el secreto"
        assert recovery._spend(Act.of_system(session, NOW), user=user, code=self.recovery)
        session.rollback()
        assert audit.is_sealed_with(session, vault.audit_key) is not False


@pytest.fixture
def sealed(database: Session, environment: dict[str, str], point: DeliveryPoint) -> Sealed:
    made = Sealed(database, environment, point)
    made.write(made.vault())
    return made


@pytest.mark.parametrize("written_again", [False, True])
def test_a_rotation_begins_goes_on_and_ends_without_losing_a_sealed_value(
    portal: Run, sealed: Sealed, instance: Path, written_again: bool
):
    before = rotations.parse((instance / "pepper").read_bytes())
    running = sealed.vault()
    done = portal("secrets", "rotate")
    assert done.exit_code == 0, done.stderr
    assert (instance / "pepper").stat().st_mode & 0o777 == 0o600
    assert (instance / "secret_key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in instance.iterdir() if path.name.startswith(".")) == []
    during = rotations.parse((instance / "pepper").read_bytes())
    assert during.current == before.current
    # A server that was running reads the file by itself; both peppers open.
    sealed.demand(running)
    assert running.secret == during
    late = NOW + timedelta(hours=2)
    if written_again:
        sealed.write(sealed.vault(late), now=late)
    sealed.demand(sealed.vault(late))
    assert "under rotation, the new one used since" in portal("secrets", "status", PORTAL_NOW=BEGUN).stdout
    assert portal("verify", PORTAL_NOW=BEGUN).exit_code == 0

    ended = portal("secrets", "end", PORTAL_NOW=ENDS)
    assert ended.exit_code == 0, ended.stderr
    after = rotations.parse((instance / "pepper").read_bytes())
    assert after.current == during.successor
    assert before.current not in (instance / "pepper").read_bytes()
    assert not after.is_rotating
    sealed.demand(sealed.vault(late))
    sealed.demand(running)
    # The former pepper alone opens nothing any more, and is refused.
    former = cheapen(Vault(before))
    user = sealed.database.scalars(select(User)).first()
    assert not former.password_matches(user.password_sealed, PASSWORD, identity.owner_of(user.email))
    assert not set(former.selectors(sealed.web)) & set(
        sealed.database.scalars(select(AccessKey.selector).where(AccessKey.selector.is_not(None)))
    )
    (instance / "former").write_bytes(before.current)
    assert "another pepper" in portal("verify", PORTAL_PEPPER_FILE=str(instance / "former")).stderr
    # What proves old papers and the audit stays, and a second rotation goes the same way.
    assert sealed.vault().audit_key == former.audit_key
    assert sealed.vault().receipt_key == former.receipt_key
    assert portal("verify").exit_code == 0
    assert portal("secrets", "rotate", "--lead", "0", PORTAL_NOW=ENDS).exit_code == 0
    assert portal("secrets", "end", "--at-once", PORTAL_NOW=ENDS).exit_code == 0
    sealed.demand(sealed.vault(late))
    steps = sealed.database.scalars(select(AuditEvent.details).where(AuditEvent.event == "secrets:rotated")).all()
    assert len(steps) == 8


def test_a_server_that_used_no_secret_meanwhile_knows_its_database_after_the_end(
    portal: Run, sealed: Sealed, instance: Path
):
    idle = sealed.vault()
    portal("secrets", "rotate", "--lead", "0")
    assert portal("secrets", "end", PORTAL_NOW=ENDS).exit_code == 0
    assert installation.is_sealed_under(sealed.database, idle)
    sealed.database.rollback()


def test_an_end_that_was_stopped_goes_on_and_loses_nothing(
    portal: Run, sealed: Sealed, instance: Path, monkeypatch: pytest.MonkeyPatch
):
    portal("secrets", "rotate", "--lead", "0")
    replace = secret_rotation._replace
    left = 3

    def until_killed(*arguments):
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(5, "killed")
        return replace(*arguments)

    monkeypatch.setattr(secret_rotation, "_replace", until_killed)
    assert portal("secrets", "end", PORTAL_NOW=ENDS).exit_code == 1
    sealed.demand(sealed.vault())
    monkeypatch.setattr(secret_rotation, "_replace", replace)
    # Killed between the database and the file: both are accepted still.
    written = rotations.write

    def nothing(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rotations, "write", nothing)
    assert portal("secrets", "end", "--only", "pepper", PORTAL_NOW=ENDS).exit_code == 1
    sealed.demand(sealed.vault())
    monkeypatch.setattr(rotations, "write", written)
    done = portal("secrets", "end", PORTAL_NOW=ENDS)
    assert done.exit_code == 0, done.stderr
    sealed.demand(sealed.vault())
    assert sealed.database.scalars(select(PepperMark.fingerprint)).one() == sealed.vault().fingerprint


@ON_SQLITE
def test_a_rotate_that_was_killed_leaves_the_secrets_in_force(
    portal: Run, sealed: Sealed, instance: Path, monkeypatch: pytest.MonkeyPatch
):
    before = {name: (instance / name).read_bytes() for name in ("pepper", "secret_key")}
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(5, "killed")))
    assert portal("secrets", "rotate").exit_code == 1
    assert {name: (instance / name).read_bytes() for name in before} == before
    assert [path.name for path in instance.iterdir() if path.name.startswith(".")] == []


@ON_SQLITE
def test_a_rotation_is_not_begun_twice_nor_ended_before_the_longest_session_is_over(
    portal: Run, sealed: Sealed, instance: Path
):
    assert portal("secrets", "end").exit_code == 1
    portal("secrets", "rotate")
    during = (instance / "pepper").read_bytes()
    again = portal("secrets", "rotate")
    assert again.exit_code == 0
    assert "a rotation is under way already" in again.stdout
    assert (instance / "pepper").read_bytes() == during
    early = portal("secrets", "end", PORTAL_NOW=BEGUN)
    assert early.exit_code == 1
    assert "needed until" in early.stderr
    assert "rotation: the pepper is under rotation" in portal("doctor").stdout


@ON_SQLITE
def test_the_session_key_of_the_environment_is_left_to_people(portal: Run, sealed: Sealed, instance: Path):
    key = "una-clave-de-sesiones-bien-larga-y-distinta"
    refused = portal("secrets", "rotate", PORTAL_SECRET_KEY=key)
    assert refused.exit_code == 1
    assert "PORTAL_SECRET_KEY stands in the environment" in refused.stderr
    assert not rotations.parse((instance / "pepper").read_bytes()).is_rotating
    assert portal("secrets", "rotate", "--only", "pepper", PORTAL_SECRET_KEY=key).exit_code == 0
    (instance / "key").write_text(f"{key}\n")
    file = str(instance / "key")
    assert portal("secrets", "rotate", "--only", "session-key", PORTAL_SECRET_KEY_FILE=file).exit_code == 0
    during = Settings.from_environment(sealed.environment | {"PORTAL_SECRET_KEY_FILE": file})
    assert during.session_keys[-1] == key.encode(), "the former one signs until the new one begins"
    later = {"PORTAL_SECRET_KEY_FILE": file, "PORTAL_NOW": BEGUN}
    assert Settings.from_environment(sealed.environment | later).session_keys[0] == key.encode()


@ON_SQLITE
def test_a_cut_off_file_of_a_secret_is_named(portal: Run, sealed: Sealed, instance: Path):
    portal("secrets", "rotate")
    running = sealed.vault()
    whole = (instance / "pepper").read_bytes()
    (instance / "pepper").write_bytes(whole[:-20])
    refused = portal("secrets", "status")
    assert refused.exit_code == 1
    assert f"{instance / 'pepper'} is no file of a secret" in refused.stderr
    assert not any(part in refused.stderr for part in whole.decode().split('"') if len(part) > 30)
    # A server that runs keeps what it has.
    sealed.demand(running)
