"""A month of the account, recomputed from what its customer holds: the sheet and the receipts, and nothing else.

Source: docs/rules.md, "A month proved from its papers"; adr/0171.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from .balance import tell_side
from .calendar import WEEKDAYS
from .gas_day import GasDay, parse_gas_day
from .quantities import HeatingValue, Quantity, Unit, convert, plain

NOTHING = Decimal(0)
# Variations are kept half-up to six decimals of a percent.
_MILLIONTH = Decimal("0.000001")
Said = Decimal | int | str | None
# Words of the sheet that follow from its figures.
INSIDE, OUTSIDE = "dentro", "fuera"
SIDE_NOTE, UNASKED_NOTE, UNMEASURED_NOTE = "Desbalance", "Sin nominación", "Sin medición"
ENDED_NOTE = "Después del fin del punto"


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
    """Row of the sheet in its first unit; None where the sheet leaves a cell empty.

    ``other`` is the row in the second unit, where the sheet has it. ``variation`` is in percent; ``weekday`` and
    ``tolerance`` are words, empty where the sheet says none.
    """

    gas_day: GasDay
    nominated: Decimal | None = None
    authorised: Decimal | None = None
    consumed: Decimal | None = None
    imbalance: Decimal | None = None
    month_to_date: Decimal | None = None
    adjustment: Decimal | None = None
    total_to_date: Decimal | None = None
    variation: Decimal | None = None
    tolerance: str = ""
    weekday: str = ""
    notes: Sequence[str] = ()
    heating_value: HeatingValue | None = None
    other: SheetDay | None = None

    @classmethod
    def of(cls, gas_day: GasDay, figures: Mapping[str, Decimal | None]) -> SheetDay:
        """Return a day with its figures by name."""
        return cls(
            gas_day,
            nominated=figures.get("nominated"),
            authorised=figures.get("authorised"),
            consumed=figures.get("consumed"),
            imbalance=figures.get("imbalance"),
            month_to_date=figures.get("month_to_date"),
            adjustment=figures.get("adjustment"),
            total_to_date=figures.get("total_to_date"),
        )

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
    WHOLE_MONTH = "whole-month"
    ADJUSTMENT = "adjustment"
    CLOSING = "closing"
    VARIATION = "variation"
    TOLERANCE = "tolerance"
    WEEKDAY = "weekday"
    NOTE = "note"
    NOMINATED_OF_DAY = "nominated-of-day"
    AUTHORISED_OF_DAY = "authorised-of-day"
    CONSUMED_OF_DAY = "consumed-of-day"
    DAYS = "days"
    DAYS_OUT = "days-out"


class Part(StrEnum):
    """Row of the sheet that is no day: sums of the measured days or of the days to be measured, balance at the end."""

    MEASURED = "measured"
    PENDING = "pending"
    BALANCE = "balance"


class SheetSums(NamedTuple):
    """Row below the days, in one unit: the figures that it has, and how many days it says that it counts."""

    part: Part
    figures: Mapping[Sum, Decimal]
    days: int | None = None
    days_out: int | None = None


class Sheet(NamedTuple):
    """Sheet of a month: consecutive days, and the rows around them in the first unit and in the second.

    ``opening`` is the balance before the first day, None where the sheet says none; ``unit`` the first of both.
    """

    days: Sequence[SheetDay]
    sums: Sequence[SheetSums] = ()
    other_sums: Sequence[SheetSums] = ()
    opening: Decimal | None = None
    other_opening: Decimal | None = None
    unit: Unit | None = None

    @property
    def other_days(self) -> Sequence[SheetDay]:
        """The days in the second unit; empty where the sheet has none."""
        return [each.other for each in self.days if each.other is not None]


class DayProof(NamedTuple):
    """Day of the sheet, and the last receipt that was brought for it."""

    day: SheetDay
    receipt: ProvedReceipt | None
    verdict: DayVerdict


class Miscount(NamedTuple):
    """Figure or word of the sheet that its others contradict: in the row of a day or in one below the days.

    None is an empty cell. ``in_other`` tells that it stands in the second unit.
    """

    at: GasDay | Part
    sum: Sum
    stated: Said
    right: Said
    in_other: bool = False


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


def prove_month(sheet: Sheet, receipts: Iterable[ProvedReceipt]) -> MonthProof:
    """Compare a sheet with the receipts, and recompute what follows from its own figures.

    Of several receipts for a day the last filed counts.
    """
    days = sheet.days
    last: dict[GasDay, ProvedReceipt] = {}
    for receipt in sorted(receipts, key=lambda each: each.order):
        last[receipt.gas_day] = receipt
    there = {each.gas_day for each in days}
    return MonthProof(
        days=[DayProof(each, last.get(each.gas_day), judge_day(each, last.get(each.gas_day))) for each in days],
        miscounts=[
            *_recount(days, sheet.opening),
            *_resum(days, sheet.sums),
            *[each._replace(in_other=True) for each in _recount(sheet.other_days, sheet.other_opening)],
            *[each._replace(in_other=True) for each in _resum(sheet.other_days, sheet.other_sums)],
            *_reconvert(sheet),
        ],
        strays=[receipt for day, receipt in sorted(last.items(), key=lambda item: item[0].date) if day not in there],
    )


def choose_point(days: Sequence[SheetDay], by_point: Mapping[int, Sequence[ProvedReceipt]]) -> int | None:
    """Return the point whose receipts agree with a sheet, which names none, on the most days.

    None where they agree on no day, or those of two points on as many: the sheet may be of either.
    """
    agreed = {point: prove_month(Sheet(days), held).count(DayVerdict.AGREES) for point, held in by_point.items()}
    most = max(agreed.values(), default=0)
    best = [point for point, count in agreed.items() if count == most]
    return best[0] if most and len(best) == 1 else None


def judge_day(day: SheetDay, receipt: ProvedReceipt | None) -> DayVerdict:
    """Return the verdict on a day; a receipt agrees in either unit, and that of a cancellation with an empty cell."""
    both = (day.nominated, None if day.other is None else day.other.nominated)
    stated = [each for each in both if each is not None]
    if receipt is None:
        return DayVerdict.NO_RECEIPT if stated else DayVerdict.NOT_NOMINATED
    agrees = receipt.quantity in stated if stated else not receipt.quantity
    return DayVerdict.AGREES if agrees else DayVerdict.DIFFERS


def compute_variation(day: SheetDay) -> Decimal | None:
    """Return V = 100·|C − A| ÷ A in percent, half-up to six decimals; None without consumption or with nothing due.

    Zero where both are zero (docs/rules.md, "Balance account").
    """
    if day.consumed is None:
        return None
    if not day.due:
        return None if day.consumed else NOTHING
    return (100 * abs(day.consumed - day.due) / day.due).quantize(_MILLIONTH, ROUND_HALF_UP)


def _recount(days: Sequence[SheetDay], opening: Decimal | None) -> Iterator[Miscount]:
    to_date = NOTHING
    for day in days:
        yield from _compare(day.gas_day, Sum.IMBALANCE, day.imbalance, _imbalance_of(day))
        to_date += day.imbalance or NOTHING
        if day.month_to_date is not None:
            yield from _compare(day.gas_day, Sum.MONTH_TO_DATE, day.month_to_date, to_date)
        if day.weekday:
            yield from _compare(day.gas_day, Sum.WEEKDAY, day.weekday, WEEKDAYS[day.gas_day.date.weekday()])
        yield from _renote(day)
    for before, day in zip((opening, *[each.total_to_date for each in days]), days, strict=False):
        if before is not None and day.total_to_date is not None:
            right = before + (day.imbalance or NOTHING) + (day.adjustment or NOTHING)
            yield from _compare(day.gas_day, Sum.TOTAL_TO_DATE, day.total_to_date, right)
    if any(day.variation is not None or day.tolerance for day in days):
        for day in days:
            variation = compute_variation(day)
            yield from _compare(day.gas_day, Sum.VARIATION, day.variation, variation)
            # Which of both follows from the contract's tolerance, which no sheet says.
            if day.tolerance not in (("",) if variation is None else (INSIDE, OUTSIDE)):
                right_word = None if variation is None else f"{INSIDE} o {OUTSIDE}"
                yield Miscount(day.gas_day, Sum.TOLERANCE, day.tolerance or None, right_word)


def _renote(day: SheetDay) -> Iterator[Miscount]:
    """Yield the notes that the figures of the day contradict."""
    side = "" if not day.imbalance else tell_side(Quantity.of(1 if day.imbalance > 0 else -1, Unit.M3))
    for note in day.notes:
        begins = f"{SIDE_NOTE} "
        if note.startswith(begins) and note != begins + side:
            yield Miscount(day.gas_day, Sum.NOTE, note, f"{begins}{side}" if side else None)
        asked = day.nominated is not None or day.authorised is not None
        if (note == UNASKED_NOTE and asked) or (note == UNMEASURED_NOTE and day.consumed is not None):
            yield Miscount(day.gas_day, Sum.NOTE, note, None)


def _reconvert(sheet: Sheet) -> Iterator[Miscount]:
    """Yield the figures of the second unit that the heating value of their day contradicts.

    Consumption is measured in m³; what was asked and authorised was said in one of both units, so either may follow
    from the other.
    """
    if sheet.unit is None:
        return
    second = Unit.MBTU if sheet.unit is Unit.M3 else Unit.M3
    for day in sheet.days:
        if day.other is None or day.heating_value is None:
            continue
        for name, own, other in (
            (Sum.NOMINATED_OF_DAY, day.nominated, day.other.nominated),
            (Sum.AUTHORISED_OF_DAY, day.authorised, day.other.authorised),
            (Sum.CONSUMED_OF_DAY, day.consumed, day.other.consumed),
        ):
            right = None if own is None else _convert(own, sheet.unit, second, day.heating_value)
            back = None if other is None else _convert(other, second, sheet.unit, day.heating_value)
            if right != other and (own is None or back != own):
                yield Miscount(day.gas_day, name, other, right, in_other=True)


def _convert(amount: Decimal, unit: Unit, into: Unit, heating_value: HeatingValue) -> Decimal:
    return Decimal(plain(convert(Quantity.of(amount, unit), into, heating_value)))


def _imbalance_of(day: SheetDay) -> Decimal | None:
    return None if day.consumed is None else day.due - day.consumed


def _resum(days: Sequence[SheetDay], rows: Sequence[SheetSums]) -> Iterator[Miscount]:
    measured = [day for day in days if day.consumed is not None]
    pending = [day for day in days if day.consumed is None]
    imbalance = _add(day.imbalance for day in measured)
    closing = {} if not days or days[-1].total_to_date is None else {Sum.CLOSING: days[-1].total_to_date}
    right: Mapping[Part, Mapping[Sum, Decimal]] = {
        Part.MEASURED: {
            **_sum_asked(measured),
            Sum.CONSUMED: _add(day.consumed for day in measured),
            Sum.WHOLE_IMBALANCE: imbalance,
            Sum.WHOLE_MONTH: imbalance,
            Sum.ADJUSTMENT: _add(day.adjustment for day in days),
            **closing,
        },
        Part.PENDING: _sum_asked(pending),
        Part.BALANCE: closing,
    }
    # Nobody waits for a reading after the end of the point.
    waiting = sum(ENDED_NOTE not in day.notes for day in pending)
    counted = {Part.MEASURED: len(measured), Part.PENDING: waiting}
    for row in rows:
        for name, stated in row.figures.items():
            if name in right[row.part]:
                yield from _compare(row.part, name, stated, right[row.part][name])
        if row.days is not None and row.part in counted:
            yield from _compare(row.part, Sum.DAYS, row.days, counted[row.part])
        if row.days_out is not None:
            out = sum(day.tolerance == OUTSIDE for day in days)
            yield from _compare(row.part, Sum.DAYS_OUT, row.days_out, out)
    stated_parts = {row.part for row in rows}
    if Part.MEASURED in stated_parts and waiting and Part.PENDING not in stated_parts:
        yield Miscount(Part.PENDING, Sum.DAYS, None, waiting)


def _sum_asked(days: Sequence[SheetDay]) -> dict[Sum, Decimal]:
    return {Sum.NOMINATED: _add(day.nominated for day in days), Sum.AUTHORISED: _add(day.authorised for day in days)}


def _add(figures: Iterable[Decimal | None]) -> Decimal:
    return sum((each for each in figures if each is not None), NOTHING)


def _compare(at: GasDay | Part, name: Sum, stated: Said, right: Said) -> Iterator[Miscount]:
    if stated != right:
        yield Miscount(at, name, stated, right)


# What a paper carries of itself for programs, in plain text beside its title: PDF keeps it where anybody can read it.
_RECEIPT, _SHEET = "comprobante/1", "hoja/1"
_CARRIED = re.compile(rb"<pdf:Keywords>([-0-9A-Za-z/:;|.]{1,16384})</pdf:Keywords>")
_NUMBER = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,6})?")
_FIGURES = ("nominated", "authorised", "consumed", "imbalance", "month_to_date", "adjustment", "total_to_date")


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
    return SheetDay.of(parse_gas_day(day), {name: _figure(each) for name, each in zip(_FIGURES, figures, strict=True)})


def _figure(text: str) -> Decimal | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError("no figure")
    return Decimal(text)
