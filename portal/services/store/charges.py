"""Charged attempts without an outcome: settled by the outcome, given back when none comes.

An attempt is charged and committed before the secret is looked at. A secret that was compared and is wrong keeps its
charge; every other end gives it back: a right one, a refusal, a conflict, an error of the database, any exception. What
a process could not give back itself is given back by the next attempt of anybody and by the worker: at once when the
process is dead on this machine, else after ``LONGEST_OPEN``, longer than a request may take (docs/adr/0040).
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.services.store.acts import Act

from . import hot
from .refusals import Busy
from .statements import moment_of
from .transactions import repeat_after_deadlock, transaction

# A request waits 2 s for a place, 5 s for a connection and 5 s for each lock: it never takes a minute.
LONGEST_OPEN = timedelta(seconds=60)
TURN_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.02
MOST_AT_ONCE = 500
Compared = TypeVar("Compared")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter charged by an attempt, and the time of the try before."""

    scope: str
    subject: str
    tried_before: datetime


@dataclass(frozen=True, slots=True)
class Charged:
    """An open charge: its row, its counters in lock order, and its time."""

    token: str
    counted: tuple[Counted, ...]
    at: datetime
    attempt_id: int | None = None


class InFlight(Busy):
    """Others of the same budget are being compared: their outcome decides whether another one fits."""


# Endings that could not be written, by the charge's token: whether a compared secret was wrong.
_unsettled: dict[str, bool] = {}


def begin(act: Act, *, counted: Iterable[Counted], attempt_id: int | None = None) -> Charged:
    """Record, inside the charging transaction, that these counters were charged."""
    in_order = tuple(sorted(counted, key=lambda each: (each.scope, each.subject)))
    charged = Charged(secrets.token_urlsafe(12), in_order, act.now, attempt_id)
    hot.BEGIN.run(
        act.session,
        token=charged.token,
        charged_at=act.now,
        process=name_process(),
        counted=json.dumps([[each.scope, each.subject, each.tried_before.isoformat()] for each in in_order]),
        attempt=attempt_id,
    )
    return charged


def give_back(session: Session, charged: Charged) -> bool:
    """End a charge and subtract it from its counters, inside the caller's transaction; False when already ended."""
    if not _ended(session, charged):
        return False
    _take_off(session, charged)
    return True


def give_back_right(act: Act, charged: Charged, *, pair: tuple[str, str]) -> None:
    """End the charge of a right secret, as ``give_back``, and begin the counter ``pair`` (scope, subject) anew.

    Notes that the pair has opened; also when the charge was already ended.
    """
    session = act.session
    taken = charged.counted if _ended(session, charged) else (Counted(*pair, charged.at),)
    hot.SETTLE.run_many(
        session,
        [
            _place(each)
            | {"at": charged.at, "before": each.tried_before, "opened": act.now}
            | {"fits": int((each.scope, each.subject) == pair)}
            for each in taken
        ],
    )


def keep(session: Session, charged: Charged) -> None:
    """End the charge of a compared, wrong secret, inside the caller's transaction: it counts for good.

    One that was given back meanwhile, because it took so long, is charged again.
    """
    if not _ended(session, charged):
        hot.AGAIN.run_many(session, [_place(each) | {"at": charged.at} for each in charged.counted])


def leave(charged: Charged, *, wrong: bool) -> None:
    """Remember the ending of a charge that could not be written; the next ``sweep`` of this process writes it."""
    _unsettled[charged.token] = wrong


class Ending:
    """Ending of an attempt: ``wrong`` once its secret was compared and does not fit."""

    wrong = False


@contextmanager
def give_back_on_error(session: Session, charged: Charged) -> Iterator[Ending]:
    """Give the charge back at once when the block raises; the exception passes on.

    A secret that the block found ``wrong`` stays charged: the next sweep writes that down.
    """
    ending = Ending()
    try:
        yield ending
    except BaseException:
        if ending.wrong:
            leave(charged, wrong=True)
        else:
            release(session, charged)
        raise


