"""Change the timetable from a gas day on: preview, change, notices (adr/0029)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import KIND_WORDS, RequestKind, Window, find_window
from portal.models import NominationHead, TimetableRow
from portal.services import timetable
from portal.services.mail import Letter, Topic
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import contact_hours
from .close_moves import LONGEST_REASON, list_points, tell


@dataclass(frozen=True, slots=True)
class Asked:
    """A requested change: the latest time for a kind of request, for gas days from ``valid_from`` on.

    ``closes_day`` counts from the gas day, ``closes_time`` is Colombian clock time. ``notice_hours`` and
    ``max_per_day`` apply to renominations only; ``max_per_day`` None means no limit.
    """

    kind: RequestKind
    modalities: tuple[Modality, ...]
    valid_from: GasDay
    closes_day: int
    closes_time: time
    notice_hours: int
    max_per_day: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of a change on a modality on its first day: the window before and after, and the points it concerns."""

    modality: Modality
    old: Window
    new: Window
    old_closes_at: datetime
    new_closes_at: datetime
    points: int
    nominated: int


def preview(act: Act, *, asked: Asked) -> list[Effect]:
    """Return the effect of a change on each modality; write nothing.

    Refuses (``Rejected``) a missing reason, a first day whose present or new close has passed, a close before the
    opening or after the last renomination, a first day with a moved close, and hours equal to those in force.
    """
    session = act.session
    require(act, Function.KEEP_TIMETABLE)
    check_reason(asked.reason, most=LONGEST_REASON)
    rows, day = timetable.list_windows(session), asked.valid_from
    moved = session.scalars(
        select(TimetableRow.id).where(TimetableRow.valid_from == day, TimetableRow.reason.is_not(None)).limit(1)
    )
    if moved.first() is not None:
        raise Rejected(Refusal.CLOSE_MOVED_THAT_DAY, "valid_from")
    nominated = set(session.scalars(select(NominationHead.delivery_point_id).where(NominationHead.gas_day == day)))
    effects = [_effect(act, rows, modality, asked, nominated) for modality in asked.modalities]
    if all(effect.old == dataclasses.replace(effect.new, valid_from=effect.old.valid_from) for effect in effects):
        raise Rejected(Refusal.WINDOW_UNCHANGED, "closes_time")
    return effects


def change(act: Act, *, asked: Asked) -> list[Effect]:
    """Change the hours from a gas day on, and write to the contacts who want notices; commits.

    Adds one row for each modality, so that a row for all never overrules the row of one. The opening of renominations
    moves with the close of nominations. Days with a moved close keep it. Refuses as ``preview``.
    """
    session = act.session
    with transaction(session):
        timetable.lock(session)
        effects = preview(act, asked=asked)
        rows = timetable.list_windows(session)
        for effect in effects:
            session.add(_row(effect.new, effect.modality, asked, act.actor, act.now))
            if asked.kind is RequestKind.NOMINATION:
                changes = find_window(rows, effect.modality, RequestKind.RENOMINATION, asked.valid_from)
                follows = dataclasses.replace(changes, opens_day=asked.closes_day, opens_time=asked.closes_time)
                session.add(_row(follows, effect.modality, asked, act.actor, act.now))
        session.flush()
        audit.record(
            act,
            event=AuditEvent.TIMETABLE_CHANGED,
            subject=asked.valid_from.isoformat(),
            details={
                "kind": asked.kind.value,
                "modalities": " ".join(modality.value for modality in asked.modalities),
                "old_close": " ".join(dict.fromkeys(_close(effect.old) for effect in effects)),
                "new_close": _close(effects[0].new),
                "reason": asked.reason.strip(),
            },
        )
        _tell(act, asked=asked, effects=effects)
        return effects


def _effect(act: Act, rows: Sequence[Window], modality: Modality, asked: Asked, nominated: set[int]) -> Effect:
    day, kind = asked.valid_from, asked.kind
    old = find_window(rows, modality, kind, day)
    new = dataclasses.replace(
        old,
        closes_day=asked.closes_day,
        closes_time=asked.closes_time,
        modality=modality,
        valid_from=day,
        valid_until=None,
    )
    if kind is RequestKind.RENOMINATION:
        new = dataclasses.replace(new, notice_hours=asked.notice_hours, max_per_day=asked.max_per_day)
    nominations = find_window(rows, modality, RequestKind.NOMINATION, day)
    if min(nominations.closes_at(day), new.closes_at(day)) <= act.now:
        raise Rejected(Refusal.CLOSE_IN_THE_PAST, "valid_from")
    first, last = old.opens_at(day), day.plus(1).start
    if kind is RequestKind.NOMINATION:
        last = find_window(rows, modality, RequestKind.RENOMINATION, day).closes_at(day)
    if not first < new.closes_at(day) < last:
        raise Rejected(Refusal.CLOSE_OUT_OF_RANGE, "closes_time", first=first, last=last)
    points = list_points(act.session, modality=modality, gas_day=day)
    have = sum(point.id in nominated for point in points)
    same = dataclasses.replace(old, modality=modality)
    return Effect(modality, same, new, old.closes_at(day), new.closes_at(day), len(points), have)


def _row(window: Window, modality: Modality, asked: Asked, actor: Actor, now: datetime) -> TimetableRow:
    values = {name: getattr(window, name) for name in timetable.FIELDS}
    values |= {"modality": modality, "valid_from": asked.valid_from, "valid_until": None}
    # A reason in the row would mark it as the moved close of one day; this one's reason is in the audit.
    return TimetableRow(**values, recorded_at=now, recorded_by_id=actor.user_id)


def _close(window: Window) -> str:
    return f"D{window.closes_day:+d} {window.closes_time:%H:%M}"


def _tell(act: Act, *, asked: Asked, effects: Sequence[Effect]) -> None:
    day, local = day_words(asked.valid_from.date), effects[0].new_closes_at.astimezone(BOGOTA)
    what = KIND_WORDS[asked.kind].lower()
    when = "del mismo día de gas" if asked.closes_day == 0 else "del día anterior"
    letter = Letter(
        subject=f"Cambia el horario de nominaciones desde el {day}",
        says=(f"Desde el día de gas {day}, la {what} se recibe hasta las {local:%H:%M} {when}.",),
        facts=(("Razón", asked.reason.strip()),),
        then=("Los días anteriores siguen con el horario de ahora.",),
        link=("Ver el horario", act.link("/nominacion/horario")),
    )
    # The day before is the first on which a request goes by the new timetable.
    send_at = contact_hours.find_send_moment(act, topic=Topic.NOTICES, before=asked.valid_from.plus(-1).start)
    tell(act, letter=letter, modalities=asked.modalities, gas_day=asked.valid_from, send_at=send_at)
