"""Chain of a point's receipts: each carries the hash of the one before (docs/security.md, "Receipts").

The holder of the last receipt of a month can prove that none before it was removed, inserted or changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month
from portal.domain.keys import WEB_ALPHABET, normalise_code
from portal.domain.month_proofs import ProvedReceipt
from portal.domain.quantities import UNIT, Unit, find_unit, plain, round_typed
from portal.domain.typed_text import as_typed
from portal.models import Nomination, ReceiptHead
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.services.trace import paper_checks

from . import hot

# Hash before the first receipt of a point.
FIRST_HASH = bytes(32)


def add(session: Session, *, nomination: Nomination) -> None:
    """Give a new nomination its place in the chain, inside the caller's transaction.

    Locks the head of the point's chain until the commit, so that two receipts never share a place.
    """
    head = hot.HEAD.first(session, point=nomination.delivery_point_id)
    add_after(session, nomination=nomination, last=None if head is None else (head.position, head.receipt_hash))


def add_after(session: Session, *, nomination: Nomination, last: tuple[int, bytes] | None) -> None:
    """Give a new nomination its place, as ``add``; ``last`` are place and hash of the point's last receipt, if any.

    From a caller that read them while it held the account of the point, which every signature holds.
    """
    position, previous = last or (0, FIRST_HASH)
    nomination.chain_position, nomination.previous_hash = position + 1, previous
    nomination.receipt_hash = hash_receipt(nomination)
    write = hot.BEGIN if last is None else hot.MOVE
    this = {"point": nomination.delivery_point_id, "new_position": position + 1, "new_hash": nomination.receipt_hash}
    write.run(session, **this)


def hash_receipt(nomination: Nomination) -> bytes:
    """Return the SHA-256 of a receipt's content, with the hash of the receipt before it."""
    content = [
        "receipt 1",
        nomination.chain_position,
        (nomination.previous_hash or FIRST_HASH).hex(),
        nomination.filing_number,
        nomination.delivery_point_id,
        nomination.gas_day.isoformat(),
        nomination.revision,
        nomination.kind.value,
        nomination.unit.value,
        nomination.quantity_m3.micro,
        nomination.quantity_mbtu.micro,
        nomination.heating_value.milli,
        nomination.heating_value_on.isoformat() if nomination.heating_value_on else None,
        nomination.effective_at.astimezone(UTC).isoformat() if nomination.effective_at else None,
        nomination.received_at.astimezone(UTC).isoformat(),
        nomination.channel.value,
        nomination.signed_by_id,
        bool(nomination.cancels),
        bool(nomination.is_late),
        (nomination.content_hash or b"").hex(),
        # Absent where there was none: the receipts of every other channel stay as they were.
        *([nomination.call_id] if nomination.call_id is not None else []),
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).digest()


_CHAINED = (
    select(Nomination)
    .where(Nomination.chain_position.is_not(None))
    .order_by(Nomination.delivery_point_id, Nomination.chain_position)
    .execution_options(yield_per=1000)
)


def verify(session: Session) -> str | None:
    """Recompute the chain of every point; return None if all are right, else text that names the first bad receipt."""
    heads = {
        row.delivery_point_id: (row.position, row.receipt_hash)
        for row in session.execute(
            select(ReceiptHead.delivery_point_id, ReceiptHead.position, ReceiptHead.receipt_hash)
        )
    }
    ends: dict[int, tuple[int, bytes]] = {}
    with contextlib.closing(session.scalars(_CHAINED)) as found:
        for nomination in found:
            position, previous = ends.get(nomination.delivery_point_id, (0, FIRST_HASH))
            if nomination.chain_position != position + 1:
                return f"before receipt {nomination.filing_number} one is missing"
            if nomination.previous_hash != previous or nomination.receipt_hash != hash_receipt(nomination):
                return f"receipt {nomination.filing_number} was changed"
            ends[nomination.delivery_point_id] = (nomination.chain_position, nomination.receipt_hash)
    for point_id in sorted(heads.keys() | ends.keys()):
        if heads.get(point_id) != ends.get(point_id):
            return f"the last receipt of delivery point {point_id} is missing"
    return None


@dataclass(frozen=True, slots=True)
class Proof:
    """Receipts of a point for the gas days of a month, in the order of the chain, and whether they hold together.

    ``broken`` is the first receipt that was changed or follows a missing one; None for a whole chain.
    """

    receipts: tuple[Nomination, ...]
    broken: Nomination | None


def prove_month(session: Session, *, delivery_point_id: int, month: Month) -> Proof:
    """Return the receipts of a point for a month, each recomputed and compared with its predecessor in the chain."""
    of_month = session.scalars(
        select(Nomination)
        .where(
            Nomination.delivery_point_id == delivery_point_id,
            Nomination.gas_day.between(month.first, month.last),
            Nomination.chain_position.is_not(None),
        )
        .order_by(Nomination.chain_position)
    ).all()
    if not of_month:
        return Proof((), None)
    first, last = of_month[0].chain_position or 1, of_month[-1].chain_position or 1
    between = session.scalars(
        select(Nomination)
        .where(
            Nomination.delivery_point_id == delivery_point_id,
            Nomination.chain_position.between(first - 1, last),
        )
        .order_by(Nomination.chain_position)
    ).all()
    previous = FIRST_HASH if first == 1 else between[0].receipt_hash
    position = first - 1
    for nomination in between if first == 1 else between[1:]:
        whole = nomination.chain_position == position + 1 and nomination.previous_hash == previous
        if not whole or nomination.receipt_hash != hash_receipt(nomination):
            return Proof(tuple(of_month), nomination)
        position, previous = position + 1, nomination.receipt_hash
    return Proof(tuple(of_month), None)


