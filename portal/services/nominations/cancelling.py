"""A nomination withdrawn by its customer: until the close, signed with the security code.

Source: docs/rules.md, "Life of a nomination".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.close_policies import ClosePolicy
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas
from portal.domain.timetable import RequestKind, Verdict, Window, commit_in_time, decide, window_for
from portal.models import Nomination, NominationHead
from portal.services import api_tokens, close_policies, company_points, grants, keys, ledger, timetable
from portal.services.actors import Actor
from portal.services.api_tokens import Caller
from portal.services.constraints import meaning_of_constraints
from portal.services.heating_values import HeatingValueInForce
from portal.services.key_attempts import Charge
from portal.services.refusals import Conflict, Refusal, Rejected
from portal.services.transactions import transaction
from portal.services.vault import Vault

from . import rules
from .entering import Entry, enter, tell
from .proving import with_code
from .receipts import get_receipt
from .signing import same, still_signed_in


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What would be withdrawn: the nomination in force, until when, and the digest (hex) of what is shown.

    ``policy`` is what is nominated at the close if nobody nominates the day again.
    """

    nomination: Nomination
    closes_at: datetime
    digest: str
    policy: ClosePolicy


def review_cancellation(session: Session, *, actor: Actor, public_id: str, now: datetime) -> Cancellation:
    """Return what a signature would withdraw now.

    Refuses (``Rejected``) after the close, and what is not in force any more; ``NotFound`` as for its receipt.
    """
    nomination = _own(session, actor=actor, public_id=public_id, now=now)
    window, _ = _terms(session, nomination=nomination, now=now, lock=False)
    point, day = nomination.delivery_point, nomination.gas_day
    policy = close_policies.policies_of(session, points=[point], gas_day=day)[point.id]
    return Cancellation(nomination, window.closes_at(day), _digest(nomination), policy)


