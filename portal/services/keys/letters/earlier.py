"""Whether keys of before still open beside those that a letter brings."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_, select

from portal.models import AccessKey, KeyLetter
from portal.services.keys.key_proofs import OPENS
from portal.services.store.acts import Act


def earlier_keys_open(act: Act, *, letter: KeyLetter) -> bool:
    """Return whether a key that the letter renews has another version that opens at ``now``: none of a first letter."""
    owners = [
        and_(owner, AccessKey.id != (own or 0))
        for renews, owner, own in (
            (letter.renews_web, AccessKey.contract_id == letter.contract_id, letter.web_key_id),
            (letter.renews_numeric, AccessKey.delivery_point_id == letter.delivery_point_id, letter.numeric_key_id),
        )
        if renews
    ]
    unended = or_(AccessKey.valid_until.is_(None), AccessKey.valid_until > act.now)
    return bool(act.session.scalar(select(exists().where(or_(*owners), AccessKey.state.in_(OPENS), unended))))
