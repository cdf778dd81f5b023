"""A month of the account, recomputed from what its customer holds: the sheet and the receipts, and nothing else.

Source: docs/rules.md, "A month proved from its papers"; adr/0171.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from .gas_day import GasDay, parse_gas_day
from .quantities import Unit

NOTHING = Decimal(0)


class ProvedReceipt(NamedTuple):
    """Receipt by what it says of itself: radicado, code, gas day, quantity; zero for a cancellation.

    ``unit`` is the one that stands beside the quantity, None where none does.
    """

    number: str
    code: str
    gas_day: GasDay
    quantity: Decimal
    unit: Unit | None = None

    @property
    def order(self) -> tuple[str, int]:
        """Order in which receipts were filed: by year, then by number."""
        _, year, number = self.number.split("-")
        return year, int(number)


class SheetDay(NamedTuple):
    """Row of the sheet, in the unit of its point; None where the sheet leaves a cell empty.

    ``other_nominated`` is the nomination in the second unit, where the sheet has it.
    """

    gas_day: GasDay
    nominated: Decimal | None = None
    authorised: Decimal | None = None
    consumed: Decimal | None = None
    imbalance: Decimal | None = None
    month_to_date: Decimal | None = None
    adjustment: Decimal | None = None
    total_to_date: Decimal | None = None
    other_nominated: Decimal | None = None

    @property
    def due(self) -> Decimal:
        """Authorised, else nominated, else nothing."""
        due = self.nominated if self.authorised is None else self.authorised
        return NOTHING if due is None else due


class DayVerdict(StrEnum):
    """Result for a day: the sheet and the last receipt brought for it agree or differ, or one of both says nothing."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_RECEIPT = "no-receipt"
    NOT_NOMINATED = "not-nominated"


class Sum(StrEnum):
    """Figure of the sheet that follows from others of the sheet."""

    IMBALANCE = "imbalance"
    MONTH_TO_DATE = "month-to-date"
    TOTAL_TO_DATE = "total-to-date"
    NOMINATED = "nominated"
    AUTHORISED = "authorised"
    CONSUMED = "consumed"
    WHOLE_IMBALANCE = "whole-imbalance"


class DayProof(NamedTuple):
    """Day of the sheet, and the last receipt that was brought for it."""

    day: SheetDay
    receipt: ProvedReceipt | None
    verdict: DayVerdict


class Miscount(NamedTuple):
    """Figure of the sheet that its other figures contradict; without a day it is one of the row of sums."""

    gas_day: GasDay | None
    sum: Sum
    stated: Decimal
    right: Decimal


class MonthProof(NamedTuple):
    """Every day of the sheet, and every figure of it that does not add up.

    ``strays`` are receipts of days that the sheet does not have.
    """

    days: Sequence[DayProof]
    miscounts: Sequence[Miscount]
    strays: Sequence[ProvedReceipt]

    def count(self, verdict: DayVerdict) -> int:
        """Return the number of days with a verdict."""
        return sum(each.verdict is verdict for each in self.days)


def prove_month(days: Sequence[SheetDay], sums: Mapping[Sum, Decimal], receipts: Iterable[ProvedReceipt]) -> MonthProof:
    """Compare a sheet with the receipts, and recompute what follows from its own figures.

    ``days`` are consecutive; ``sums`` are those of its days with a consumption, those that it has. Of several receipts
    for a day the last filed counts.
    """
    last: dict[GasDay, ProvedReceipt] = {}
    for receipt in sorted(receipts, key=lambda each: each.order):
        last[receipt.gas_day] = receipt
    there = {each.gas_day for each in days}
    return MonthProof(
        days=[DayProof(each, last.get(each.gas_day), judge_day(each, last.get(each.gas_day))) for each in days],
        miscounts=[*_recount(days), *_resum(days, sums)],
        strays=[receipt for day, receipt in sorted(last.items(), key=lambda item: item[0].date) if day not in there],
    )


def choose_point(days: Sequence[SheetDay], by_point: Mapping[int, Sequence[ProvedReceipt]]) -> int | None:
    """Return the point whose receipts agree with a sheet, which names none, on the most days.

    None where they agree on no day, or those of two points on as many: the sheet may be of either.
    """
    agreed = {point: prove_month(days, {}, held).count(DayVerdict.AGREES) for point, held in by_point.items()}
    most = max(agreed.values(), default=0)
    best = [point for point, count in agreed.items() if count == most]
    return best[0] if most and len(best) == 1 else None


