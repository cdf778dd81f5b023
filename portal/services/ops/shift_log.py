"""Log of the operator's shift: what happened and who was told, the shift given to another and taken over (adr/0140)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.accounts import Function, Role, may
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.searched import comparable, words_of
from portal.domain.shift_log import ShiftEntryKind
from portal.models import Company, Contract, DeliveryPoint, ExitPoint, ShiftEntry, User
from portal.services.store import point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Page, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import work_board

LONGEST, LONGEST_TOLD, LONGEST_SEARCHED = 1000, 200, 1500


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to write down: its words, who was told, and perhaps the point, gate and gas day it is about.

    ``point`` are the words that find one point, ``gate`` the code of an exit point; blank for none.
    """

    text: str
    told: str = ""
    point: str = ""
    gate: str = ""
    gas_day: GasDay | None = None


class Matter(NamedTuple):
    """Kind of work that was open, by its name, and how much of it."""

    name: str
    amount: int


class Entry(NamedTuple):
    """An entry with the names it concerns; of a handover what was open, and who took it over and when."""

    id: int
    public_id: str
    kind: ShiftEntryKind
    text: str
    told: str
    point: str
    point_id: str
    gate: str
    gas_day: GasDay | None
    written_at: datetime
    written_by: str
    given_to: str
    given_to_id: int | None
    matters: Sequence[Matter]
    taken_at: datetime | None
    taken_by: str


class Colleague(NamedTuple):
    """Somebody to whom a shift can be given."""

    public_id: str
    name: str


_Receiver, _Taker, _Takeover = aliased(User), aliased(User), aliased(ShiftEntry)


def list_entries(
    act: Act,
    *,
    text: str = "",
    kind: ShiftEntryKind | None = None,
    gas_day: GasDay | None = None,
    after: int | None = None,
) -> Page[Entry]:
    """Return fifty entries, the newest first, after the one with a row id; ``NotAllowed`` for other roles.

    Those with every word of ``text`` in what was written, who was told or wrote it, or in the names of their point.
    """
    require(act, Function.SEE_DAY_BOOK)
    rows = _select().where(ShiftEntry.kind != ShiftEntryKind.TAKEOVER)
    if kind is not None:
        rows = rows.where(ShiftEntry.kind == kind)
    if gas_day is not None:
        rows = rows.where(ShiftEntry.gas_day == gas_day)
    for word in words_of(text):
        rows = rows.where(_holds(word))
    if after is not None:
        rows = rows.where(ShiftEntry.id < after)
    found = act.session.execute(rows.order_by(ShiftEntry.id.desc()).limit(PAGE + 1)).all()
    return take_page([_entry(row) for row in found], length=PAGE, place=lambda entry: (entry.id,))


def find_waiting(act: Act) -> Entry | None:
    """Return the last handover if nobody took it over yet; one query."""
    require(act, Function.SEE_DAY_BOOK)
    rows = _select().where(ShiftEntry.kind == ShiftEntryKind.HANDOVER).order_by(ShiftEntry.id.desc()).limit(1)
    row = act.session.execute(rows).one_or_none()
    return None if row is None or row.taken_at is not None else _entry(row)


def list_colleagues(act: Act) -> list[Colleague]:
    """Return those to whom the actor can give the shift: others who authorise quantities, by name."""
    require(act, Function.AUTHORISE)
    roles = [role for role in Role if may(role, Function.AUTHORISE)]
    rows = act.session.execute(
        select(User.public_id, User.name)
        .where(User.role.in_(roles), User.disabled_at.is_(None), User.id != act.actor.user_id)
        .order_by(User.name, User.id)
    )
    return [Colleague(row.public_id, row.name) for row in rows]


def list_matters(act: Act) -> list[Matter]:
    """Return the open work of the actor's board: what a handover names by itself."""
    return [Matter(item.what.value, item.count) for item in work_board.load(act) if item.count]


