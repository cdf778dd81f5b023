"""Who acts: handed to every use case that leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.accounts import Role


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
