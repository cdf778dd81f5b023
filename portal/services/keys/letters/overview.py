"""Letters and keys for the consoles: waiting letters, undispatched ones, valid keys of each point."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from portal.domain.accounts import Function
from portal.domain.attempts import PairState
from portal.domain.keys import KeyKind, KeyState, LetterState
from portal.models import AccessKey, AttemptCounter, Company, Contract, DeliveryPoint, KeyLetter, User
from portal.services.store import keyset, point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import TICKED_PAGE, Page, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound

Shown = TypeVarTuple("Shown")


@dataclass(frozen=True, slots=True)
class Listed:
    """A letter with the persons who requested and decided it."""

    letter: KeyLetter
    requested_by: str
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key: its state, and whether it expired unused."""

    kind: KeyKind
    version: int
    state: KeyState
    issued_at: datetime
    valid_until: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Blocked:
    """An account with consecutive wrong keys of a point; ``blocked`` if only a supervisor can lift it."""

    email: str
    consecutive: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class PointKeys:
    """Keys of a point: versions (newest first), letters, blocked accounts."""

    point: DeliveryPoint
    versions: list[KeyVersion]
    letters: list[Listed]
    blocked: list[Blocked]


_WITH_POINT = joinedload(KeyLetter.delivery_point).joinedload(DeliveryPoint.contract).joinedload(Contract.company)


def count_letters(act: Act) -> dict[LetterState, int]:
    """Return how many letters are in each state."""
    require(act, Function.REQUEST_KEYS)
    rows = act.session.execute(select(KeyLetter.state, func.count()).group_by(KeyLetter.state))
    found = {LetterState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in LetterState}


def list_letters(
    act: Act, *, states: Collection[LetterState], text: str = "", batch_id: str = "", after: int | None = None
) -> Page[Listed]:
    """Return a page of 40 letters in these states, the oldest first, after the one with the row id ``after``.

    Those of points that ``text`` finds, and of one batch if given.
    """
    require(act, Function.REQUEST_KEYS)
    rows = _fitting(select(KeyLetter), states, text, batch_id).order_by(KeyLetter.requested_at, KeyLetter.id)
    if after is not None:
        rows = rows.where(keyset.match_later([KeyLetter.requested_at], row_id=KeyLetter.id, after=after))
    found = _listed(act.session, rows.limit(TICKED_PAGE + 1))
    return take_page(found, length=TICKED_PAGE, place=lambda row: (row.letter.id,))


def count_fitting(act: Act, *, states: Collection[LetterState], text: str, batch_id: str = "") -> int:
    """Return how many letters in these states fit a search."""
    require(act, Function.REQUEST_KEYS)
    return act.session.scalar(_fitting(select(func.count(KeyLetter.id)), states, text, batch_id)) or 0


def find_printed(act: Act, *, text: str, batch_id: str = "") -> list[str]:
    """Return the public ids of all printed letters that fit a search, the oldest first."""
    require(act, Function.REQUEST_KEYS)
    rows = _fitting(select(KeyLetter.public_id), {LetterState.PRINTED}, text, batch_id)
    return list(act.session.scalars(rows.order_by(KeyLetter.requested_at, KeyLetter.id)))


def _fitting(rows: Select[*Shown], states: Collection[LetterState], text: str, batch_id: str) -> Select[*Shown]:
    rows = rows.where(KeyLetter.state.in_(states), KeyLetter.batch_id == batch_id if batch_id else true())
    if not text.strip():
        return rows
    return point_search.select_joined(rows.join(DeliveryPoint, DeliveryPoint.id == KeyLetter.delivery_point_id), text)


def list_batch(act: Act, *, batch_id: str) -> list[Listed]:
    """Return the letters requested together; ``NotFound`` if there are none."""
    require(act, Function.REQUEST_KEYS)
    found = _listed(act.session, select(KeyLetter).where(KeyLetter.batch_id == batch_id).order_by(KeyLetter.id))
    if not found:
        raise NotFound
    return found


def find(act: Act, *, public_id: str) -> Listed:
    """Return one letter; ``NotFound``."""
    require(act, Function.REQUEST_KEYS)
    found = _listed(act.session, select(KeyLetter).where(KeyLetter.public_id == public_id))
    if not found:
        raise NotFound
    return found[0]


def list_companies(act: Act) -> list[tuple[str, str]]:
    """Return the companies with a contract to choose from: public id and name."""
    require(act, Function.REQUEST_KEYS)
    rows = select(Company.public_id, Company.name).where(Company.ended_on.is_(None)).order_by(Company.sort_name)
    return [(row.public_id, row.name) for row in act.session.execute(rows)]


def search_points(act: Act, *, text: str) -> Sequence[DeliveryPoint]:
    """Return the points that ``text`` may mean; none for an empty text."""
    require(act, Function.REQUEST_KEYS)
    return point_search.find(act.session, text=text)


def load_keys_of_point(act: Act, *, public_id: str) -> PointKeys:
    """Return the keys of a point and of its contract, by five queries; ``NotFound``."""
    session = act.session
    require(act, Function.REQUEST_KEYS)
    point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).unique().one_or_none()
    if point is None:
        raise NotFound
    keys = session.scalars(
        select(AccessKey)
        .where(or_(AccessKey.contract_id == point.contract_id, AccessKey.delivery_point_id == point.id))
        .order_by(AccessKey.kind.desc(), AccessKey.version.desc())
    ).all()
    versions = [
        KeyVersion(
            key.kind,
            key.version,
            key.state,
            key.issued_at,
            key.valid_until,
            key.valid_until is not None and key.valid_until <= act.now,
        )
        for key in keys
    ]
    newest = max((key.version for key in versions if key.kind is KeyKind.NUMERIC), default=0)
    letters = _listed(
        session,
        select(KeyLetter)
        .where(KeyLetter.delivery_point_id == point.id)
        .order_by(KeyLetter.id.desc())
        .limit(TICKED_PAGE),
    )
    return PointKeys(point, versions, letters, _blocked(session, point=point, version=newest))


def find_newest_version(session: Session, *, delivery_point_id: int) -> int:
    """Return the newest version of a point's numeric key; 0 if it has none."""
    rows = select(func.max(AccessKey.version)).where(AccessKey.delivery_point_id == delivery_point_id)
    return session.scalar(rows) or 0


def _blocked(session: Session, *, point: DeliveryPoint, version: int) -> list[Blocked]:
    ending = f":{KeyKind.NUMERIC.value}:{point.public_id}:{version}"
    counters = session.scalars(
        select(AttemptCounter).where(
            AttemptCounter.scope == "pair",
            AttemptCounter.count > 0,
            AttemptCounter.subject.endswith(ending, autoescape=True),
        )
    ).all()
    tried = {int(counter.subject.partition(":")[0]): counter for counter in counters}
    emails = session.execute(select(User.id, User.email).where(User.id.in_(tried)).order_by(User.email))
    return [
        Blocked(email, tried[user_id].count, PairState(tried[user_id].count, tried[user_id].last_at).blocked)
        for user_id, email in emails
    ]


def _listed(session: Session, rows: Select[KeyLetter]) -> list[Listed]:
    letters = session.scalars(rows.options(_WITH_POINT)).unique().all()
    people = {letter.requested_by_id for letter in letters} | {letter.decided_by_id for letter in letters}
    rows_of = session.execute(select(User.id, User.name).where(User.id.in_(people - {None})))
    names = {row.id: row.name for row in rows_of}
    return [
        Listed(
            letter,
            names[letter.requested_by_id],
            None if letter.decided_by_id is None else names[letter.decided_by_id],
        )
        for letter in letters
    ]
