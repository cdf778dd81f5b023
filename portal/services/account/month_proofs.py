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
from typing import NamedTuple, NoReturn

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month
from portal.domain.month_proofs import (
    ENDED_NOTE,
    CarriedSheet,
    MonthProof,
    Part,
    ProvedReceipt,
    Sheet,
    SheetDay,
    SheetSums,
    Sum,
    choose_point,
    prove_month,
    read_carried,
)
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.quantities.units import UNIT_WORDS
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
from .receipt_lines import read_lines

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
# Columns that the second sheet of a workbook, or an older sheet, may lack: words, and figures of a day.
_WORDS = {"weekday": "día", "tolerance": "tolerancia", "notes": "notas"}
_OTHERS = {"variation": ("variación (",), "heating_value": ("poder calorífico (", "pc (")}
_SUMS = {
    Sum.NOMINATED: "nominated",
    Sum.AUTHORISED: "authorised",
    Sum.CONSUMED: "consumed",
    Sum.WHOLE_IMBALANCE: "imbalance",
    Sum.WHOLE_MONTH: "month_to_date",
    Sum.ADJUSTMENT: "adjustment",
    Sum.CLOSING: "total_to_date",
}
# Label of a row that is no day.
_ROWS = (
    (Part.MEASURED, re.compile("total(?:.{0,9}?([0-9]{1,2}) días?.{0,40}|.{0,40})")),
    (Part.PENDING, re.compile("([0-9]{1,2}) días? por medir")),
    (Part.BALANCE, re.compile("saldo(?! anterior).{0,60}")),
)
# Lines of one text: many times the receipts of a month.
_MOST_LINES = 10 * MOST_RECEIPTS
_OPENING = "saldo anterior"
# Written by programs of spreadsheets: a point is decimal. In text a comma is, and points part thousands.
_OF_WORKBOOK = re.compile(r"([-−]?)([0-9]{1,13})(?:\.([0-9]{1,20}))?")
_OF_TEXT = re.compile(r"([-−]?)([0-9]{1,13}|[0-9]{1,3}(?:\.[0-9]{3}){1,4})(?:,([0-9]{1,6}))?")


class PaperFile(NamedTuple):
    """File as it was sent: its name and bytes."""

    name: str
    content: bytes


class Proved(NamedTuple):
    """Proof of a month: the receipts that are not ours apart, and what the seal of a statement says, if it has one.

    ``others`` are receipts of ours of another point than the sheet's; ``names_point`` tells whether the sheet proved
    its point, which only a statement does. Where no receipt was brought, nothing was compared with the days.
    ``passed`` are lines without any digit, which are no receipts and were not read.
    """

    month: Month
    proof: MonthProof
    rejected: Sequence[ProvedReceipt]
    others: Sequence[ProvedReceipt]
    names_point: bool
    compared: bool
    seal: Verdict | None
    sheet: Sheet
    passed: Sequence[str]


