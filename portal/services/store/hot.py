"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, delete, insert, null, select, update

from portal.domain.attempts import ACCOUNT_DAY
from portal.models import AttemptCounter, KeyAttempt, OpenCharge

from .statements import Statement

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
# Not measured apart: runs in the same transactions.
TAKE_OFF = Statement(
    update(AttemptCounter)
    .where(*THIS)
    .values(
        count=case((STANDS, AttemptCounter.count - 1), else_=AttemptCounter.count),
        # A wait begins with the last wrong attempt, unless a later one follows.
        last_at=case((AttemptCounter.last_at == bindparam("at"), bindparam("before")), else_=AttemptCounter.last_at),
        # Twenty wrong attempts lock an account for a day; nineteen do not.
        blocked_until=case((AttemptCounter.count > ACCOUNT_DAY, AttemptCounter.blocked_until), else_=null()),
    )
)
# Not measured apart: runs in the same transactions.
AGAIN = Statement(update(AttemptCounter).where(*THIS).values(count=AttemptCounter.count + 1, last_at=bindparam("at")))
# Not measured apart: runs in the same transactions.
OUTCOME = Statement(update(KeyAttempt).where(KeyAttempt.id == bindparam("attempt")).values(outcome=bindparam("word")))
