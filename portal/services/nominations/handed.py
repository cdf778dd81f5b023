"""Nominations that go on at another point: withdrawn at the one, put in force at the other (adr/0135)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from portal.domain.gas_day import GasDay
from portal.domain.nominations import HANDED, RESTATED, Channel
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, Nomination
from portal.services.store.acts import Act

from . import rules
from .entry import put_in_force
from .requests import Operator, Request, Rule


def hand_over(
    act: Act, *, withdrawn: Sequence[Nomination], point: DeliveryPoint, reason: str
) -> Mapping[GasDay, Nomination]:
    """Put nominations that were withdrawn at one point in force at another, each in the unit it was signed in.

    Inside the caller's transaction, which holds both accounts and took the first number before any audit event.
    What a rule at the close had nominated stays one of the rule; everything else is an operator's, with a number.
    """
    act = act.moved(act.now)
    found: dict[GasDay, Nomination] = {}
    for each in withdrawn:
        proof = Rule(each.received_at) if each.channel is Channel.POLICY else Operator(reason)
        found[each.gas_day] = _put(act, point, each.gas_day, each.quantity, f"{HANDED}{each.public_id}", proof)
    return found


def restate(
    act: Act, *, point: DeliveryPoint, quantities: Mapping[GasDay, Quantity], reason: str
) -> dict[GasDay, Nomination]:
    """Put these quantities in force at a point as an operator's, each as the next revision of its day.

    As ``hand_over``: for days whose gas another point shares from then on.
    """
    act = act.moved(act.now)
    return {
        day: _put(act, point, day, quantity, f"{RESTATED}{secrets.token_urlsafe(12)}", Operator(reason))
        for day, quantity in sorted(quantities.items())
    }


def _put(
    act: Act, point: DeliveryPoint, gas_day: GasDay, quantity: Quantity, submission_id: str, proof: Operator | Rule
) -> Nomination:
    request = Request(
        point=point,
        kind=RequestKind.NOMINATION,
        gas_day=gas_day,
        quantity=quantity,
        confirmed=True,
        submission_id=submission_id,
    )
    (made,) = put_in_force(act, [rules.weigh(act, request, hold=True)], proof=proof)
    return made
