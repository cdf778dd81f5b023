"""Rows of a file that were left to be mended when the others were taken in (adr/0126)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.jobs import HeldState, UploadKind
from portal.models import HeldRow, User
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .problems import Problem, Rule
from .uploads import USES

MOST_REASON = 500
# Longest text of a cell that is kept.
_LONGEST = 500
# Most rows of a page.
MOST_LISTED = 300


class HeldText(NamedTuple):
    """A row to keep: its line, its texts by our columns, and what is wrong with it."""

    line: int
    texts: dict[str, str]
    problems: Sequence[Problem]


class HeldView(NamedTuple):
    """A row that waits, or waited; ``owner`` is who took the other rows, None for the watched folder."""

    public_id: str
    kind: UploadKind
    file_name: str
    line: int
    texts: dict[str, str]
    problems: tuple[Problem, ...]
    state: HeldState
    held_at: datetime
    owner: str | None
    digest: bytes
    reason: str | None = None


def hold(act: Act, *, kind: UploadKind, name: str, digest: bytes, rows: Iterable[HeldText]) -> None:
    """Keep rows to be mended, inside the transaction that takes the others in."""
    act.session.add_all(
        HeldRow(
            public_id=secrets.token_urlsafe(12),
            kind=kind,
            file_name=name[-200:],
            digest=digest,
            line=row.line,
            texts=json.dumps({column: text[:_LONGEST] for column, text in row.texts.items()}),
            problems=json.dumps([asdict(problem) for problem in row.problems]),
            state=HeldState.WAITING,
            held_at=act.now,
            owner_id=act.actor.user_id,
        )
        for row in rows
    )


def list_waiting(act: Act, *, kinds: Sequence[UploadKind]) -> list[HeldView]:
    """Return the rows of these kinds that wait, newest file first, in the order of its lines."""
    rows = act.session.execute(
        select(HeldRow, User.name.label("owner"))
        .outerjoin(User, User.id == HeldRow.owner_id)
        .where(HeldRow.state == HeldState.WAITING, HeldRow.kind.in_(kinds))
        .order_by(HeldRow.held_at.desc(), HeldRow.id)
        .limit(MOST_LISTED)
    )
    return [_view(row.HeldRow, row.owner) for row in rows]


def count_waiting(session: Session, *, kinds: Sequence[UploadKind]) -> int:
    """Return the number of rows of these kinds that wait."""
    waiting = HeldRow.state == HeldState.WAITING, HeldRow.kind.in_(kinds)
    return session.scalar(select(func.count()).select_from(HeldRow).where(*waiting)) or 0


def load(act: Act, *, public_id: str, kinds: Sequence[UploadKind]) -> HeldView:
    """Return a row; ``NotFound`` for none of these kinds."""
    row = act.session.execute(
        select(HeldRow, User.name.label("owner"))
        .outerjoin(User, User.id == HeldRow.owner_id)
        .where(HeldRow.public_id == public_id, HeldRow.kind.in_(kinds))
    ).one_or_none()
    if row is None:
        raise NotFound
    return _view(row.HeldRow, row.owner)


def list_alike(session: Session, *, row: HeldView, column: str) -> list[HeldView]:
    """Return the waiting rows of the same file that have the same text in a column, this one first."""
    found = session.scalars(
        select(HeldRow)
        .where(HeldRow.state == HeldState.WAITING, HeldRow.kind == row.kind, HeldRow.digest == row.digest)
        .order_by(HeldRow.public_id != row.public_id, HeldRow.line)
    )
    views = [_view(each, None) for each in found]
    return [each for each in views if each.texts.get(column) == row.texts.get(column)]


def settle(act: Act, *, public_id: str, state: HeldState, reason: str | None = None) -> None:
    """Mark a waiting row as mended or discarded, inside the caller's transaction; ``Conflict`` if it is not waiting."""
    row = act.session.scalars(
        select(HeldRow).where(HeldRow.public_id == public_id).with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.state is not HeldState.WAITING:
        raise Conflict("held-row-decided")
    row.state, row.reason = state, reason
    row.decided_at, row.decided_by_id = act.now, act.actor.user_id
    mended = state is HeldState.MENDED
    audit.record(
        act,
        event=AuditEvent.HELD_ROW_MENDED if mended else AuditEvent.HELD_ROW_DISCARDED,
        subject=row.public_id,
        details={
            "kind": row.kind.value,
            "file": row.file_name,
            "sha256": row.digest.hex(),
            "line": row.line,
            "reason": reason,
        },
    )


def discard(act: Act, *, row: HeldView, reason: str) -> None:
    """Discard a waiting row with a reason. Commits.

    Refuses (``Rejected``) ``REASON_MISSING`` and ``REASON_TOO_LONG``; ``Conflict`` if somebody settled it first.
    """
    require(act, USES[row.kind].function)
    said = check_reason(reason, most=MOST_REASON)
    with transaction(act.session):
        settle(act, public_id=row.public_id, state=HeldState.DISCARDED, reason=said)


def _view(row: HeldRow, owner: str | None) -> HeldView:
    problems = [Problem(**{**each, "rule": Rule(each["rule"])}) for each in json.loads(row.problems)]
    return HeldView(
        row.public_id,
        row.kind,
        row.file_name,
        row.line,
        json.loads(row.texts),
        tuple(problems),
        row.state,
        row.held_at,
        owner,
        row.digest,
        row.reason,
    )