def write(act: Act, *, happening: Happening) -> ShiftEntry:
    """Write down what happened and who was told; commits.

    Refuses (``Rejected``) a blank text, ``NOTE_MISSING``; a longer one than 1,000 characters or names of more than 200,
    ``NOTE_TOO_LONG``; words that find no point or several, ``SHIFT_POINT``, and an unknown gate, ``SHIFT_GATE``.
    """
    session, user_id = act.session, require(act, Function.AUTHORISE)
    text, told = _check(happening.text, "text", LONGEST), _trim(happening.told, "told", LONGEST_TOLD)
    with transaction(session):
        point, gate = _find_point(session, happening.point), _find_gate(session, happening.gate)
        entry = ShiftEntry(
            kind=ShiftEntryKind.EVENT,
            text=text,
            told=told or None,
            delivery_point_id=None if point is None else point.id,
            exit_point_id=None if gate is None else gate.id,
            gas_day=happening.gas_day,
            **_written(act, user_id, text, told),
        )
        details = {"point": None if point is None else point.public_id, "gate": None if gate is None else gate.code}
        details["gas_day"] = None if happening.gas_day is None else happening.gas_day.isoformat()
        return _add(act, entry, AuditEvent.SHIFT_ENTRY_WRITTEN, details)


def hand_over(act: Act, *, to: str, text: str) -> ShiftEntry:
    """Give the shift to the colleague with this public id, with what is open now; commits.

    Refuses (``Rejected``) nobody to give it to, ``SHIFT_COLLEAGUE``, and a longer text than 1,000 characters. What was
    given before and not taken over is given anew.
    """
    session, user_id = act.session, require(act, Function.AUTHORISE)
    said = _trim(text, "note", LONGEST)
    matters = list_matters(act)
    with transaction(session):
        if to not in {each.public_id for each in list_colleagues(act)}:
            raise Rejected(Refusal.SHIFT_COLLEAGUE, "to")
        receiver = session.scalars(select(User).where(User.public_id == to)).one()
        entry = ShiftEntry(
            kind=ShiftEntryKind.HANDOVER,
            text=said,
            given_to_id=receiver.id,
            open_matters=json.dumps([list(each) for each in matters], separators=(",", ":")),
            **_written(act, user_id, said, receiver.name),
        )
        matters_open = sum(each.amount for each in matters)
        return _add(act, entry, AuditEvent.SHIFT_HANDED_OVER, {"given_to": receiver.email, "open": matters_open})


def take_over(act: Act, *, public_id: str) -> ShiftEntry:
    """Acknowledge a handover that was given to the actor; commits.

    ``NotFound`` for one that was given to somebody else, ``Conflict`` for one that was taken over or given anew.
    """
    session, user_id = act.session, require(act, Function.AUTHORISE)
    with transaction(session):
        # Locked before it is looked at: two presses take over once.
        given = session.scalars(
            select(ShiftEntry)
            .where(ShiftEntry.public_id == public_id, ShiftEntry.given_to_id == user_id)
            .with_for_update(key_share=True)
        ).one_or_none()
        if given is None:
            raise NotFound
        newest = select(func.max(ShiftEntry.id)).where(ShiftEntry.kind == ShiftEntryKind.HANDOVER)
        taken = select(ShiftEntry.id).where(ShiftEntry.answers_id == given.id)
        if session.scalar(newest) != given.id or session.scalar(taken) is not None:
            raise Conflict("shift-taken")
        entry = ShiftEntry(kind=ShiftEntryKind.TAKEOVER, text="", answers_id=given.id, **_written(act, user_id, ""))
        return _add(act, entry, AuditEvent.SHIFT_TAKEN_OVER, {"handover": given.public_id})


def _written(act: Act, user_id: int, *words: str) -> dict[str, Any]:
    return {
        "public_id": secrets.token_urlsafe(12),
        "search_text": comparable(" ".join([act.actor.name, *words]))[:LONGEST_SEARCHED],
        "written_at": act.now,
        "written_by_id": user_id,
    }


