"""What the rows of a sheet say of their claims, for ever."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.claims import STATE_WORDS, ClaimState
from portal.domain.gas_day import GasDay, Month
from portal.models import Claim
from portal.services.statements import Statement, day_of


class ClaimMark(NamedTuple):
    """A claim as its row shows it; ``outcome`` is what was decided, in words, None until then."""

    public_id: str
    filing_number: str
    state: ClaimState
    state_words: str
    outcome: str | None


# Asked with every sheet: built once.
_OF_MONTH = Statement(
    select(Claim.gas_day, Claim.public_id, Claim.filing_number, Claim.state, Claim.outcome)
    .where(Claim.delivery_point_id == bindparam("point"), Claim.gas_day.between(bindparam("first"), bindparam("last")))
    .order_by(Claim.gas_day, Claim.id)
)


def marks(session: Session, *, delivery_point_id: int, month: Month) -> dict[GasDay, tuple[ClaimMark, ...]]:
    """Return the claims about the days of a month, the oldest of a day first, by one query."""
    rows = _OF_MONTH.rows(session, point=delivery_point_id, first=month.first.date, last=month.last.date)
    found: dict[GasDay, tuple[ClaimMark, ...]] = {}
    for day, public_id, filing_number, word, outcome in rows:
        state = ClaimState(word)
        mark = ClaimMark(public_id, filing_number, state, STATE_WORDS[state], outcome)
        gas_day = GasDay(day_of(day))
        found[gas_day] = (*found.get(gas_day, ()), mark)
    return found
