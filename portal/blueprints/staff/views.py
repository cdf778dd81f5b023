"""The first page of the consoles: what waits for the signed-in person, and what the role offers."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal import consoles, database, runtime
from portal.access import Audience, me, open_to
from portal.clock import system_clock
from portal.domain.roles import Function, may
from portal.services import backups, upkeep_board, work_board
from portal.services.backups import Kept
from portal.services.upkeep_board import Upkeep
from portal.services.work_board import Waiting
from portal.upkeep_words import Alarm, alarms_of
from portal.web import page

from .words import QUIET_WORDS, WAITING_WORDS

blueprint = Blueprint("staff", __name__)


class Condition(NamedTuple):
    """How the portal itself does, the copies of its database (None for PostgreSQL), and what is wrong."""

    upkeep: Upkeep
    kept: list[Kept] | None
    alarms: list[Alarm]


def condition() -> Condition:
    """Look at how the portal does, for who administers it; two queries."""
    settings = runtime.settings()
    upkeep = upkeep_board.load(database.current(), actor=me())
    kept = backups.kept(settings.instance / "backups") if settings.database_url.startswith("sqlite") else None
    alarms = alarms_of(
        upkeep,
        kept=kept,
        has_mail_server=settings.smtp_url is not None,
        now=runtime.now(),
        system_now=system_clock(),
    )
    return Condition(upkeep, kept, alarms)


@blueprint.get("/consola")
@open_to(Audience.STAFF)
def home() -> ResponseReturnValue:
    """Show what waits, with how much of it, and the pages of the role."""
    actor = me()
    items = []
    for item in work_board.load(database.current(), actor=actor, now=runtime.now()):
        one, many, endpoint, where = WAITING_WORDS[item.what]
        address = url_for(endpoint) + (f"?{urlencode(where)}" if where else "")
        words = one if item.count == 1 else many if item.count else QUIET_WORDS.get(item.what, many)
        items.append((item.count, words, address, item.what.value))
    alarms = condition().alarms if may(actor.role, Function.ADMINISTER) else []
    if any(alarm.name == "mails-waiting" for alarm in alarms):
        # None failed, yet none leaves: not a matter that is well.
        items = [item for item in items if item[0] or item[3] != Waiting.MAILS_FAILING.value]
    return page(
        "staff/home.html",
        alarms=alarms,
        waiting=[item for item in items if item[0]],
        quiet=[item for item in items if not item[0]],
        pages=consoles.pages_of(actor.role) if actor.role else [],
    )
