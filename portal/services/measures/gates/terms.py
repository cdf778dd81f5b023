"""Terms of gates by dates: capacity, band of unaccounted gas, rule of its allocation (adr/0139)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.gates import BAND, MOST_BAND, AllocationRule
from portal.domain.quantities import Quantity, plain
from portal.models import ExitPoint, GateTerms, User
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

LONGEST_REASON = 300


class Terms(NamedTuple):
    """Terms of a gate: most gas of a day in m³ (None: unknown), band in hundredths of a percent, rule."""

    capacity: Quantity | None = None
    band: int = BAND
    allocation: AllocationRule = AllocationRule.NONE


class DatedTerms(NamedTuple):
    """Terms with the day from which they hold, why, and who set them."""

    terms: Terms
    valid_from: GasDay
    reason: str
    recorded_at: datetime
    recorded_by: str


USUAL = Terms()


class KnownTerms:
    """Terms of gates on any day; read by one query for all of them."""

    def __init__(self, session: Session) -> None:
        self._rows: dict[int, list[GateTerms]] = {}
        for row in session.scalars(select(GateTerms).order_by(GateTerms.valid_from, GateTerms.id)):
            self._rows.setdefault(row.exit_point_id, []).append(row)

    def on(self, exit_point_id: int, day: GasDay) -> Terms:
        """Return the terms of a gate on a day: of those from the same day the last ones set."""
        found = USUAL
        for row in self._rows.get(exit_point_id, []):
            if row.valid_from <= day:
                found = Terms(row.capacity_m3, row.band_basis_points, row.allocation)
        return found


def list_terms(act: Act, *, gate: ExitPoint) -> Sequence[DatedTerms]:
    """Return what was set for a gate, the newest day first."""
    rows = act.session.execute(
        select(GateTerms, User.name.label("by"))
        .join(User, User.id == GateTerms.recorded_by_id)
        .where(GateTerms.exit_point_id == gate.id)
        .order_by(GateTerms.valid_from.desc(), GateTerms.id.desc())
    )
    return [
        DatedTerms(
            Terms(row.GateTerms.capacity_m3, row.GateTerms.band_basis_points, row.GateTerms.allocation),
            row.GateTerms.valid_from,
            row.GateTerms.reason,
            row.GateTerms.recorded_at,
            row.by,
        )
        for row in rows
    ]


def set_terms(act: Act, *, code: str, terms: Terms, valid_from: GasDay, reason: str) -> None:
    """Set the terms of a gate from a gas day on; earlier rows stay. Commits.

    Refuses (``Rejected``) ``GATE_CAPACITY`` (not above zero), ``GATE_BAND`` (0 to 100 %), ``GATE_TERMS_DAY`` (before
    this month), ``GATE_TERMS_UNCHANGED``, ``REASON_MISSING``, ``REASON_TOO_LONG`` (300 characters); ``NotFound``.
    """
    session = act.session
    user_id = require(act, Function.KEEP_REGISTRY)
    reason = check_reason(reason, most=LONGEST_REASON)
    if terms.capacity is not None and terms.capacity.micro <= 0:
        raise Rejected(Refusal.GATE_CAPACITY, "capacity")
    if not 0 <= terms.band <= MOST_BAND:
        raise Rejected(Refusal.GATE_BAND, "band", most=MOST_BAND // 100)
    first = Month.of(GasDay.of(act.now)).first
    if valid_from < first:
        raise Rejected(Refusal.GATE_TERMS_DAY, "valid_from", first=first)
    with transaction(session):
        gate = load_gate(session, code)
        before = KnownTerms(session).on(gate.id, valid_from)
        if before == terms:
            raise Rejected(Refusal.GATE_TERMS_UNCHANGED, "valid_from")
        session.add(
            GateTerms(
                exit_point_id=gate.id,
                valid_from=valid_from,
                capacity_m3=terms.capacity,
                band_basis_points=terms.band,
                allocation=terms.allocation,
                reason=reason,
                recorded_at=act.now,
                recorded_by_id=user_id,
            )
        )
        session.flush()
        audit.record(
            act,
            event=AuditEvent.GATE_TERMS_SET,
            subject=gate.code,
            details={
                "from": valid_from.isoformat(),
                "old_value": _spell(before),
                "new_value": _spell(terms),
                "reason": reason,
            },
        )


def load_gate(session: Session, code: str) -> ExitPoint:
    """Return a gate by its code; ``NotFound``."""
    found = session.scalars(select(ExitPoint).where(ExitPoint.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def load_gates(session: Session, codes: Collection[str]) -> dict[str, ExitPoint]:
    """Return the gates with these codes, by code; one query, and unknown codes are left out."""
    return {gate.code: gate for gate in session.scalars(select(ExitPoint).where(ExitPoint.code.in_(codes)))}


def _spell(terms: Terms) -> str:
    capacity = "" if terms.capacity is None else plain(terms.capacity)
    return f"capacity_m3={capacity} band={terms.band} allocation={terms.allocation.value}"