def cancel(
    session: Session,
    *,
    vault: Vault,
    actor: Actor,
    public_id: str,
    shown: str,
    typed: str,
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    """Withdraw the nomination with public id ``public_id``; return the revision that does; commits.

    Arguments as for ``sign``. A nomination is withdrawn once: the same request sent again returns the same revision.
    Refuses what ``review_cancellation`` refuses and a wrong code; ``Conflict`` when something else was shown.
    """

    def still() -> None:
        still_signed_in(session, actor=actor)

    def find() -> Nomination:
        return _own(session, actor=actor, public_id=public_id, now=now)

    asked = _Asked(actor, Channel.WEB, find, still, shown)
    return _cancel(session, asked, vault=vault, typed=typed, now=now, clock=clock)


def cancel_by_system(
    session: Session,
    *,
    vault: Vault,
    caller: Caller,
    public_id: str,
    typed: str,
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    """Withdraw, for a company's own system, the nomination with public id ``public_id``; as ``cancel``."""

    def still() -> None:
        api_tokens.still_good(session, caller=caller, now=now)

    def find() -> Nomination:
        return company_points.reached_nomination(session, caller=caller, public_id=public_id, now=now)

    asked = _Asked(caller.actor, Channel.API, find, still)
    return _cancel(session, asked, vault=vault, typed=typed, now=now, clock=clock)


class _Asked(NamedTuple):
    """A cancellation as it comes in: how its nomination is found and how its asker proves to be still there.

    ``shown`` is the digest of the page that was signed, None where no page was.
    """

    actor: Actor
    channel: Channel
    find: Callable[[], Nomination]
    still: Callable[[], None]
    shown: str | None = None


def _cancel(
    session: Session, asked: _Asked, *, vault: Vault, typed: str, now: datetime, clock: Callable[[], datetime]
) -> Nomination:
    nomination = asked.find()
    if (done := _done(session, nomination)) is not None:
        return done
    _terms(session, nomination=nomination, now=now, lock=False)

    def act(key_id: int, charge: Charge) -> Nomination:
        return _withdraw(session, asked, key_id=key_id, charge=charge, now=now, clock=clock)

    return with_code(
        session, vault=vault, actor=asked.actor, delivery_point=nomination.delivery_point, typed=typed, now=now, act=act
    )


def _withdraw(
    session: Session, asked: _Asked, *, key_id: int, charge: Charge, now: datetime, clock: Callable[[], datetime]
) -> Nomination:
    actor = asked.actor
    with meaning_of_constraints(), transaction(session):
        asked.still()
        nomination = asked.find()
        ledger.lock(session, nomination.delivery_point.id)
        if (done := _done(session, nomination)) is not None:
            keys.accept(session, actor=actor, key_id=key_id, charge=charge, now=now)
            return done
        rules.may_ask(session, actor=actor, point=nomination.delivery_point, now=now)
        window, head = _terms(session, nomination=nomination, now=now, lock=True)
        if asked.shown is not None and not same(_digest(nomination), asked.shown):
            raise Conflict("shown")
        keys.accept(session, actor=actor, key_id=key_id, charge=charge, now=now)
        withdrawn = enter(session, entry=_entry(nomination, asked=asked, now=now), seen=head)
        ledger.rewrite_day(session, delivery_point=nomination.delivery_point, gas_day=nomination.gas_day)
        tell(session, actor=actor, nomination=withdrawn, now=now)
        if not commit_in_time(window, nomination.gas_day, clock()):
            raise _too_late(window, nomination)
        return withdrawn


def _own(session: Session, *, actor: Actor, public_id: str, now: datetime) -> Nomination:
    """Return the nomination if this person sees its receipt and holds its contract open."""
    nomination = get_receipt(session, actor=actor, public_id=public_id, now=now)
    point = nomination.delivery_point
    grants.reachable_point(session, actor=actor, modality=point.contract.modality, public_id=point.public_id, now=now)
    return nomination


def _terms(session: Session, *, nomination: Nomination, now: datetime, lock: bool) -> tuple[Window, NominationHead]:
    day, point = nomination.gas_day, nomination.delivery_point
    window = window_for(timetable.windows(session), point.contract.modality, RequestKind.NOMINATION, day)
    if decide(window, day, now) is not Verdict.OPEN:
        raise _too_late(window, nomination)
    head = rules.head_of(session, delivery_point_id=point.id, gas_day=day, lock=lock)
    if head is None or head.nomination_id != nomination.id:
        raise Rejected(Refusal.NOT_IN_FORCE, gas_day=day)
    return window, head


def _too_late(window: Window, nomination: Nomination) -> Rejected:
    day = nomination.gas_day
    return Rejected(Refusal.CANCEL_TOO_LATE, closed_at=window.closes_at(day), gas_day=day)


_BY_SUBMISSION = select(Nomination).where(Nomination.submission_id == bindparam("submission_id"))


def _submission(nomination: Nomination) -> str:
    return f"cancel:{nomination.public_id}"


def _done(session: Session, nomination: Nomination) -> Nomination | None:
    return session.scalars(_BY_SUBMISSION, {"submission_id": _submission(nomination)}).one_or_none()


def _entry(nomination: Nomination, *, asked: _Asked, now: datetime) -> Entry:
    return Entry(
        delivery_point=nomination.delivery_point,
        gas_day=nomination.gas_day,
        kind=nomination.kind,
        gas=Gas.zero(),
        unit=nomination.unit,
        heating_value=HeatingValueInForce(nomination.heating_value, nomination.heating_value_on, provisional=False),
        received_at=now,
        channel=asked.channel,
        submission_id=_submission(nomination),
        signed_by_id=asked.actor.user_id,
        content_hash=bytes.fromhex(_digest(nomination)),
        cancels=True,
    )


def _digest(nomination: Nomination) -> str:
    """Hash what the signature binds: which revision of which day is withdrawn."""
    content = {
        "cancels": nomination.public_id,
        "filing_number": nomination.filing_number,
        "revision": nomination.revision,
        "gas_day": nomination.gas_day.isoformat(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
