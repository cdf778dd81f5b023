"""Import of the former system's history: previewed, held against its own totals, and written whole or not at all.

Source: docs/adr/0136-the-former-sheets-history.md.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, HeatingValue, Quantity, plain
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.domain.timetable import RequestKind
from portal.models import (
    Adjustment,
    Authorisation,
    Company,
    DeliveryPoint,
    Nomination,
    Reading,
    ReadingImport,
)
from portal.services import ledger
from portal.services.files.questions import NOTHING_KNOWN, Answers
from portal.services.store.acts import Act
from portal.services.store.bulk import BulkInsert
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict
from portal.services.store.statements import Stored
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from .collection import Collected, Collector
from .parts import File, Found, Part, read_files
from .plans import Planner, PointPlan
from .shapes import Figure

# Callback (points done, points in all).
Progress = Callable[[int, int], None]
OPENING_NOTE = "Saldo inicial que viene de antes del portal"
_NOMINATIONS = (
    *("public_id", "delivery_point_id", "gas_day", "revision", "kind", "unit", "quantity_m3", "quantity_mbtu"),
    *("heating_value", "heating_value_on", "effective_at", "received_at", "channel"),
)
_AUTHORISATIONS = (
    *("delivery_point_id", "gas_day", "version", "quantity_m3", "quantity_mbtu", "recorded_at", "recorded_by_id"),
)
_READINGS = (
    *("delivery_point_id", "gas_day", "version", "state", "volume_m3", "import_id", "recorded_at", "recorded_by_id"),
)
_HEADS = text(
    "INSERT INTO nomination_heads (delivery_point_id, gas_day, revision, renominations, nomination_id) "
    "SELECT delivery_point_id, gas_day, revision, 0, id FROM nominations "
    "WHERE delivery_point_id = :point AND id > :after AND channel = 'carried-over'"
)


@dataclass(frozen=True)
class History:
    """Content of a set of files, and its effect on each point, in the order of the points.

    ``parts`` are the figures of the sheets, ``passed_over`` sheets that have none. ``unknown`` texts name no point,
    ``others`` counts rows of other companies' points, when one company is loaded alone. ``digest`` is of the files.
    """

    plans: tuple[PointPlan, ...]
    parts: tuple[Part, ...]
    passed_over: tuple[str, ...]
    unknown: tuple[str, ...]
    others: int
    digest: bytes

    @property
    def is_empty(self) -> bool:
        """True if nothing would be written."""
        return all(plan.is_empty for plan in self.plans)

    @property
    def open(self) -> list[PointPlan]:
        """The points whose account differs from the sheet's, or whose sheet has no total to hold it against."""
        return [plan for plan in self.plans if not plan.is_reconciled]


class NotReconciled(Exception):
    """The portal's account is not the sheet's, and nobody accepted that: nothing was written."""

    def __init__(self, history: History) -> None:
        self.history = history
        super().__init__(f"{len(history.open)} points")


@dataclass(frozen=True)
class Wanted:
    """Files to be loaded, one company alone if given, and the answers to what the files leave open.

    ``opposite_sign``: the sheet's imbalances and totals are consumed minus due.
    """

    files: Sequence[File]
    company: Company | None = None
    answers: Answers = NOTHING_KNOWN
    opposite_sign: bool = False


def preview_history(act: Act, wanted: Wanted) -> History:
    """Return what the files would do now; write nothing. ``Refused`` with every problem, by sheet or point."""
    found, collected = _collect(act, wanted)
    history = _plan(act.session, wanted, found, collected)
    act.session.rollback()
    return history


