"""Who does what now: what every use case needs besides what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.distributor import Distributor
from portal.services.store.distributors import distributor_of
from portal.services.store.vault import Vault

# Where a session carries the vault of the installation and ``PORTAL_BASE_URL``.
VAULT = "vault"
BASE_URL = "base_url"


@dataclass(frozen=True, slots=True)
class Act:
    """One act of ``actor``: in ``session``, arrived at ``now`` (aware, UTC); ``clock`` tells the moment once more."""

    session: Session
    actor: Actor
    now: datetime
    clock: Callable[[], datetime]

    @classmethod
    def at(cls, session: Session, actor: Actor, now: datetime) -> Act:
        """Return an act whose clock stands still: nothing about it depends on when it is written."""
        return cls(session, actor, now, lambda: now)

    @classmethod
    def of_system(cls, session: Session, now: datetime) -> Act:
        """Return an act of nobody in particular: whether a person may ask is not asked."""
        return cls.at(session, Actor.system(), now)

    @property
    def vault(self) -> Vault:
        """What seals and verifies the secrets of this installation."""
        found: Vault = self.session.info[VAULT]
        return found

    @property
    def base_url(self) -> str:
        """Where the portal is reached, without a slash at its end, for the links of mails."""
        found: str = self.session.info[BASE_URL]
        return found.rstrip("/")

    @property
    def distributor(self) -> Distributor:
        """Whose portal this is: names, numbers, addresses, prefixes."""
        return distributor_of(self.session)

    def link(self, path: str) -> str:
        """Return the whole address of a path of the portal, which begins with a slash."""
        return self.base_url + path

    def by(self, actor: Actor) -> Act:
        """Return the same act done by somebody else."""
        return replace(self, actor=actor)

    def moved(self, now: datetime) -> Act:
        """Return the same act at another moment (aware, UTC), where the clock then stands still."""
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
        """Return the actor of commands and jobs, which no person signed."""
        return cls(
            user_id=None, email="sistema", name="Sistema", role=None, session_id=None, address="", channel=channel
        )
