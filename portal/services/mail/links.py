"""Where the portal is reached, for the links of mails: the session carries it, as it carries what seals."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.services.store.acts import BASE_URL


def address(session: Session, path: str) -> str:
    """Return the whole address of a path of the portal, which begins with a slash."""
    base: str = session.info[BASE_URL]
    return f"{base.rstrip('/')}{path}"
