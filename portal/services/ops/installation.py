"""What an installation holds already: light, because each start asks for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Company


def is_empty(session: Session) -> bool:
    """Tell whether no company is registered yet."""
    return session.scalar(select(Company.id).limit(1)) is None
