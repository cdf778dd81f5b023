"""Heartbeats of the processes of ``portal worker``: one row a process, by the system's clock."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.models import WorkerHeartbeat
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

# A worker is seen every few seconds; after this time it counts as gone.
SILENT_AFTER = timedelta(seconds=60)
# Rows of processes that ended this long ago are deleted.
FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker's process and its last heartbeat."""

    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    last_duty_at: datetime | None
    last_mail_at: datetime | None
    last_job_at: datetime | None


def beat(act: Act, *, started_at: datetime, last: Mapping[str, datetime]) -> None:
    """Record that this process lives; commits. ``last``: time of its last round of ``duty``, ``mail`` or ``job``."""
    session = act.session
    host, pid = socket.gethostname()[:255], os.getpid()
    with transaction(session):
        row = session.scalars(
            select(WorkerHeartbeat).where(WorkerHeartbeat.host == host, WorkerHeartbeat.pid == pid)
        ).one_or_none()
        if row is None:
            session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < act.now - FORGOTTEN_AFTER))
            row = WorkerHeartbeat(host=host, pid=pid)
            session.add(row)
        row.version, row.started_at, row.seen_at = read_version(), started_at, act.now
        row.last_duty_at, row.last_mail_at, row.last_job_at = last.get("duty"), last.get("mail"), last.get("job")


def list_seen(session: Session) -> list[Seen]:
    """Return the recent workers, last seen first."""
    rows = session.scalars(select(WorkerHeartbeat).order_by(WorkerHeartbeat.seen_at.desc()).limit(20))
    return [
        Seen(
            row.host,
            row.pid,
            row.version,
            row.started_at,
            row.seen_at,
            row.last_duty_at,
            row.last_mail_at,
            row.last_job_at,
        )
        for row in rows
    ]


def read_version() -> str:
    """Return the version of the installed portal."""
    try:
        return metadata.version("portal-clientes")
    except metadata.PackageNotFoundError:
        return "?"
