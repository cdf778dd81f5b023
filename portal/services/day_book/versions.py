"""The frozen versions of a day's book: found, compared, and handed out as they were frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.services.store.refusals import NotFound
from portal.services.store.statements import moment_of

from . import hot
from .lines import Line, frozen_lines


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
        for row in hot.VERSIONS.rows(session, day=gas_day.date)
    ]


def content_of(session: Session, *, version: Version) -> bytes:
    """Return the CSV of a frozen version as it was frozen; ``NotFound`` when its file is not there.

    ``RuntimeError`` when it does not fit its hash: somebody changed what nobody may.
    """
    row = hot.CONTENT.first(session, book=version.id)
    if row is None:
        raise NotFound
    content = bytes(row.content)
    if hashlib.sha256(content).digest() != version.file_hash:
        raise RuntimeError(f"the file of day book {version.id} is not the one that was frozen")
    return content


def changed_since(session: Session, *, version: Version, lines: Sequence[Line]) -> list[Difference]:
    """Return what differs in ``lines`` from a frozen version, whose lines are read only when something does."""
    frozen = dict(hot.NOMINATIONS.tuples(session, book=version.id))
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
