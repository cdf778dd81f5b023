"""``portal doctor``: examines an installation from outside its servers, and says what to do about each finding."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import shutil
import socket
import ssl
import struct
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.sansio.utils import host_is_trusted

from portal.clock import system_clock
from portal.config import PRIVATE
from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.services.mail.delivery import ServerAway
from portal.services.ops import anchors, backups, heartbeats, installation
from portal.services.ops.anchors import BadAnchors
from portal.services.ops.installation import AnotherPepper
from portal.services.ops.limits import LIMITS, Level
from portal.services.store.acts import Act
from portal.web.backup_plan import backup_plan_of

from . import public_address, push_check, replica_check, secret_files
from .commands import first_line
from .findings import Finding, Health
from .installation import Portal, opened, revision_of, server_of

# Below it a database stops to grow soon.
LEAST_FREE_PERCENT = 5
# Clocks of servers that sign and judge closes agree to the second.
MOST_SKEW = timedelta(seconds=2)
# A rotation that ended so long after it could is forgotten.
OVERDUE = timedelta(days=7)
KNOCK_SECONDS = 5
METRICS_BYTES = 4 * 1024**2
# TIME_ERROR of adjtimex(2).
UNSYNCHRONISED = 5
DRILLED_EVERY = timedelta(days=35)


Examination = Callable[[Portal], Iterator[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def doctor(as_json: bool) -> None:
    """Examine this installation and say what to do; status 1 when something is at fault.

    Settings, passkeys, modes of the secrets' files, database, revision, pepper, clock, mail server, web push, disk,
    worker, age of the last copy and of the last drill, anchors, proxy and certificate. Nothing is changed, and no
    mail is sent.
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
    places = [*(settings.instance / name for name in PRIVATE), *files, settings.audit_anchors]
    places += settings.backups.glob("portal-*")
    faulty: dict[str, list[str]] = {}
    for path in dict.fromkeys(places):
        if path.is_file() and path.stat().st_mode & 0o777 & ~allowed_mode(path):
            faulty.setdefault(f"{allowed_mode(path):o}", []).append(str(path))
    if not faulty:
        yield Finding("secrets", Health.OK, "nobody else reads the secrets' files, nor the copies")
    for mode, paths in faulty.items():
        names = " ".join(paths)
        yield Finding("secrets", Health.FAULT, f"others may read or write {names}", f"chmod {mode} {names}")
    for rotating in secret_files.list_rotating(portal):
        over = portal.now() > rotating.ends_from + OVERDUE
        yield Finding(
            "rotation",
            Health.WARNING if over else Health.OK,
            f"the {rotating.name} is under rotation; both are accepted",
            f".venv/bin/portal secrets end, from {rotating.ends_from:%Y-%m-%d %H:%M} UTC on",
        )


def allowed_mode(path: Path) -> int:
    """Return the widest mode of a private file: its owner's alone, or root's and readable by the portal's group."""
    stat = path.stat()
    return 0o640 if stat.st_uid == 0 and stat.st_gid != 0 else 0o600


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
        yield from _synchronised()
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
        yield from _synchronised()


def _synchronised() -> Iterator[Finding]:
    """Yield what the kernel says of its clock: whether a program keeps it at the time, and how far off it may be."""
    state, error = kernel_clock()
    at = system_clock().isoformat(timespec="seconds")
    if state is None:
        yield Finding("clock", Health.OK, f"{at}; this system does not say whether it is kept at the time")
    elif state == UNSYNCHRONISED or error > MOST_SKEW:
        yield Finding(
            "clock",
            Health.WARNING,
            f"{at}; no program keeps it at the time"
            if state == UNSYNCHRONISED
            else f"{at}; it may be {error.total_seconds():.1f} s off",
            "enable chrony or systemd-timesyncd: closes are judged by this clock (in a container: on its host)",
        )
    else:
        yield Finding("clock", Health.OK, f"{at}; kept at the time, within {error.total_seconds():.3f} s")


