"""First page of the consoles: waiting work of the signed-in person, and the pages of the role."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.clock import system_clock
from portal.domain.accounts import Function, may
from portal.domain.calendar import MONTHS
from portal.domain.counts import agree
from portal.services.account import consumption
from portal.services.ops import backups, shift_log, upkeep_board, work_board
from portal.services.ops.backups import Kept
from portal.services.ops.upkeep_board import Upkeep
from portal.services.ops.work_board import Waiting
from portal.web import consoles, runtime
from portal.web.access import Audience, Staff, act, me, open_to, refreshes
from portal.web.answers import go, page
from portal.web.backup_plan import backup_plan_of
from portal.web.extensions import htmx
from portal.words.upkeep import Alarm, alarms_of

from .words import SAID_WHEN_DONE, WAITING_WORDS, board_note

blueprint = Blueprint("staff", __name__)


class Condition(NamedTuple):
    """Health of the portal, copies of its database (None where others make them), and alarms."""

    upkeep: Upkeep
    kept: list[Kept] | None
    alarms: list[Alarm]


def condition() -> Condition:
    """Return the health of the portal for administrators; four queries."""
    settings = runtime.settings()
    upkeep = upkeep_board.load(act())
    plan = backup_plan_of(settings)
    kept = None if plan.is_elsewhere else backups.list_kept(plan.folder)
    alarms = alarms_of(
        upkeep,
        kept=kept,
        late_after=plan.late_after,
        has_mail_server=settings.smtp_url is not None,
        now=runtime.now(),
        system_now=system_clock(),
    )
    return Condition(upkeep, kept, alarms)


@blueprint.get("/consola")
@open_to(Audience.STAFF)
def home() -> ResponseReturnValue:
    """Show the waiting work with its amounts, and the pages of the role."""
    role = me().role
    handover = shift_log.find_waiting(act()) if may(role, Function.AUTHORISE) else None
    return page(
        "staff/home.html",
        board=_board(),
        handover=handover if handover and handover.given_to_id == me().user_id else None,
        pages=consoles.pages_of(role) if role else [],
    )


@blueprint.get("/consola/pulso")
@open_to(Audience.STAFF)
@refreshes("/pulso")
def home_pulse() -> ResponseReturnValue:
    """Answer the poll of an open page: 204 while it is current."""
    if not htmx:
        return go(".home")
    board = _board()
    if request.args.get("visto", "") == board.digest:
        return "", 204
    return page("staff/_board.html", board=board)


class BoardItem(NamedTuple):
    """Line of the board: its address, and in words the amount, since when it waits and from when it counts."""

    many: int
    words: str
    address: str
    name: str
    note: str


class Board(NamedTuple):
    """Alarms, waiting work and finished work; its digest tells an open page that it is stale."""

    alarms: Sequence[Alarm]
    waiting: list[BoardItem]
    quiet: list[BoardItem]
    digest: str


def _board() -> Board:
    items = []
    for item in work_board.load(act()):
        one, many, endpoint, where = WAITING_WORDS[item.what]
        address = url_for(endpoint) + (f"?{urlencode(where)}" if where else "")
        if item.gas_day is not None:
            address = url_for(".day_book", day=item.gas_day.isoformat())
        words = agree(item.count, one, many)
        items.append(BoardItem(item.count, words, address, item.what.value, board_note(item)))
    alarms = condition().alarms if may(me().role, Function.ADMINISTER) else []
    if any(alarm.name == "mails-waiting" for alarm in alarms):
        # Without failures, yet stuck: not finished.
        items = [item for item in items if item.many or item.name != Waiting.MAILS_FAILING.value]
    quiet = [item._replace(words=SAID_WHEN_DONE.get(Waiting(item.name), item.words)) for item in items if not item.many]
    waiting = [item for item in items if item.many]
    said = repr((alarms, waiting, quiet))
    return Board(alarms, waiting, quiet, hashlib.sha256(said.encode()).hexdigest()[:16])


@blueprint.get("/consola/patrones-de-consumo")
@open_to(Staff(Function.SEE_BALANCES))
def patterns() -> ResponseReturnValue:
    """List the declarations in force."""
    # That module hangs its template global on the blueprint of this one.
    from portal.blueprints.staff import lists

    listed = lists.read("staff.patterns")
    found = consumption.list_patterns(act(), text=listed.text, after=listed.after_id)
    listed.next = found.next
    return page("staff/patterns.html", listed=listed, found=found.rows, month_names=MONTHS)
