"""Rules of the registry: between entries (the terms of recorded figures stay fixed), and for the values of each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.codes import BadNit, NitProblem, find_alike, keys_of, normalise_nit
from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.domain.profiles import BadProfile, parse_profile, profile_text
from portal.domain.typed_text import as_typed
from portal.models import DailyBalance, DeliveryPoint
from portal.services.ledger import closings
from portal.services.points.point_codes import Valid, overlap
from portal.services.store.identity import normalise_email
from portal.services.store.refusals import Refusal, Rejected

from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry

# A contract's maximum is at least one unit and at most the limit of the field; a tolerance is at most 100 %.
MOST_TOLERANCE = 10_000
# Characters that are safe in URLs and in the carrier's files.
_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]{0,18}[A-Z0-9])?")
_NITS = {NitProblem.BAD_FORMAT: Refusal.NIT_MALFORMED, NitProblem.BAD_CHECK_DIGIT: Refusal.NIT_CHECK_DIGIT}


class Figures(NamedTuple):
    """First and last gas day with figures in a point's account, and its last closed month.

    ``after_end`` is the number of its measured days after its present end. ``handed_on`` is the day from which another
    account has its figures (adr/0135).
    """

    first: GasDay | None = None
    last: GasDay | None = None
    closed: Month | None = None
    after_end: frozenset[GasDay] = frozenset()
    handed_on: GasDay | None = None


NO_FIGURES = Figures()


def find_figures(session: Session, *, point_ids: Collection[int]) -> dict[int, Figures]:
    """Return the days with figures of each of these points that has any; three queries."""
    days = DailyBalance.gas_day
    found = session.execute(
        select(
            DailyBalance.delivery_point_id,
            func.min(days).label("first"),
            func.max(days).label("last"),
            DeliveryPoint.handed_on,
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(DailyBalance.delivery_point_id.in_(point_ids))
        .group_by(DailyBalance.delivery_point_id, DeliveryPoint.handed_on)
    )
    closed = closings.find_closed_months(session, delivery_point_ids=point_ids)
    after: dict[int, set[GasDay]] = {}
    for row in session.execute(
        select(DailyBalance.delivery_point_id, days.label("day"))
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(
            DailyBalance.delivery_point_id.in_(point_ids),
            days >= DeliveryPoint.ends_on,
            DailyBalance.consumed_m3.is_not(None),
        )
    ):
        after.setdefault(row.delivery_point_id, set()).add(row.day)
    return {
        row.delivery_point_id: Figures(
            row.first,
            row.last,
            closed.get(row.delivery_point_id),
            frozenset(after.get(row.delivery_point_id, ())),
            row.handed_on,
        )
        for row in found
    }


def check_point_code(entry: PointEntry, *, before: PointEntry | None, others: Iterable[Valid]) -> None:
    """Refuse a code that another point has on a day of the validity, or that a spreadsheet makes equal to its code.

    ``others`` are the other points. Codes of points in force together that were alike before may stay.
    """
    keys = keys_of(entry.carrier_code)
    for other in others:
        if not overlap(entry, other):
            continue
        if other.carrier_code == entry.carrier_code:
            raise Rejected(Refusal.CARRIER_CODE_TAKEN, "carrier_code", first=other.starts_on, ends_on=other.ends_on)
        known = before is not None and before.carrier_code == entry.carrier_code and overlap(before, other)
        if not known and keys & keys_of(other.carrier_code):
            raise Rejected(Refusal.CODE_ALIKE, "carrier_code", other=other.carrier_code)


def check_code(code: str, others: Iterable[str], *, field: str) -> None:
    """Refuse a new code that a spreadsheet or a typing slip makes equal to another: zeros, exponents, punctuation."""
    other = find_alike(code, others)
    if other is not None:
        raise Rejected(Refusal.CODE_ALIKE, field, other=other)


def check_number(number: str, others: Iterable[str]) -> None:
    """Refuse a new contract's number that a spreadsheet makes equal to another: leading zeros, exponents."""
    keys = {key for key in keys_of(number) if key.startswith("number")}
    other = next((each for each in others if each != number and keys & keys_of(each)), None)
    if other is not None:
        raise Rejected(Refusal.NUMBER_ALIKE, "number", other=other)


def check_company(entry: CompanyEntry, *, contracts: Iterable[ContractEntry]) -> None:
    """Refuse (``Rejected``) an end before that of the last contract."""
    ended = entry.ended_on
    if ended is not None and any(each.ends_on is None or each.ends_on > ended for each in contracts):
        raise Rejected(Refusal.COMPANY_IN_USE, "ended_on")


