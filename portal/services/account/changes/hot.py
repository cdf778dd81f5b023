"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, exists, or_, select, text

from portal.models import AccountVisit, Adjustment, Authorisation, MonthClosing, Reading
from portal.services.store.statements import Statement

# Written out, so that these queries use the partial indexes made for them.
REPLACES = text("readings.version > 1")
IS_CUT = text("authorisations.cut_reason IS NOT NULL")
ONE: BindParameter[int] = bindparam("point")
# Prepared 204 µs, plain 507 µs: 4.5 % of a month's sheet.
ANYTHING = Statement(
    select(AccountVisit.seen_until).where(
        AccountVisit.user_id == bindparam("user"),
        AccountVisit.delivery_point_id == ONE,
        or_(
            *[
                exists().where(model.delivery_point_id == ONE, moment > AccountVisit.seen_until, *more)
                for model, moment, more in (
                    (Reading, Reading.recorded_at, (REPLACES,)),
                    (Authorisation, Authorisation.recorded_at, (IS_CUT,)),
                    (Adjustment, Adjustment.recorded_at, ()),
                    (MonthClosing, MonthClosing.closed_at, ()),
                )
            ]
        ),
    )
)
