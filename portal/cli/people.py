"""Actor of a command that a person answers for."""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import User
from portal.services.store.actors import Actor


def staff_member(session: Session, email: str) -> Actor:
    """Return the staff account with this e-mail as actor; raises ``ClickException`` without one."""
    person = session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if person is None or person.role is Role.CUSTOMER or person.disabled_at is not None:
        raise click.ClickException(f"No staff account has the e-mail {email}.")
    return Actor(person.id, person.email, person.name, person.role, None, "", "cli")
