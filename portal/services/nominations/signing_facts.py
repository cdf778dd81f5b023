"""Facts of one signature, read under its locks by one statement (adr/0147)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.gas_day import GasDay
from portal.domain.nominations import MEAN_DAYS, mean_of
from portal.domain.quantities import Gas, HeatingValue, Quantity
from portal.models import NominationHead
from portal.services import timetable
from portal.services.ledger import heating_values
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.statements import day_of, read_nested

from . import hot
from .open_drafts import OpenDraft


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """Facts about a point and one gas day, under the locks of its account and head; the head is None without one.

    ``mean`` and ``others`` as ``rules.Weighed`` has them, ``others`` by point. ``last_revision`` is the day's, in force
    or not, 0 for none; ``late_requests`` how many of its requests came after the close. ``last_receipt`` is place and
    hash of the point's last receipt. ``addresses`` are those of the company's contacts who want receipts.
    """

    point_id: int
    gas_day: GasDay
    is_signed_in: bool
    may_nominate: bool
    head: NominationHead | None
    heating_value: HeatingValueInForce
    mean: Quantity | None
    others: Mapping[int, Gas]
    last_revision: int
    late_requests: int
    last_receipt: tuple[int, bytes] | None
    addresses: tuple[str, ...]


def read(act: Act, *, draft: OpenDraft, gas_day: GasDay, head: NominationHead | None) -> SigningFacts:
    """Read the facts of a draft's point for a day, inside the transaction that holds both.

    Timetable and settings are then those of this moment too, without a statement of their own while they stay the same.
    """
    session, unit = act.session, draft.unit
    before = min(gas_day, GasDay.of(act.now))
    found: Any = hot.SIGNING_FACTS[unit].first(
        session,
        session_id=act.actor.session_id,
        user_id=act.actor.user_id,
        contract_id=draft.contract_id,
        company_id=draft.keys.company_id,
        point_id=draft.keys.delivery_point_id,
        exit_point=draft.exit_point_id,
        # Of an open day every version of a heating value counts, as for ``heating_values.find_in_force``.
        point=0,
        day=gas_day.date,
        first=gas_day.date,
        last=gas_day.date,
        before=before.date,
        since=before.plus(-2 * MEAN_DAYS).date,
        most=MEAN_DAYS,
    )
    timetable.use(session, found.timetable)
    settings.use(session, count=found.settings, last=found.last_setting)
    return SigningFacts(
        point_id=draft.keys.delivery_point_id,
        gas_day=gas_day,
        is_signed_in=found.alive is not None,
        may_nominate=bool(found.may_nominate),
        head=head,
        heating_value=_heating_value(read_nested(found.heating), gas_day),
        mean=mean_of([Quantity.from_micro(micro, unit) for (micro,) in read_nested(found.consumption)]),
        others={point_id: Gas.from_micro(m3, mbtu) for _, point_id, m3, mbtu in read_nested(found.others)},
        last_revision=found.last_revision or 0,
        late_requests=found.late_requests,
        last_receipt=None if found.receipt_position is None else (found.receipt_position, found.receipt_hash),
        addresses=tuple([address for (address,) in read_nested(found.addresses)]),
    )


def _heating_value(rows: list[list[Any]], gas_day: GasDay) -> HeatingValueInForce:
    if not rows:
        return heating_values.choose(None, None, gas_day)
    ((milli, measured_on),) = rows
    return heating_values.choose(HeatingValue(milli), GasDay(day_of(measured_on)), gas_day)
