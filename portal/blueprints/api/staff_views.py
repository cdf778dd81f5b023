"""Requests of the distributor's own systems with their token: read-only (docs/api.md, "Staff")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import jsonify
from flask.typing import ResponseReturnValue

from portal.domain.accounts import Function, StaffScope
from portal.services import day_book
from portal.services.account import standings
from portal.services.measures import readings
from portal.services.ops import audit_search
from portal.services.ops.audit_search import Filters
from portal.web.access import StaffToken, act, open_to

from . import bodies, staff_shapes
from .views import blueprint

# Rows of an answer.
MOST = 500
Row = TypeVar("Row")


@blueprint.get("/api/v1/staff/days/<day>/book")
@open_to(StaffToken(StaffScope.READ, Function.SEE_DAY_BOOK))
def staff_book(day: str) -> ResponseReturnValue:
    """List the points of a day's book, as it stands or as a version was frozen."""
    gas_day, version = bodies.day_of_path(day), bodies.version()
    if version is None:
        lines: Sequence[day_book.Line] = day_book.load_lines(act(), gas_day=gas_day)
    else:
        lines = day_book.load_frozen(act(), gas_day=gas_day, version=version).lines
    rows, following = _page(lines, lambda line: line.point_public_id)
    told = {
        "gas_day": gas_day.isoformat(),
        "version": version,
        "points": [staff_shapes.book_line(each) for each in rows],
    }
    return jsonify(told | {"next": following})


@blueprint.get("/api/v1/staff/days/<day>/authorised")
@open_to(StaffToken(StaffScope.READ, Function.SEE_DAY_BOOK))
def staff_authorised(day: str) -> ResponseReturnValue:
    """List the points of a day with their authorised quantities."""
    gas_day = bodies.day_of_path(day)
    rows, following = _page(day_book.load_lines(act(), gas_day=gas_day), lambda line: line.point_public_id)
    points = [staff_shapes.authorised_line(each) for each in rows]
    return jsonify({"gas_day": gas_day.isoformat(), "points": points, "next": following})


@blueprint.get("/api/v1/staff/days/<day>/balances")
@open_to(StaffToken(StaffScope.READ, Function.SEE_OVERVIEW))
def staff_balances(day: str) -> ResponseReturnValue:
    """List the balances of the points in service on a day, those first that need attention."""
    gas_day = bodies.day_of_path(day)
    found = standings.load_all(act(), day=gas_day, asked=standings.Filter())
    rows, following = _page(found, lambda row: row.names.public_id)
    points = [staff_shapes.standing(each) for each in rows]
    return jsonify({"gas_day": gas_day.isoformat(), "points": points, "next": following})


@blueprint.get("/api/v1/staff/gaps")
@open_to(StaffToken(StaffScope.READ, Function.LOAD_READINGS))
def staff_gaps() -> ResponseReturnValue:
    """List the days without a reading, oldest first."""
    rows, following = _page(readings.find(act()), lambda gap: f"{gap.gas_day.isoformat()}.{gap.point.public_id}")
    return jsonify({"gaps": [staff_shapes.gap(each) for each in rows], "next": following})


@blueprint.get("/api/v1/staff/audit-events")
@open_to(StaffToken(StaffScope.AUDIT, Function.READ_AUDIT))
def staff_audit_events() -> ResponseReturnValue:
    """List the events of the audit, newest first."""
    first, last = bodies.audit_days()
    filters = Filters(event=bodies.event(), since=first, until=last)
    found = audit_search.search(act(), filters=filters, before=bodies.before(), most=MOST)
    events = [staff_shapes.event(each) for each in found.entries]
    return jsonify({"events": events, "next": None if found.next_before is None else str(found.next_before)})


def _page(rows: Sequence[Row], key_of: Callable[[Row], str]) -> tuple[Sequence[Row], str | None]:
    """Return the rows after the one that the query names, 500 at most, and the key of the last if more follow."""
    after = bodies.after_key()
    start = 0
    if after is not None:
        start = next((place for place, row in enumerate(rows, start=1) if key_of(row) == after), 0)
        if not start:
            raise bodies.unknown_place()
    shown = rows[start : start + MOST]
    return shown, key_of(shown[-1]) if start + MOST < len(rows) else None