LENGTH = 12
_BITS = 5 * LENGTH
_NUMBER = re.compile(r"([A-Z]{1,6})-[0-9]{4}-[0-9]{6,9}")
# Printed in place of the quantity of a cancellation.
_CANCELLED = "anulada"
_QUANTITY = re.compile(rf"([0-9]{{1,3}}(?:[ .][0-9]{{3}})+|[0-9]+)(?:,([0-9]+))?\s*({UNIT})?", re.IGNORECASE)
_BY_NUMBER = select(Nomination).where(Nomination.filing_number == bindparam("number"))


def seal(vault: Vault, *, nomination: Nomination) -> str:
    """Return the code of a receipt, 12 characters: an authentication code over its whole content."""
    proof = hmac.digest(vault.receipt_key, hash_receipt(nomination), hashlib.sha256)
    value = int.from_bytes(proof) >> (len(proof) * 8 - _BITS)
    return "".join([WEB_ALPHABET[value >> shift & 31] for shift in range(_BITS - 5, -1, -5)])


def is_genuine(act: Act, *, paper: ProvedReceipt, address: str) -> bool:
    """Tell whether a paper is ours, unaltered; its code is normalised, its quantity either of both that are printed.

    Commits. Each call is charged to its network address before any look-up: ``TooManyAttempts`` beyond thirty in five
    minutes. A receipt altered in the database is not genuine either: the code covers its hash.
    """
    paper_checks.charge(act, address=address)
    nomination = act.session.scalars(_BY_NUMBER, {"number": paper.number}).one_or_none()
    return _is_ours(act.vault, nomination, paper)


class Genuine(NamedTuple):
    """Paper of ours: its delivery point, and its quantity in its own unit; zero for a cancellation."""

    point_id: int
    quantity: Decimal
    unit: Unit


def find_genuine(act: Act, *, papers: Collection[ProvedReceipt]) -> dict[str, Genuine]:
    """Return each paper that is ours and unaltered, by radicado; codes normalised, the quantity either that is printed.

    The caller has charged the request to its network address. One query; a paper that is not ours takes as long.
    """
    numbers = [paper.number for paper in papers]
    known = {
        row.filing_number: row
        for row in act.session.scalars(select(Nomination).where(Nomination.filing_number.in_(numbers))).unique()
    }
    genuine = [known[paper.number] for paper in papers if _is_ours(act.vault, known.get(paper.number), paper)]
    return {
        row.filing_number or "": Genuine(row.delivery_point_id, Decimal(plain(row.quantity)), row.unit)
        for row in genuine
    }


def _is_ours(vault: Vault, nomination: Nomination | None, paper: ProvedReceipt) -> bool:
    if nomination is None or nomination.receipt_hash is None:
        # Do the same work as for an existing receipt.
        hmac.digest(vault.receipt_key, paper.number.encode(), hashlib.sha256)
        return False
    fits = hmac.compare_digest(paper.code, seal(vault, nomination=nomination))
    unchanged = hmac.compare_digest(nomination.receipt_hash, hash_receipt(nomination))
    says_the_same = nomination.gas_day == paper.gas_day and _prints(nomination, paper)
    return fits and unchanged and says_the_same


def _prints(nomination: Nomination, paper: ProvedReceipt) -> bool:
    """Tell whether a receipt prints the quantity: exact in its own unit, or as rounded in the other."""
    own = nomination.unit
    if paper.unit in (None, own) and paper.quantity == Decimal(plain(nomination.quantity)):
        return True
    if paper.unit is own:
        return False
    other = nomination.gas.in_unit(Unit.MBTU if own is Unit.M3 else Unit.M3)
    return paper.quantity == Decimal(plain(round_typed(other)))


def parse_number(text: str) -> str | None:
    """Return a radicado in its filed form, "N-2026-000123"; None if it is none."""
    number = as_typed(text).upper()
    return number if number.isascii() and _NUMBER.fullmatch(number) else None


def parse_typed_quantity(text: str) -> tuple[Decimal, Unit | None] | None:
    """Return a quantity typed from the paper, "12.500 m³" or "250,5", and its unit if any; None for no figure.

    Zero for "Anulada", as a cancellation prints.
    """
    if as_typed(text).casefold() == _CANCELLED:
        return Decimal(0), None
    read = _QUANTITY.fullmatch(as_typed(text))
    if read is None:
        return None
    whole = re.sub("[ .]", "", read[1])
    unit = find_unit(read[3]) if read[3] else None
    return Decimal(f"{whole}.{read[2] or '0'}"), unit


def normalise(text: str) -> str:
    """Return a typed code in its issued form; ``BadKeyFormat`` if it cannot be one."""
    return normalise_code(text, LENGTH)
