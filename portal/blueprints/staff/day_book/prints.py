"""Print of a day's book on A4: every line by exit point, the sums first, of the day as it stands or of a version."""

from __future__ import annotations

from itertools import groupby

import structlog
from flask import g, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import day_book as books
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import page

from .days import asked_day
from .rows import Group, row_of, rows_of_totals
from .views import version_number

log = structlog.get_logger("portal.web.consoles")


@blueprint.get("/consola/libro/<day>/imprimir")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_print(day: str) -> ResponseReturnValue:
    """Show the whole book for paper: of ``?version=``, or as it stands, with what is authorised."""
    gas_day, asked = asked_day(day), request.args.get("version")
    if asked is None:
        book = books.load(act(), gas_day=gas_day)
        lines, totals, version = book.lines, book.totals, None
        unchanged = book.versions[-1] if book.versions and not book.changed else None
    else:
        frozen = books.load_frozen(act(), gas_day=gas_day, version=version_number(asked))
        lines, totals, version, unchanged = frozen.lines, frozen.totals, frozen.version, None
    log.info("day book printed", request_id=g.get("request_id"), user_id=me().user_id, gas_day=gas_day.isoformat())
    above = totals.contracts_above
    gates, modalities, total = rows_of_totals(totals)
    names = {gate.code: gate.name for gate in totals.gates}
    return page(
        "staff/day_book_print.html",
        day=gas_day,
        version=version,
        unchanged=unchanged,
        groups=[
            Group(
                f"{code} {names[code]}",
                [row_of(line, line.state, above=line.contract_number in above) for line in own],
            )
            for code, own in groupby(lines, lambda line: line.exit_code)
        ],
        gates=gates,
        modalities=modalities,
        total=total,
    )
