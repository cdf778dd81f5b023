"""The code on a receipt: with it anybody can tell, and nobody else can make it seem, that the paper is ours."""

from __future__ import annotations

import hashlib
import hmac
import re

from sqlalchemy import bindparam, select

from portal.domain.gas_day import GasDay
from portal.domain.keys import WEB_ALPHABET, normalise_code
from portal.domain.quantities import plain
from portal.domain.typed_text import as_typed
from portal.models import Nomination
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.services.trace import paper_checks

from .chain import receipt_hash

LENGTH = 12
_BITS = 5 * LENGTH
_NUMBER = re.compile(r"([A-Z]{1,6})-[0-9]{4}-[0-9]{6,9}")
_QUANTITY = re.compile(r"([0-9]+)(?:,([0-9]+))?")
_BY_NUMBER = select(Nomination).where(Nomination.filing_number == bindparam("number"))


def seal(vault: Vault, *, nomination: Nomination) -> str:
    """Return the code of a receipt, 12 characters: an authentication code over everything that the receipt says."""
    proof = hmac.digest(vault.receipt_key, receipt_hash(nomination), hashlib.sha256)
    value = int.from_bytes(proof) >> (len(proof) * 8 - _BITS)
    return "".join([WEB_ALPHABET[value >> shift & 31] for shift in range(_BITS - 5, -1, -5)])


def genuine(act: Act, *, number: str, code: str, gas_day: GasDay, quantity: str, address: str) -> bool:
    """Tell whether a paper with this radicado, normalised code, gas day and ``typed_quantity`` is ours, unaltered.

    Commits. Each call is charged to its network address before anything is looked at: ``TooManyAttempts`` beyond thirty
    in five minutes. What was changed in the database since is not genuine either: the code is over its hash.
    """
    paper_checks.charge(act, address=address)
    nomination = act.session.scalars(_BY_NUMBER, {"number": number}).one_or_none()
    if nomination is None or nomination.receipt_hash is None:
        # As much work as for one that is there.
        hmac.digest(act.vault.receipt_key, number.encode(), hashlib.sha256)
        return False
    fits = hmac.compare_digest(code, seal(act.vault, nomination=nomination))
    unchanged = hmac.compare_digest(nomination.receipt_hash, receipt_hash(nomination))
    return fits and unchanged and nomination.gas_day == gas_day and _plain(nomination) == quantity


def typed_number(text: str) -> str | None:
    """Return a radicado as it is filed, "N-2026-000123"; None for what is none."""
    number = as_typed(text).upper()
    return number if number.isascii() and _NUMBER.fullmatch(number) else None


def typed_quantity(text: str) -> str | None:
    """Return a quantity as read from the paper in the form that is compared, "12500" or "250.5"; None for no figure."""
    typed = re.sub("[ .]", "", as_typed(text))
    read = _QUANTITY.fullmatch(typed) if typed.isascii() else None
    if read is None:
        return None
    decimals = (read[2] or "").rstrip("0")
    return f"{read[1].lstrip('0') or '0'}{'.' if decimals else ''}{decimals}"


def normalise(text: str) -> str:
    """Return a typed code as it was made; ``BadKeyFormat`` for what cannot be one."""
    return normalise_code(text, LENGTH)


def _plain(nomination: Nomination) -> str:
    whole, _, decimals = plain(nomination.quantity).partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}{'.' if decimals else ''}{decimals}"