def take_history(act: Act, wanted: Wanted, *, accepted: str | None = None, progress: Progress | None = None) -> History:
    """Write the history of the files, all of it or nothing, with the accounts that follow from it. Commits.

    Days that the portal has figures of keep them. Refuses as ``preview_history``; ``NotReconciled`` if an account
    differs from the sheet's, or the sheet has no total, unless somebody ``accepted`` that with a reason; ``NotAllowed``
    for a person who loads no readings; ``Conflict`` if a point changed meanwhile.
    """
    if act.actor.user_id is not None:
        require(act, Function.LOAD_READINGS)
    found, collected = _collect(act, wanted)
    served = {told.point.id: _served(told.point) for told in collected.told}
    with transaction(act.session) as session:
        ledger.lock_points(session, served)
        for told in collected.told:
            told.point = session.get_one(DeliveryPoint, told.point.id)
            if _served(told.point) != served[told.point.id]:
                raise Conflict("point-changed")
        history = _plan(session, wanted, found, collected)
        if history.open and accepted is None:
            raise NotReconciled(history)
        if not history.is_empty:
            _Writer(act, wanted, history, accepted).write(progress)
        return history


def _served(point: DeliveryPoint) -> tuple[Any, ...]:
    return point.unit, point.exit_point_id, point.contract_id, point.starts_on, point.ends_on


def _collect(act: Act, wanted: Wanted) -> tuple[Found, Collected]:
    found = read_files(wanted.files, answers=wanted.answers)
    collector = Collector(
        act.session,
        today=GasDay.of(act.now),
        company_id=None if wanted.company is None else wanted.company.id,
        opposite_sign=wanted.opposite_sign,
    )
    return found, collector.collect(found.parts)


def _plan(session: Session, wanted: Wanted, found: Found, collected: Collected) -> History:
    said = [*sorted(found.digests), b"" if wanted.company is None else wanted.company.nit.encode()]
    return History(
        tuple(Planner(session).plan(collected.told)),
        tuple(found.parts),
        tuple(found.passed_over),
        tuple(collected.unknown),
        collected.others,
        hashlib.sha256(b"history" + b"".join(said)).digest(),
    )


