"""Anchors in the database: each seals the rows added since the one before, under the pepper; and the daily anchor."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import Anchor, AnchorFile, AuditHead, FilingCounter
from portal.services.mail import outbox
from portal.services.store import duty_runs
from portal.services.store.acts import VAULT, Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction
from portal.services.trace import sealed_rows

from . import files
from .files import BadAnchors

FIRST_MAC = bytes(32)
# Longest wait for the writers that were active when the last numbers were read.
PATIENCE_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.05
KIND = "anchor"
log = structlog.get_logger("portal.anchors")
_said: dict[Path, str] = {}


class NotQuiet(Exception):
    """A writer active since before the anchor has not finished: nothing was written, the anchor is taken later."""


@dataclass(frozen=True, slots=True)
class Written:
    """A written anchor, with the fields of its line outside the database."""

    number: int
    at: datetime
    sequence: int
    audit_mac: bytes
    mac: bytes


def find_newest(session: Session) -> Anchor | None:
    """Return the last anchor."""
    return session.scalars(select(Anchor).order_by(Anchor.number.desc()).limit(1)).first()


def is_empty(session: Session) -> bool:
    """Tell whether there is no anchor yet."""
    return find_newest(session) is None


def content_of(anchor: Anchor) -> dict[str, Any]:
    """Return the content of an anchor."""
    found: dict[str, Any] = json.loads(anchor.content)
    return found


def written_of(anchor: Anchor) -> Written:
    """Return the fields of an anchor's line outside the database."""
    said = content_of(anchor)["audit"]
    return Written(anchor.number, anchor.at, said["sequence"], bytes.fromhex(said["mac"]), anchor.mac)


def mac_of(session: Session, *, previous: bytes, number: int, at: datetime, content: str) -> bytes:
    """Return the HMAC of an anchor with the one before it."""
    said = json.dumps([number, at.astimezone(UTC).isoformat(), content], ensure_ascii=False)
    return hmac.digest(key_of(session), previous + said.encode(), hashlib.sha256)


def key_of(session: Session) -> bytes:
    """Return the key of the anchors, derived from the pepper."""
    key: bytes = session.info[VAULT].anchor_key
    return key


def take(act: Act, *, mail_to: Sequence[str] = (), duty: str | None = None) -> Written:
    """Seal the rows added since the last anchor, and mail it to ``mail_to``; commits.

    Only the new rows are read. With ``duty`` it is taken once, ``duty_runs.Taken`` otherwise. ``NotQuiet`` when a
    writer does not finish, ``Conflict`` when another anchor was faster.
    """
    session = act.session
    session.rollback()
    until = _settled(session)
    before = find_newest(session)
    already = {} if before is None else content_of(before)["until"]
    added = {
        name: [list(asdict(block).values()) for block in found]
        for name in sealed_rows.SERIES
        if (found := sealed_rows.list_blocks(session, table=name, after=already.get(name, 0), until=until[name]))
    }
    session.rollback()
    with meaning_of_constraints(), transaction(session):
        if duty is not None:
            duty_runs.take(act, name=duty)
        last = find_newest(session)
        if (last and last.number) != (before and before.number):
            raise Conflict("anchored")
        anchor = _anchor(act, last, {name: max(until[name], already.get(name, 0)) for name in until}, added)
        session.add(anchor)
        session.flush()
        for recipient in mail_to:
            _tell(act, anchor, recipient)
        return written_of(anchor)