def check_contract(
    entry: ContractEntry,
    *,
    before: ContractEntry | None,
    company: CompanyEntry,
    points: Mapping[str, PointEntry],
    figures: Mapping[str, Figures],
) -> None:
    """Refuse a contract that contradicts its company, its points or their figures; both are named by the same keys.

    Modality, unit, maximum and tolerance are fixed once a day has figures; a later start leaves no such day outside.
    """
    if company.ended_on is not None and (entry.ends_on is None or entry.ends_on > company.ended_on):
        raise Rejected(Refusal.COMPANY_ENDED, "ends_on", day=company.ended_on)
    begun = [point.starts_on for point in points.values()]
    if begun and entry.starts_on > min(begun):
        raise Rejected(Refusal.STARTS_AFTER_POINTS, "starts_on", day=min(begun))
    if before is None:
        return
    counted = [figures[code] for code in points if code in figures]
    if any(each.first for each in counted):
        for name in ("modality", "unit", "maximum_micro", "tolerance_basis_points"):
            if getattr(entry, name) != getattr(before, name):
                raise Rejected(Refusal.FIXED_BY_FIGURES, name, of_contract=True)
    if entry.ends_on != before.ends_on:
        for code, point in list_followers(entry, before, points).items():
            _check_end(point.ends_on, points[code].ends_on, figures.get(code, NO_FIGURES))


def list_followers(
    entry: ContractEntry, before: ContractEntry, points: Mapping[str, PointEntry]
) -> dict[str, PointEntry]:
    """Return the points that end with the contract, with their new end: those that ended with it or would end later."""
    if entry.ends_on == before.ends_on:
        return {}
    return {
        code: replace(point, ends_on=entry.ends_on)
        for code, point in points.items()
        if point.ends_on != entry.ends_on and (point.ends_on == before.ends_on or _later(point.ends_on, entry.ends_on))
    }


def check_point(
    entry: PointEntry,
    *,
    before: PointEntry | None,
    contract: ContractEntry,
    exit_point: ExitPointEntry | None,
    figures: Figures,
) -> None:
    """Refuse a point that contradicts its contract, its exit point or its figures.

    Unit and exit point are fixed once a day has figures: they decide how its figures are converted.
    """
    if exit_point is None:
        raise Rejected(Refusal.EXIT_POINT_UNKNOWN, "exit_point")
    if exit_point.ended_on is not None and _later(entry.ends_on, exit_point.ended_on):
        raise Rejected(Refusal.EXIT_POINT_ENDED, "exit_point", day=exit_point.ended_on)
    if entry.starts_on < contract.starts_on:
        raise Rejected(Refusal.STARTS_BEFORE_CONTRACT, "starts_on", day=contract.starts_on)
    if contract.ends_on is not None and _later(entry.ends_on, contract.ends_on):
        raise Rejected(Refusal.ENDS_AFTER_CONTRACT, "ends_on", day=contract.ends_on)
    if before is not None:
        _check_moved(entry, before, figures)


def _check_moved(entry: PointEntry, before: PointEntry, figures: Figures) -> None:
    if figures.first is not None:
        for name in ("unit", "exit_point"):
            if getattr(entry, name) != getattr(before, name):
                raise Rejected(Refusal.FIXED_BY_FIGURES, name)
        if entry.starts_on > figures.first:
            raise Rejected(Refusal.STARTS_AFTER_FIGURES, "starts_on", day=figures.first)
    if entry.starts_on != before.starts_on and figures.closed is not None:
        raise Rejected(Refusal.MONTH_CLOSED, "starts_on", month=figures.closed)
    _check_end(entry.ends_on, before.ends_on, figures)


def check_exit_point(entry: ExitPointEntry, *, points: Iterable[PointEntry]) -> None:
    """Refuse an end before that of the last point that it feeds."""
    ended = entry.ended_on
    if ended is not None and any(_later(point.ends_on, ended) for point in points):
        raise Rejected(Refusal.EXIT_POINT_IN_USE, "ended_on")


def _check_end(ends_on: GasDay | None, before: GasDay | None, figures: Figures) -> None:
    if ends_on == before:
        return
    if figures.handed_on is not None and _later(ends_on, figures.handed_on):
        raise Rejected(Refusal.POINT_HANDED_ON, "ends_on", day=figures.handed_on)
    if before is None or figures.closed is None:
        return
    # An earlier end changes no closed figure; a later one would leave closed days without a reading for ever.
    frozen = figures.closed.last.plus(1)
    day, until = before, frozen if ends_on is None else min(ends_on, frozen)
    while day < until:
        if day not in figures.after_end:
            raise Rejected(Refusal.MONTH_CLOSED, "ends_on", month=figures.closed)
        day = day.plus(1)


