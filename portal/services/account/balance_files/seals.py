"""Code of a statement: anybody can verify with it that the paper is genuine, and nobody else can make one.

Printed statements are not stored: the code itself holds a fingerprint of the month's figures, and an
authentication code over that, the point, the month, the number of the closing and the closing balance as printed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable

from portal.domain.gas_day import Month
from portal.domain.keys import WEB_ALPHABET, normalise_code
from portal.domain.quantities import Quantity, Unit, half_up, split_unit
from portal.domain.typed_text import as_typed
from portal.services.store.vault import Vault

from .queries import ClosedMonth, Records

FINGERPRINT_BITS, PROOF_BITS = 40, 60
LENGTH = (FINGERPRINT_BITS + PROOF_BITS) // 5
PRINTED_DECIMALS = {Unit.M3: 0, Unit.MBTU: 2}
_TOTAL = re.compile(r"([0-9]+)(?:,([0-9]+))?")


def fingerprint(records: Records) -> int:
    """Return the digest of a month's figures: its days in both units, its opening, its adjustments.

    The history of a reading (state, reason, file) is left out, so that certifying a measurement unchanged changes
    nothing.
    """
    opening = [records.opening.m3.micro, records.opening.mbtu.micro]
    # In this order, or the codes that were printed do not fit any more.
    content = [
        opening,
        *[
            [
                row.day.isoformat(),
                row.nominated_m3,
                row.nominated_mbtu,
                row.authorised_m3,
                row.authorised_mbtu,
                row.consumed_m3,
                row.consumed_mbtu,
                row.adjustment_m3,
                row.adjustment_mbtu,
            ]
            for row in records.rows
        ],
    ]
    digest = hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).digest()
    return int.from_bytes(digest) >> (len(digest) * 8 - FINGERPRINT_BITS)


def seal(
    vault: Vault,
    *,
    point: str,
    month: Month,
    closed: ClosedMonth | None,
    figures: int,
    total: str,
) -> str:
    """Return the code of a statement, 20 characters; ``total`` is ``print_total`` of its closing balance."""
    message = ["month statement 1", point, str(month), *_closing(closed), figures, total]
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    proof = int.from_bytes(hmac.digest(vault.statement_key, text.encode(), hashlib.sha256)) >> (256 - PROOF_BITS)
    return _encode(figures << PROOF_BITS | proof)


def is_valid(
    vault: Vault, *, code: str, point: str, month: Month, closed: Iterable[ClosedMonth | None], total: str
) -> bool:
    """Tell whether a normalised ``code`` was made for this point, month and total, under any of these closings."""
    figures = read_figures(code)
    under = [seal(vault, point=point, month=month, closed=each, figures=figures, total=total) for each in closed]
    # Compare with each of them, so that the time taken reveals none.
    return sum([hmac.compare_digest(code, each) for each in under]) > 0


def read_figures(code: str) -> int:
    """Return the fingerprint that a normalised code carries."""
    value = 0
    for letter in code:
        value = value << 5 | WEB_ALPHABET.index(letter)
    return value >> PROOF_BITS


def normalise(text: str) -> str:
    """Return a typed code in its original spelling; ``BadKeyFormat`` for an impossible one."""
    return normalise_code(text, LENGTH)


def print_total(value: Quantity) -> str:
    """Return a closing balance as printed, in plain spelling: its side and amount, "-10901" or "+436.11"."""
    decimals = PRINTED_DECIMALS[value.unit]
    rounded = half_up(value.micro, 10 ** (6 - decimals))
    whole, rest = divmod(abs(rounded), 10**decimals)
    return _plain(rounded, str(whole), f"{rest:0{decimals}}" if decimals else "")


def parse_total(text: str, in_favour: bool) -> str | None:
    """Return a typed balance in the spelling of ``print_total``; None when it is no figure.

    The side counts, not a typed sign; a unit may stand behind.
    """
    read = _TOTAL.fullmatch(re.sub("[ .-]", "", split_unit(as_typed(text))[0]))
    if read is None:
        return None
    whole, rest = read[1].lstrip("0") or "0", read[2] or ""
    return _plain(1 if in_favour else -1, whole, rest)


def _plain(sign: int, whole: str, decimals: str) -> str:
    decimals = decimals.rstrip("0")
    if whole == "0" and not decimals:
        return "0"
    return f"{'-' if sign < 0 else '+'}{whole}{'.' if decimals else ''}{decimals}"


def _closing(closed: ClosedMonth | None) -> tuple[str, int]:
    return ("", 0) if closed is None else (closed.number, closed.version)


def _encode(value: int) -> str:
    return "".join([WEB_ALPHABET[value >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5)])