def _anchor(act: Act, last: Anchor | None, until: Mapping[str, int], added: Mapping[str, Any]) -> Anchor:
    session = act.session
    head = session.get_one(AuditHead, 1, populate_existing=True)
    counters = session.execute(
        select(FilingCounter.series, FilingCounter.year, FilingCounter.last).order_by(
            FilingCounter.series, FilingCounter.year
        )
    )
    content = json.dumps(
        {
            "audit": {"sequence": head.sequence, "mac": head.mac.hex()},
            "counters": {f"{row.series}-{row.year}": row.last for row in counters},
            "until": dict(until),
            "added": dict(added),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    number, previous = (1, FIRST_MAC) if last is None else (last.number + 1, last.mac)
    at = act.now.replace(microsecond=0)
    return Anchor(
        number=number,
        day=GasDay.of(act.now).date,
        at=at,
        content=content,
        mac=mac_of(session, previous=previous, number=number, at=at, content=content),
    )


def _settled(session: Session) -> dict[str, int]:
    """Return the last number of each table below which no row can still appear.

    PostgreSQL gives numbers before a transaction commits: wait for the writers active when they were read.
    """
    until = sealed_rows.find_last_ids(session)
    if session.get_bind().dialect.name == "sqlite":
        return until
    session.rollback()
    # A transaction takes a number a moment before it is listed as a writer.
    time.sleep(_LOOK_AGAIN_SECONDS)
    known = session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))
    session.rollback()
    give_up = time.monotonic() + PATIENCE_SECONDS
    at_work = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint < :known")
    while session.scalar(at_work, {"known": known}):
        session.rollback()
        if time.monotonic() > give_up:
            raise NotQuiet
        time.sleep(_LOOK_AGAIN_SECONDS)
    session.rollback()
    return until


def _tell(act: Act, anchor: Anchor, recipient: str) -> None:
    said = written_of(anchor)
    lines = (
        "Ancla diaria del portal de clientes no regulados.",
        "Guarde este correo donde nadie del portal pueda borrarlo: con él se nota si alguien cambia o corta registros.",
        f"Ancla n.º {said.number}\nFecha: {said.at.astimezone(UTC).isoformat()}",
        f"Auditoría: hecho n.º {said.sequence}, sello {said.audit_mac.hex()}",
        f"Sello del ancla: {said.mac.hex()}",
        "Para compararla: portal verify; sus anclas están en el archivo que la instalación llama PORTAL_ANCHOR_FILE.",
    )
    outbox.post(
        act,
        kind=KIND,
        recipient=recipient,
        subject=f"Ancla n.º {said.number} del portal",
        body="\n\n".join(lines) + "\n",
    )


def anchor(act: Act, *, path: Path, mail_to: Sequence[str] = ()) -> Written:
    """Write an anchor now, in the database and in the file; commits. ``BadAnchors`` when the file was cut off."""
    written = take(act, mail_to=mail_to)
    files.bring_up_to_date(act.session, path=path)
    return written


def anchor_due(act: Act, *, path: Path, mail_to: Sequence[str] = ()) -> bool:
    """Write the anchor of the Colombian day, once, and the lines missing from this host's file. Commits.

    Returns True when this call wrote the anchor. An error of the file is logged once, and retried: the anchor in the
    database stands.
    """
    session = act.session
    done = _of_today(act, mail_to=mail_to)
    behind = select(
        func.max(Anchor.number).label("last"),
        select(AnchorFile.number).where(AnchorFile.place == files.place_of(path)).scalar_subquery().label("written"),
    )
    found = session.execute(behind).one()
    session.rollback()
    if found.last is None or found.last == found.written:
        return done
    try:
        files.bring_up_to_date(session, path=path)
        _said.pop(path, None)
    except (BadAnchors, OSError) as error:
        if _said.get(path) != str(error):
            _said[path] = str(error)
            log.error("the anchor could not be kept outside the database", problem=str(error))
    return done


def _of_today(act: Act, *, mail_to: Sequence[str]) -> bool:
    now = act.now
    name = f"anchor:{GasDay.of(now).isoformat()}"
    if duty_runs.is_done(act.session, name=name):
        return False
    try:
        take(act, mail_to=mail_to, duty=name)
    except (duty_runs.Taken, Conflict, NotQuiet):
        # Another worker was faster, or a writer is still active: the next round tries again.
        return False
    return True
