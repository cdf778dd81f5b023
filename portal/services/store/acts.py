"""Acts: actor, session and moment that every use case needs besides its input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.distributor import Distributor
from portal.services.store.distributors import distributor_of
from portal.services.store.vault import Vault

# Keys of the session's info for the installation's vault and ``PORTAL_BASE_URL``.
VAULT = "vault"
BASE_URL = "base_url"


@dataclass(frozen=True, slots=True)
class Act:
    """One act of ``actor``: in ``session``, arrived at ``now`` (aware, UTC); ``clock`` tells the time later on."""

    session: Session
    actor: Actor
    now: datetime
    clock: Callable[[], datetime]

    @classmethod
    def at(cls, session: Session, actor: Actor, now: datetime) -> Act:
        """Return an act whose clock stands still at its moment."""
        return cls(session, actor, now, lambda: now)

    @classmethod
    def of_system(cls, session: Session, now: datetime) -> Act:
        """Return an act of the system, for which no permission is checked."""
        return cls.at(session, Actor.system(), now)

    @property
    def vault(self) -> Vault:
        """The vault that seals and verifies the secrets of this installation."""
        found: Vault = self.session.info[VAULT]
        return found

    @property
    def base_url(self) -> str:
        """The portal's public address without a trailing slash, for links in mails."""
        found: str = self.session.info[BASE_URL]
        return found.rstrip("/")

    @property
    def distributor(self) -> Distributor:
        """The distributor of this portal: names, numbers, addresses, prefixes."""
        return distributor_of(self.session)

    def link(self, path: str) -> str:
        """Return the absolute address of a path, which begins with a slash."""
        return self.base_url + path

    def by(self, actor: Actor) -> Act:
        """Return the same act done by another actor."""
        return replace(self, actor=actor)

    def for_account(self, user_id: int) -> Act:
        """Return the same act with the reach of an account that is not here: no session, nobody's address."""
        return self.by(Actor(user_id, "", "", None, None, "", self.actor.channel))

    def moved(self, now: datetime) -> Act:
        """Return the same act at another moment (aware, UTC), with its clock standing still there."""
        return Act.at(self.session, self.actor, now)


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or the system itself, at the moment of a request.

    ``session_id`` is the row of the sign-in session (None outside the web), ``address`` the normalised network address.
    """

    user_id: int | None
    email: str
    name: str
    role: Role | None
    session_id: int | None
    address: str
    channel: str

    @classmethod
    def system(cls, channel: str = "cli") -> Actor:
        """Return the actor of commands and jobs, without a person."""
        return cls(
            user_id=None, email="sistema", name="Sistema", role=None, session_id=None, address="", channel=channel
        )
