"""Frozen versions of a day's book: found, compared, and returned unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas
from portal.models import DayBook, DayBookFile, DayBookLine, DayBookSending
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.statements import LISTED, moment_of
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import hot
from .blocks import Block, Blocks
from .files import entries_of, write_csv
from .lines import Line, list_frozen_lines, list_lines, list_some_frozen_lines

LONGEST_RECIPIENT = 200
# Of a point without a line: no nomination has this row id.
_NO_LINE: Final = -1


class Version(NamedTuple):
    """A frozen version of a day's book; ``file_hash`` is the SHA-256 of its CSV, ``sent_at`` None until it is sent."""

    id: int
    version: int
    frozen_at: datetime
    frozen_by: str
    file_hash: bytes
    sent_at: datetime | None = None
    sent_by: str | None = None
    sent_to: str | None = None


class Difference(NamedTuple):
    """A point whose line differs from before; None where it has no line."""

    before: Line | None
    after: Line | None

    @property
    def line(self) -> Line:
        """The newer of the two lines, for the columns that stay the same."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference has at least one side")
        return found

    @property
    def same_quantity(self) -> bool:
        """True when only the revision differs, not the quantity."""
        before, after = self.before, self.after
        return before is not None and after is not None and before.asked == after.asked


def list_versions(session: Session, *, gas_day: GasDay) -> list[Version]:
    """Return the frozen versions of the day, in ascending order."""
    return [
        Version(
            row.id,
            row.version,
            moment_of(row.frozen_at),
            row.frozen_by,
            bytes(row.file_hash),
            None if row.sent_at is None else moment_of(row.sent_at),
            row.sent_by,
            row.sent_to,
        )
        for row in hot.VERSIONS.rows(session, day=gas_day.date)
    ]


def read_content(session: Session, *, version: Version) -> bytes:
    """Return the CSV of a frozen version, unchanged; ``NotFound`` when its file is missing.

    Raises ``RuntimeError`` when it does not match its hash: the file was altered.
    """
    row = hot.CONTENT.first(session, book=version.id)
    if row is None:
        raise NotFound
    content = bytes(row.content)
    if hashlib.sha256(content).digest() != version.file_hash:
        raise RuntimeError(f"the file of day book {version.id} is not the one that was frozen")
    return content


class Frozen:
    """A frozen version to hold a book against: the nomination of each point, and the lines that were asked for.

    A version never changes: this is kept with the book that it is held against.
    """

    def __init__(self, session: Session, *, version: Version, gas_day: GasDay) -> None:
        """Read which nomination each point has; one query."""
        self.id, self.version = version.id, version.version
        self._gas_day = gas_day
        rows = hot.NOMINATIONS.rows(session, book=version.id)
        self.nominations: dict[int, int | None] = {row.delivery_point_id: row.nomination_id for row in rows}
        self._lines: dict[int, Line] = {}

    def find(self, session: Session, point_ids: Collection[int]) -> dict[int, Line]:
        """Return the lines of these points, by row id; no query where they were asked for before."""
        unknown = [point for point in point_ids if point in self.nominations and point not in self._lines]
        if unknown:
            found = (
                list_frozen_lines(session, book_id=self.id, gas_day=self._gas_day)
                if len(unknown) > LISTED
                else list_some_frozen_lines(session, book_id=self.id, gas_day=self._gas_day, point_ids=unknown)
            )
            wanted = frozenset(unknown)
            self._lines |= {line.point_id: line for line in found if line.point_id in wanted}
        lines = self._lines
        return {point: lines[point] for point in point_ids if point in lines}


def list_changes_since(session: Session, *, frozen: Frozen, blocks: Blocks) -> list[Difference]:
    """Return the differences of a book from a frozen version; read of its lines those that differ and no other."""
    of = (frozen.id,)
    changed = [block.recall("changed", of, partial(_list_changed, block, frozen.nominations)) for block in blocks.each]
    left = _list_left(blocks, frozen)
    before = frozen.find(session, [*left, *[line.point_id for lines in changed for line in lines]])
    if left:
        # Where one goes on in another row of the registry, both rows are one difference.
        return list_differences(list(before.values()), list(chain.from_iterable(changed)))
    found: list[Difference] = []
    for block, lines in zip(blocks.each, changed, strict=True):
        found += block.recall("differences", of, partial(_hold_against, lines, before))
    return found


def _hold_against(lines: Sequence[Line], before: Mapping[int, Line]) -> list[Difference]:
    return [Difference(before.get(line.point_id), line) for line in lines]


def _list_changed(block: Block, nominations: Mapping[int, int | None]) -> list[Line]:
    return [line for line in block.lines if nominations.get(line.point_id, _NO_LINE) != line.nomination_id]


def _list_left(blocks: Blocks, frozen: Frozen) -> list[int]:
    """Return the row ids of the points that have a line in the frozen version and none in the book."""
    nominations = frozen.nominations
    kept = sum(
        block.recall("kept", (frozen.id,), partial(_count_kept, block, nominations.keys())) for block in blocks.each
    )
    if kept == len(nominations):
        return []
    there = {line.point_id for line in blocks.lines}
    return sorted(nominations.keys() - there)


def _count_kept(block: Block, points: Set[int]) -> int:
    return sum(line.point_id in points for line in block.lines)


def list_differences(before: Sequence[Line], after: Sequence[Line]) -> list[Difference]:
    """Return the points with another quantity or revision, in the order of the newer lines, then those that left.

    A point that goes on in another row of the registry, with another unit, exit point or contract, is one difference:
    its two rows have the same code.
    """
    old = {line.point_id: line for line in before}
    kept = {line.point_id for line in after}
    left = [line for line in before if line.point_id not in kept]
    by_code = {line.carrier_code: line for line in left}
    followed = set[int]()
    found: list[Difference] = []
    for line in after:
        same = old.get(line.point_id)
        if same is None:
            earlier = by_code.pop(line.carrier_code, None)
            if earlier is not None:
                followed.add(earlier.point_id)
            found.append(Difference(earlier, line))
        elif same.nomination_id != line.nomination_id:
            found.append(Difference(same, line))
    return found + [Difference(line, None) for line in left if line.point_id not in followed]


def freeze(act: Act, *, gas_day: GasDay) -> DayBook:
    """Freeze the nominations in force for the day as the next version of its book. Commits.

    Refuses (``Rejected``) a day that is over (``BOOK_DAY_OVER``), and lines equal to those of the last version
    (``BOOK_UNCHANGED``); ``Conflict`` when another process froze it at the same moment.
    """
    user_id = require(act, Function.AUTHORISE)
    with meaning_of_constraints(), transaction(act.session):
        return freeze_within(act, user_id=user_id, gas_day=gas_day)


def freeze_within(act: Act, *, user_id: int, gas_day: GasDay) -> DayBook:
    """Freeze as ``freeze``, inside the caller's transaction."""
    session = act.session
    if act.now >= gas_day.end:
        raise Rejected(Refusal.BOOK_DAY_OVER)
    lines = list_lines(session, gas_day=gas_day)
    earlier = list_versions(session, gas_day=gas_day)
    if earlier:
        last = Frozen(session, version=earlier[-1], gas_day=gas_day)
        if not list_changes_since(session, frozen=last, blocks=Blocks.of(lines)):
            raise Rejected(Refusal.BOOK_UNCHANGED, version=last.version)
    content = write_csv(entries_of(lines, gas_day=gas_day))
    book = DayBook(
        gas_day=gas_day,
        version=len(earlier) + 1,
        frozen_at=act.now,
        frozen_by_id=user_id,
        file_hash=hashlib.sha256(content).digest(),
    )
    session.add(book)
    session.flush()
    session.add(DayBookFile(book_id=book.id, content=content))
    if lines:
        session.execute(insert(DayBookLine), [_row(book.id, line) for line in lines])
    audit.record(
        act,
        event=AuditEvent.DAY_BOOK_FROZEN,
        subject=gas_day.isoformat(),
        details={"version": book.version, "sha256": book.file_hash.hex(), "points": len(lines)},
    )
    return book


