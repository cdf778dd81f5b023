"""Readiness of server and database: revision, pepper, clock; in words without a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import structlog
from flask import Flask, request
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.services.ops import heartbeats, installation
from portal.services.store.refusals import Busy
from portal.services.store.vault import Vault
from portal.words import schema

log = structlog.get_logger("portal.web.readiness")
# Authenticator codes and the closes of days tolerate no more.
MOST_SKEW_SECONDS = 5.0
OPEN_ENDPOINTS = ("health.live", "health.ready", "metrics", "assets")


@dataclass
class Report:
    """Faults that stop the server from serving, and warnings; each line names its check."""

    problems: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


# Set once this program saw the database at its own revision.
OWN_SCHEMA_SEEN = "portal.own_schema_seen"
EXPANDED = "esquema: más nuevo que este programa, que lo sirve hasta que lo reemplacen"


def report(app: Flask, session: Session, vault: Vault) -> Report:
    """Check everything; a database error is raised to the caller, who answers 503.

    A schema that became newer while this program served it was expanded: the program stays ready until the next one
    takes its place, or both would be out at once.
    """
    found = Report()
    at = revisions.current(session)
    is_expanded = _has_expanded(app, at)
    problem = None if is_expanded else schema.words(at)
    if problem is not None:
        found.problems.append(f"esquema: {problem}")
        return found
    if is_expanded:
        found.details.append(EXPANDED)
    if not installation.is_sealed_under(session, vault):
        found.problems.append(PEPPER)
    found.details += [_clock(session), _worker(session)]
    return found


PEPPER = "pepper: este no es el pepper con el que se selló la base de datos; ponga el suyo en PORTAL_PEPPER_FILE"


def _clock(session: Session) -> str:
    """Compare the clock with the database's; SQLite has only the machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return "reloj: el de esta máquina"
    before = datetime.now(UTC)
    theirs = cast("datetime", session.execute(text("SELECT clock_timestamp()")).scalar_one())
    seconds = ((before + (datetime.now(UTC) - before) / 2) - theirs).total_seconds()
    if abs(seconds) <= MOST_SKEW_SECONDS:
        return "reloj: igual al de la base de datos"
    log.warning("clock differs from the database's", seconds=round(seconds, 1))
    way = "adelantado" if seconds > 0 else "atrasado"
    return f"reloj: {way} {abs(seconds):.0f} s frente al de la base de datos; revise la hora de las dos máquinas"


def _worker(session: Session) -> str:
    seen = heartbeats.list_seen(session)
    if not seen:
        return "trabajador: nunca se ha visto; inicie portal worker"
    seconds = max(0, int((datetime.now(UTC) - seen[0].seen_at).total_seconds()))
    silent = seconds > heartbeats.SILENT_AFTER.total_seconds()
    return f"trabajador: visto hace {seconds} s" + ("; no responde" if silent else "")


def guard(app: Flask) -> None:
    """Answer 503 until the database was once seen at this program's revision and pepper.

    With an older schema every page fails somewhere; under another pepper every right password is wrong and costs an
    attempt. A newer schema is served: servers are replaced one after the other.
    """
    proven = False

    @app.before_request
    def prove() -> None:
        nonlocal proven
        if proven or request.endpoint in OPEN_ENDPOINTS:
            return
        problem = find_problem(app)
        if problem is not None:
            log.error("not fit to serve", reason=problem)
            raise Busy
        proven = True


def find_problem(app: Flask) -> str | None:
    """Return why the database cannot be served; None when it can, also with a newer schema than the program's."""
    with app.extensions["portal.sessions"]() as session:
        return _unfit(app, session, app.extensions["portal.vault"])


def _has_expanded(app: Flask, at: str | None) -> bool:
    """Tell whether a database that was at this program's revision is at a newer one now; note that it was."""
    standing = revisions.standing(at)
    if standing is Standing.NEWEST:
        app.extensions[OWN_SCHEMA_SEEN] = True
    return standing is Standing.UNKNOWN and app.extensions.get(OWN_SCHEMA_SEEN, False)


def _unfit(app: Flask, session: Session, vault: Vault) -> str | None:
    at = revisions.current(session)
    _has_expanded(app, at)
    match revisions.standing(at):
        case Standing.UNKNOWN:
            return None
        case Standing.NEWEST:
            return None if installation.is_sealed_under(session, vault) else installation.ANOTHER_PEPPER
        case _:
            return schema.words(at)
