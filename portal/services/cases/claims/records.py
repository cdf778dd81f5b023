"""Rows of a claim for its use cases: the claim locked, its mail, its texts and their limits, the figures of its day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from portal.domain.balance import compute_imbalance
from portal.domain.claims import LONGEST_TEXT, clean_text
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Claim, DailyBalance, DeliveryPoint, User
from portal.services.store import counters
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected

from .mails import About

# Enough for handwritten texts; each text mails two people.
TEXTS_A_DAY = 60
DAY = timedelta(days=1)


def lock_claim(session: Session, *, public_id: str, delivery_point_id: int | None = None) -> Claim:
    """Return the claim as it is now, locked until the caller's transaction ends.

    ``NotFound`` when there is none, or none of this point when one is given.
    """
    wanted = select(Claim).where(Claim.public_id == public_id).with_for_update(key_share=True)
    if delivery_point_id is not None:
        wanted = wanted.where(Claim.delivery_point_id == delivery_point_id)
    claim = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if claim is None:
        raise NotFound
    return claim


def about(act: Act, claim: Claim) -> About:
    """Return the data of a mail about the claim; its author and the company's contact get it, once."""
    session = act.session
    point = session.get_one(DeliveryPoint, claim.delivery_point_id)
    opener = session.get_one(User, claim.opened_by_id)
    contract = point.contract
    recipients = dict.fromkeys([opener.email, contract.company.contact_email or opener.email])
    return About(
        filing_number=claim.filing_number,
        point_name=point.name,
        gas_day=claim.gas_day,
        recipients=tuple(recipients),
        url=act.link(f"/cuentas-de-balance/{contract.modality.value}/{point.public_id}/reclamos/{claim.public_id}"),
    )


def require_text(typed: str, field: str = "text") -> str:
    """Return the text as stored; refuses (``Rejected``) a blank one and more than 2,000 characters."""
    text = clean_text(typed)
    if not text:
        raise Rejected(Refusal.CLAIM_TEXT_MISSING, field)
    if len(text) > LONGEST_TEXT:
        raise Rejected(Refusal.CLAIM_TEXT_TOO_LONG, field, length=len(text))
    return text


def take_one(act: Act) -> None:
    """Charge a text to a customer's account, inside the caller's transaction; refuses more than the daily number."""
    taken = counters.take(act, scope="claim-texts", subject=str(act.actor.user_id), limit=TEXTS_A_DAY, period=DAY)
    if not taken:
        raise Rejected(Refusal.CLAIM_TEXTS_SPENT)


class DayFigures(NamedTuple):
    """Figures of a day in one unit; None is "not there". ``imbalance``: positive for gas not taken, None if unread."""

    nominated: Quantity | None
    authorised: Quantity | None
    consumed: Quantity | None
    imbalance: Quantity | None
    reading_state: ReadingState | None
    cut_reason: CutReason | None


NONE = DayFigures(None, None, None, None, None, None)
COLUMNS = (
    DailyBalance.nominated_m3,
    DailyBalance.nominated_mbtu,
    DailyBalance.authorised_m3,
    DailyBalance.authorised_mbtu,
    DailyBalance.consumed_m3,
    DailyBalance.consumed_mbtu,
    DailyBalance.reading_state,
    DailyBalance.cut_reason,
)
_DAY = select(*COLUMNS).where(
    DailyBalance.delivery_point_id == bindparam("point"), DailyBalance.gas_day == bindparam("day")
)


def load_day_figures(session: Session, *, delivery_point_id: int, gas_day: GasDay, unit: Unit) -> DayFigures:
    """Return the figures of a day in ``unit``; all None when it has none."""
    row = session.execute(_DAY, {"point": delivery_point_id, "day": gas_day}).one_or_none()
    return NONE if row is None else figures_of(row, unit)


def figures_of(row: Row[*tuple[Any, ...]], unit: Unit) -> DayFigures:
    """Return the figures of a row that has ``COLUMNS``; all None where an outer join found no row."""
    nominated, authorised, consumed = (
        getattr(row, f"{name}_{unit.name.lower()}") for name in ("nominated", "authorised", "consumed")
    )
    return DayFigures(
        nominated,
        authorised,
        consumed,
        compute_imbalance(authorised, nominated, consumed),
        row.reading_state,
        row.cut_reason,
    )
