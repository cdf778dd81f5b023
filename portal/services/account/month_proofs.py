"""Proof of a month from the papers that its customer brings: read strictly, compared, and kept nowhere (adr/0171).

What a paper says is compared with itself and with other papers; of the rows of the account two things are told:
whether a paper with its code is ours, and whether it is of the point of the others.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice, pairwise
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month, parse_gas_day
from portal.domain.month_proofs import (
    CarriedSheet,
    MonthProof,
    ProvedReceipt,
    SheetDay,
    Sum,
    choose_point,
    prove_month,
    read_carried,
)
from portal.domain.quantities import Quantity, Unit
from portal.domain.successions import SuccessionKind
from portal.domain.typed_text import as_typed
from portal.models import DeliveryPoint, PointSuccession
from portal.services.files.cells import DayReading, parse_day
from portal.services.files.problems import BadFile
from portal.services.files.questions import NOTHING_KNOWN
from portal.services.files.sheet_surveys import Limits
from portal.services.files.workbook_files import open_sheets
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.trace import receipts
from portal.services.trace.receipts import chain

from . import balance_files
from .balance_files import Verdict, seals

LARGEST_FILE = 400 * 1024
MOST_RECEIPTS = 150
MOST_FILES = 60
_MOST_ROWS = 200
_PDF, _ZIP = b"%PDF-", b"PK\x03\x04"
# Figures of a row by the beginning of their titles.
_TITLES = {
    "nominated": "nominación (",
    "authorised": "autorizada (",
    "consumed": "consumo (",
    "imbalance": "desbalance diario (",
    "month_to_date": "acumulado del mes (",
    "adjustment": "ajuste (",
    "total_to_date": "acumulado total (",
}
_SUMS = {
    Sum.NOMINATED: "nominated",
    Sum.AUTHORISED: "authorised",
    Sum.CONSUMED: "consumed",
    Sum.WHOLE_IMBALANCE: "imbalance",
}
# Written by programs of spreadsheets: a point is decimal. In text a comma is, and points part thousands.
_OF_WORKBOOK = re.compile(r"([-−]?)([0-9]{1,13})(?:\.([0-9]{1,20}))?")
_OF_TEXT = re.compile(r"([-−]?)([0-9]{1,13}|[0-9]{1,3}(?:\.[0-9]{3}){1,4})(?:,([0-9]{1,6}))?")
_LINE = re.compile(
    r"[\s\"';,|]*([A-Za-z]{1,6}-[0-9]{4}-[0-9]{6,9})[\s\"';,|]+"
    r"([0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4})[\s\"';,|]+"
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4})[\s\"';|]+"
    r"([0-9][0-9. ]*(?:,[0-9]{1,6})?\s*(?:m³|m3|mbtu)?)[\s\"';|]*",
    re.IGNORECASE,
)


class PaperFile(NamedTuple):
    """File as it was sent: its name and bytes."""

    name: str
    content: bytes


class Proved(NamedTuple):
    """Proof of a month: the receipts that are not ours apart, and what the seal of a statement says, if it has one.

    ``others`` are receipts of ours of another point than the sheet's; ``names_point`` tells whether the sheet proved
    its point, which only a statement does. Where no receipt was brought, nothing was compared with the days.
    """

    month: Month
    proof: MonthProof
    rejected: Sequence[ProvedReceipt]
    others: Sequence[ProvedReceipt]
    names_point: bool
    compared: bool
    seal: Verdict | None


def prove(act: Act, *, sheet: PaperFile, files: Sequence[PaperFile], typed: str, address: str) -> Proved:
    """Prove a month from its sheet (CSV, workbook or statement) and receipts, as PDF files, CSV files or typed lines.

    Nothing is kept. Refuses (``Rejected``, on the field) a sheet that is none of ours or has another number of months
    than one, a receipt that cannot be read, too many, and those of several points where the sheet tells none of them
    apart. Without receipts the sums alone are proved: a day that precedes the portal has none. The caller has charged
    the form to ``address``.
    """
    days, sums, carried = _read_sheet(sheet)
    brought = {each.number: each for each in [*_read_files(files), *_read_lines(typed, field="receipts")]}
    if len(brought) > MOST_RECEIPTS:
        raise Rejected(Refusal.PROOF_TOO_MANY, "receipts", most=MOST_RECEIPTS)
    seal = None if carried is None else _check_seal(act, carried, address=address)
    genuine = receipts.find_genuine(act, papers=brought.values())
    # A reference that no seal proves is what somebody typed: it names no point.
    named = None if carried is None or seal is Verdict.NOT_GENUINE else _find_named(act.session, carried)
    one = _number_points(act.session, {*genuine.values()} | ({named} if named is not None else set()))
    by_point: dict[int, list[ProvedReceipt]] = defaultdict(list)
    for number, row in genuine.items():
        by_point[one[row]].append(brought[number])
    if named is not None:
        chosen: int | None = one[named]
    else:
        chosen = next(iter(by_point), None) if len(by_point) < 2 else choose_point(days, by_point)
        if chosen is None and by_point:
            raise Rejected(Refusal.PROOF_SEVERAL_POINTS, "receipts")
    return Proved(
        month=Month.of(days[0].gas_day),
        proof=prove_month(days, sums, [] if chosen is None else by_point[chosen]),
        rejected=[each for each in brought.values() if each.number not in genuine],
        others=[each for point, held in by_point.items() if point != chosen for each in held],
        names_point=named is not None,
        compared=bool(brought),
        seal=seal,
    )


def _find_named(session: Session, carried: CarriedSheet) -> int | None:
    point, _, _ = carried.reference.partition("-")
    return session.scalar(select(DeliveryPoint.id).where(DeliveryPoint.public_id == point))


def _number_points(session: Session, rows: Collection[int]) -> dict[int, int]:
    """Return for each row of a point one number that all rows of the point share.

    A point whose unit, gate or contract changed goes on in another row (adr/0135). What was merged or divided is not
    the same point: its receipts say other quantities.
    """
    one = {row: row for row in rows}
    asked: set[int] = set()
    while new := one.keys() - asked:
        asked |= new
        changes = session.execute(
            select(PointSuccession.before_id, PointSuccession.after_id).where(
                PointSuccession.kind == SuccessionKind.CHANGE,
                or_(PointSuccession.before_id.in_(new), PointSuccession.after_id.in_(new)),
            )
        )
        for before, after in changes:
            first, second = one.setdefault(before, before), one.setdefault(after, after)
            one = {row: min(first, second) if shared in (first, second) else shared for row, shared in one.items()}
    return one


def _check_seal(act: Act, carried: CarriedSheet, *, address: str) -> Verdict:
    point, _, month = carried.reference.partition("-")
    try:
        asked = Month(int(month[:4]), int(month[5:]))
        code = seals.normalise(carried.code)
    except ValueError:
        return Verdict.NOT_GENUINE
    last = carried.days[-1].total_to_date
    total = seals.parse_total(carried.total.removeprefix("-").replace(".", ","), not carried.total.startswith("-"))
    # The seal is of the balance and the month that it says: the days that came with it must lead there.
    if total is None or last is None or not _is_printed(last, total) or Month.of(carried.days[0].gas_day) != asked:
        return Verdict.NOT_GENUINE
    return balance_files.verify(act, point=point, month=asked, code=code, total=total, address=address)


def _is_printed(exact: Decimal, total: str) -> bool:
    """Tell whether a balance is printed as ``total`` in one of both units."""
    printed = {seals.print_total(Quantity.of(f"{exact:f}", unit)) for unit in Unit}
    return total in printed


def _read_sheet(sheet: PaperFile) -> tuple[Sequence[SheetDay], Mapping[Sum, Decimal], CarriedSheet | None]:
    """Return the days of a sheet, its sums, and what a statement carries; ``Rejected`` on ``sheet``."""
    if len(sheet.content) > LARGEST_FILE:
        raise Rejected(Refusal.PROOF_FILE_TOO_LARGE, "sheet", kilobytes=LARGEST_FILE // 1024)
    carried = None
    sums: dict[Sum, Decimal] = {}
    try:
        if sheet.content.startswith(_PDF):
            found = read_carried(sheet.content)
            carried = found if isinstance(found, CarriedSheet) else None
            days = list(carried.days) if carried else []
        elif sheet.content.startswith(_ZIP):
            days, sums = _read_rows(_list_workbook_rows(sheet.content), of_workbook=True)
        else:
            days, sums = _read_rows(_list_text_rows(sheet.content), of_workbook=False)
    except (BadFile, ValueError, csv.Error):
        days = []
    if not days:
        raise Rejected(Refusal.PROOF_SHEET, "sheet")
    if any(after.gas_day != before.gas_day.plus(1) for before, after in pairwise(days)) or (
        Month.of(days[0].gas_day) != Month.of(days[-1].gas_day)
    ):
        raise Rejected(Refusal.PROOF_MONTHS, "sheet")
    return days, sums, carried


def _list_text_rows(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    head = next((line for line in text.splitlines()[:20] if _TITLES["nominated"] in line.lower()), "")
    delimiter = max(";\t,", key=head.count)
    yield from islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), _MOST_ROWS)


def _list_workbook_rows(content: bytes) -> Iterator[list[str]]:
    for sheet in open_sheets(content, limits=Limits(LARGEST_FILE, _MOST_ROWS)):
        if any(_find_columns(texts) for _, texts in sheet.head):
            read, _ = sheet.open(NOTHING_KNOWN)
            yield from (texts for _, texts in islice(read(), _MOST_ROWS))
            return


def _find_columns(texts: Sequence[str]) -> dict[str, int] | None:
    """Return the places of our figures in a row of titles, the first of each; None for another row."""
    titles = [as_typed(each).lower() for each in texts]
    places: dict[str, int] = {}
    for name, begins in _TITLES.items():
        place = next((at for at, title in enumerate(titles) if title.startswith(begins)), None)
        if place is None:
            return None
        places[name] = place
    return places


def _find_other(texts: Sequence[str], first: int) -> int | None:
    """Return the place of the nomination in the second unit, after its ``first``; None where there is none."""
    titles = [as_typed(each).lower() for each in texts]
    return next((at for at, title in enumerate(titles) if at > first and title.startswith(_TITLES["nominated"])), None)


def _read_rows(rows: Iterator[list[str]], *, of_workbook: bool) -> tuple[list[SheetDay], dict[Sum, Decimal]]:
    """Return the days below the row of titles, and the sums of the row after them."""
    days: list[SheetDay] = []
    places: dict[str, int] | None = None
    other: int | None = None
    for texts in rows:
        if places is None:
            places = _find_columns(texts)
            other = None if places is None else _find_other(texts, places["nominated"])
            continue
        label = texts[0].strip() if texts else ""
        figures = {name: _figure(texts, place, of_workbook) for name, place in places.items()}
        if re.match("[0-9]", label):
            day = parse_day(label, reading=DayReading(serials=of_workbook))
            in_other = None if other is None else _figure(texts, other, of_workbook)
            days.append(SheetDay(day, **figures, other_nominated=in_other))
        elif days and label.lower().startswith("total"):
            return days, {total: figure for total, of in _SUMS.items() if (figure := figures[of]) is not None}
    return days, {}


def _figure(texts: Sequence[str], place: int, of_workbook: bool) -> Decimal | None:
    """Return a figure in whole millionths, None for an empty cell; ``ValueError`` for anything else."""
    text = as_typed(texts[place]) if place < len(texts) else ""
    if not text:
        return None
    read = (_OF_WORKBOOK if of_workbook else _OF_TEXT).fullmatch(text)
    if read is None:
        raise ValueError("no figure")
    figure = Decimal(f"{read[2].replace('.', '')}.{read[3] or 0}").quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return -figure if read[1] else figure


def _read_files(files: Sequence[PaperFile]) -> Iterator[ProvedReceipt]:
    """Yield the receipts of PDF and CSV files; ``Rejected`` on ``files``."""
    if len(files) > MOST_FILES:
        raise Rejected(Refusal.PROOF_TOO_MANY, "files", most=MOST_FILES)
    for file in files:
        if len(file.content) > LARGEST_FILE:
            raise Rejected(Refusal.PROOF_FILE_TOO_LARGE, "files", kilobytes=LARGEST_FILE // 1024)
        if not file.content.startswith(_PDF):
            yield from _read_lines(file.content.decode("utf-8-sig", "replace"), field="files")
            continue
        found = read_carried(file.content)
        try:
            if not isinstance(found, ProvedReceipt) or chain.parse_number(found.number) is None:
                raise ValueError("no receipt")
            yield found._replace(code=chain.normalise(found.code))
        except ValueError:
            name = as_typed(file.name)[-120:] or "sin nombre"
            raise Rejected(Refusal.PROOF_RECEIPT_FILE, "files", name=name) from None


def _read_lines(text: str, *, field: str) -> Iterator[ProvedReceipt]:
    """Yield a receipt for each line: radicado, code, day, quantity; titles and empty lines are passed over."""
    for number, line in enumerate(text.splitlines()[: 10 * MOST_RECEIPTS], start=1):
        if not re.search("[0-9]", line):
            continue
        read = _LINE.fullmatch(as_typed(line))
        filed = read and chain.parse_number(read[1])
        quantity = read and chain.parse_typed_quantity(read[4])
        try:
            if read is None or filed is None or quantity is None:
                raise ValueError("no receipt")
            yield ProvedReceipt(filed, chain.normalise(read[2]), parse_gas_day(read[3]), *quantity)
        except ValueError:
            raise Rejected(Refusal.PROOF_RECEIPT_LINE, field, line=number) from None