def _add(act: Act, entry: ShiftEntry, event: AuditEvent, details: Mapping[str, str | int | None]) -> ShiftEntry:
    act.session.add(entry)
    act.session.flush()
    said = "\0".join([entry.text, entry.told or "", entry.open_matters or ""])
    named = {name: value for name, value in details.items() if value is not None}
    # What was said is held by its hash: the table itself is not sealed by an anchor.
    audit.record(
        act, event=event, subject=entry.public_id, details=named | {"sha256": hashlib.sha256(said.encode()).hexdigest()}
    )
    return entry


def _trim(text: str, field: str, most: int) -> str:
    said = "\n".join([line.strip() for line in text.strip().splitlines()])
    if len(said) > most:
        raise Rejected(Refusal.NOTE_TOO_LONG, field, length=len(said), most=most)
    return said


def _check(text: str, field: str, most: int) -> str:
    said = _trim(text, field, most)
    if not said:
        raise Rejected(Refusal.NOTE_MISSING, field)
    return said


def _find_point(session: Session, words: str) -> DeliveryPoint | None:
    if not words.strip():
        return None
    found = point_search.find(session, text=words)
    exact = [point for point in found if comparable(words) in (comparable(point.carrier_code), comparable(point.name))]
    # A code passes on to another row: the newest is meant.
    chosen = sorted(exact, key=lambda point: point.starts_on.date)[-1:] or list(found)
    if len(chosen) != 1:
        raise Rejected(Refusal.SHIFT_POINT, "point", found=len(found))
    return chosen[0]


def _find_gate(session: Session, code: str) -> ExitPoint | None:
    if not code:
        return None
    found = session.scalars(select(ExitPoint).where(ExitPoint.code == code)).one_or_none()
    if found is None:
        raise Rejected(Refusal.SHIFT_GATE, "gate")
    return found


def _select() -> Any:
    return (
        select(
            ShiftEntry,
            DeliveryPoint.name.label("point"),
            DeliveryPoint.public_id.label("point_id"),
            ExitPoint.name.label("gate"),
            ExitPoint.code.label("gate_code"),
            User.name.label("written_by"),
            _Receiver.name.label("given_to"),
            _Takeover.written_at.label("taken_at"),
            _Taker.name.label("taken_by"),
        )
        .join(User, User.id == ShiftEntry.written_by_id)
        .outerjoin(DeliveryPoint, DeliveryPoint.id == ShiftEntry.delivery_point_id)
        .outerjoin(ExitPoint, ExitPoint.id == ShiftEntry.exit_point_id)
        .outerjoin(_Receiver, _Receiver.id == ShiftEntry.given_to_id)
        .outerjoin(_Takeover, _Takeover.answers_id == ShiftEntry.id)
        .outerjoin(_Taker, _Taker.id == _Takeover.written_by_id)
    )


def _holds(word: str) -> ColumnElement[bool]:
    of_point = (
        select(DeliveryPoint.id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .where(point_search.match_word(word, DeliveryPoint, Contract, Company))
    )
    return or_(
        ShiftEntry.search_text.contains(comparable(word), autoescape=True),
        ShiftEntry.delivery_point_id.in_(of_point),
        ShiftEntry.exit_point_id.in_(select(ExitPoint.id).where(point_search.match_word(word, ExitPoint))),
    )


def _entry(row: Any) -> Entry:
    entry: ShiftEntry = row.ShiftEntry
    return Entry(
        entry.id,
        entry.public_id,
        entry.kind,
        entry.text,
        entry.told or "",
        row.point or "",
        row.point_id or "",
        f"{row.gate_code} {row.gate}" if row.gate else "",
        entry.gas_day,
        entry.written_at,
        row.written_by,
        row.given_to or "",
        entry.given_to_id,
        [Matter(str(name), int(count)) for name, count in json.loads(entry.open_matters or "[]")],
        row.taken_at,
        row.taken_by or "",
    )
