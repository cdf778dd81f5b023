"""``portal status``: the vital signs of an installation, for a person, a program or a monitor."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import click
from sqlalchemy.exc import SQLAlchemyError

from portal.clock import system_clock
from portal.config import BadSettings
from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.models.patience import WEB
from portal.services.ops import backups, heartbeats, vitals
from portal.services.ops.limits import LIMITS, Level, Limit
from portal.services.ops.vitals import Vitals
from portal.web.backup_plan import backup_plan_of

from .commands import first_line
from .installation import Portal, opened, revision_of

# Exit status of a monitor's plugin that could not look.
UNKNOWN = 3
NEVER = Limit(None, None)


class Sign(NamedTuple):
    """A vital sign: its level, what was found, and its figure with the unit of monitors where it has one."""

    name: str
    level: Level
    found: str
    value: float | None = None
    unit: str = ""
    limit: Limit = NEVER


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--check", is_flag=True, help="One line, and the exit status of monitoring plugins.")
def status(as_json: bool, check: bool) -> None:
    """Say how this installation is: what waits and since when, who works, how old copies and anchors are.

    Nothing is changed. With --check status 0 is well, 1 a warning, 2 critical, 3 could not look; 'portal doctor' says
    what to do.
    """
    try:
        with opened(migrated=False, patience=WEB) as portal:
            signs, at = _signs(portal), portal.now()
    except (BadSettings, click.ClickException) as error:
        if not check:
            raise
        click.echo(f"PORTAL UNKNOWN - {error.message if isinstance(error, click.ClickException) else error}")
        raise SystemExit(UNKNOWN) from error
    worst = max(sign.level for sign in signs)
    if as_json:
        click.echo(json.dumps(_object(signs, worst) | {"at": at.isoformat()}, ensure_ascii=False))
    elif check:
        click.echo(_plugin_line(signs, worst))
    else:
        for sign in signs:
            click.echo(f"{sign.level.name.lower():<9} {sign.name}: {sign.found}")
    if check:
        raise SystemExit(int(worst))


def _signs(portal: Portal) -> list[Sign]:
    try:
        at = revision_of(portal)
        if revisions.standing(at) is not Standing.NEWEST:
            found = f"revision {at or 'none'}, this program's is {revisions.head()}"
            return [Sign("database", Level.CRITICAL, found), *_of_disk(portal, None)]
        with portal.sessions() as session:
            read = vitals.read(session, now=portal.now(), system_now=system_clock())
    except SQLAlchemyError as error:
        return [Sign("database", Level.CRITICAL, f"does not answer: {first_line(error)}"), *_of_disk(portal, None)]
    answers = Sign("database", Level.OK, f"{portal.engine.dialect.name} answers, revision {at}")
    return [answers, *_of_vitals(portal, read), *_of_disk(portal, read.copied_at)]


def _of_vitals(portal: Portal, read: Vitals) -> Iterator[Sign]:
    unsent = read.mails_new + read.mails_failing
    if portal.settings.smtp_url is None:
        yield Sign("mail", Level.WARNING, f"no mail server is set; {unsent} unsent", unsent)
    else:
        since = f", one is overdue since {_words(read.mail_overdue)}" if read.mail_overdue else ""
        found = f"{unsent} unsent, {read.mails_failing} of them failing{since}"
        yield _judged(LIMITS["mail_overdue_seconds"], "mail", found, _seconds(read.mail_overdue), "s")
    yield _judged(LIMITS["mails_given_up"], "mails given up", str(read.mails_given_up), read.mails_given_up)
    waits = f", the oldest for {_words(read.job_waits)}" if read.job_waits is not None else ""
    found = f"{read.jobs_waiting} wait{waits}; {read.jobs_running} run"
    yield _judged(LIMITS["job_waits_seconds"], "jobs", found, _seconds(read.job_waits), "s")
    if read.worker_silent is None:
        yield Sign("worker", Level.CRITICAL, "none was ever seen")
    else:
        found = f"{read.workers} run, the last seen {_words(read.worker_silent)} ago"
        yield _judged(LIMITS["worker_silent_seconds"], "worker", found, _seconds(read.worker_silent), "s")
    if read.duties_silent is not None:
        found = f"done {_words(read.duties_silent)} ago"
        yield _judged(LIMITS["duties_silent_seconds"], "duties", found, _seconds(read.duties_silent), "s")
    wrong = sum(count for tried, count in read.attempts.items() if tried.outcome == "wrong")
    yield _judged(LIMITS["wrong_keys_hour"], "wrong keys", f"{wrong} in the last hour", wrong)
    if read.anchor_age is None:
        yield Sign("anchor", Level.CRITICAL, "the audit has none")
    else:
        found = f"taken {_words(read.anchor_age)} ago"
        yield _judged(LIMITS["anchor_age_seconds"], "anchor", found, _seconds(read.anchor_age), "s")
    if read.locks is not None:
        found = f"{read.locks.waiting} sessions wait"
        yield _judged(LIMITS["database_lock_waiters"], "locks", found, read.locks.waiting)


def _of_disk(portal: Portal, copied_at: datetime | None) -> Iterator[Sign]:
    plan = backup_plan_of(portal.settings)
    copies = backups.list_kept(plan.folder)
    newest_at = backups.newest_of(copies, copied_at)
    if newest_at is not None:
        age = system_clock() - newest_at
        found = f"the newest was made {_words(age)} ago; {len(copies)} in {plan.folder}"
        yield _judged(plan.limit, "backup", found, _seconds(age), "s")
    elif plan.is_elsewhere:
        yield Sign("backup", Level.WARNING, "no copy is seen from here: PostgreSQL has its own tools")
    else:
        yield Sign("backup", Level.CRITICAL, f"there is no copy of the database in {plan.folder}")
    free = shutil.disk_usage(portal.settings.instance).free
    yield _judged(LIMITS["disk_free_bytes"], "disk", f"{free / 1024**3:.1f} GB free", free, "B")


def _judged(limit: Limit, name: str, found: str, value: float, unit: str = "") -> Sign:
    return Sign(name, limit.judge(value), found, value, unit, limit)


def _seconds(age: timedelta | None) -> float:
    return 0.0 if age is None else round(age.total_seconds(), 1)


def _words(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _object(signs: list[Sign], worst: Level) -> dict[str, Any]:
    return {
        "level": worst.name.lower(),
        "host": socket.gethostname(),
        "version": heartbeats.read_version(),
        "revision": revisions.head(),
        "signs": [
            {
                "name": sign.name,
                "level": sign.level.name.lower(),
                "found": sign.found,
                "value": sign.value,
                "unit": sign.unit,
                "warning": sign.limit.warning,
                "critical": sign.limit.critical,
            }
            for sign in signs
        ],
    }


def _plugin_line(signs: list[Sign], worst: Level) -> str:
    """Return the line of a monitoring plugin: the worst first, then every figure with its limits."""
    told = [f"{sign.name}: {sign.found}" for sign in sorted(signs, key=lambda sign: -sign.level) if sign.level]
    words = "; ".join(told).replace("|", "/").replace("\n", " ") or f"{len(signs)} signs are well"
    figures = " ".join(_figure(sign) for sign in signs if sign.value is not None)
    return f"PORTAL {worst.name} - {words} | {figures}"


def _figure(sign: Sign) -> str:
    bounds = (_bound(sign.limit, Level.WARNING), _bound(sign.limit, Level.CRITICAL))
    return f"'{sign.name}'={_plain(sign.value or 0)}{sign.unit};{';'.join(bounds)}"


def _bound(limit: Limit, level: Level) -> str:
    bound = limit.warning if level is Level.WARNING else limit.critical
    # A colon: it is the least that is well.
    return "" if bound is None else _plain(bound) + (":" if limit.is_floor else "")


def _plain(value: float) -> str:
    """Return a figure without an exponent, which plugins do not read."""
    return str(int(value)) if value == int(value) else f"{value:.1f}"