def judge_day(day: SheetDay, receipt: ProvedReceipt | None) -> DayVerdict:
    """Return the verdict on a day; a receipt agrees in either unit, and that of a cancellation with an empty cell."""
    stated = [each for each in (day.nominated, day.other_nominated) if each is not None]
    if receipt is None:
        return DayVerdict.NO_RECEIPT if stated else DayVerdict.NOT_NOMINATED
    agrees = receipt.quantity in stated if stated else not receipt.quantity
    return DayVerdict.AGREES if agrees else DayVerdict.DIFFERS


def _recount(days: Sequence[SheetDay]) -> Iterator[Miscount]:
    to_date = NOTHING
    for day in days:
        if day.consumed is not None and day.imbalance is not None:
            yield from _compare(day.gas_day, Sum.IMBALANCE, day.imbalance, day.due - day.consumed)
        to_date += day.imbalance or NOTHING
        if day.month_to_date is not None:
            yield from _compare(day.gas_day, Sum.MONTH_TO_DATE, day.month_to_date, to_date)
    for before, day in pairwise(days):
        if before.total_to_date is not None and day.total_to_date is not None:
            right = before.total_to_date + (day.imbalance or NOTHING) + (day.adjustment or NOTHING)
            yield from _compare(day.gas_day, Sum.TOTAL_TO_DATE, day.total_to_date, right)


def _resum(days: Sequence[SheetDay], sums: Mapping[Sum, Decimal]) -> Iterator[Miscount]:
    measured = [day for day in days if day.consumed is not None]
    right = {
        Sum.NOMINATED: sum((day.nominated or NOTHING for day in measured), NOTHING),
        Sum.AUTHORISED: sum((day.authorised or NOTHING for day in measured), NOTHING),
        Sum.CONSUMED: sum((day.consumed or NOTHING for day in measured), NOTHING),
        Sum.WHOLE_IMBALANCE: sum((day.imbalance or NOTHING for day in measured), NOTHING),
    }
    for name, stated in sums.items():
        yield from _compare(None, name, stated, right[name])


def _compare(day: GasDay | None, name: Sum, stated: Decimal, right: Decimal) -> Iterator[Miscount]:
    if stated != right:
        yield Miscount(day, name, stated, right)


# What a paper carries of itself for programs, in plain text beside its title: PDF keeps it where anybody can read it.
_RECEIPT, _SHEET = "comprobante/1", "hoja/1"
_CARRIED = re.compile(rb"<pdf:Keywords>([-0-9A-Za-z/:;|.]{1,16384})</pdf:Keywords>")
_NUMBER = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,6})?")
_FIGURES = SheetDay._fields[1:-1]


class CarriedSheet(NamedTuple):
    """Statement of a month as its PDF carries it: reference and code of the seal, closing balance, days."""

    reference: str
    code: str
    total: str
    days: Sequence[SheetDay]


def write_receipt(number: str, code: str, gas_day: GasDay, quantity: str) -> str:
    """Return what the PDF of a receipt carries."""
    return f"{_RECEIPT};{number};{code};{gas_day.isoformat()};{quantity}"


def write_sheet(reference: str, code: str, total: str, days: Iterable[tuple[GasDay, Sequence[str]]]) -> str:
    """Return what the PDF of a statement carries; figures in the order of ``SheetDay``, empty for none."""
    rows = [":".join((day.isoformat(), *figures)) for day, figures in days]
    return ";".join((_SHEET, reference, code, total.replace("+", ""), "|".join(rows)))


def read_carried(content: bytes) -> ProvedReceipt | CarriedSheet | None:
    """Return what a PDF of ours carries; None for any other, or where it carries something else."""
    found = _CARRIED.search(content)
    parts = found[1].decode("ascii").split(";") if found else []
    try:
        if parts[:1] == [_RECEIPT] and len(parts) == 5:
            _, number, code, day, quantity = parts
            return ProvedReceipt(number, code, parse_gas_day(day), _figure(quantity) or NOTHING)
        if parts[:1] == [_SHEET] and len(parts) == 5:
            _, reference, code, total, rows = parts
            return CarriedSheet(reference, code, total, [_row(row) for row in rows.split("|")])
    except ValueError:
        return None
    return None


def _row(text: str) -> SheetDay:
    day, *figures = text.split(":")
    if len(figures) != len(_FIGURES):
        raise ValueError("a row has other figures")
    return SheetDay(parse_gas_day(day), **{name: _figure(each) for name, each in zip(_FIGURES, figures, strict=True)})


def _figure(text: str) -> Decimal | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError("no figure")
    return Decimal(text)
