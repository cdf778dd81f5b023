"""Offers for one tap: the quantity of yesterday, of a week before, or the usual one of such days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, round_typed
from portal.domain.suggestions import (
    HISTORY_DAYS,
    Basis,
    Past,
    Record,
    Usage,
    find_best,
    find_repeated_day,
    record,
    suggest,
)
from portal.domain.timetable import RequestKind, list_eligible_days
from portal.models import DeliveryPoint
from portal.services import nominations, timetable
from portal.services.keys import grants
from portal.services.ledger import usage
from portal.services.ledger.stamps import NOTHING, Kept, load_stamps
from portal.services.ledger.usage import PointDays
from portal.services.nominations.drafts import Filled
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected, StepMissing
from portal.services.timetable import holidays


@dataclass(frozen=True, slots=True)
class Offer:
    """A quantity in the unit of the point, as it may be typed, and its basis.

    ``of_day`` is the day whose nomination it repeats; ``record`` the past accuracy of the basis, None without a day to
    judge; ``is_best`` marks the one that came nearest of late and at this time of the year.
    """

    basis: Basis
    quantity: Quantity
    of_day: GasDay | None
    record: Record | None = None
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class PointOffers:
    """Offers of a point for a gas day without nomination; ``holiday`` is its name, if it is one."""

    gas_day: GasDay
    holiday: str | None
    offers: tuple[Offer, ...]

    @property
    def shortened(self) -> PointOffers:
        """The one of them to show where there are many points: the best, else the suggestion, else the first."""
        order = sorted(self.offers, key=lambda each: (not each.is_best, each.basis is not Basis.SUGGESTED))
        return PointOffers(self.gas_day, self.holiday, (order[0],))


_KEPT: Kept[PointOffers | None] = Kept()


def load_offers(
    session: Session, *, points: Sequence[DeliveryPoint], gas_days: Mapping[int, GasDay], today: GasDay
) -> dict[int, PointOffers]:
    """Return the offers of each of these points for its day of ``gas_days`` (by row id), by two queries for all.

    One query while they are kept from before: they were made of the same account, days, tolerance and holidays.

    Points that have nominated the day, or without data, are left out. These are figures of the point: call it
    only for points whose numeric key was proved (ADR 5).
    """
    asked = [point for point in points if point.id in gas_days]
    if not asked:
        return {}
    first = today.plus(-HISTORY_DAYS)
    stamps = load_stamps(session, point_ids=[point.id for point in asked], since=first)
    known, observed = settings.read(session), holidays.load_known(session)
    found: dict[int, PointOffers] = {}
    made_of, stale = {}, []
    for point in asked:
        tolerance = known.tolerance(point.contract).on(today)
        stamp = stamps.get(point.id, NOTHING)
        made_of[point.id] = (gas_days[point.id], today, stamp, tolerance, point.unit, observed.content)
        kept = _KEPT.find(session, point.id, made_of=made_of[point.id])
        if kept is None:
            stale.append(point)
        elif kept[0] is not None:
            found[point.id] = kept[0]
    if stale:
        last = max(gas_days[point.id] for point in stale)
        days = usage.load_days_of_points(session, points=stale, first=first, last=last)
        for point in stale:
            offers = _make(
                session, days[point.id], gas_days[point.id], today, known.tolerance(point.contract).on(today)
            )
            _KEPT.keep(session, point.id, offers, made_of=made_of[point.id])
            if offers is not None:
                found[point.id] = offers
    return found


def fill_days(
    session: Session, *, points: Sequence[DeliveryPoint], days: Sequence[GasDay], basis: Basis, today: GasDay
) -> dict[tuple[int, GasDay], Quantity]:
    """Return the quantity that ``basis`` gives each of these points (by row id) on each day without a nomination.

    As the offers of a single day, without their record; by two queries for 25 points. Days without service, and points
    without the figures of the basis, are left out. Call it only for points whose numeric key was proved (ADR 5).
    """
    if not points or not days:
        return {}
    known = usage.load_days_of_points(session, points=points, first=today.plus(-HISTORY_DAYS), last=max(days))
    found: dict[tuple[int, GasDay], Quantity] = {}
    for point in points:
        own = known[point.id]
        measured = usage.load_measured(session, days=own)
        for day in days:
            if day.date in own.nominated or not point.in_force_on(day):
                continue
            offered = _offer(own, measured, basis, day, today)
            if offered is not None:
                found[point.id, day] = offered.quantity
    return found


def _make(session: Session, own: PointDays, gas_day: GasDay, today: GasDay, tolerance: int) -> PointOffers | None:
    """Return the offers of a point for a day; None if it is nominated, or without data."""
    if gas_day.date in own.nominated:
        return None
    measured = usage.load_measured(session, days=own)
    made = {basis: offered for basis in Basis if (offered := _offer(own, measured, basis, gas_day, today)) is not None}
    past = Past(measured, own.nominated, tolerance)
    best = find_best(past, made, gas_day, today)
    offers = []
    for basis, offered in made.items():
        judged = record(past, basis, today)
        offers.append(replace(offered, record=judged if judged.days else None, is_best=basis is best))
    return PointOffers(gas_day, measured.holidays.get(gas_day.date), tuple(offers)) if offers else None


def _offer(own: PointDays, measured: Usage, basis: Basis, gas_day: GasDay, today: GasDay) -> Offer | None:
    """Return what ``basis`` offers for a day, not judged; None without the figures that it rests on."""
    if basis is Basis.SUGGESTED:
        usual = suggest(measured, gas_day, today)
        return None if usual is None else Offer(basis, usual, None)
    of_day = find_repeated_day(basis, gas_day, today)
    nominated = None if of_day is None else own.quantity(own.nominated, of_day)
    return None if nominated is None else Offer(basis, round_typed(nominated), of_day)


def load_next_open_offers(act: Act, *, modality: Modality, points: Sequence[DeliveryPoint]) -> dict[int, PointOffers]:
    """Return the offers for the nearest gas day still open, of the points whose numeric key this person proved."""
    open_days = list_eligible_days(timetable.list_windows(act.session), modality, RequestKind.NOMINATION, act.now)
    if not open_days:
        return {}
    proved = grants.list_proved_point_ids(act)
    nearest = {point.id: open_days[0] for point in points if point.id in proved and point.in_force_on(open_days[0])}
    return load_offers(act.session, points=points, gas_days=nearest, today=GasDay.of(act.now))


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