def prove(act: Act, *, sheet: PaperFile, files: Sequence[PaperFile], typed: str, address: str) -> Proved:
    """Prove a month from its sheet (CSV, workbook or statement) and receipts, as PDF files, CSV files or typed lines.

    Nothing is kept. Refuses (``Rejected``, on the field) a sheet that is none of ours or has another number of months
    than one, a receipt that cannot be read, too many, and those of several points where the sheet tells none of them
    apart. Without receipts the sums alone are proved: a day that precedes the portal has none. The caller has charged
    the form to ``address``.
    """
    read, carried = _read_sheet(sheet)
    days = read.days
    passed: list[str] = []
    given = [*_read_files(files, passed), *read_lines(typed, field="receipts", most=_MOST_LINES, passed=passed)]
    brought = {each.number: each for each in given}
    if len(brought) > MOST_RECEIPTS:
        raise Rejected(Refusal.PROOF_TOO_MANY, "receipts", most=MOST_RECEIPTS)
    seal = None if carried is None else _check_seal(act, carried, address=address)
    genuine = receipts.find_genuine(act, papers=brought.values())
    # A reference that no seal proves is what somebody typed: it names no point.
    named = None if carried is None or seal is Verdict.NOT_GENUINE else _find_named(act.session, carried)
    one = _number_points(
        act.session, {each.point_id for each in genuine.values()} | ({named} if named is not None else set())
    )
    by_point: dict[int, list[ProvedReceipt]] = defaultdict(list)
    for number, ours in genuine.items():
        # Its quantity in its own unit, which the paper prints beside the other one.
        held = brought[number]._replace(quantity=ours.quantity, unit=ours.unit)
        by_point[one[ours.point_id]].append(held)
    if named is not None:
        chosen: int | None = one[named]
    else:
        chosen = next(iter(by_point), None) if len(by_point) < 2 else choose_point(days, by_point)
        if chosen is None and by_point:
            raise Rejected(Refusal.PROOF_SEVERAL_POINTS, "receipts")
    return Proved(
        month=Month.of(days[0].gas_day),
        proof=prove_month(read, [] if chosen is None else by_point[chosen]),
        rejected=[each for each in brought.values() if each.number not in genuine],
        others=[each for point, held in by_point.items() if point != chosen for each in held],
        names_point=named is not None,
        compared=bool(brought),
        seal=seal,
        sheet=read,
        passed=passed,
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
    return balance_files.verify(
        act, point=point, month=asked, code=code, total=total, address=address, days=carried.days
    )


def _is_printed(exact: Decimal, total: str) -> bool:
    """Tell whether a balance is printed as ``total`` in one of both units."""
    printed = {seals.print_total(Quantity.of(f"{exact:f}", unit)) for unit in Unit}
    return total in printed


def _read_sheet(sheet: PaperFile) -> tuple[Sheet, CarriedSheet | None]:
    """Return a sheet, and what a statement carries; ``Rejected`` on ``sheet``."""
    if len(sheet.content) > LARGEST_FILE:
        raise Rejected(Refusal.PROOF_FILE_TOO_LARGE, "sheet", kilobytes=LARGEST_FILE // 1024)
    carried = None
    read: Sheet | None = None
    try:
        if sheet.content.startswith(_PDF):
            found = read_carried(sheet.content)
            carried = found if isinstance(found, CarriedSheet) else None
            read = None if carried is None else Sheet(carried.days)
        elif sheet.content.startswith(_ZIP):
            read = _join([_read_rows(rows, of_workbook=True) for rows in _list_workbook_tables(sheet.content)])
        else:
            read = _read_rows(_list_text_rows(sheet.content), of_workbook=False)
    except (BadFile, ValueError, csv.Error):
        read = None
    if read is None or not read.days:
        raise Rejected(Refusal.PROOF_SHEET, "sheet")
    days = read.days
    if any(after.gas_day != before.gas_day.plus(1) for before, after in pairwise(days)) or (
        Month.of(days[0].gas_day) != Month.of(days[-1].gas_day)
    ):
        raise Rejected(Refusal.PROOF_MONTHS, "sheet")
    return read, carried


def _join(tables: Sequence[Sheet]) -> Sheet | None:
    """Return a workbook's sheets of both units as one; ``ValueError`` where they are of other days."""
    if len(tables) < 2:
        return tables[0] if tables else None
    first, second = tables[:2]
    return first._replace(
        days=[
            day._replace(other=other) if day.gas_day == other.gas_day else _refuse("the sheets have other days")
            for day, other in zip(first.days, second.days, strict=True)
        ],
        other_sums=second.sums,
        other_opening=second.opening,
    )


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)


def _list_text_rows(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    head = next((line for line in text.splitlines()[:20] if _TITLES["nominated"] in line.lower()), "")
    delimiter = max(";\t,", key=head.count)
    yield from islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), _MOST_ROWS)


def _list_workbook_tables(content: bytes) -> Iterator[Iterator[list[str]]]:
    """Yield the rows of each sheet with days; each is read before the next one is asked for."""
    for sheet in open_sheets(content, limits=Limits(LARGEST_FILE, _MOST_ROWS)):
        if any(_find_columns(texts) for _, texts in sheet.head):
            read, _ = sheet.open(NOTHING_KNOWN)
            yield (texts for _, texts in islice(read(), _MOST_ROWS))


class _Columns(NamedTuple):
    """Places of the columns: the figures in the first unit and in the second, if there is one, and the rest."""

    own: Mapping[str, int]
    other: Mapping[str, int]
    rest: Mapping[str, int]
    unit: Unit | None


def _find_columns(texts: Sequence[str]) -> _Columns | None:
    """Return the places of our columns in a row of titles; None for another row."""
    titles = [as_typed(each).lower() for each in texts]

    def find(begins: str | tuple[str, ...], after: int = -1, *, whole: bool = False) -> int | None:
        for at, title in enumerate(titles):
            if at > after and (title == begins if whole else title.startswith(begins)):
                return at
        return None

    own = {name: find(begins) for name, begins in _TITLES.items()}
    places = {name: place for name, place in own.items() if place is not None}
    if len(places) < len(_TITLES):
        return None
    other = {name: find(begins, places[name]) for name, begins in _TITLES.items()}
    rest = {name: find(word, whole=True) for name, word in _WORDS.items()}
    rest |= {name: find(begins) for name, begins in _OTHERS.items()}
    title = titles[places["nominated"]]
    return _Columns(
        places,
        {name: place for name, place in other.items() if place is not None},
        {name: place for name, place in rest.items() if place is not None},
        next((unit for unit, word in UNIT_WORDS.items() if title.endswith(f"({word.lower()})")), None),
    )


