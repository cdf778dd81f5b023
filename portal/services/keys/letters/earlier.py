"""Whether keys of before still open beside those that a letter brings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.models import AccessKey, KeyLetter
from portal.services.keys.key_proofs import OPENS


def earlier_keys_open(session: Session, *, letter: KeyLetter, now: datetime) -> bool:
    """Return whether a key that the letter renews has another version that opens at ``now``: none of a first letter."""
    owners = [
        and_(owner, AccessKey.id != (own or 0))
        for renews, owner, own in (
            (letter.renews_web, AccessKey.contract_id == letter.contract_id, letter.web_key_id),
            (letter.renews_numeric, AccessKey.delivery_point_id == letter.delivery_point_id, letter.numeric_key_id),
        )
        if renews
    ]
    unended = or_(AccessKey.valid_until.is_(None), AccessKey.valid_until > now)
    return bool(session.scalar(select(exists().where(or_(*owners), AccessKey.state.in_(OPENS), unended))))
