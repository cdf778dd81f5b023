"""Move the close of one gas day in a contingency: preview, change, notices.

Source: docs/rules.md, "Timetable".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, Window, find_window
from portal.models import Contract, DeliveryPoint, NominationHead, TimetableRow
from portal.services import mail, timetable
from portal.services.mail import Letter, Topic
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import check_reason
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.statements import day_of, moment_of
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import hot

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A requested move: the close of nominations of a gas day, the modalities, the new day and hour.

    ``closes_day`` counts from the gas day, −1 is the day before; ``closes_time`` is Colombian clock time.
    """

    gas_day: GasDay
    modalities: tuple[Modality, ...]
    closes_day: int
    closes_time: time
    reason: str

    @property
    def moved_to(self) -> datetime:
        """The new close, in UTC."""
        return self.gas_day.at(self.closes_day, self.closes_time)


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of a move on one modality: the present and the new close, and the points and companies it concerns."""

    modality: Modality
    closes_at: datetime
    moved_to: datetime
    points: int
    nominated: int

    @property
    def missing(self) -> int:
        """The number of points that have no nomination in force for the day."""
        return self.points - self.nominated


def preview(act: Act, *, asked: Asked) -> list[Effect]:
    """Return the effect of the move on each modality; write nothing.

    Refuses (``Rejected``) a close that has passed already, lies before the opening or after the last renomination, and
    a move without a reason.
    """
    session = act.session
    check_reason(asked.reason, most=LONGEST_REASON)
    if asked.moved_to <= act.now:
        raise Rejected(Refusal.CLOSE_IN_THE_PAST, "closes_time")
    rows, day = timetable.list_windows(session), asked.gas_day
    nominated = set(session.scalars(select(NominationHead.delivery_point_id).where(NominationHead.gas_day == day)))
    effects = []
    for modality in asked.modalities:
        window = find_window(rows, modality, RequestKind.NOMINATION, day)
        first, last = window.opens_at(day), find_window(rows, modality, RequestKind.RENOMINATION, day).closes_at(day)
        if not first < asked.moved_to < last:
            raise Rejected(Refusal.CLOSE_OUT_OF_RANGE, "closes_time", first=first, last=last)
        points = list_points(session, modality=modality, gas_day=day)
        have = sum(point.id in nominated for point in points)
        effects.append(Effect(modality, window.closes_at(day), asked.moved_to, len(points), have))
    return effects


def move(act: Act, *, asked: Asked) -> list[Effect]:
    """Move the close of nominations of one gas day, and with it the opening of its renominations; commits.

    Each move adds rows valid for that day only: the latest one holds, the earlier ones are kept. Writes to the contacts
    who want notices. Refuses as ``preview``.
    """
    session = act.session
    with transaction(session):
        timetable.lock(session)
        effects = preview(act, asked=asked)
        rows, to = timetable.list_windows(session), (asked.closes_day, asked.closes_time)
        for modality in asked.modalities:
            window = find_window(rows, modality, RequestKind.NOMINATION, asked.gas_day)
            changes = find_window(rows, modality, RequestKind.RENOMINATION, asked.gas_day)
            moved = dataclasses.replace(window, closes_day=to[0], closes_time=to[1])
            follows = dataclasses.replace(changes, opens_day=to[0], opens_time=to[1])
            for each in (moved, follows):
                session.add(_row(each, modality=modality, asked=asked, actor=act.actor, now=act.now))
        session.flush()
        audit.record(
            act,
            event=AuditEvent.TIMETABLE_MOVED,
            subject=asked.gas_day.isoformat(),
            details={
                "modalities": " ".join(modality.value for modality in asked.modalities),
                "from": " ".join(effect.closes_at.isoformat() for effect in effects),
                "to": asked.moved_to.isoformat(),
                "reason": asked.reason.strip(),
            },
        )
        _tell(act, asked=asked)
        return effects


@dataclass(frozen=True, slots=True)
class Move:
    """A moved close: its day and modality, the new moment, the reason and the time of the decision."""

    gas_day: GasDay
    modality: Modality | None
    closes_at: datetime
    reason: str
    recorded_at: datetime


def list_moves(session: Session, *, since: GasDay, modality: Modality | None = None) -> list[Move]:
    """Return the moves in force for gas days from ``since`` on, nearest day first; of one modality when given."""
    found: dict[tuple[GasDay, Modality | None], Move] = {}
    for row in hot.MOVES.named(session, hot.MoveRow, since=since.date):
        own, day = None if row.modality is None else Modality(row.modality), GasDay(day_of(row.valid_from))
        if modality is None or own in (None, modality):
            at = row.closes_time if isinstance(row.closes_time, time) else time.fromisoformat(row.closes_time)
            closes_at = day.at(row.closes_day, at)
            recorded = closes_at if row.recorded_at is None else moment_of(row.recorded_at)
            # The newest row of a day comes first and holds.
            found.setdefault((day, own), Move(day, own, closes_at, row.reason or "", recorded))
    return sorted(found.values(), key=lambda move: (move.gas_day, str(move.modality)))


def _row(window: Window, *, modality: Modality, asked: Asked, actor: Actor, now: datetime) -> TimetableRow:
    values = {name: getattr(window, name) for name in timetable.FIELDS}
    values |= {"modality": modality, "valid_from": asked.gas_day, "valid_until": asked.gas_day.plus(1)}
    return TimetableRow(**values, reason=asked.reason.strip(), recorded_at=now, recorded_by_id=actor.user_id)


def list_points(session: Session, *, modality: Modality, gas_day: GasDay) -> list[DeliveryPoint]:
    """Return the points of a modality to which gas is delivered that day."""
    points = session.scalars(
        select(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(Contract.modality == modality)
    ).unique()
    return [point for point in points if point.in_force_on(gas_day)]


def _tell(act: Act, *, asked: Asked) -> None:
    day, local = day_words(asked.gas_day.date), asked.moved_to.astimezone(BOGOTA)
    letter = Letter(
        subject=f"Cambia el cierre de nominaciones del {day}",
        says=(
            f"Solo para el {day}, la nominación se recibe hasta el {day_words(local.date())} a las {local:%H:%M}.",
            "Desde esa hora se reciben las re-nominaciones.",
        ),
        facts=(("Razón", asked.reason.strip()),),
        then=("Los demás días siguen con el horario de siempre.",),
        link=("Ver el horario", act.link("/nominacion/horario")),
    )
    tell(act, letter=letter, modalities=asked.modalities, gas_day=asked.gas_day, send_at=act.now)


def tell(act: Act, *, letter: Letter, modalities: Sequence[Modality], gas_day: GasDay, send_at: datetime) -> None:
    """Send a letter to the contacts who want notices, of each company with such a contract on that day.

    ``send_at`` is the first moment at which it may leave: a close that moves is told at once.
    """
    companies = act.session.scalars(
        select(Contract.company_id)
        .where(Contract.modality.in_(modalities), or_(Contract.ends_on.is_(None), Contract.ends_on > gas_day))
        .distinct()
        .order_by(Contract.company_id)
    )
    found = companies.all()
    for company_id in found:
        recipients = mail.list_addresses(act.session, company_id=company_id, topic=Topic.NOTICES)
        mail.post(act, letter=letter, kind="timetable", recipients=recipients, send_at=send_at)
    mail.short_messages.post(
        act,
        topic=Topic.NOTICES,
        kind="timetable",
        companies=dict.fromkeys(found, ()),
        short=mail.Short(letter.subject, f"{letter.subject}.", "/nominacion/horario", about=(gas_day.isoformat(),)),
        send_at=send_at,
    )
