"""The audit chain: each event is linked to the one before it by an HMAC (docs/security.md, "Audit and anchors")."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.models import AuditEvent, AuditHead
from portal.services.store.acts import Act

from . import hot
from .chain_findings import ChainFault, Finding

AUDIT_KEY = "audit_key"
FIRST_MAC = bytes(32)
# Event at either end of the chain.
LOOKED_AT = 5


def record(
    act: Act,
    *,
    event: audit_events.AuditEvent,
    subject: str,
    company_id: int | None = None,
    details: Mapping[str, str | int | bool | None] | None = None,
) -> None:
    """Add ``event`` to the chain, inside the caller's transaction.

    ``subject`` is the public id or name of the object that the event concerns; ``details`` are plain values, never a
    secret. Locks the head row until the commit, which gives the chain its order.
    """
    session, actor = act.session, act.actor
    # Write pending rows first: the event may name them, and everybody waits for the head.
    session.flush()
    head = hot.HEAD.first(session)
    if head is None:
        raise RuntimeError("the audit chain has no head: run the migrations")
    link: dict[str, Any] = {
        "sequence": head.sequence + 1,
        "at": act.now.astimezone(UTC),
        "event": str(event),
        "actor_id": actor.user_id,
        "actor": actor.email,
        "channel": actor.channel,
        "address": actor.address or None,
        "company_id": company_id,
        "subject": subject,
        "details": json.dumps(dict(details or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    }
    mac = _mac(session.info[AUDIT_KEY], head.mac, link)
    hot.LINK.run(session, **{f"new_{name}": value for name, value in link.items()}, new_mac=mac)
    hot.MOVE.run(session, new_sequence=link["sequence"], new_mac=mac)


def verify(session: Session) -> Finding | None:
    """Recompute the chain; return None when it holds, else the first bad row."""
    expected, previous = 0, FIRST_MAC
    key = session.info[AUDIT_KEY]
    links = select(AuditEvent).order_by(AuditEvent.sequence).execution_options(yield_per=1000)
    # Close the cursor at the first bad event too: PostgreSQL keeps one open while rows are unread.
    with contextlib.closing(session.scalars(links)) as found:
        for link in found:
            expected += 1
            if link.sequence != expected:
                return Finding(ChainFault.EVENT_MISSING, event=expected)
            if not hmac.compare_digest(link.mac, _mac(key, previous, vars(link))):
                return Finding(ChainFault.EVENT_CHANGED, event=expected, what=link.event)
            previous = link.mac
    head = session.get(AuditHead, 1)
    if head is None or head.sequence != expected or not hmac.compare_digest(head.mac, previous):
        return Finding(ChainFault.END_MISSING, event=expected)
    return None


def is_sealed_with(session: Session, key: bytes) -> bool | None:
    """Tell whether the chain was made with ``key``, by its first and last events; None for an empty chain.

    One match is enough, so that altered events do not hide the right key.
    """
    rows = [
        *session.scalars(select(AuditEvent).order_by(AuditEvent.sequence).limit(LOOKED_AT)),
        *session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(LOOKED_AT)),
    ]
    macs = {row.sequence: row.mac for row in rows} | {0: FIRST_MAC}
    known = [row for row in rows if row.sequence - 1 in macs]
    if not known:
        return None
    return any(hmac.compare_digest(row.mac, _mac(key, macs[row.sequence - 1], vars(row))) for row in known)


_CHAINED = ("event", "actor_id", "actor", "channel", "address", "company_id", "subject", "details")


def _mac(key: bytes, previous: bytes, link: Mapping[str, Any]) -> bytes:
    content = [link["sequence"], link["at"].isoformat(), *(link[name] for name in _CHAINED)]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(key, previous + text.encode(), hashlib.sha256)