def _later(end: GasDay | None, limit: GasDay | None) -> bool:
    """Tell whether a validity ends after another; None is without end."""
    return limit is not None and (end is None or end > limit)


def clean_company(entry: CompanyEntry) -> CompanyEntry:
    """Clean a company for storage; refuse (``Rejected``) an invalid NIT, name or address."""
    return replace(
        entry,
        nit=clean_nit(entry.nit),
        name=_text(entry.name, "name", most=120),
        address=_optional(entry.address, "address", most=200),
        city=_optional(entry.city, "city", most=80),
        contact_name=_optional(entry.contact_name, "contact_name", most=120),
        contact_email=clean_email(entry.contact_email, "contact_email"),
        contact_phone=_optional(entry.contact_phone, "contact_phone", most=40),
    )


def clean_contract(entry: ContractEntry) -> ContractEntry:
    """Clean a contract for storage; refuse an invalid maximum, tolerance, validity or supplier."""
    is_atr = entry.modality is Modality.GNV_ATR
    supplier = _optional(entry.supplier_name, "supplier_name", most=120)
    if is_atr and supplier is None:
        raise Rejected(Refusal.SUPPLIER_MISSING, "supplier_name")
    if supplier is not None and not is_atr:
        raise Rejected(Refusal.SUPPLIER_NOT_WANTED, "supplier_name")
    if entry.maximum_micro <= 0:
        raise Rejected(Refusal.MAXIMUM_NOT_POSITIVE, "maximum_micro")
    if not 0 <= entry.tolerance_basis_points <= MOST_TOLERANCE:
        raise Rejected(Refusal.TOLERANCE_OUT_OF_RANGE, "tolerance_basis_points")
    if entry.ends_on is not None and entry.ends_on <= entry.starts_on:
        raise Rejected(Refusal.ENDS_BEFORE_START, "ends_on")
    return replace(entry, number=_text(entry.number, "number", most=40), supplier_name=supplier)


def clean_point(entry: PointEntry) -> PointEntry:
    """Clean a delivery point for storage; refuse an invalid code, name, validity or profile."""
    if entry.ends_on is not None and entry.ends_on <= entry.starts_on:
        raise Rejected(Refusal.ENDS_BEFORE_START, "ends_on")
    try:
        weights = parse_profile(entry.hourly_profile or "")
    except BadProfile:
        raise Rejected(Refusal.PROFILE_MALFORMED, "hourly_profile") from None
    return replace(
        entry,
        carrier_code=clean_code(entry.carrier_code, "carrier_code"),
        name=_text(entry.name, "name", most=120),
        municipality=_text(entry.municipality, "municipality", most=60),
        hourly_profile=profile_text(weights),
        contact_name=_optional(entry.contact_name, "contact_name", most=120),
        contact_phone=_optional(entry.contact_phone, "contact_phone", most=40),
        address=_optional(entry.address, "address", most=200),
        shift_hours=_optional(entry.shift_hours, "shift_hours", most=120),
    )


def clean_exit_point(entry: ExitPointEntry) -> ExitPointEntry:
    """Clean an exit point for storage."""
    return replace(entry, code=clean_code(entry.code, "code"), name=_text(entry.name, "name", most=80))


def clean_nit(typed: str, field: str = "nit") -> str:
    """Return a NIT in its one spelling; refuse another form, and a wrong check digit."""
    try:
        return normalise_nit(typed)
    except BadNit as bad:
        raise Rejected(_NITS[bad.problem], field) from None


def clean_code(typed: str, field: str) -> str:
    """Return a carrier's code in capitals; refuse characters other than letters, digits, ``.``, ``-`` and ``_``."""
    found = _text(typed, field, most=20).upper()
    if not _CODE.fullmatch(found):
        raise Rejected(Refusal.CODE_MALFORMED, field)
    return found


def clean_email(typed: str | None, field: str) -> str | None:
    """Return an address in its one spelling, None for a blank."""
    if not as_typed(typed or ""):
        return None
    try:
        return normalise_email(typed or "")
    except Rejected as refused:
        raise Rejected(refused.refusal, field) from None


def _text(typed: str, field: str, *, most: int) -> str:
    found = _optional(typed, field, most=most)
    if found is None:
        raise Rejected(Refusal.VALUE_MISSING, field)
    return found


def _optional(typed: str | None, field: str, *, most: int) -> str | None:
    found = as_typed(typed or "")
    if len(found) > most:
        raise Rejected(Refusal.VALUE_TOO_LONG, field, most=most)
    return found or None
