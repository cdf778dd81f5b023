"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    DateTime,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    type_coerce,
    union_all,
)

from portal.domain.quantities import Unit
from portal.models import (
    Adjustment,
    Case,
    CaseEntry,
    DailyBalance,
    MonthClosing,
    MonthlyBalance,
    Nomination,
    NominationHead,
    is_head_of,
)
from portal.models.nominations import BY_RULE_OR_ORDER
from portal.services.store.statements import RawDay, Statement

POINT: BindParameter[int] = bindparam("point")
FIRST: BindParameter[date] = bindparam("first")
LAST: BindParameter[date] = bindparam("last")


def select_figures(unit: Unit, model: type[DailyBalance] | type[MonthlyBalance], *names: str) -> list[Any]:
    """Return the columns of these figures in ``unit``, each under its own name."""
    return [getattr(model, f"{name}_{unit.name.lower()}").label(name) for name in names]


class DayColumns(NamedTuple):
    """A day of the projection; ``revision`` is that of its month at the moment of reading."""

    day: RawDay
    nominated: int | None
    authorised: int | None
    consumed: int | None
    adjustment: int
    reading_state: str | None
    cut_reason: str | None
    heating_value: int | None
    heating_value_provisional: bool
    judged_due: int | None
    judged_consumed: int | None
    revision: int


# Prepared 49 µs, plain 151 µs: 1.3 % of a month's sheet.
STAMPS = {
    unit: Statement(
        select(
            MonthlyBalance.month,
            MonthlyBalance.revision,
            *select_figures(unit, MonthlyBalance, "opening", "closing", "nominated", "authorised", "consumed"),
            *select_figures(unit, MonthlyBalance, "imbalance", "adjustment"),
            MonthlyBalance.measured_days,
            MonthlyBalance.measured_before,
        )
        .where(MonthlyBalance.delivery_point_id == POINT, MonthlyBalance.month <= FIRST)
        .order_by(MonthlyBalance.month.desc())
        .limit(1)
    )
    for unit in Unit
}
# Prepared 90 µs, plain 411 µs: 4.0 % of a month's sheet.
DAYS = {
    (unit, judged): Statement(
        select(
            DailyBalance.gas_day.label("day"),
            *select_figures(unit, DailyBalance, "nominated", "authorised", "consumed", "adjustment"),
            DailyBalance.reading_state,
            DailyBalance.cut_reason,
            DailyBalance.heating_value,
            DailyBalance.heating_value_provisional,
            func.coalesce(*select_figures(judged, DailyBalance, "authorised", "nominated")).label("judged_due"),
            getattr(DailyBalance, f"consumed_{judged.name.lower()}").label("judged_consumed"),
            select(MonthlyBalance.revision)
            .where(MonthlyBalance.delivery_point_id == POINT, MonthlyBalance.month == FIRST)
            .scalar_subquery()
            .label("revision"),
        )
        .where(DailyBalance.delivery_point_id == POINT, DailyBalance.gas_day.between(FIRST, LAST))
        .order_by(DailyBalance.gas_day)
    )
    for unit in Unit
    for judged in Unit
}


class YearDayColumns(NamedTuple):
    """A measured day of a year, in millionths; what its tolerance is judged by in the unit of the contract."""

    gas_day: RawDay
    due: int
    consumed: int
    judged_due: int
    judged_consumed: int
    nominated: int
    authorised: int


BEFORE_YEAR = (
    select(func.max(MonthlyBalance.month))
    .where(MonthlyBalance.delivery_point_id == POINT, MonthlyBalance.month < FIRST)
    .scalar_subquery()
)
# Prepared 68 µs, plain 221 µs: 2.5 % of a year.
YEAR_MONTHS = {
    unit: Statement(
        select(
            MonthlyBalance.month,
            MonthlyBalance.revision,
            *select_figures(unit, MonthlyBalance, "nominated", "authorised", "consumed", "imbalance", "adjustment"),
            *select_figures(unit, MonthlyBalance, "opening", "closing"),
            MonthlyBalance.measured_days,
            MonthlyBalance.measured_before,
        )
        .where(
            MonthlyBalance.delivery_point_id == POINT,
            MonthlyBalance.month >= func.coalesce(BEFORE_YEAR, FIRST),
            MonthlyBalance.month <= LAST,
        )
        .order_by(MonthlyBalance.month)
    )
    for unit in Unit
}
# Prepared 259 µs, plain 1190 µs: 15.3 % of a year.
YEAR_DAYS = {
    (unit, judged): Statement(
        select(
            DailyBalance.gas_day,
            func.coalesce(*select_figures(unit, DailyBalance, "authorised", "nominated"), 0).label("due"),
            *select_figures(unit, DailyBalance, "consumed"),
            func.coalesce(*select_figures(judged, DailyBalance, "authorised", "nominated"), 0).label("judged_due"),
            getattr(DailyBalance, f"consumed_{judged.name.lower()}").label("judged_consumed"),
            *[
                func.coalesce(getattr(DailyBalance, f"{name}_{unit.name.lower()}"), 0).label(name)
                for name in ("nominated", "authorised")
            ],
        )
        .where(
            DailyBalance.delivery_point_id == POINT,
            DailyBalance.gas_day.between(FIRST, LAST),
            DailyBalance.consumed_m3.is_not(None),
        )
        .order_by(DailyBalance.gas_day)
    )
    for unit in Unit
    for judged in Unit
}


