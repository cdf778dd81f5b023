"""Offers of one tap walked through the years: how often the marked one was right, beside each basis kept to for good.

Each day is decided with what was known on the day before it, as the start page decides it.
"""

from __future__ import annotations

from datetime import timedelta

from rich.progress import track
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.suggestions import Basis, Past, find_best
from portal.models import DeliveryPoint
from portal.models.engine import make_engine
from portal.services.ledger import usage
from portal.services.points import settings

from .demonstration import Demonstration
from .report import Report

# Where nothing is marked, one would take what is usual.
NONE_MARKED = Basis.SUGGESTED


def measure(report: Report, demonstration: Demonstration) -> None:
    """Walk each point from its first day to yesterday; print the days on which each offer was right."""
    engine = make_engine(demonstration.settings.database_url)
    table = Table(title="Days within tolerance, of those on which everything was offered")
    for heading in ("point", "days", *Basis, "marked", "marked to the best basis"):
        table.add_column(heading, justify="left" if heading == "point" else "right")
    ratios = {}
    with Session(engine) as session:
        today = GasDay.of(demonstration.now)
        points = session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.name)).all()
        for point in track(points, "Walking", transient=True, console=report):
            past = _past(session, point, today)
            right, marked, days = _walk(past, today)
            best = max(right.values())
            if not best:
                continue
            ratios[point.name] = marked / best
            table.add_row(
                point.name, str(days), *[str(right[basis]) for basis in Basis], str(marked), f"{marked / best:.4f}"
            )
    engine.dispose()
    report.print(table)
    worst = min(ratios.values(), default=1.0)
    report.hold("days right by the marked offer to those of the best basis, worst point", worst, at_least=1)


def _past(session: Session, point: DeliveryPoint, today: GasDay) -> Past:
    days = usage.load_days_of_points(session, points=[point], first=FIRST_GAS_DAY, last=today)[point.id]
    tolerance = settings.read(session).tolerance(point.contract).on(today)
    return Past(usage.load_measured(session, days=days), days.nominated, tolerance)


def _walk(past: Past, today: GasDay) -> tuple[dict[Basis, int], int, int]:
    """Return the right days of each basis, those of the marked offer, and all."""
    right = dict.fromkeys(Basis, 0)
    marked = days = 0
    day = FIRST_GAS_DAY.date
    while day < today.date:
        asked = {basis: past.find_asked(basis, day) for basis in Basis}
        if day in past.usage.taken and None not in asked.values():
            days += 1
            held = {basis: past.holds(day, quantity or 0) for basis, quantity in asked.items()}
            for basis in Basis:
                right[basis] += held[basis]
            gas_day = GasDay(day)
            marked += held[find_best(past, Basis, gas_day, gas_day.plus(-1)) or NONE_MARKED]
        day += timedelta(days=1)
    return right, marked, days
