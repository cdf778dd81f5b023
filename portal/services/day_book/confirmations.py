"""Quantities that the transporter confirms of a day, gate by gate, beside what was asked there (adr/0141)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import add
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity, Unit, plain
from portal.models import DayBook, ExitPoint, GateConfirmation, User
from portal.services.measures import gates
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .blocks import Blocks
from .lines import list_lines
from .versions import Version, list_versions

LONGEST_NOTE = 300


class Confirmation(NamedTuple):
    """Answer of the transporter for a gate, in the unit in which it came; ``book`` is the frozen version it answers."""

    version: int
    nominated: Quantity | None
    confirmed: Quantity
    cut_reason: CutReason | None
    note: str
    recorded_at: datetime
    recorded_by: str
    book: int | None


class GateOfBook(NamedTuple):
    """A gate in the book of a day: what is asked, confirmed and authorised there, and its capacity.

    ``authorised`` counts what is recorded or published for the nomination in force; ``waiting`` lines have neither.
    """

    code: str
    name: str
    asked: Gas
    points: int
    authorised: Gas
    waiting: int
    capacity: Quantity | None
    confirmation: Confirmation | None
    sent_version: int | None

    @property
    def is_above_capacity(self) -> bool:
        """True where more is asked than the gate can carry."""
        return self.capacity is not None and self.asked.m3 > self.capacity

    @property
    def difference(self) -> Quantity | None:
        """Confirmed − asked, in the unit of the confirmation; None without one."""
        found = self.confirmation
        return None if found is None else found.confirmed - self.asked.in_unit(found.confirmed.unit)

    @property
    def misunderstood(self) -> Quantity | None:
        """The quantity that the transporter says it was asked for − what is asked, where it says another quantity."""
        found = self.confirmation
        if found is None or found.nominated is None:
            return None
        apart = found.nominated - self.asked.in_unit(found.nominated.unit)
        return apart if is_noticeable(apart) else None

    @property
    def is_short(self) -> bool:
        """True where less is confirmed than asked."""
        return self.difference is not None and self.difference.micro < 0 and is_noticeable(self.difference)

    @property
    def excess(self) -> Quantity | None:
        """The quantity authorised beyond what is confirmed, in the unit of the confirmation; None where nothing is."""
        found = self.confirmation
        if found is None:
            return None
        apart = self.authorised.in_unit(found.confirmed.unit) - found.confirmed
        return apart if apart.micro > 0 and is_noticeable(apart) else None

    @property
    def is_answered(self) -> bool:
        """True where the confirmation answers the version that was sent last."""
        return self.confirmation is not None and self.confirmation.book == self.sent_version


class NewConfirmation(NamedTuple):
    """Confirmation to write; ``seen`` is the version that the page showed, 0 without one."""

    gate: ExitPoint
    nominated: Quantity | None
    confirmed: Quantity
    cut_reason: CutReason | None
    note: str
    seen: int


def is_noticeable(apart: Quantity) -> bool:
    """Tell whether two totals are apart by more than rounding: half a m³, or half a hundredth of a MBTU."""
    return abs(apart.micro) * 2 > (10**6 if apart.unit is Unit.M3 else 10**4)


def load_gates(act: Act, *, gas_day: GasDay) -> list[GateOfBook]:
    """Return the gates of a day's book, by code: those with a line and those with a confirmation. Five queries."""
    require(act, Function.SEE_DAY_BOOK)
    session = act.session
    versions = list_versions(session, gas_day=gas_day)
    blocks = Blocks.of(list_lines(session, gas_day=gas_day))
    return sum_gates(session, gas_day=gas_day, blocks=blocks, versions=versions)


def sum_gates(session: Session, *, gas_day: GasDay, blocks: Blocks, versions: Sequence[Version]) -> list[GateOfBook]:
    """Return the gates of lines that were read; three queries."""
    sums: dict[str, list[int]] = {}
    for share in blocks.shares:
        total = sums.setdefault(share.line.exit_code, [0] * 6)
        of = (share.m3, share.mbtu, share.points, share.allowed_m3, share.allowed_mbtu, share.waiting)
        total[:] = map(add, total, of)
    known = _find_confirmations(session, gas_day=gas_day)
    terms = gates.KnownTerms(session)
    sent = [version.version for version in versions if version.sent_at is not None]
    return [
        GateOfBook(
            gate.code,
            gate.name,
            Gas.from_micro(total[0], total[1]),
            total[2],
            Gas.from_micro(total[3], total[4]),
            total[5],
            terms.on(gate.id, gas_day).capacity,
            known.get(gate.id),
            max(sent, default=None),
        )
        for gate in session.scalars(select(ExitPoint).order_by(ExitPoint.code))
        if (total := sums.get(gate.code, [0] * 6))[2] or gate.id in known
    ]


