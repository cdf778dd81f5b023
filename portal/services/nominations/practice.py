"""Practice of a nomination at a point that does not exist: own rows, nothing that counts (adr/0173)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select

from portal.domain.gas_day import GasDay
from portal.domain.keys import BadKeyFormat, normalise_numeric_key
from portal.domain.modalities import Modality
from portal.domain.practice import CODE, MOST_A_DAY
from portal.domain.quantities import Quantity
from portal.domain.timetable import NoWindow, RequestKind, Verdict, decide, find_window, list_eligible_days
from portal.models import PracticeNomination
from portal.services import timetable
from portal.services.store import duty_runs
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction


class Practised(NamedTuple):
    """Request that was practised; ``signed_at`` is None until the code was typed."""

    public_id: str
    number: str
    gas_day: GasDay
    quantity: Quantity
    written_at: datetime
    signed_at: datetime | None


def write(act: Act, *, gas_day: GasDay, quantity: Quantity) -> str:
    """Write a request down, in m³, for the fictitious point; commits. Return its public id.

    Refuses (``Rejected``) a day whose window is over for a supply contract (``TOO_LATE``) or not open yet
    (``TOO_EARLY``), each with its moment, one without a window (``PRACTICE_DAY``), and more than twenty a day
    (``PRACTICE_FULL``).
    """
    session = act.session
    try:
        window = find_window(timetable.list_windows(session), Modality.GNV_SUPPLY, RequestKind.NOMINATION, gas_day)
    except NoWindow:
        raise Rejected(Refusal.PRACTICE_DAY, "gas_day") from None
    verdict = decide(window, gas_day, act.now)
    if verdict is Verdict.TOO_LATE:
        raise Rejected(Refusal.TOO_LATE, "gas_day", closed_at=window.closes_at(gas_day), gas_day=gas_day)
    if verdict is not Verdict.OPEN:
        raise Rejected(Refusal.TOO_EARLY, "gas_day", opens_at=window.opens_at(gas_day), gas_day=gas_day)
    with transaction(session):
        mine = select(func.count(PracticeNomination.id)).where(*_own_today(act))
        if (session.scalar(mine) or 0) >= MOST_A_DAY:
            raise Rejected(Refusal.PRACTICE_FULL, most=MOST_A_DAY)
        row = PracticeNomination(
            public_id=secrets.token_urlsafe(12),
            user_id=act.actor.user_id or 0,
            gas_day=gas_day,
            quantity_m3=quantity,
            written_at=act.now,
        )
        session.add(row)
        return row.public_id


def find_next_day(act: Act) -> GasDay | None:
    """Return the nearest gas day for which ``write`` takes a request now; None while there is none."""
    days = list_eligible_days(timetable.list_windows(act.session), Modality.GNV_SUPPLY, RequestKind.NOMINATION, act.now)
    return min(days, default=None)


def sign(act: Act, *, public_id: str, code: str) -> None:
    """Sign a request with the code that the page prints; commits. Signed twice is signed once.

    Refuses (``Rejected``) any other code; ``NotFound`` for what is not one's own.
    """
    try:
        typed = normalise_numeric_key(code)
    except BadKeyFormat:
        raise Rejected(Refusal.PRACTICE_CODE, "security_code") from None
    if typed != CODE:
        raise Rejected(Refusal.PRACTICE_CODE, "security_code")
    with transaction(act.session):
        row = _get(act, public_id)
        row.signed_at = row.signed_at or act.now


def find(act: Act, *, public_id: str) -> Practised:
    """Return one's own request; ``NotFound`` for any other."""
    return _shown(_get(act, public_id))


def list_own(act: Act) -> Sequence[Practised]:
    """Return one's own requests of today, the newest first."""
    rows = act.session.scalars(
        select(PracticeNomination).where(*_own_today(act)).order_by(PracticeNomination.id.desc())
    )
    return [_shown(row) for row in rows]


def reset_due(act: Act) -> int:
    """Delete what was practised before today, once a Colombian day; commits, return how many rows."""
    session, today = act.session, GasDay.of(act.now)
    name = f"practice:{today.isoformat()}"
    if duty_runs.is_done(session, name=name):
        session.rollback()
        return 0
    try:
        with transaction(session):
            duty_runs.take(act, name=name)
            old = select(PracticeNomination.id).where(PracticeNomination.written_at < today.start)
            ids = list(session.scalars(old))
            session.execute(delete(PracticeNomination).where(PracticeNomination.id.in_(ids)))
    except duty_runs.Taken:
        return 0
    return len(ids)


def _own_today(act: Act) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of one's own requests of today: those of yesterday may still await their wiping."""
    return (
        PracticeNomination.user_id == act.actor.user_id,
        PracticeNomination.written_at >= GasDay.of(act.now).start,
    )


def _get(act: Act, public_id: str) -> PracticeNomination:
    row = act.session.scalars(
        select(PracticeNomination).where(
            PracticeNomination.public_id == public_id, PracticeNomination.user_id == act.actor.user_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _shown(row: PracticeNomination) -> Practised:
    return Practised(
        row.public_id, f"PRÁCTICA-{row.id:06}", row.gas_day, row.quantity_m3, row.written_at, row.signed_at
    )