def release(session: Session, charged: Charged) -> None:
    """Give a charge back in its own transaction, or leave it to the next sweep when the database fails."""

    def write() -> None:
        with transaction(session):
            if give_back(session, charged):
                _outcome(session, charged, "released")

    try:
        repeat_after_deadlock(write)
    except SQLAlchemyError as error:
        leave(charged, wrong=False)
        log.warning("charges.not_given_back", reason=type(error).__name__)


def sweep(act: Act) -> int:
    """Give back charges that never got an outcome; return their number; commits.

    In hand of a living process it stays for ``LONGEST_OPEN``; a process on another machine cannot be told dead.
    """
    session = act.session
    found = [_read(row) for row in hot.OPEN.rows(session, most=MOST_AT_ONCE)]
    over = [charged for charged, process in found if _is_over(charged, process, act.now)]
    for charged in over:
        with transaction(session):
            wrong = _unsettled.get(charged.token, False)
            if _ended(session, charged):
                if not wrong:
                    _take_off(session, charged)
                _outcome(session, charged, "wrong" if wrong else "released")
        _unsettled.pop(charged.token, None)
    return len(over)


def count_in_flight(session: Session) -> Counter[tuple[str, str]]:
    """Return how many open charges stand on each counter."""
    found = [_read(row)[0] for row in hot.OPEN.rows(session, most=MOST_AT_ONCE)]
    return Counter((each.scope, each.subject) for charged in found for each in charged.counted)


def compare_in_turn(compare: Callable[[], Compared]) -> Compared:
    """Return the result of ``compare``, which charges and compares; wait while others of its budget are in flight.

    ``InFlight``, a ``Busy``, after two seconds: nothing was spent.
    """
    give_up = monotonic() + TURN_SECONDS
    while True:
        try:
            return compare()
        except InFlight:
            if monotonic() >= give_up:
                raise
        sleep(LOOK_AGAIN_SECONDS)


def _is_over(charged: Charged, process: str, now: datetime) -> bool:
    return charged.token in _unsettled or charged.at + LONGEST_OPEN <= now or has_ended(process)


def _ended(session: Session, charged: Charged) -> bool:
    """End the charge; False when somebody did before."""
    return hot.END.first(session, token=charged.token) is not None


def _take_off(session: Session, charged: Charged) -> None:
    hot.TAKE_OFF.run_many(
        session,
        [_place(each) | {"at": charged.at, "before": each.tried_before} for each in charged.counted],
    )


def _outcome(session: Session, charged: Charged, word: str) -> None:
    if charged.attempt_id is not None:
        hot.OUTCOME.run(session, attempt=charged.attempt_id, word=word)


def _place(counted: Counted) -> dict[str, object]:
    return {"the_scope": counted.scope, "the_subject": counted.subject}


def _read(row: Row[*tuple[Any, ...]]) -> tuple[Charged, str]:
    token, at, process, counted, attempt_id = tuple(row)
    places = tuple(
        Counted(scope, subject, datetime.fromisoformat(before)) for scope, subject, before in json.loads(counted)
    )
    return Charged(token, places, moment_of(at), attempt_id), process


_PROC = Path("/proc")
# States of a process that is dead but still listed (proc(5)).
_DEAD = "ZXx"


def name_process() -> str:
    """Return what this process is known by: machine, number and start; another with its number has another start."""
    return _own(os.getpid())


@cache
def _own(pid: int) -> str:
    return f"{_machine()}:{pid}:{_start_of(pid) or 'unknown'}"


def has_ended(name: str) -> bool:
    """Tell whether the process of this name has surely ended; of one on another machine nobody can tell: False."""
    machine, _, rest = name.rpartition(":")[0].rpartition(":")
    start = name.rpartition(":")[2]
    if machine != _machine() or start == "unknown" or not rest.isdecimal():
        return False
    return _start_of(int(rest)) != start


@cache
def _machine() -> str:
    """Name the start of this machine and, where several share it, the container: numbers mean nothing outside."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return "nowhere"


def _start_of(pid: int) -> str | None:
    """Return when a process began, in ticks since the machine did; None when there is none or it is dead."""
    try:
        # The name of the program stands in brackets and may hold anything.
        fields = (_PROC / f"{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, start = fields[0], fields[19]
    return None if state in _DEAD else start
