"""Log of the copies and drills in the database, for every host: when, where, how much, or why not."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from portal.models import BackupRun
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

Row = TypeVar("Row")
FORGOTTEN_AFTER = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Newest:
    """Newest runs of a kind: the last that succeeded and the last that failed; None where there is none."""

    done: BackupRun | None
    failed: BackupRun | None

    @property
    def made_at(self) -> datetime | None:
        """Moment of the last copy that succeeded, which is as old as its beginning."""
        return self.done.began_at if self.done else None

    @property
    def problem(self) -> str | None:
        """Reason of the last failure, if nothing succeeded since."""
        if self.failed is None or (self.done is not None and self.done.ended_at >= self.failed.ended_at):
            return None
        return self.failed.problem


def record(
    act: Act,
    *,
    began_at: datetime,
    is_drill: bool = False,
    file_name: str | None = None,
    size: int | None = None,
    rows: int | None = None,
    problem: str | None = None,
) -> None:
    """Record a run that ended now, or failed with ``problem``; commits."""
    session = act.session
    with transaction(session):
        session.execute(delete(BackupRun).where(BackupRun.ended_at < act.now - FORGOTTEN_AFTER))
        session.add(
            BackupRun(
                is_drill=is_drill,
                host=socket.gethostname()[:255],
                began_at=began_at,
                ended_at=act.now,
                file_name=file_name,
                bytes=size,
                rows=rows,
                problem=None if problem is None else problem[:500],
            )
        )


def find_newest(session: Session, *, is_drill: bool = False) -> Newest:
    """Return the newest runs of copies, or of drills; two queries."""

    def newest(*, failed: bool) -> BackupRun | None:
        return session.scalars(_newest(select(BackupRun), is_drill=is_drill, failed=failed)).one_or_none()

    return Newest(newest(failed=False), newest(failed=True))


def find_made_at(session: Session) -> datetime | None:
    """Return the moment of the last copy that succeeded, on any host."""
    return session.scalars(_newest(select(BackupRun.began_at), is_drill=False, failed=False)).one_or_none()


def _newest(query: Select[Row], *, is_drill: bool, failed: bool) -> Select[Row]:
    told = BackupRun.problem.is_not(None) if failed else BackupRun.problem.is_(None)
    found = query.where(BackupRun.is_drill.is_(is_drill), told)
    return found.order_by(BackupRun.ended_at.desc(), BackupRun.id.desc()).limit(1)