class _Writer:
    """Writes a planned history inside the caller's transaction, under the locks of its accounts."""

    def __init__(self, act: Act, wanted: Wanted, history: History, accepted: str | None) -> None:
        session = act.session
        self._act, self._session, self._history, self._accepted = act, session, history, accepted
        self._names = ", ".join(file.name for file in wanted.files)
        self._planner = Planner(session)
        connection = session.connection()
        self._stored = Stored(connection)
        self._nominations = BulkInsert(connection, Nomination, _NOMINATIONS)
        self._authorisations = BulkInsert(connection, Authorisation, _AUTHORISATIONS)
        self._readings = BulkInsert(connection, Reading, _READINGS)
        self._recorded = (self._stored.moment(act.now), act.actor.user_id)

    def write(self, progress: Progress | None) -> None:
        """Write every point that has something new, its account with it, then the audit."""
        events: list[tuple[PointPlan, dict[str, Any]]] = []
        plans = [plan for plan in self._history.plans if not plan.is_empty]
        for done, plan in enumerate(plans, start=1):
            events.append((plan, self._write_point(plan, self._import())))
            ledger.rebuild_point(self._session, delivery_point=plan.point)
            self._check(plan)
            if progress is not None:
                progress(done, len(plans))
        # The chain is what everybody waits for: it comes last.
        for plan, details in events:
            audit.record(
                self._act,
                event=AuditEvent.HISTORY_IMPORTED,
                subject=plan.point.public_id,
                company_id=plan.point.contract.company_id,
                details=details,
            )

    def _import(self) -> int:
        """Return the import that the readings name: one for the same files and company, however often."""
        digest = self._history.digest
        found = self._session.scalars(select(ReadingImport).where(ReadingImport.file_hash == digest)).one_or_none()
        if found is None:
            rows = sum(len(plan.added[Figure.CONSUMED]) for plan in self._history.plans)
            found = ReadingImport(
                file_name=self._names[:200],
                file_hash=digest,
                rows=rows,
                imported_at=self._act.now,
                imported_by_id=self._act.actor.user_id,
            )
            self._session.add(found)
            self._session.flush()
        return found.id

    def _write_point(self, plan: PointPlan, import_id: int) -> dict[str, Any]:
        """Write the rows of a point; return the details of its event."""
        session, point_id = self._session, plan.point.id
        tables = ("nominations", "authorisations", "readings", "adjustments")
        before = {table: sealed_rows.find_last_id(session, table) for table in tables}
        self._nominate(plan)
        self._authorise(plan)
        self._measure(plan, import_id)
        for bulk in (self._nominations, self._authorisations, self._readings):
            bulk.close()
        session.execute(_HEADS, {"point": point_id, "after": before["nominations"]})
        self._open(plan)
        details: dict[str, Any] = {"imported_files": self._names[:300], "sha256": self._history.digest.hex()}
        days = [day for of_figure in plan.added.values() for day in of_figure]
        if days:
            details |= {"first_day": min(days).isoformat(), "last_day": max(days).isoformat()}
        for figure, of_figure in plan.added.items():
            details[f"{figure.value}_days"] = len(of_figure)
        if plan.opening is not None:
            details["opening_balance"] = plain(plan.opening.quantity)
            details["unit"] = plan.opening.quantity.unit.value
        if not plan.is_reconciled and self._accepted is not None:
            details |= {"accepted_for": self._accepted, **_differing(plan)}
        seals = [
            sealed_rows.of_point(session, table=table, delivery_point_id=point_id, after=last)
            for table, last in before.items()
        ]
        details[sealed_rows.DETAIL] = sealed_rows.spell_seals(filter(None, seals))
        return details

    def _nominate(self, plan: PointPlan) -> None:
        point, history = plan.point, self._planner.history_of(plan.point)
        for day, micro in plan.added[Figure.NOMINATED].items():
            milli, provisional = history.at(day, delivery_point_id=point.id)
            gas = Gas.of(Quantity(micro, point.unit), HeatingValue(milli))
            self._nominations.add(
                secrets.token_urlsafe(12),
                point.id,
                self._stored.day(day),
                1,
                RequestKind.NOMINATION.value,
                point.unit.value,
                gas.m3.micro,
                gas.mbtu.micro,
                milli,
                None if provisional else self._stored.day(day),
                None,
                # When it was asked is not known: at the latest when the day began.
                self._stored.moment(GasDay(day).start),
                Channel.CARRIED_OVER.value,
            )

    def _authorise(self, plan: PointPlan) -> None:
        point, history = plan.point, self._planner.history_of(plan.point)
        for day, micro in plan.added[Figure.AUTHORISED].items():
            milli, _ = history.at(day, delivery_point_id=point.id)
            gas = Gas.of(Quantity(micro, point.unit), HeatingValue(milli))
            # It names no revision: the former system knew none.
            self._authorisations.add(point.id, self._stored.day(day), 1, gas.m3.micro, gas.mbtu.micro, *self._recorded)

    def _measure(self, plan: PointPlan, import_id: int) -> None:
        for day, micro in plan.added[Figure.CONSUMED].items():
            self._readings.add(
                plan.point.id,
                self._stored.day(day),
                1,
                ReadingState.CERTIFIED.value,
                micro,
                import_id,
                *self._recorded,
            )

    def _open(self, plan: PointPlan) -> None:
        if plan.opening is None:
            return
        self._session.add(
            Adjustment(
                delivery_point_id=plan.point.id,
                gas_day=GasDay(plan.opening.day),
                reason=AdjustmentReason.OPENING,
                note=OPENING_NOTE,
                quantity_m3=plan.opening.gas.m3,
                quantity_mbtu=plan.opening.gas.mbtu,
                recorded_at=self._act.now,
                recorded_by_id=self._act.actor.user_id,
            )
        )
        self._session.flush()

    def _check(self, plan: PointPlan) -> None:
        """Hold the account that was written against the one that was shown; a difference is our error."""
        found = ledger.moves.find_account(self._session, delivery_point_id=plan.point.id)
        written = (found.m3.micro, found.mbtu.micro)
        if written != plan.closing:
            raise RuntimeError(f"{plan.point.public_id}: the account is {written}, {plan.closing} was shown")


def _differing(plan: PointPlan) -> dict[str, str]:
    """Return the first day that differs as details of the audit; empty where the sheet has no total."""
    found = plan.difference
    if found is None:
        return {}
    return {
        "differs_on": found.day.isoformat(),
        "computed_total": plain(Quantity(found.computed, found.unit)),
        "sheet_total": plain(Quantity(found.said, found.unit)),
        "unit": found.unit.value,
    }
