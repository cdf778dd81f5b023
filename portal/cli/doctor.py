"""``portal doctor``: examines an installation from outside its servers, and says what to do about each finding."""

from __future__ import annotations

import json
import os
import shutil
import socket
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

import click
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from portal.clock import system_clock
from portal.config import PRIVATE
from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.services.mail.delivery import ServerAway
from portal.services.ops import anchors, backups, heartbeats, installation
from portal.services.ops.installation import AnotherPepper

from . import secret_files
from .commands import first_line
from .installation import Portal, opened, revision_of, server_of

# Below these a database stops to grow soon.
LEAST_FREE_BYTES, LEAST_FREE_PERCENT = 2 * 1024**3, 5
# Clocks of servers that sign and judge closes agree to the second.
MOST_SKEW = timedelta(seconds=2)
ANCHORED_EVERY = timedelta(hours=26)
# A rotation that ended so long after it could is forgotten.
OVERDUE = timedelta(days=7)
FOR_OTHERS = 0o077
KNOCK_SECONDS = 5
METRICS_BYTES = 4 * 1024**2


class Health(StrEnum):
    """Judgement on a part of an installation."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(NamedTuple):
    """Part that was examined, what was found, and what to do; nothing to do where it is well."""

    part: str
    health: Health
    found: str
    todo: str = ""


Examination = Callable[[Portal], Iterator[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def doctor(as_json: bool) -> None:
    """Examine this installation and say what to do; status 1 when something is at fault.

    Settings, modes of the secrets' files, database, revision, pepper, clock, mail server, disk, worker, backup, anchors
    and proxy. Nothing is changed, and no mail is sent.
    """
    findings = []
    with opened(migrated=False) as portal:
        for examine in EXAMINATIONS:
            for finding in _examined(examine, portal):
                findings.append(finding)
                click.echo(json.dumps(finding._asdict()) if as_json else _line(finding))
    faults = sum(finding.health is Health.FAULT for finding in findings)
    warnings = sum(finding.health is Health.WARNING for finding in findings)
    if not as_json:
        click.echo(f"{len(findings)} parts: {faults} at fault, {warnings} to look at.")
    if faults:
        raise SystemExit(1)


def _examined(examine: Examination, portal: Portal) -> Iterator[Finding]:
    """Yield the findings of an examination; what the database or the disk refuses is one itself."""
    try:
        yield from examine(portal)
    except SQLAlchemyError as error:
        found = f"could not be examined: {first_line(error)}"
        yield Finding(examine.__name__.lstrip("_"), Health.FAULT, found, "see database")
    except OSError as error:
        yield Finding(examine.__name__.lstrip("_"), Health.FAULT, f"could not be examined: {error}", "see its path")


def _line(finding: Finding) -> str:
    todo = f"\n         → {finding.todo}" if finding.todo else ""
    return f"{finding.health.value:<8} {finding.part}: {finding.found}{todo}"


def _settings(portal: Portal) -> Iterator[Finding]:
    settings = portal.settings
    if settings.is_production:
        yield Finding("settings", Health.OK, f"production, {settings.base_url}")
    else:
        yield Finding(
            "settings",
            Health.WARNING,
            "development: made-up secrets are accepted and the clock can be moved",
            "set PORTAL_ENV=production on a server that people use (.env.example lists the rest)",
        )
    if os.environ.get("PORTAL_NOW"):
        yield Finding("settings", Health.WARNING, "PORTAL_NOW moves the clock", "unset PORTAL_NOW")


def _secrets(portal: Portal) -> Iterator[Finding]:
    settings = portal.settings
    files = [path for path in (settings.secret_key_file, settings.pepper_file) if path is not None]
    places = dict.fromkeys([*(settings.instance / name for name in PRIVATE), *files])
    readable = [path for path in places if path.is_file() and path.stat().st_mode & FOR_OTHERS]
    if readable:
        names = " ".join(str(path) for path in readable)
        yield Finding("secrets", Health.FAULT, f"others may read {names}", f"chmod 600 {names}")
    else:
        yield Finding("secrets", Health.OK, "only this user reads the secrets' files")
    for rotating in secret_files.list_rotating(portal):
        over = portal.now() > rotating.ends_from + OVERDUE
        yield Finding(
            "rotation",
            Health.WARNING if over else Health.OK,
            f"the {rotating.name} is under rotation; both are accepted",
            f".venv/bin/portal secrets end, from {rotating.ends_from:%Y-%m-%d %H:%M} UTC on",
        )


def _database(portal: Portal) -> Iterator[Finding]:
    dialect = portal.engine.dialect.name
    try:
        with portal.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            at = revision_of(portal)
    except SQLAlchemyError as error:
        found = f"{dialect} does not answer: {first_line(error)}"
        yield Finding("database", Health.FAULT, found, "start it, or mend its address")
        return
    yield Finding("database", Health.OK, f"{dialect} answers")
    if revisions.standing(at) is not Standing.NEWEST:
        yield Finding(
            "schema",
            Health.FAULT,
            f"revision {at or 'none'}, this program's is {revisions.head()}",
            ".venv/bin/portal db upgrade, or the program that belongs to the database",
        )
        return
    yield Finding("schema", Health.OK, f"revision {at}, the newest")
    with portal.sessions() as session:
        try:
            installation.demand(session, portal.vault)
        except AnotherPepper as error:
            yield Finding("pepper", Health.FAULT, str(error), "set PORTAL_PEPPER_FILE to the file of this database")
        else:
            yield Finding("pepper", Health.OK, "the one under which the database is sealed")


def _clock(portal: Portal) -> Iterator[Finding]:
    if portal.engine.dialect.name == "sqlite":
        yield Finding("clock", Health.OK, f"{system_clock().isoformat(timespec='seconds')}; no other server to compare")
        return
    with portal.engine.connect() as connection:
        theirs = connection.execute(select(text("clock_timestamp()"))).scalar_one()
    skew = abs(system_clock() - theirs)
    if skew > MOST_SKEW:
        yield Finding(
            "clock",
            Health.FAULT,
            f"{skew.total_seconds():.1f} s apart from the database server's",
            "run chrony or systemd-timesyncd on both: closes are judged by this clock",
        )
    else:
        yield Finding("clock", Health.OK, f"{skew.total_seconds():.1f} s apart from the database server's")


def _mail(portal: Portal) -> Iterator[Finding]:
    try:
        server = server_of(portal)
    except click.ClickException as error:
        yield Finding("mail", Health.FAULT, error.message, "mend PORTAL_SMTP_URL")
        return
    if server is None:
        yield Finding("mail", Health.WARNING, "no mail server: every mail waits in the outbox", "set PORTAL_SMTP_URL")
        return
    try:
        server.knock()
    except ServerAway as error:
        yield Finding("mail", Health.FAULT, f"{server.host}:{server.port}: {error}", "mend the server or its address")
    else:
        yield Finding("mail", Health.OK, f"{server.host}:{server.port} takes the sign-in")


def _metrics(portal: Portal) -> Iterator[Finding]:
    port = portal.settings.metrics_port
    if port is None:
        if portal.settings.metrics_token is not None:
            yield Finding("metrics", Health.OK, "/metrics is open to who brings the token")
        return
    place = f"127.0.0.1:{port}"
    try:
        with urllib.request.urlopen(f"http://{place}/metrics", timeout=KNOCK_SECONDS) as answer:
            ours = b"\nportal_info{" in answer.read(METRICS_BYTES)
    except OSError as error:
        todo = "start server or worker with PORTAL_METRICS_PORT, or give that port to nobody else"
        yield Finding("metrics", Health.WARNING, f"nobody answers at {place}: {error}", todo)
        return
    if ours:
        yield Finding("metrics", Health.OK, f"answered at {place}")
    else:
        yield Finding("metrics", Health.WARNING, f"another program answers at {place}", "set PORTAL_METRICS_PORT")


def _reports(portal: Portal) -> Iterator[Finding]:
    if portal.settings.report_dsn is None:
        return
    parts = urlsplit(portal.settings.report_dsn)
    place = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection(place, timeout=KNOCK_SECONDS).close()
    except OSError as error:
        found = f"the collector {place[0]}:{place[1]} is not reached: {error}"
        yield Finding("error reports", Health.WARNING, found, "mend PORTAL_SENTRY_DSN or the way there")
    else:
        yield Finding("error reports", Health.OK, f"{place[0]}:{place[1]} is reached; nothing was sent")


def _disk(portal: Portal) -> Iterator[Finding]:
    usage = shutil.disk_usage(portal.settings.instance)
    percent = usage.free * 100 // usage.total
    found = f"{usage.free / 1024**3:.1f} GB free of {usage.total / 1024**3:.0f} GB under {portal.settings.instance}"
    if usage.free < LEAST_FREE_BYTES or percent < LEAST_FREE_PERCENT:
        yield Finding("disk", Health.FAULT, found, "make room: a full disk refuses every nomination")
    else:
        yield Finding("disk", Health.OK, found)


def _worker(portal: Portal) -> Iterator[Finding]:
    with portal.sessions() as session:
        seen = heartbeats.list_seen(session)
    todo = "start .venv/bin/portal worker: closes, reminders, mails and jobs wait for it"
    if not seen:
        yield Finding("worker", Health.FAULT, "none was ever seen", todo)
        return
    age = system_clock() - seen[0].seen_at
    found = f"{seen[0].host}, process {seen[0].pid}, seen {_ago(age)}"
    if age > heartbeats.SILENT_AFTER:
        yield Finding("worker", Health.FAULT, found, todo)
    elif seen[0].version != heartbeats.read_version():
        yield Finding("worker", Health.WARNING, f"{found}, of version {seen[0].version}", "start it again")
    else:
        yield Finding("worker", Health.OK, found)


def _backup(portal: Portal) -> Iterator[Finding]:
    if portal.engine.dialect.name != "sqlite":
        yield Finding(
            "backup",
            Health.WARNING,
            "copies of PostgreSQL are made by its own tools, which are not seen from here",
            "see docs/operations.md, and try a restore",
        )
        return
    copies = backups.list_kept(portal.settings.instance / "backups")
    if not copies:
        yield Finding(
            "backup", Health.FAULT, "there is no copy of the database", ".venv/bin/portal backup create, every night"
        )
        return
    found = f"{copies[0].name}, made {_ago(system_clock() - copies[0].made_at)}"
    if backups.is_stale(copies, now=system_clock()):
        yield Finding("backup", Health.FAULT, found, ".venv/bin/portal backup create, every night")
    else:
        yield Finding("backup", Health.OK, found)


def _anchors(portal: Portal) -> Iterator[Finding]:
    with portal.sessions() as session:
        newest = anchors.find_newest(session)
    if newest is None:
        yield Finding(
            "anchors", Health.FAULT, "the audit has no anchor", ".venv/bin/portal audit anchor, or let the worker run"
        )
        return
    age = portal.now() - newest.at
    found = f"{newest.number}, the last taken {_ago(age)}; the file is {portal.settings.audit_anchors}"
    if age > ANCHORED_EVERY:
        yield Finding("anchors", Health.FAULT, found, "look why the worker takes none")
    elif not portal.settings.audit_anchors.is_file():
        yield Finding("anchors", Health.WARNING, f"{found}, which is not there", "set PORTAL_ANCHOR_FILE on this host")
    else:
        yield Finding("anchors", Health.OK, found)


def _proxy(portal: Portal) -> Iterator[Finding]:
    settings = portal.settings
    if not settings.is_production:
        yield Finding("proxy", Health.OK, "none is needed in development")
        return
    if not settings.behind_proxy:
        yield Finding(
            "proxy",
            Health.WARNING,
            "PORTAL_BEHIND_PROXY=0: every visitor has the proxy's address, and shares its limits",
            "unset it where a proxy sets X-Forwarded-For and X-Forwarded-Proto",
        )
        return
    host = settings.base_url.partition("://")[2].partition("/")[0].partition(":")[0]
    if host not in settings.trusted_hosts:
        yield Finding(
            "proxy", Health.FAULT, f"{host} is not among PORTAL_TRUSTED_HOSTS: it is answered 400", f"add {host}"
        )
        return
    try:
        socket.getaddrinfo(host, 443)
    except OSError as error:
        yield Finding("proxy", Health.WARNING, f"{host} has no address here: {error}", "mend its name server's record")
    else:
        yield Finding("proxy", Health.OK, f"{host} is trusted and has an address; X-Forwarded-For is believed")


def _ago(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name} ago"
    return f"{seconds} s ago"


EXAMINATIONS: tuple[Examination, ...] = (
    *(_settings, _secrets, _database, _clock, _mail, _metrics, _reports, _disk, _worker, _backup, _anchors),
    _proxy,
)
