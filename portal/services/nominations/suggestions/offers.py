"""Offers for one tap: the quantity of yesterday, of a week before, or the usual one of such days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, round_typed
from portal.domain.suggestions import HISTORY_DAYS, Basis, Record, find_repeated_day, record, suggest
from portal.domain.timetable import RequestKind, list_eligible_days
from portal.models import DeliveryPoint
from portal.services import nominations, timetable
from portal.services.keys import grants
from portal.services.ledger import usage
from portal.services.ledger.usage import PointDays
from portal.services.nominations.drafts import Filled
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected, StepMissing


@dataclass(frozen=True, slots=True)
class Offer:
    """A quantity in the unit of the point, as it may be typed, and its basis.

    ``of_day`` is the day whose nomination it repeats; ``record`` the past accuracy of the suggestion.
    """

    basis: Basis
    quantity: Quantity
    of_day: GasDay | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class PointOffers:
    """Offers of a point for a gas day without nomination; ``holiday`` is its name, if it is one."""

    gas_day: GasDay
    holiday: str | None
    offers: tuple[Offer, ...]

    @property
    def record(self) -> Record | None:
        """The past accuracy of the suggestion among them."""
        return next((offer.record for offer in self.offers if offer.record is not None), None)


def load_offers(
    session: Session, *, points: Sequence[DeliveryPoint], gas_days: Mapping[int, GasDay], today: GasDay
) -> dict[int, PointOffers]:
    """Return the offers of each of these points for its day of ``gas_days`` (by row id), by one query for all.

    Points that have nominated the day, or without data, are left out. These are figures of the point: call it
    only for points whose numeric key was proved (ADR 5).
    """
    asked = [point for point in points if point.id in gas_days]
    if not asked:
        return {}
    days = usage.load_days_of_points(
        session, points=asked, first=today.plus(-HISTORY_DAYS), last=max(gas_days.values())
    )
    found: dict[int, PointOffers] = {}
    known = settings.read(session)
    for point in asked:
        gas_day, own = gas_days[point.id], days[point.id]
        if gas_day.date in own.nominated:
            continue
        measured = usage.load_measured(session, days=own)
        made = list(_repeats(own, gas_day, today))
        usual = suggest(measured, gas_day, today)
        if usual is not None:
            judged = record(measured, today, known.tolerance(point.contract).on(today))
            made.append(Offer(Basis.SUGGESTED, usual, None, judged if judged.days else None))
        if made:
            holiday = measured.holidays.get(gas_day.date)
            found[point.id] = PointOffers(gas_day, holiday, tuple(made))
    return found


def load_next_open_offers(act: Act, *, modality: Modality, points: Sequence[DeliveryPoint]) -> dict[int, PointOffers]:
    """Return the offers for the nearest gas day still open, of the points whose numeric key this person proved."""
    open_days = list_eligible_days(timetable.list_windows(act.session), modality, RequestKind.NOMINATION, act.now)
    if not open_days:
        return {}
    proved = grants.list_proved_point_ids(act)
    nearest = {point.id: open_days[0] for point in points if point.id in proved and point.in_force_on(open_days[0])}
    return load_offers(act.session, points=points, gas_days=nearest, today=GasDay.of(act.now))


def _repeats(days: PointDays, gas_day: GasDay, today: GasDay) -> Iterator[Offer]:
    for basis in Basis:
        of_day = find_repeated_day(basis, gas_day, today)
        nominated = None if of_day is None else days.quantity(days.nominated, of_day)
        if nominated is not None:
            yield Offer(basis, round_typed(nominated), of_day, None)


def begin(act: Act, *, modality: Modality, point: str, basis: Basis, gas_day: GasDay) -> Filled:
    """Open a draft of a nomination of ``gas_day`` with the present quantity of the offer of ``basis``; commits.

    ``StepMissing("numeric-key")`` for a point whose figures this person may not see; refuses (``Rejected``) a day that
    is closed or already nominated, and an offer that cannot be made.
    """
    found = grants.require_reachable_point(act, modality=modality, public_id=point)
    if found.id not in grants.list_proved_point_ids(act):
        raise StepMissing("numeric-key", modality=modality, delivery_point=point)
    made = load_offers(act.session, points=[found], gas_days={found.id: gas_day}, today=GasDay.of(act.now)).get(
        found.id
    )
    offer = next((each for each in made.offers if each.basis is basis), None) if made else None
    if offer is None:
        raise Rejected(Refusal.NOTHING_OFFERED, gas_day=gas_day)
    return nominations.start_filled(
        act, modality=modality, point=point, kind=RequestKind.NOMINATION, gas_day=gas_day, quantity=offer.quantity
    )
