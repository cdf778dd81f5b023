"""Notes under a day and above a month: adjustments, claims, closings."""

from __future__ import annotations

from typing import NamedTuple

from portal.domain.balance import tell_side
from portal.domain.calendar import MONTHS
from portal.domain.cases import OUTCOME_WORDS, STATE_WORDS, Outcome
from portal.domain.gas_day import GasDay, in_bogota
from portal.domain.quantities import Quantity
from portal.services.account.balances import AdjustmentMark, ClaimMark, ClosingMark, Marks
from portal.web.filters import measure

from .words import ADJUSTMENT_WORDS

# The full answer stands in the claim's thread.
_LONGEST = 240


class Note(NamedTuple):
    """Sentence under a day; ``claim`` is the claim that it links to."""

    text: str
    claim: str | None = None


class Statement(NamedTuple):
    """Version of a month's statement; ``why`` is the reason of a later version."""

    number: str
    day: str
    says: str
    why: str | None


class Closed(NamedTuple):
    """Closing of a month: the statement in force, and the earlier ones that it replaced."""

    in_force: Statement
    earlier: tuple[Statement, ...]


def notes_by_day(marks: Marks) -> dict[GasDay, tuple[Note, ...]]:
    """Return the notes of each day that has any."""
    found: dict[GasDay, tuple[Note, ...]] = {}
    for adjustment in marks.adjustments:
        found[adjustment.gas_day] = (*found.get(adjustment.gas_day, ()), _adjustment(adjustment))
    for claim in marks.claims:
        found[claim.gas_day] = (*found.get(claim.gas_day, ()), _claim(claim))
    return found


def closed(closings: tuple[ClosingMark, ...]) -> Closed | None:
    """Return the statements of a month, newest first; None while it is open."""
    if not closings:
        return None
    *earlier, newest = [_statement(each) for each in closings]
    return Closed(newest, tuple(reversed(earlier)))


def _adjustment(mark: AdjustmentMark) -> Note:
    moved = f"{measure(abs(mark.quantity))} {tell_side(mark.quantity)}".strip()
    kind = ADJUSTMENT_WORDS[mark.reason].lower()
    return Note(f"Ajuste de la cuenta, {kind}: {moved}. {mark.note}".strip())


def _claim(mark: ClaimMark) -> Note:
    standing = mark.standing
    words = OUTCOME_WORDS[standing] if isinstance(standing, Outcome) else STATE_WORDS[standing]
    said = f"Reclamo {mark.filing_number}: {words.lower()}."
    answer = mark.answer or ""
    shown = answer if len(answer) <= _LONGEST else f"{answer[:_LONGEST].rstrip()}…"
    return Note(f"{said} {shown}".strip(), mark.public_id)


def _statement(mark: ClosingMark) -> Statement:
    day = in_bogota(mark.closed_at)
    return Statement(
        mark.number,
        f"{day.day} de {MONTHS[day.month - 1]} de {day.year}",
        f"desbalance del mes {_balance(mark.imbalance)}, acumulado total {_balance(mark.closing)}",
        mark.reason,
    )


def _balance(value: Quantity) -> str:
    return f"{measure(abs(value))} {tell_side(value)}".strip()