def kernel_clock() -> tuple[int | None, timedelta]:
    """Return the state of the kernel's clock and its greatest error (adjtimex(2)); None where there is no such call."""
    # struct timex begins with modes (an int), then offset, frequency and greatest error (longs, microseconds).
    content = ctypes.create_string_buffer(512)
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(content)
    except (AttributeError, OSError):
        return None, timedelta(0)
    if state < 0:
        return None, timedelta(0)
    _modes, _offset, _frequency, most = struct.unpack_from("=i4xqqq", content.raw)
    return state, timedelta(microseconds=most)


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
        yield Finding("mail", Health.FAULT, f"{server.host}:{server.number}: {error}", "mend the server or its address")
    else:
        yield Finding("mail", Health.OK, f"{server.host}:{server.number} takes the sign-in")


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
    seen: set[int] = set()
    for folder in (portal.settings.instance, portal.settings.backups):
        if not folder.is_dir() or folder.stat().st_dev in seen:
            continue
        seen.add(folder.stat().st_dev)
        usage = shutil.disk_usage(folder)
        percent = usage.free * 100 // usage.total
        found = f"{usage.free / 1024**3:.1f} GB free of {usage.total / 1024**3:.0f} GB under {folder}"
        if LIMITS["disk_free_bytes"].judge(usage.free) is Level.CRITICAL or percent < LEAST_FREE_PERCENT:
            todo = "make room: a full disk refuses every nomination, and takes no copy"
            yield Finding("disk", Health.FAULT, found, todo)
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
    plan = backup_plan_of(portal.settings)
    with portal.sessions() as session:
        newest = backups.runs.find_newest(session)
    kept = backups.list_kept(plan.folder)
    newest_at = backups.newest_of(kept, newest.made_at)
    if newest.problem is not None and newest.failed is not None:
        age = _ago(system_clock() - newest.failed.ended_at)
        yield Finding("backup", Health.FAULT, f"the last one failed {age}: {newest.problem}", "mend what it says")
        return
    if plan.is_elsewhere and newest_at is None:
        yield Finding(
            "backup",
            Health.WARNING,
            "PORTAL_BACKUP_MINUTES=0: copies of PostgreSQL are made by its own tools, which are not seen from here",
            "unset it, or archive the log (docs/operations.md), and try a restore",
        )
        return
    how = "see why the worker takes none" if plan.every else "enable portal-backup.timer, or PORTAL_BACKUP_MINUTES"
    if newest_at is None:
        found = f"there is no copy of the database in {plan.folder}"
        yield Finding("backup", Health.FAULT, found, f".venv/bin/portal backup create, then {how}")
        return
    where = f"{len(kept)} in {plan.folder}" if kept else f"on {newest.done.host}" if newest.done else "elsewhere"
    found = f"the newest was made {_ago(system_clock() - newest_at)}, {where}"
    if backups.is_late(plan, newest_at, now=system_clock()):
        yield Finding("backup", Health.FAULT, found, f".venv/bin/portal backup create, then {how}")
    else:
        yield Finding("backup", Health.OK, found)


def _drill(portal: Portal) -> Iterator[Finding]:
    with portal.sessions() as session:
        newest = backups.runs.find_newest(session, is_drill=True)
    todo = ".venv/bin/portal backup drill, once a month"
    if newest.problem is not None and newest.failed is not None:
        found = f"the last one failed {_ago(system_clock() - newest.failed.ended_at)}: {newest.problem}"
        yield Finding("drill", Health.FAULT, found, "mend what it says, then .venv/bin/portal backup drill")
    elif newest.done is None:
        yield Finding("drill", Health.WARNING, "no copy was ever restored for trial", todo)
    else:
        age = system_clock() - newest.done.ended_at
        found = f"{newest.done.file_name} was restored and verified {_ago(age)} on {newest.done.host}"
        if age > DRILLED_EVERY:
            yield Finding("drill", Health.WARNING, found, todo)
        else:
            yield Finding("drill", Health.OK, found)


def _anchors(portal: Portal) -> Iterator[Finding]:
    path = portal.settings.audit_anchors
    with portal.sessions() as session:
        newest = anchors.find_newest(session)
        try:
            missing = anchors.list_missing_days(Act.of_system(session, portal.now()), path=path) if newest else []
        except BadAnchors as error:
            yield Finding("anchors", Health.FAULT, f"{path}: {error}", "see .venv/bin/portal audit verify")
            return
    if newest is None:
        yield Finding(
            "anchors", Health.FAULT, "the audit has no anchor", ".venv/bin/portal audit anchor, or let the worker run"
        )
        return
    age = portal.now() - newest.at
    found = f"{newest.number}, the last taken {_ago(age)}; the file is {path}"
    if missing:
        yield Finding(
            "anchors",
            Health.FAULT,
            f"{found}; fewer than days: none of {missing[0]}"
            + (f" nor of {len(missing) - 1} more" if len(missing) > 1 else ""),
            "find out why the worker stood still, then .venv/bin/portal audit excuse --reason …",
        )
    elif LIMITS["anchor_age_seconds"].judge(age.total_seconds()) is not Level.OK:
        yield Finding("anchors", Health.FAULT, found, "look why the worker takes none")
    elif not path.is_file():
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
    address = urlsplit(settings.base_url)
    host = address.hostname or ""
    if not host_is_trusted(host, settings.trusted_hosts):
        found = f"{host} is not among PORTAL_TRUSTED_HOSTS: it is answered 400"
        yield Finding("proxy", Health.FAULT, found, f"add {host}")
        return
    try:
        yield from public_address.examine(host, address.port or 443)
    except ssl.SSLCertVerificationError as error:
        found = f"the certificate of {host} is not trusted: {error.verify_message}"
        yield Finding("proxy", Health.FAULT, found, "renew it, or serve its whole chain")
    except (OSError, http.client.HTTPException) as error:
        found = f"{host} cannot be reached from here: {error}"
        yield Finding("proxy", Health.WARNING, found, "mend its name or the proxy, if visitors cannot either")


def _ago(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name} ago"
    return f"{seconds} s ago"


EXAMINATIONS: tuple[Examination, ...] = (
    *(
        _settings,
        public_address.examine_passkeys,
        _secrets,
        _database,
        replica_check.examine,
        _clock,
        _mail,
        push_check.examine,
        _metrics,
        _reports,
        _disk,
        _worker,
        _backup,
        _drill,
        _anchors,
    ),
    _proxy,
)
