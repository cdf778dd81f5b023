"""Anchors of the audit chain, kept outside the database: they show when its end was cut off and signed anew."""

from __future__ import annotations

import hmac
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, AuditHead

from . import audit

_LINE = re.compile(r"(\S+)\t([0-9]+)\t([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain as it was at a moment."""

    at: str
    sequence: int
    mac: bytes


class BadAnchors(Exception):
    """The file of anchors cannot be read; the text says which line."""


def append(session: Session, *, path: Path, now: datetime) -> Anchor:
    """Write the present end of the chain as the last line of ``path``, on the disk before this returns."""
    head = session.get_one(AuditHead, 1)
    anchor = Anchor(now.isoformat(timespec="seconds"), head.sequence, head.mac)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{anchor.at}\t{anchor.sequence}\t{anchor.mac.hex()}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return anchor


def read(path: Path) -> list[Anchor]:
    """Return the anchors of the file, none when there is no file; ``BadAnchors`` for a line that is none."""
    if not path.exists():
        return []
    found: list[Anchor] = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise BadAnchors(f"line {number} of {path} is no anchor")
        found.append(Anchor(parts[1], int(parts[2]), bytes.fromhex(parts[3])))
    return found


def verify(session: Session, *, anchors: list[Anchor]) -> str | None:
    """Recompute the chain and compare it with every anchor; None when all agree, else the first that does not.

    Reads one moment of the database, so that events written meanwhile do not count as a difference.
    """
    session.rollback()
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        return audit.verify(session) or _compare(session, anchors)
    finally:
        session.rollback()


def _compare(session: Session, anchors: list[Anchor]) -> str | None:
    anchored = {anchor.sequence for anchor in anchors}
    rows = session.execute(select(AuditEvent.sequence, AuditEvent.mac).where(AuditEvent.sequence.in_(anchored)))
    macs = {0: audit.FIRST_MAC} | {row.sequence: row.mac for row in rows}
    for anchor in anchors:
        mac = macs.get(anchor.sequence)
        if mac is None:
            return f"event {anchor.sequence}, anchored at {anchor.at}, is missing"
        if not hmac.compare_digest(mac, anchor.mac):
            return f"event {anchor.sequence} is not the one that was anchored at {anchor.at}"
    return None
