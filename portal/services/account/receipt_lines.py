"""Receipts typed or brought as lines, four parts each: radicado, code, gas day, quantity (adr/0171).

A line that is none is refused by the part that is wrong, with what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.domain.gas_day import BadGasDay, parse_gas_day
from portal.domain.month_proofs import ProvedReceipt
from portal.domain.typed_text import as_typed
from portal.services.store.refusals import Refusal, Rejected
from portal.services.trace.receipts import chain

PARTS = 4
# Of a part that is wrong so much is said again.
LONGEST_SAID = 40
_SEPARATORS = re.compile(r"[;|\t]")
_CODE = re.compile(r"[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}(?=[\s,]|$)")
_DAY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}"
    r"|(?:[a-záéíóú]{3,9}\.?,? +)?[0-9]{1,2}[- ](?:de +)?[a-z]{3,10}\.?[- ](?:del? +)?[0-9]{2,4}",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\s,]+")


def read_lines(text: str, *, field: str, most: int, passed: list[str], of_file: str = "") -> Iterator[ProvedReceipt]:
    """Yield a receipt for each line; titles and empty lines are passed over, and words without a digit into ``passed``.

    ``Rejected`` on ``field`` with the number of the line, ``of_file`` beside it, and the part that is wrong; also with
    more than ``most`` lines.
    """
    is_first = True
    lines = text.splitlines()
    if len(lines) > most:
        raise Rejected(Refusal.PROOF_LINES, field, most=most, of_file=of_file)
    for number, line in enumerate(lines, start=1):
        parts = split_line(line)
        if is_first and not any(re.search("[0-9]", part) for part in parts[: PARTS - 1]):
            # Titles, as of a column "Cantidad (m3)", have no digit but in a unit.
            is_first = not parts
            continue
        if not any(re.search("[0-9]", part) for part in parts):
            if parts:
                passed.append(_shorten(" ".join(parts)))
            continue
        is_first = False
        yield _read(parts, field=field, where={"line": number, "of_file": of_file})


def split_line(line: str) -> list[str]:
    """Return the parts of a line, at most four: as its signs part it, else one after the other."""
    cells = [cell for each in _SEPARATORS.split(line) if (cell := as_typed(each.strip(" '\"\t")).strip(" ,"))]
    if len(cells) >= PARTS:
        return [*cells[: PARTS - 1], " ".join(cells[PARTS - 1 :])]
    rest = re.sub("[\"']", "", " ".join(cells))
    parts: list[str] = []
    for shape in (_TOKEN, _CODE, _DAY):
        rest = rest.lstrip(" ,")
        found = shape.match(rest) or _TOKEN.match(rest)
        if found is None:
            return parts
        parts.append(found[0])
        rest = rest[found.end() :]
    rest = rest.strip(" ,")
    return [*parts, rest] if rest else parts


def _shorten(typed: str) -> str:
    return typed if len(typed) <= LONGEST_SAID else f"{typed[:LONGEST_SAID]}…"


def _read(parts: list[str], *, field: str, where: dict[str, object]) -> ProvedReceipt:
    def refuse(refusal: Refusal, typed: str, **facts: object) -> Rejected:
        return Rejected(refusal, field, **where, typed=_shorten(typed), **facts)

    filed = chain.parse_number(parts[0])
    if filed is None:
        raise refuse(Refusal.PROOF_LINE_NUMBER, parts[0])
    if len(parts) < PARTS:
        raise refuse(Refusal.PROOF_LINE_SHORT, parts[-1])
    try:
        code = chain.normalise(parts[1])
    except ValueError:
        raise refuse(Refusal.PROOF_LINE_CODE, parts[1]) from None
    try:
        gas_day = parse_gas_day(parts[2])
    except BadGasDay as bad:
        raise refuse(Refusal.PROOF_LINE_DAY, parts[2], problem=bad.problem, clash=bad.clash) from None
    quantity = chain.parse_typed_quantity(parts[3])
    if quantity is None:
        raise refuse(Refusal.PROOF_LINE_QUANTITY, parts[3])
    return ProvedReceipt(filed, code, gas_day, *quantity)
