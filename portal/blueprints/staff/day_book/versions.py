"""Frozen version of a day book."""

from __future__ import annotations

import re

from flask import abort
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.roles import Function
from portal.services import day_book as books
from portal.web.access import Staff, act, open_to
from portal.web.answers import page

from .days import asked_day
from .rows import MOST_CHANGES, changes_of, sum_row


@blueprint.get("/consola/libro/<day>/versiones/<version>")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_version(day: str, version: str) -> ResponseReturnValue:
    """Show a frozen version: its hash, its sums, and the differences from the one before."""
    gas_day = asked_day(day)
    frozen = books.load_frozen(act(), gas_day=gas_day, version=version_number(version))
    changed = frozen.changed
    return page(
        "staff/day_book_version.html",
        frozen=frozen,
        day=gas_day,
        changes=None if changed is None else changes_of(changed),
        more_changes=0 if changed is None else max(0, len(changed) - MOST_CHANGES),
        sums=[sum_row(f"{gate.code} {gate.name}", "", gate.total) for gate in frozen.totals.gates],
        total=sum_row("Todo el libro", "", frozen.totals.all),
    )


def version_number(text: str) -> int:
    """Return the number of a version in an address; 404 for an invalid one."""
    if not re.fullmatch("[1-9][0-9]{0,5}", text, re.ASCII):
        abort(404)
    return int(text)