def _find_confirmations(session: Session, *, gas_day: GasDay) -> Mapping[int, Confirmation]:
    """Return by gate what counts of the transporter's answers for a day. One query."""
    newest = (
        select(func.max(GateConfirmation.id))
        .where(GateConfirmation.gas_day == gas_day)
        .group_by(GateConfirmation.exit_point_id)
    )
    rows = session.execute(
        select(GateConfirmation, User.name.label("by"), DayBook.version.label("book"))
        .join(User, User.id == GateConfirmation.recorded_by_id)
        .outerjoin(DayBook, DayBook.id == GateConfirmation.book_id)
        .where(GateConfirmation.id.in_(newest))
    )
    return {
        row.GateConfirmation.exit_point_id: Confirmation(
            row.GateConfirmation.version,
            row.GateConfirmation.nominated,
            row.GateConfirmation.confirmed,
            row.GateConfirmation.cut_reason,
            row.GateConfirmation.note,
            row.GateConfirmation.recorded_at,
            row.by,
            row.book,
        )
        for row in rows
    }


def record_confirmations(act: Act, *, gas_day: GasDay, answers: Sequence[NewConfirmation]) -> int:
    """Write the transporter's answers for gates of a day, those that say something new; return their number. Commits.

    Refuses (``Rejected``) ``CONFIRMED_WITHOUT_REASON`` where less than asked is confirmed without one, and
    ``REASON_TOO_LONG``; ``Conflict`` where another answer counts by now.
    """
    session = act.session
    user_id = require(act, Function.AUTHORISE)
    with meaning_of_constraints(), transaction(session):
        return write_confirmations(act, user_id=user_id, gas_day=gas_day, answers=answers)


def write_confirmations(act: Act, *, user_id: int, gas_day: GasDay, answers: Sequence[NewConfirmation]) -> int:
    """Write as ``record_confirmations``, inside the caller's transaction."""
    session = act.session
    versions = list_versions(session, gas_day=gas_day)
    blocks = Blocks.of(list_lines(session, gas_day=gas_day))
    known = {each.code: each for each in sum_gates(session, gas_day=gas_day, blocks=blocks, versions=versions)}
    # The last version that was sent is the one that is answered.
    sent = [version for version in versions if version.sent_at is not None]
    book_id = sent[-1].id if sent else None
    news = []
    for each in answers:
        gate = known.get(each.gate.code)
        before = None if gate is None else gate.confirmation
        if (before.version if before else 0) != each.seen:
            raise Conflict("gate-confirmed")
        check_answer(each, Gas.zero() if gate is None else gate.asked)
        if before is None or not _is_same(before, each, sent[-1].version if sent else None):
            news.append(each)
    if not news:
        return 0
    session.execute(insert(GateConfirmation), [_row(act, each, gas_day, book_id, user_id) for each in news])
    for each in news:
        _audit(act, gas_day, each)
    return len(news)


def check_answer(each: NewConfirmation, asked: Gas) -> None:
    """Refuse (``Rejected``) an answer that confirms less than asked without a reason, and a note that is too long."""
    if len(each.note) > LONGEST_NOTE:
        raise Rejected(Refusal.REASON_TOO_LONG, "note", most=LONGEST_NOTE, gate=each.gate.code)
    apart = each.confirmed - asked.in_unit(each.confirmed.unit)
    if apart.micro < 0 and is_noticeable(apart) and each.cut_reason is None:
        raise Rejected(
            Refusal.CONFIRMED_WITHOUT_REASON,
            "cut_reason",
            gate=each.gate.code,
            confirmed=each.confirmed,
            asked=asked.in_unit(each.confirmed.unit),
        )


def _is_same(before: Confirmation, new: NewConfirmation, book: int | None) -> bool:
    said = (before.nominated, before.confirmed, before.cut_reason, before.note, before.book)
    return said == (new.nominated, new.confirmed, new.cut_reason, new.note, book)


def _row(act: Act, each: NewConfirmation, gas_day: GasDay, book_id: int | None, user_id: int) -> dict[str, object]:
    return {
        "exit_point_id": each.gate.id,
        "gas_day": gas_day,
        "version": each.seen + 1,
        "book_id": book_id,
        "unit": each.confirmed.unit,
        "nominated_micro": None if each.nominated is None else each.nominated.micro,
        "confirmed_micro": each.confirmed.micro,
        "cut_reason": each.cut_reason,
        "note": each.note,
        "recorded_at": act.now,
        "recorded_by_id": user_id,
    }


def _audit(act: Act, gas_day: GasDay, each: NewConfirmation) -> None:
    audit.record(
        act,
        event=AuditEvent.GATE_CONFIRMED,
        subject=each.gate.code,
        details={
            "gas_day": gas_day.isoformat(),
            "version": each.seen + 1,
            "unit": each.confirmed.unit.value,
            "nominated": None if each.nominated is None else plain(each.nominated),
            "confirmed": plain(each.confirmed),
            "reason": None if each.cut_reason is None else each.cut_reason.value,
            "note": each.note,
        },
    )