class MarkColumns(NamedTuple):
    """A mark of any kind; the columns that its kind has not are None."""

    kind: int
    day: RawDay
    place: int
    number: str | None
    word: str | None
    said: str | None
    public_id: str | None
    moment: Any
    imbalance: int | None
    closing: int | None


CLOSING, CLAIM, ADJUSTMENT, BY_RULE = 1, 2, 3, 4

# PostgreSQL needs the type of a NULL column.
NO_WORDS = cast(null(), String)
NO_MICRO, NO_MOMENT = cast(null(), BigInteger), cast(null(), DateTime(timezone=True))


def _closings(unit: Unit) -> Select[Any]:
    return select(
        literal_column(str(CLOSING)).label("kind"),
        MonthClosing.month.label("day"),
        MonthClosing.version.label("place"),
        MonthClosing.statement_number.label("number"),
        NO_WORDS.label("word"),
        MonthClosing.reason.label("said"),
        NO_WORDS.label("public_id"),
        MonthClosing.closed_at.label("moment"),
        *[getattr(MonthClosing, f"{name}_{unit.name.lower()}").label(name) for name in ("imbalance", "closing")],
    ).where(MonthClosing.delivery_point_id == POINT, MonthClosing.month.between(FIRST, LAST))


def _claims() -> Select[Any]:
    answer = (
        select(CaseEntry.text)
        .where(CaseEntry.case_id == Case.id, text("case_entries.kind = 'answered'"), Case.outcome.is_not(None))
        .order_by(CaseEntry.id.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    standing = func.coalesce(type_coerce(Case.outcome, String), type_coerce(Case.state, String))
    columns: list[Any] = [Case.gas_day, Case.id, Case.filing_number, standing, answer, Case.public_id]
    return select(literal_column(str(CLAIM)), *columns, NO_MOMENT, NO_MICRO, NO_MICRO).where(
        Case.delivery_point_id == POINT, Case.gas_day.between(FIRST, LAST)
    )


def _adjustments(unit: Unit) -> Select[Any]:
    return select(
        literal_column(str(ADJUSTMENT)),
        Adjustment.gas_day,
        Adjustment.id,
        NO_WORDS,
        Adjustment.reason,
        Adjustment.note,
        NO_WORDS,
        NO_MOMENT,
        getattr(Adjustment, f"quantity_{unit.name.lower()}"),
        NO_MICRO,
    ).where(Adjustment.delivery_point_id == POINT, Adjustment.gas_day.between(FIRST, LAST))


def _by_rule() -> Select[Any]:
    columns: list[Any] = [
        Nomination.gas_day,
        Nomination.revision,
        NO_WORDS,
        type_coerce(Nomination.channel, String),
        *[NO_WORDS] * 2,
        NO_MOMENT,
        NO_MICRO,
        NO_MICRO,
    ]
    return (
        select(literal_column(str(BY_RULE)), *columns)
        .join(NominationHead, is_head_of(Nomination))
        # Same predicate as the partial index, which has few rows.
        .where(
            text(f"nominations.{BY_RULE_OR_ORDER}"),
            Nomination.delivery_point_id == POINT,
            Nomination.gas_day.between(FIRST, LAST),
        )
    )


# Prepared 53 µs, plain 157 µs: 1.3 % of a month's sheet.
MONTH_MARKS = {unit: Statement(union_all(_closings(unit), _claims(), _adjustments(unit), _by_rule())) for unit in Unit}
# Prepared 51 µs, plain 153 µs: 1.7 % of a year.
YEAR_MARKS = {unit: Statement(_closings(unit)) for unit in Unit}
