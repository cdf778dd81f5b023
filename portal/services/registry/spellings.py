"""What may be typed into the registry: each text on one line, each code and NIT in its one spelling."""

from __future__ import annotations

import re
from dataclasses import replace

from portal.domain.modalities import Modality
from portal.domain.nits import BadNit, NitProblem, normalise_nit
from portal.domain.profiles import BadProfile, parse_profile, profile_text
from portal.domain.typed_text import as_typed
from portal.services.store.identity import canonical_email
from portal.services.store.refusals import Refusal, Rejected

from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry

# A contract takes at least one unit and at most what may be typed; a tolerance is at most 100 %.
MOST_TOLERANCE = 10_000
# What stands in addresses of pages and in files of the carrier.
_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]{0,18}[A-Z0-9])?")
_NITS = {NitProblem.BAD_FORMAT: Refusal.NIT_MALFORMED, NitProblem.BAD_CHECK_DIGIT: Refusal.NIT_CHECK_DIGIT}


def company(entry: CompanyEntry) -> CompanyEntry:
    """Return the company as it is stored; refuses (``Rejected``) a NIT, name or address that cannot be."""
    return replace(
        entry,
        nit=nit(entry.nit),
        name=_text(entry.name, "name", most=120),
        address=_optional(entry.address, "address", most=200),
        city=_optional(entry.city, "city", most=80),
        contact_name=_optional(entry.contact_name, "contact_name", most=120),
        contact_email=email(entry.contact_email, "contact_email"),
        contact_phone=_optional(entry.contact_phone, "contact_phone", most=40),
    )


def contract(entry: ContractEntry) -> ContractEntry:
    """Return the contract as it is stored; refuses a maximum, tolerance, validity or supplier that cannot be."""
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


def point(entry: PointEntry) -> PointEntry:
    """Return the delivery point as it is stored; refuses a code, name, validity or profile that cannot be."""
    if entry.ends_on is not None and entry.ends_on <= entry.starts_on:
        raise Rejected(Refusal.ENDS_BEFORE_START, "ends_on")
    try:
        weights = parse_profile(entry.hourly_profile or "")
    except BadProfile:
        raise Rejected(Refusal.PROFILE_MALFORMED, "hourly_profile") from None
    return replace(
        entry,
        carrier_code=code(entry.carrier_code, "carrier_code"),
        name=_text(entry.name, "name", most=120),
        municipality=_text(entry.municipality, "municipality", most=60),
        hourly_profile=profile_text(weights),
    )


def exit_point(entry: ExitPointEntry) -> ExitPointEntry:
    """Return the exit point as it is stored."""
    return replace(entry, code=code(entry.code, "code"), name=_text(entry.name, "name", most=80))


def nit(typed: str, field: str = "nit") -> str:
    """Return a NIT in its one spelling; refuses another form, and a check digit that does not fit."""
    try:
        return normalise_nit(typed)
    except BadNit as bad:
        raise Rejected(_NITS[bad.problem], field) from None


def code(typed: str, field: str) -> str:
    """Return a code of the carrier in capitals; refuses other signs than letters, digits, ``.``, ``-`` and ``_``."""
    found = _text(typed, field, most=20).upper()
    if not _CODE.fullmatch(found):
        raise Rejected(Refusal.CODE_MALFORMED, field)
    return found


def email(typed: str | None, field: str) -> str | None:
    """Return an address in its one spelling, None for a blank."""
    if not as_typed(typed or ""):
        return None
    try:
        return canonical_email(typed or "")
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
