"""Reading mark of each person: up to which moment they know the account of a point."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from portal.models import AccountVisit
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

# Look-back period for a first visit.
FIRST_LOOK_BACK = timedelta(days=30)


def begin(act: Act, *, user_id: int, delivery_point_id: int) -> None:
    """Record the first time a person opens a point, inside the caller's transaction; later calls change nothing."""
    make = postgresql.insert if act.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    act.session.execute(
        make(AccountVisit)
        .values(
            user_id=user_id,
            delivery_point_id=delivery_point_id,
            opened_at=act.now,
            seen_until=act.now - FIRST_LOOK_BACK,
        )
        .on_conflict_do_nothing()
    )


def mark_read(act: Act, *, delivery_point_id: int, until: datetime) -> None:
    """Mark changes up to ``until`` as read, at most up to ``now``; never unread again. Commits."""
    until = min(until, act.now)
    with transaction(act.session):
        act.session.execute(
            update(AccountVisit)
            .where(
                AccountVisit.user_id == act.actor.user_id,
                AccountVisit.delivery_point_id == delivery_point_id,
                AccountVisit.seen_until < until,
            )
            .values(seen_until=until)
        )
