"""Duties done once at their hour by whichever worker comes first: a row taken in the transaction that does it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.models import DutyRun
from portal.services.store.acts import Act

from .constraints import name_of

_DONE = select(DutyRun.done_at).where(DutyRun.name == bindparam("name"))


class Taken(Exception):
    """Done, or being done, by another worker: the caller's transaction is over and wrote nothing."""


def is_done(session: Session, *, name: str) -> bool:
    """Tell whether the duty was done; one query by key."""
    return find_done_at(session, name=name) is not None


def find_done_at(session: Session, *, name: str) -> datetime | None:
    """Return the moment at which the duty was done, None when it was not; one query by key."""
    return session.connection().execute(_DONE, {"name": name}).scalar()


def take(act: Act, *, name: str) -> None:
    """Mark the duty as done, inside the caller's transaction and first in it; ``Taken`` when already marked.

    A second worker waits here for the first: when that one fails, this one does it.
    """
    act.session.add(DutyRun(name=name, done_at=act.now))
    try:
        act.session.flush()
    except IntegrityError as error:
        if name_of(error) == "pk_duty_runs":
            raise Taken from error
        raise
