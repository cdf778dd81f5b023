"""Review of a standing order before its signature: the days that it would nominate, and what the rules say of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.standing_orders import DAYS_SHOWN, Pattern
from portal.domain.timetable import NoWindow, RequestKind, find_window
from portal.models import DeliveryPoint, NominationHead, StandingOrder
from portal.services import timetable
from portal.services.nominations import rules
from portal.services.nominations.requests import Request
from portal.services.nominations.rules import Weighed
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.timetable import holidays

from .kept import find_newest

# Days looked at for seven that are served and still open.
LOOKED_AHEAD = 40
FIELDS = ("every_day", "sundays", "holidays")
TOLD = (Refusal.ABOVE_MAXIMUM, Refusal.UNUSUAL_QUANTITY, Refusal.CONTRACT_INACTIVE)


class Ahead(NamedTuple):
    """A day to come: what the order nominates at its close, None after its last day, and the name of a holiday.

    ``is_nominated`` when somebody nominated the day: then that counts, and the order nothing.
    """

    gas_day: GasDay
    quantity: Quantity | None
    holiday: str | None
    is_nominated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Quantities of an order as asked, in the unit of the point; ``confirmed`` once its warnings were ticked."""

    pattern: Pattern
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An order ready to sign, or the reason why not.

    ``digest`` is the SHA-256 (hex) of what a signature binds; ``replaces`` the version in force, None for the first.
    ``warned`` are the unusual quantities that a tick confirms, ``refusal`` what forbids it, beside its field.
    """

    point: DeliveryPoint
    asked: Asked
    days: tuple[Ahead, ...]
    replaces: StandingOrder | None
    warned: tuple[Rejected, ...]
    refusal: Rejected | None
    digest: str

    def demand(self) -> Reviewed:
        """Return it; raise the refusal, or the first warning without its tick."""
        if self.refusal is not None:
            raise self.refusal
        if self.warned and not self.asked.confirmed:
            raise self.warned[0]
        return self


def list_days_ahead(act: Act, *, point: DeliveryPoint, pattern: Pattern) -> tuple[Ahead, ...]:
    """Return the next seven days whose nomination is still open and that the point is served on."""
    session = act.session
    known = holidays.load_known(session)
    days = list(_open_days(act, point))
    nominated = set(
        session.scalars(
            select(NominationHead.gas_day).where(
                NominationHead.delivery_point_id == point.id, NominationHead.gas_day.in_(days)
            )
        )
    )
    return tuple([Ahead(day, pattern.quantity_on(day, known), known.get(day.date), day in nominated) for day in days])


def _open_days(act: Act, point: DeliveryPoint) -> Iterator[GasDay]:
    rows, today = timetable.list_windows(act.session), GasDay.of(act.now)
    found = 0
    for ahead in range(LOOKED_AHEAD):
        day = today.plus(ahead)
        try:
            closes_at = find_window(rows, point.contract.modality, RequestKind.NOMINATION, day).closes_at(day)
        except NoWindow:
            continue
        if act.now <= closes_at and point.in_force_on(day):
            yield day
            found += 1
        if found == DAYS_SHOWN:
            return


def review(act: Act, *, point: DeliveryPoint, asked: Asked, hold: bool = False) -> Reviewed:
    """Return the days that an order would nominate and the verdict on its quantities, by the rules of any nomination.

    With ``hold`` the account and the heads of the days stay locked until the caller's transaction ends.
    """
    days = list_days_ahead(act, point=point, pattern=asked.pattern)
    newest = find_newest(act.session, point_id=point.id)
    warned, refusal = _verdicts(act, point, asked, days, hold=hold)
    return Reviewed(
        point=point,
        asked=asked,
        days=days,
        replaces=newest,
        warned=tuple(warned),
        refusal=rules.find_refusal(act, point=point) or refusal,
        digest=_digest_of(point, asked.pattern, 0 if newest is None else newest.version),
    )


def _verdicts(
    act: Act, point: DeliveryPoint, asked: Asked, days: tuple[Ahead, ...], *, hold: bool
) -> tuple[list[Rejected], Rejected | None]:
    pattern = asked.pattern
    if not days:
        return [], Rejected(Refusal.CONTRACT_INACTIVE, "delivery_point", point=point.name)
    if pattern.last_day is not None and pattern.last_day < days[0].gas_day:
        return [], Rejected(Refusal.STANDING_ORDER_OVER, "last_day", gas_day=days[0].gas_day)
    wanted = [(each.gas_day, each.quantity) for each in days if each.quantity is not None]
    # A holiday may be weeks ahead: its quantity is weighed as if it were the first day.
    seen = {quantity.micro for _, quantity in wanted}
    wanted += [(days[0].gas_day, each) for _, each in _named(pattern) if each.micro not in seen]
    requests = [
        Request(point=point, kind=RequestKind.NOMINATION, gas_day=day, quantity=quantity) for day, quantity in wanted
    ]
    weighed = rules.weigh_all(Act.of_system(act.session, act.now), requests, hold=hold)
    warned: list[Rejected] = []
    for field, quantity in _named(pattern):
        verdict = _worst([each for each in weighed if each.quantity == quantity])
        if verdict is None:
            continue
        told = Rejected(verdict.refusal, field, **verdict.facts)
        if verdict.refusal is not Refusal.UNUSUAL_QUANTITY:
            return warned, told
        warned.append(told)
    return warned, None


def _named(pattern: Pattern) -> list[tuple[str, Quantity]]:
    """Return the quantities of an order with the fields that ask for them, each quantity once."""
    found: dict[Quantity, str] = {}
    for field in FIELDS:
        quantity = getattr(pattern, field)
        if quantity is not None:
            found.setdefault(quantity, field)
    return [(field, quantity) for quantity, field in found.items()]


def _worst(weighed: list[Weighed]) -> Rejected | None:
    """Return what forbids one of the days; else the first warning; None when all are usual."""
    told = [each.refusal for each in weighed if each.refusal is not None and each.refusal.refusal in TOLD]
    forbidden = [each for each in told if each.refusal is not Refusal.UNUSUAL_QUANTITY]
    return next(iter([*forbidden, *told]), None)


def _digest_of(point: DeliveryPoint, pattern: Pattern, replaces: int) -> str:
    content = {
        "standing_order": 1,
        "point": point.public_id,
        "unit": point.unit,
        "every_day": pattern.every_day.micro,
        "sundays": None if pattern.sundays is None else pattern.sundays.micro,
        "holidays": None if pattern.holidays is None else pattern.holidays.micro,
        "last_day": None if pattern.last_day is None else pattern.last_day.isoformat(),
        "replaces": replaces,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
