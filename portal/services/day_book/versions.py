"""The frozen versions of a day's book: found, compared, and handed out as they were frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.domain.gas_day import GasDay
from portal.models import DayBook, DayBookFile, DayBookLine, DayBookSending, User
from portal.services.store.refusals import NotFound
from portal.services.store.statements import Statement, moment_of

from .lines import Line, frozen_lines

_DAY: BindParameter[date] = bindparam("day")
_sender = aliased(User)
_VERSIONS = Statement(
    select(
        DayBook.id,
        DayBook.version,
        DayBook.frozen_at,
        User.name.label("frozen_by"),
        DayBook.file_hash,
        DayBookSending.sent_at,
        _sender.name.label("sent_by"),
    )
    .join(User, User.id == DayBook.frozen_by_id)
    .outerjoin(DayBookSending, DayBookSending.book_id == DayBook.id)
    .outerjoin(_sender, _sender.id == DayBookSending.sent_by_id)
    .where(DayBook.gas_day == _DAY)
    .order_by(DayBook.version)
)
_NOMINATIONS = Statement(
    select(DayBookLine.delivery_point_id, DayBookLine.nomination_id).where(DayBookLine.book_id == bindparam("book"))
)
_CONTENT = Statement(select(DayBookFile.content).where(DayBookFile.book_id == bindparam("book")))


class Version(NamedTuple):
    """A frozen version of a day's book; ``file_hash`` is the SHA-256 of its CSV, ``sent_at`` None until it is sent."""

    id: int
    version: int
    frozen_at: datetime
    frozen_by: str
    file_hash: bytes
    sent_at: datetime | None = None
    sent_by: str | None = None


class Difference(NamedTuple):
    """A point whose line is another one than before; None where it has no line there."""

    before: Line | None
    after: Line | None

    @property
    def line(self) -> Line:
        """The newer of the two lines, for what stays the same."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference has at least one side")
        return found

    @property
    def same_quantity(self) -> bool:
        """Whether only the revision differs, not how much is asked for."""
        before, after = self.before, self.after
        return before is not None and after is not None and before.asked == after.asked


def versions_of(session: Session, *, gas_day: GasDay) -> list[Version]:
    """Return the frozen versions of the day, the first one first."""
    return [
        Version(
            row.id,
            row.version,
            moment_of(row.frozen_at),
            row.frozen_by,
            bytes(row.file_hash),
            None if row.sent_at is None else moment_of(row.sent_at),
            row.sent_by,
        )
        for row in _VERSIONS.rows(session, day=gas_day.date)
    ]


def content_of(session: Session, *, version: Version) -> bytes:
    """Return the CSV of a frozen version as it was frozen; ``NotFound`` when its file is not there.

    ``RuntimeError`` when it does not fit its hash: somebody changed what nobody may.
    """
    row = _CONTENT.first(session, book=version.id)
    if row is None:
        raise NotFound
    content = bytes(row.content)
    if hashlib.sha256(content).digest() != version.file_hash:
        raise RuntimeError(f"the file of day book {version.id} is not the one that was frozen")
    return content


def changed_since(session: Session, *, version: Version, lines: Sequence[Line]) -> list[Difference]:
    """Return what differs in ``lines`` from a frozen version, whose lines are read only when something does."""
    frozen = dict(_NOMINATIONS.tuples(session, book=version.id))
    if frozen == {line.point_id: line.nomination_id for line in lines}:
        return []
    return differences(frozen_lines(session, book_id=version.id), lines)


def differences(before: Sequence[Line], after: Sequence[Line]) -> list[Difference]:
    """Return the points that ask for something else, or by another revision, in the order of the newer lines."""
    old = {line.point_id: line for line in before}
    found = [
        Difference(old.get(line.point_id), line)
        for line in after
        if line.point_id not in old or old[line.point_id].nomination_id != line.nomination_id
    ]
    kept = {line.point_id for line in after}
    return found + [Difference(line, None) for line in before if line.point_id not in kept]
