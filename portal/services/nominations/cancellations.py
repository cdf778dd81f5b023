"""Cancellation of a nomination by its customer: until the close, signed with the security code.

Source: docs/rules.md, "Life of a nomination".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.nominations import Channel, ClosePolicy, tell_withdrawn
from portal.domain.quantities import Quantity
from portal.models import Nomination
from portal.services.keys import caller_grants, grants
from portal.services.people import api_tokens
from portal.services.people.api_tokens import Caller
from portal.services.points import company_points
from portal.services.store.acts import Act, Actor
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotAllowed
from portal.services.store.transactions import transaction

from . import rules
from .entry import put_in_force
from .receipts import find_to_come, get_receipt
from .requests import NumericKey, Request, StaffCode, run_with_code, run_with_staff_code, withdrawal_of
from .signatures import is_same, require_signed_in


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Effect of a cancellation: the nomination in force, the deadline, and the digest (hex) of the page.

    ``policy`` is the rule at the close if nobody nominates the day again, unless a standing order has a quantity,
    ``ordered``, for it.
    """

    nomination: Nomination
    closes_at: datetime
    digest: str
    policy: ClosePolicy
    ordered: Quantity | None = None


def review_cancellation(act: Act, *, public_id: str) -> Cancellation:
    """Return the nomination that a signature would withdraw now.

    Refuses (``Rejected``) after the close, and a nomination no longer in force; ``NotFound`` as for its receipt.
    """
    nomination = _own(act, public_id=public_id)
    weighed = rules.weigh(act, _request(nomination)).demand()
    point, day = nomination.delivery_point, nomination.gas_day
    to_come = find_to_come(act, point=point, gas_day=day)
    return Cancellation(nomination, weighed.closes_at, rules.digest_of([weighed]), *to_come)


def cancel(act: Act, *, public_id: str, shown: str, typed: str) -> Nomination:
    """Withdraw the nomination with public id ``public_id``; return the withdrawing revision; commits.

    Arguments as for ``sign``. A nomination is withdrawn once: the same request sent again returns the same revision.
    Refuses as ``review_cancellation``, and a wrong code; ``Conflict`` when something else was shown.
    """

    if caller_grants.is_by_agent(act):
        # An agent never types a customer's key.
        raise NotAllowed

    def still() -> None:
        require_signed_in(act)

    def find() -> Nomination:
        return _own(act, public_id=public_id)

    asked = _Asked(act.actor, Channel.WEB, find, still, shown)
    return _cancel(act, asked, typed=typed)


def cancel_for_caller(act: Act, *, public_id: str, shown: str, typed: str, moments: Sequence[datetime]) -> Nomination:
    """Withdraw a nomination for the caller of an agent, signed with the agent's own code; as ``cancel``; commits."""

    def still() -> None:
        require_signed_in(act)

    def find() -> Nomination:
        return _own(act, public_id=public_id)

    asked = _Asked(act.actor, Channel.CALL, find, still, shown)
    nomination = asked.find()
    if (done := _done(act.session, nomination)) is not None:
        return done
    rules.weigh(act, _request(nomination)).demand()
    return run_with_staff_code(
        act,
        delivery_point_id=nomination.delivery_point_id,
        typed=typed,
        moments=moments,
        put_in_force=lambda proof: _write(act, asked, proof),
    )


def cancel_by_system(act: Act, *, caller: Caller, public_id: str, typed: str) -> Nomination:
    """Withdraw the nomination with public id ``public_id`` for a company's own system; as ``cancel``."""

    def still() -> None:
        api_tokens.require_good(act, caller=caller)

    def find() -> Nomination:
        return company_points.get_reached_nomination(act, caller=caller, public_id=public_id)

    asked = _Asked(caller.actor, Channel.API, find, still)
    return _cancel(act, asked, typed=typed)


class _Asked(NamedTuple):
    """A cancellation request: how to find its nomination and to check that its sender still has access.

    ``shown`` is the digest of the page that was signed, None where no page was.
    """

    actor: Actor
    channel: Channel
    find: Callable[[], Nomination]
    still: Callable[[], None]
    shown: str | None = None


def _cancel(act: Act, asked: _Asked, *, typed: str) -> Nomination:
    act, nomination = act.by(asked.actor), asked.find()
    if (done := _done(act.session, nomination)) is not None:
        return done
    rules.weigh(act, _request(nomination)).demand()
    return run_with_code(
        act.by(asked.actor),
        delivery_point=nomination.delivery_point,
        typed=typed,
        channel=asked.channel,
        put_in_force=lambda proof: _withdraw(act, asked, proof),
    )


def _withdraw(act: Act, asked: _Asked, proof: NumericKey) -> Nomination:
    with meaning_of_constraints(), transaction(act.session):
        return _write(act, asked, proof)


def _write(act: Act, asked: _Asked, proof: NumericKey | StaffCode) -> Nomination:
    """Withdraw the nomination inside the transaction of its proof."""
    asked.still()
    nomination = asked.find()
    weighed = rules.weigh(act, _request(nomination), hold=True)
    if (done := _done(act.session, nomination)) is not None:
        proof.settle(act)
        return done
    weighed.demand()
    digest = rules.digest_of([weighed])
    if asked.shown is not None and not is_same(digest, asked.shown):
        raise Conflict("shown")
    to_come = find_to_come(act, point=nomination.delivery_point, gas_day=nomination.gas_day)
    follows = tell_withdrawn(nomination.gas_day, policy=to_come.policy, ordered=to_come.ordered)
    (withdrawn,) = put_in_force(act, [weighed], proof=proof, digest=digest, follows=follows)
    return withdrawn


def _own(act: Act, *, public_id: str) -> Nomination:
    """Return the nomination if this person may see its receipt and holds its contract open."""
    nomination = get_receipt(act, public_id=public_id)
    point = nomination.delivery_point
    grants.require_reachable_point(act, modality=point.contract.modality, public_id=point.public_id)
    return nomination


_BY_SUBMISSION = select(Nomination).where(Nomination.submission_id == bindparam("submission_id"))


def _request(nomination: Nomination) -> Request:
    return withdrawal_of(nomination, submission_id=_submission(nomination))


def _submission(nomination: Nomination) -> str:
    return f"cancel:{nomination.public_id}"


def _done(session: Session, nomination: Nomination) -> Nomination | None:
    return session.scalars(_BY_SUBMISSION, {"submission_id": _submission(nomination)}).one_or_none()
