"""Anchors outside the database: a line each in a file that every host with a worker keeps.

``moment TAB audit event TAB its seal TAB anchor TAB its seal``. A line of three parts is of an older portal, which
anchored the audit only. ``moment TAB restored TAB audit event TAB anchor TAB seal`` records that a copy of the database
was restored: the lines above it with greater numbers are void.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import Anchor, AnchorFile, AuditHead
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace.chain_findings import ChainFault, Finding

from . import chain

_LINE = re.compile(r"(\S+)\t(\d{1,18})\t([0-9a-f]{64})(?:\t(\d{1,18})\t([0-9a-f]{64}))?")
_RESTORED = re.compile(r"(\S+)\trestored\t(\d{1,18})\t(\d{1,18})\t([0-9a-f]{64})")
PLACE_LENGTH = 300


class BadAnchors(Exception):
    """The file of anchors cannot be trusted; the text names the line and the reason."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found)
        self.found = found


@dataclass(frozen=True, slots=True)
class Line:
    """An anchor in the file; ``number`` and ``mac`` are None on a line of the older portal."""

    at: str
    sequence: int
    audit_mac: bytes
    number: int | None = None
    mac: bytes | None = None


@dataclass(slots=True)
class Kept:
    """Content of a file: the anchors that count, and the days of those that a restored copy made void."""

    lines: list[Line] = field(default_factory=list)
    void_days: set[date] = field(default_factory=set)

    @property
    def last(self) -> int:
        """The number of the last anchor, 0 when there is none."""
        return max((line.number or 0 for line in self.lines), default=0)


def read(path: Path, *, key: bytes) -> Kept:
    """Return the content of the file, empty when it does not exist; ``BadAnchors`` for a malformed line."""
    kept = Kept()
    if not path.exists():
        return kept
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if restored := _RESTORED.fullmatch(text):
            at, sequence, anchor = restored[1], int(restored[2]), int(restored[3])
            if not hmac.compare_digest(bytes.fromhex(restored[4]), _restored_mac(key, at, sequence, anchor)):
                raise BadAnchors(Finding(ChainFault.FOREIGN_LINE, line=number, place=path))
            _forget(kept, sequence, anchor)
            continue
        parts = _LINE.fullmatch(text)
        if parts is None:
            raise BadAnchors(Finding(ChainFault.NO_ANCHOR_LINE, line=number, place=path))
        kept.lines.append(
            Line(
                parts[1],
                int(parts[2]),
                bytes.fromhex(parts[3]),
                int(parts[4]) if parts[4] else None,
                bytes.fromhex(parts[5]) if parts[5] else None,
            )
        )
    return kept


def copy_until(path: Path, to: Path, *, last: int) -> None:
    """Copy the lines of a file of anchors up to the anchor ``last``: what a copy of the database must agree with."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    kept = []
    for line in text.splitlines():
        parts = _LINE.fullmatch(line)
        if parts is None or parts[4] is None or int(parts[4]) <= last:
            kept.append(f"{line}\n")
    to.write_text("".join(kept), encoding="utf-8")


def _forget(kept: Kept, sequence: int, anchor: int) -> None:
    def counts(line: Line) -> bool:
        return line.sequence <= sequence if line.number is None else line.number <= anchor

    for line in kept.lines:
        if not counts(line):
            try:
                kept.void_days.add(GasDay.of(datetime.fromisoformat(line.at)).date)
            except ValueError:
                continue
    kept.lines = [line for line in kept.lines if counts(line)]


def place_of(path: Path) -> str:
    """Return the name of a file, unique among all hosts."""
    return f"{platform.node()}:{path.resolve()}"[-PLACE_LENGTH:]


def find_last_written(session: Session, *, path: Path) -> int | None:
    """Return the last anchor that this host wrote to the file; None when it never wrote one."""
    return session.scalar(select(AnchorFile.number).where(AnchorFile.place == place_of(path)))


def bring_up_to_date(session: Session, *, path: Path, trusted: bool = False) -> int:
    """Append the missing anchors to the file, flushed to disk before this returns; return their number. Commits.

    ``BadAnchors`` when the file ends before this host's last line: it must not be repaired unnoticed after a cut.
    ``trusted`` when a person checked the file and allows it.
    """
    kept = read(path, key=chain.key_of(session))
    known = find_last_written(session, path=path) or 0
    if kept.last < known and not trusted:
        raise BadAnchors(Finding(ChainFault.FILE_CUT_OFF, place=path, last=kept.last, anchor=known))
    lacking = session.scalars(select(Anchor).where(Anchor.number > kept.last).order_by(Anchor.number)).all()
    if lacking:
        _append(path, "".join(_line(chain.written_of(anchor)) for anchor in lacking))
    last = lacking[-1].number if lacking else kept.last
    session.rollback()
    if last != known:
        with transaction(session):
            session.merge(AnchorFile(place=place_of(path), number=last))
    return len(lacking)


def note_restored(act: Act, *, path: Path) -> bool:
    """Record that the database is an older copy, so that later anchors of the file are void; False if none is."""
    session = act.session
    kept = read(path, key=chain.key_of(session))
    last = chain.find_newest(session)
    number = 0 if last is None else last.number
    sequence = session.get_one(AuditHead, 1).sequence
    session.rollback()
    if kept.last <= number and all(line.sequence <= sequence for line in kept.lines):
        return False
    at = act.now.astimezone(UTC).isoformat(timespec="seconds")
    mac = _restored_mac(chain.key_of(session), at, sequence, number)
    _append(path, f"{at}\trestored\t{sequence}\t{number}\t{mac.hex()}\n")
    with transaction(session):
        session.merge(AnchorFile(place=place_of(path), number=number))
    return True


def _line(written: chain.Written) -> str:
    at = written.at.astimezone(UTC).isoformat(timespec="seconds")
    return f"{at}\t{written.sequence}\t{written.audit_mac.hex()}\t{written.number}\t{written.mac.hex()}\n"


def _append(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text.encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _restored_mac(key: bytes, at: str, sequence: int, anchor: int) -> bytes:
    return hmac.digest(key, f"restored|{at}|{sequence}|{anchor}".encode(), hashlib.sha256)