def _read_rows(rows: Iterator[list[str]], *, of_workbook: bool) -> Sheet:
    """Return the days below the row of titles, and the rows around them that are no day."""
    days: list[SheetDay] = []
    own: list[SheetSums] = []
    other: list[SheetSums] = []
    opening: Decimal | None = None
    other_opening: Decimal | None = None
    columns: _Columns | None = None
    for texts in rows:
        if columns is None:
            columns = _find_columns(texts)
            continue
        label = as_typed(texts[0]).lower() if texts else ""
        both = [_figures(texts, places, of_workbook) for places in (columns.own, columns.other)]
        if label == _OPENING and not days:
            opening, other_opening = [figures.get("total_to_date") for figures in both]
        elif (part := _find_part(label)) is not None:
            if not days:
                raise ValueError("sums stand above the days")
            out = re.match("([0-9]{1,2}) fuera", _word(texts, columns, "tolerance"))
            own.append(_sums(part, both[0], out))
            if columns.other:
                other.append(_sums(part, both[1], None))
        elif re.match("[0-9]", label) and not own:
            days.append(_day(texts, columns, both, of_workbook=of_workbook))
    if columns is None:
        return Sheet(())
    return Sheet(days, own, other, opening, other_opening, columns.unit)


def _find_part(label: str) -> tuple[Part, int | None] | None:
    """Return the row that a label names, and the number of days that it says."""
    for part, pattern in _ROWS:
        read = pattern.fullmatch(label)
        if read is not None:
            said = read[1] if pattern.groups else None
            return part, None if said is None else int(said)
    return None


def _sums(part: tuple[Part, int | None], figures: Mapping[str, Decimal | None], out: re.Match[str] | None) -> SheetSums:
    said = {name: figure for name, of in _SUMS.items() if (figure := figures.get(of)) is not None}
    return SheetSums(part[0], said, part[1], None if out is None else int(out[1]))


def _day(
    texts: Sequence[str], columns: _Columns, both: Sequence[Mapping[str, Decimal | None]], *, of_workbook: bool
) -> SheetDay:
    day = parse_day(texts[0].strip(), reading=DayReading(serials=of_workbook))
    rest = {name: _figure(texts, columns.rest[name], of_workbook) if name in columns.rest else None for name in _OTHERS}
    heating_value = rest["heating_value"]
    notes = _word(texts, columns, "notes", as_it_is=True).split("; ")
    return SheetDay.of(day, both[0])._replace(
        variation=rest["variation"],
        tolerance=_word(texts, columns, "tolerance"),
        weekday=_word(texts, columns, "weekday"),
        notes=notes,
        heating_value=None if heating_value is None else HeatingValue.of(heating_value),
        other=SheetDay.of(day, both[1])._replace(notes=[each for each in notes if each == ENDED_NOTE])
        if columns.other
        else None,
    )


def _word(texts: Sequence[str], columns: _Columns, name: str, *, as_it_is: bool = False) -> str:
    place = columns.rest.get(name, len(texts))
    text = as_typed(texts[place]) if place < len(texts) else ""
    return text if as_it_is else text.lower()


def _figures(texts: Sequence[str], places: Mapping[str, int], of_workbook: bool) -> dict[str, Decimal | None]:
    return {name: _figure(texts, place, of_workbook) for name, place in places.items()}


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


def _read_files(files: Sequence[PaperFile], passed: list[str]) -> Iterator[ProvedReceipt]:
    """Yield the receipts of PDF and CSV files; ``Rejected`` on ``files``."""
    if len(files) > MOST_FILES:
        raise Rejected(Refusal.PROOF_TOO_MANY, "files", most=MOST_FILES)
    for file in files:
        if len(file.content) > LARGEST_FILE:
            raise Rejected(Refusal.PROOF_FILE_TOO_LARGE, "files", kilobytes=LARGEST_FILE // 1024)
        if not file.content.startswith(_PDF):
            text = file.content.decode("utf-8-sig", "replace")
            of_file = f" de «{_name(file)}»"
            yield from read_lines(text, field="files", most=_MOST_LINES, passed=passed, of_file=of_file)
            continue
        found = read_carried(file.content)
        try:
            if not isinstance(found, ProvedReceipt) or chain.parse_number(found.number) is None:
                raise ValueError("no receipt")
            yield found._replace(code=chain.normalise(found.code))
        except ValueError:
            raise Rejected(Refusal.PROOF_RECEIPT_FILE, "files", name=_name(file)) from None


def _name(file: PaperFile) -> str:
    return as_typed(file.name)[-120:] or "sin nombre"
