"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from portal.domain.attempts import ACCOUNT_DAY
from portal.models import AttemptCounter, KeyAttempt, OpenCharge

from .statements import RawMoment, Statement

# Not measured apart: runs in the same transactions.
BEGIN = Statement(
    insert(OpenCharge).values(
        token=bindparam("token"),
        charged_at=bindparam("charged_at"),
        process=bindparam("process"),
        counted=bindparam("counted"),
        attempt_id=bindparam("attempt"),
    )
)
# Prepared 109 µs, plain 656 µs: 2.8 % of a signature.
END = Statement(delete(OpenCharge).where(OpenCharge.token == bindparam("token")).returning(OpenCharge.token))
# Prepared 98 µs, plain 265 µs: 0.9 % of a signature.
OPEN = Statement(
    select(
        OpenCharge.token, OpenCharge.charged_at, OpenCharge.process, OpenCharge.counted, OpenCharge.attempt_id
    ).limit(bindparam("most"))
)
THIS = (AttemptCounter.scope == bindparam("the_scope"), AttemptCounter.subject == bindparam("the_subject"))
# Counters of an expired window were already deleted.
STANDS = and_(AttemptCounter.count > 0, AttemptCounter.window_started_at <= bindparam("at"))
OFF: dict[str, ColumnElement[Any]] = {
    "count": case((STANDS, AttemptCounter.count - 1), else_=AttemptCounter.count),
    # A wait begins with the last wrong attempt, unless a later one follows.
    "last_at": case((AttemptCounter.last_at == bindparam("at"), bindparam("before")), else_=AttemptCounter.last_at),
    # Twenty wrong attempts lock an account for a day; nineteen do not.
    "blocked_until": case((AttemptCounter.count > ACCOUNT_DAY, AttemptCounter.blocked_until), else_=null()),
}
# Not measured apart: runs in the same transactions.
TAKE_OFF = Statement(update(AttemptCounter).where(*THIS).values(OFF))
# The counters of a right secret, in one go: taken off, and the one that ``fits`` begins anew.
_FITS = bindparam("fits", type_=Integer) == 1
# Not measured apart: runs in the same transactions.
SETTLE = Statement(
    update(AttemptCounter)
    .where(*THIS)
    .values(
        OFF
        | {
            "count": case((_FITS, 0), else_=OFF["count"]),
            "opened_at": case(
                (_FITS, func.coalesce(AttemptCounter.opened_at, bindparam("opened"))), else_=AttemptCounter.opened_at
            ),
        }
    )
)
# Not measured apart: runs in the same transactions.
AGAIN = Statement(update(AttemptCounter).where(*THIS).values(count=AttemptCounter.count + 1, last_at=bindparam("at")))
# Not measured apart: runs in the same transactions.
OUTCOME = Statement(update(KeyAttempt).where(KeyAttempt.id == bindparam("attempt")).values(outcome=bindparam("word")))


class CounterRow(NamedTuple):
    """A counter; ``count_``, because every tuple has a method of the column's name."""

    scope: str
    subject: str
    count_: int
    window_started_at: RawMoment
    last_at: RawMoment
    blocked_until: RawMoment | None
    opened_at: RawMoment | None


def _these(how_many: int) -> ColumnElement[bool]:
    return or_(
        *(
            and_(AttemptCounter.scope == bindparam(f"scope_{n}"), AttemptCounter.subject == bindparam(f"subject_{n}"))
            for n in range(how_many)
        )
    )


# Prepared 42 µs, plain 104 µs: 0.8 % of a signature.
@cache
def select_known_counters(how_many: int) -> Statement:
    """Return the statement that reads which of so many counters there are."""
    return Statement(select(AttemptCounter.scope, AttemptCounter.subject).where(_these(how_many)))


# Prepared 64 µs, plain 161 µs: 1.2 % of a signature.
@cache
def select_counters_to_lock(how_many: int) -> Statement:
    """Return the statement that locks and reads so many counters, in the order in which all lock them."""
    return Statement(
        select(
            AttemptCounter.scope,
            AttemptCounter.subject,
            AttemptCounter.count.label("count_"),
            AttemptCounter.window_started_at,
            AttemptCounter.last_at,
            AttemptCounter.blocked_until,
            AttemptCounter.opened_at,
        )
        .where(_these(how_many))
        .order_by(AttemptCounter.scope, AttemptCounter.subject)
        .with_for_update(key_share=True)
    )


# Prepared 51 µs, plain 97 µs: 0.6 % of a signature.
WRITE_COUNTER = Statement(
    update(AttemptCounter)
    .where(*THIS)
    .values(
        {column: bindparam(f"new_{column.name}") for column in AttemptCounter.__table__.c if not column.primary_key}
    )
)