def _row(book_id: int, line: Line) -> dict[str, object]:
    asked = line.asked or Gas.zero()
    return {
        "book_id": book_id,
        "delivery_point_id": line.point_id,
        "nomination_id": line.nomination_id,
        "quantity_m3": asked.m3,
        "quantity_mbtu": asked.mbtu,
        "unit": line.unit,
        "origin": line.origin,
        "revision": line.revision or 0,
        "received_at": line.received_at,
    }


def find_last_recipient(session: Session) -> str | None:
    """Return to whom the last book was sent; None before anybody said so."""
    return session.scalar(
        select(DayBookSending.sent_to)
        .where(DayBookSending.sent_to.is_not(None))
        .order_by(DayBookSending.sent_at.desc())
        .limit(1)
    )


def mark_sent(act: Act, *, gas_day: GasDay, version: int, sent_to: str) -> Version:
    """Mark this version of the book as sent upstream to somebody, and return it; commits.

    Refuses (``Rejected``) ``SENT_TO_MISSING`` and, of more than 200 characters, ``REASON_TOO_LONG``; ``NotFound`` for
    an unknown version; ``Conflict`` when it is marked already, or is not the last one any more.
    """
    session = act.session
    user_id = require(act, Function.AUTHORISE)
    sent_to = " ".join(sent_to.split())
    if not sent_to:
        raise Rejected(Refusal.SENT_TO_MISSING, "sent_to")
    if len(sent_to) > LONGEST_RECIPIENT:
        raise Rejected(Refusal.REASON_TOO_LONG, "sent_to", most=LONGEST_RECIPIENT)
    with meaning_of_constraints(), transaction(session):
        versions = list_versions(session, gas_day=gas_day)
        if not 1 <= version <= len(versions):
            raise NotFound
        if version != len(versions):
            raise Conflict("book-frozen")
        book = versions[-1]
        session.add(DayBookSending(book_id=book.id, sent_at=act.now, sent_by_id=user_id, sent_to=sent_to))
        session.flush()
        audit.record(
            act,
            event=AuditEvent.DAY_BOOK_SENT,
            subject=gas_day.isoformat(),
            details={"version": version, "sha256": book.file_hash.hex(), "sent_to": sent_to},
        )
        return book
