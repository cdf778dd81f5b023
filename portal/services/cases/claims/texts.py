"""What may be written in a claim, and how often."""

from __future__ import annotations

from datetime import timedelta

from portal.domain.claims import LONGEST_TEXT, clean_text
from portal.services.store import counters
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected

# Enough for anybody who writes by hand; each text mails two people.
TEXTS_A_DAY = 60
DAY = timedelta(days=1)


def acceptable_text(typed: str, field: str = "text") -> str:
    """Return the text as it is kept; refuses (``Rejected``) none at all and more than 2,000 characters."""
    text = clean_text(typed)
    if not text:
        raise Rejected(Refusal.CLAIM_TEXT_MISSING, field)
    if len(text) > LONGEST_TEXT:
        raise Rejected(Refusal.CLAIM_TEXT_TOO_LONG, field, length=len(text))
    return text


def take_one(act: Act) -> None:
    """Charge a text of a customer's account, inside the caller's transaction; refuses beyond the day's number."""
    taken = counters.take(act, scope="claim-texts", subject=str(act.actor.user_id), limit=TEXTS_A_DAY, period=DAY)
    if not taken:
        raise Rejected(Refusal.CLAIM_TEXTS_SPENT)
