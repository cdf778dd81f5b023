"""Publication of recorded quantities: authorised for ever, in the customer's account, each cut mailed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.quantities import plain
from portal.models import Authorisation, DeliveryPoint
from portal.services import ledger
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from . import authorisation_mails
from .authorisations import forget, require_open
from .blocks import Blocks
from .lines import Line, list_lines


class Published(NamedTuple):
    """Number of quantities published, and how many of them were cuts."""

    points: int
    cuts: int


def digest_of(lines: Iterable[Line]) -> str:
    """Return the SHA-256 (hex) of a publication of these lines: the page shows it and sends it back."""
    said = sorted(
        (line.point_id, line.recorded_m3, line.recorded_mbtu, line.recorded_cut or "", line.recorded_revision)
        for line in lines
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def publish(act: Act, *, gas_day: GasDay, shown: str) -> Published:
    """Publish every record that answers the revision in force; leave outdated ones for a decision. Commits.

    Refuses (``Rejected``) when there is none and when the day is closed; ``Conflict`` when the records are not those
    that the page showed (``shown``, as ``digest_of``).
    """
    user_id = require(act, Function.AUTHORISE)
    with transaction(act.session):
        published = publish_within(act, user_id=user_id, gas_day=gas_day, shown=shown)
        authorisation_mails.post_published(act, published=published, gas_day=gas_day)
        return Published(len(published), sum(row.cut_reason is not None for _, row in published))


def publish_within(act: Act, *, user_id: int, gas_day: GasDay, shown: str | None) -> list[tuple[Line, Authorisation]]:
    """Publish as ``publish``, inside the caller's transaction; return the publications, without posting mails.

    ``shown`` None publishes every record.
    """
    session = act.session
    waiting = Blocks.of(list_lines(session, gas_day=gas_day)).publishable
    # Lock the accounts in id order, as every writer of several does; then read everything again under the locks.
    for point_id in sorted(line.point_id for line in waiting):
        ledger.lock(session, point_id)
    lines = Blocks.of(list_lines(session, gas_day=gas_day)).publishable
    if shown is not None and lines and digest_of(lines) != shown:
        raise Conflict("recorded")
    if not lines:
        raise Rejected(Refusal.NOTHING_TO_PUBLISH)
    require_open(session, lines=lines, gas_day=gas_day)
    lines.sort(key=lambda line: line.point_id)
    rows = [_authorisation(line, gas_day, user_id, act.now) for line in lines]
    session.add_all(rows)
    session.flush()
    points = _points(session, lines)
    for line in lines:
        ledger.rewrite_day(session, delivery_point=points[line.point_id], gas_day=gas_day)
    # Accounts before the audit chain: imports lock in this order too.
    for row in rows:
        _note(act, points[row.delivery_point_id], row)
    forget(session, gas_day=gas_day, point_ids=[line.point_id for line in lines])
    return list(zip(lines, rows, strict=True))


def _authorisation(line: Line, gas_day: GasDay, user_id: int, now: datetime) -> Authorisation:
    recorded = line.recorded
    if recorded is None:
        raise LookupError("nothing is recorded")
    return Authorisation(
        delivery_point_id=line.point_id,
        gas_day=gas_day,
        version=(line.published_version or 0) + 1,
        quantity_m3=recorded.m3,
        quantity_mbtu=recorded.mbtu,
        cut_reason=line.cut_reason,
        revision=line.revision,
        recorded_at=now,
        recorded_by_id=user_id,
    )


def _points(session: Session, lines: Sequence[Line]) -> dict[int, DeliveryPoint]:
    wanted = select(DeliveryPoint).where(DeliveryPoint.id.in_([line.point_id for line in lines]))
    return {point.id: point for point in session.scalars(wanted).unique()}


def _note(act: Act, point: DeliveryPoint, row: Authorisation) -> None:
    audit.record(
        act,
        event=AuditEvent.AUTHORISATION_PUBLISHED,
        subject=point.public_id,
        company_id=point.contract.company_id,
        details={
            "gas_day": row.gas_day.isoformat(),
            "version": row.version,
            "revision": row.revision,
            "quantity": plain(row.gas.in_unit(point.unit)),
            "unit": point.unit.value,
            "cut_reason": None if row.cut_reason is None else row.cut_reason.value,
            sealed_rows.DETAIL: sealed_rows.of_ids(act.session, table="authorisations", ids=[row.id]),
        },
    )
