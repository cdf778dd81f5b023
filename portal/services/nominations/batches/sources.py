"""Days and quantities parsed from a file or from pasted text: a sheet, a mail or a chat."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from portal.domain.day_text import Clash, NoDay, read_day
from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY, GasDay
from portal.domain.quantities import UNIT, UNIT_NAMES, BadQuantity, Quantity, Unit, parse_quantity
from portal.domain.quantities.units import OF_A_DAY
from portal.domain.typed_text import as_typed
from portal.services.files import intake
from portal.services.files.cells import BadCell, FigureReading, parse_day, parse_figure
from portal.services.files.delimited_files import detect_encoding
from portal.services.files.formats import COMPOUND, ZIP, detect_text_format
from portal.services.files.intake import Form, Sheet
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.questions import NOTHING_KNOWN, Answers, Unanswered
from portal.services.files.row_filters import Skipped, is_total
from portal.services.files.sheet_tables import BLOCK, Column, Holds, Seen, Table, spell_titles

from .days import LONGEST_TYPED, MOST_DAYS, Given

DAY, QUANTITY = "fecha", "cantidad"
_UNITS = tuple([name for names in UNIT_NAMES.values() for name in names])
_TITLES = ("cantidad", "nominación", "nominada", "cantidad nominada", "volumen", "consumo")
COLUMNS = (
    Column(
        DAY,
        spell_titles("día de gas", "día", "fecha", "fecha gas", "fecha de gas", "día gas"),
        required=True,
        holds=Holds.DAY,
    ),
    Column(
        QUANTITY,
        spell_titles(
            *_TITLES,
            *_UNITS,
            *[f"{each} ({unit}{day})" for each in _TITLES for unit in _UNITS for day in ("", *OF_A_DAY)],
        )
        | spell_titles(*[f"{each} {unit}" for each in _TITLES for unit in _UNITS]),
        required=True,
        holds=Holds.FIGURE,
    ),
)
# Words of a day as people write it: "miércoles, el 1 de diciembre de 2026". What stands farther on is none.
_LONGEST_DAY = 10
# Separators between day and quantity in a line written by hand.
_PARTS = re.compile(r"[ ,:;=]+")
_FIGURE = re.compile(
    rf"\+?(?:[0-9]{{1,3}}(?:[ .,'][0-9]{{3}})+(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)?)\s*\(?(?:{UNIT})?\)?",
    re.IGNORECASE,
)
_DELIMITED = re.compile(r'[\t;|"]')


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A given line without a day: its place, its text, and the reason why it was left out."""

    line: int
    text: str
    rule: Rule
    fact: str | None = None


@dataclass
class ReadDays:
    """The days read, and the lines without one: shown to the person, they stop no good line."""

    days: list[Given] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)

    @property
    def rest(self) -> str:
        """The text of the lines that were left out."""
        return "\n".join(each.text for each in self.left_out)

    @property
    def says_why(self) -> bool:
        """Tell whether lines were understood, or why not is known: that is told, not the reason of the columns."""
        return bool(self.days) or any(each.rule is Rule.DAY_SECOND for each in self.left_out)

    def checked(self) -> ReadDays:
        """Return these days; ``BadFile`` when no line has a day, or more than 62 do."""
        if len(self.days) > MOST_DAYS:
            raise BadFile([Problem(Rule.TOO_MANY_ROWS, fact=str(MOST_DAYS))])
        if not self.days:
            told = [Problem(each.rule, each.line, None, each.text, each.fact) for each in self.left_out]
            raise BadFile(told or [Problem(Rule.NO_ROWS)])
        return self


class DayLists(Sheet[ReadDays]):
    """Parse a customer's list: a gas day and a quantity in each row, in the unit of the point.

    Unreadable text of a row stays with its cell, to be corrected on the page.
    """

    form = Form(COLUMNS, lenient=True)

    def __init__(self, unit: Unit, today: GasDay, *, is_pasted: bool = False) -> None:
        self._unit, self._today, self._is_pasted = unit, today, is_pasted

    def parse(self, table: Table) -> ReadDays:
        """Return the days of the rows."""
        return _by_columns(table, self._unit, self._today, None if self._is_pasted else table.figures)


def read_text(text: str, *, unit: Unit, today: GasDay) -> ReadDays:
    """Return the days of pasted text: columns copied from a sheet, or lines written by hand.

    ``30/11/2026 9.500``, ``jueves 3 de diciembre: 9.500``, ``3 dic 9500 m3``; a day without a year is the nearest to
    ``today``. An unreadable quantity stays with its cell, to be corrected on the page. ``BadFile`` when no line has a
    day.
    """
    by_lines = _by_lines(text, unit, today)
    if not _DELIMITED.search(text):
        return by_lines.checked()
    try:
        # Pasted text is never a workbook: pass a stream, which is not tested for one.
        by_columns = intake.read(DayLists(unit, today, is_pasted=True), io.BytesIO(text.encode()))
    except BadFile as bad:
        if by_lines.says_why:
            return by_lines.checked()
        raise bad from None
    better = len(by_lines.days) > len(by_columns.days) or (not by_columns.days and by_lines.says_why)
    return (by_lines if better else by_columns).checked()


def read_file(content: bytes, *, unit: Unit, today: GasDay, answers: Answers = NOTHING_KNOWN) -> ReadDays:
    """Return the days of a CSV or workbook; figures in ``unit``, spelled as in Colombia. Errors as ``read_text``."""
    try:
        return intake.read(DayLists(unit, today), content, answers=answers).checked()
    except Unanswered:
        raise
    except BadFile as bad:
        if content.startswith((ZIP, COMPOUND)) or detect_text_format(content) is not None or len(content) > BLOCK:
            raise
        try:
            by_lines = _by_lines(_decoded(content), unit, today)
        except BadFile:
            raise bad from None
        if not by_lines.says_why:
            raise
        return by_lines.checked()


def _decoded(content: bytes) -> str:
    encoding, _ = detect_encoding(io.BytesIO(content), BLOCK)
    return content.decode(encoding)


def _by_columns(table: Table, unit: Unit, today: GasDay, reading: FigureReading | None) -> ReadDays:
    letters = letters_of(table.place(QUANTITY))

    def rows() -> Iterator[tuple[int, str, Callable[[], GasDay], str]]:
        for row in table.rows:
            day_text = row.text(DAY)
            yield (
                row.line,
                "\t".join(text for text in row.texts if text).replace("\x01", "").replace("\x02", ""),
                lambda text=day_text: _day(text, table, today),  # type: ignore[misc]
                row.text(QUANTITY),
            )

    found = _gathered(rows(), unit, letters, reading)
    found.seen = table.seen
    return found


def _day(text: str, table: Table, today: GasDay) -> GasDay:
    try:
        return parse_day(text, reading=table.days)
    except BadCell as bad:
        # Without a year, the nearest day is meant.
        found, clash = find_near_day(text, today), find_clash(text, today)
        if clash is not None:
            raise BadCell(Rule.OTHER_WEEKDAY, clash.fact) from None
        if found is None:
            raise bad from None
        return found


def _by_lines(text: str, unit: Unit, today: GasDay) -> ReadDays:
    seen = Seen()

    def rows() -> Iterator[tuple[int, str, Callable[[], GasDay], str]]:
        for number, raw in enumerate(re.split(r"\r\n|[\r\n\u2028\u2029]", text), start=1):
            line = as_typed(raw)
            if not line or _is_heading(line):
                continue
            if is_total(_PARTS.split(line)[0]):
                seen.skipped.setdefault(Skipped.TOTAL, []).append(number)
                continue
            day, quantity = _parted(line, today)
            yield number, line, day, quantity

    found = _gathered(rows(), unit, "B", None)
    found.seen = seen
    return found


def _is_heading(line: str) -> bool:
    words = {word for word in re.split(r"[^a-z0-9áéíóúñ]+", line.casefold()) if word}
    return bool(words) and words <= {
        "fecha",
        "día",
        "dia",
        "de",
        "gas",
        "cantidad",
        "nominación",
        "nominacion",
        *_UNITS,
    }


def _parted(line: str, today: GasDay) -> tuple[Callable[[], GasDay], str]:
    """Return the day and the quantity of a line written by hand; the day raises when there is none, or two."""
    found: list[tuple[GasDay, str]] = []
    clash: Clash | None = None
    for gap in islice(_PARTS.finditer(line), _LONGEST_DAY):
        left, right = line[: gap.start()], line[gap.end() :]
        day = find_near_day(left, today)
        if day is not None:
            found.append((day, right))
        clash = clash or find_clash(left, today)
    figures = [(day, right) for day, right in found if _FIGURE.fullmatch(right)]
    if len(figures) > 1:
        return _refuse(Rule.SEVERAL_READINGS), ""
    if figures:
        day, right = figures[-1]
        return (lambda: day), right
    if find_near_day(line, today) is not None:
        return (lambda: find_near_day(line, today) or today), ""
    if found:
        # Ignore columns after the quantity.
        day, right = found[-1]
        first = re.split(r"[\t ;|]+", right)[0]
        return (lambda: day), first if _FIGURE.fullmatch(first) and not re.search(
            r"[0-9]", right[len(first) :]
        ) else right
    return _parted_turned(line, clash or find_clash(line, today), today)


def _parted_turned(line: str, clash: Clash | None, today: GasDay) -> tuple[Callable[[], GasDay], str]:
    """Return the day and the quantity of a line that begins with its quantity, as ``_parted``."""
    turned = _list_turned(line, today)
    if len(turned) > 1:
        return _refuse(Rule.SEVERAL_READINGS), ""
    if turned:
        day, quantity = turned[0]
        return (_refuse(Rule.DAY_SECOND, quantity) if _is_doubtful(quantity) else lambda: day), quantity
    return (_refuse(Rule.NOT_A_DATE) if clash is None else _refuse(Rule.OTHER_WEEKDAY, clash.fact)), ""


def _refuse(rule: Rule, fact: str | None = None) -> Callable[[], GasDay]:
    def raises() -> GasDay:
        raise BadCell(rule, fact)

    return raises


def _list_turned(line: str, today: GasDay) -> list[tuple[GasDay, str]]:
    """Return each reading of a line as a quantity and then nothing but a day."""
    return [
        (day, line[: gap.start()])
        for gap in islice(_PARTS.finditer(line), _LONGEST_DAY)
        if _FIGURE.fullmatch(line[: gap.start()]) and (day := find_near_day(line[gap.end() :], today)) is not None
    ]


def _is_doubtful(quantity: str) -> bool:
    """Tell whether a figure before a day may be the number of its line or a year, and no quantity."""
    return quantity.isdigit() and (
        int(quantity) <= MOST_DAYS or re.fullmatch("(?:19|20)[0-9]{2}", quantity) is not None
    )


def find_near_day(text: str, today: GasDay) -> GasDay | None:
    """Return the gas day that a text is, None for no day; without a year the nearest to ``today``."""
    try:
        read = read_day(text, near=today.date)
    except NoDay:
        return None
    found = GasDay(read.date)
    return found if read.minutes in (None, 0) and FIRST_GAS_DAY <= found <= LAST_GAS_DAY else None


def find_clash(text: str, today: GasDay) -> Clash | None:
    """Return the date that a text is, read as ``find_near_day`` does, with the other weekday that is written beside it.

    None where no weekday is, or the right one.
    """
    try:
        read_day(text, near=today.date)
    except NoDay as error:
        return error.clash
    return None


def _gathered(
    rows: Iterable[tuple[int, str, Callable[[], GasDay], str]], unit: Unit, letters: str, reading: FigureReading | None
) -> ReadDays:
    found: dict[GasDay, tuple[int, Given]] = {}
    result = ReadDays()
    for number, text, day_of, quantity in rows:
        try:
            day = day_of()
        except BadCell as bad:
            result.left_out.append(LeftOut(number, text, bad.rule, bad.fact))
            continue
        given = read_given(day, quantity, unit, f"{letters}{number}", reading)
        first = found.setdefault(day, (number, given))
        if first[0] != number and (given.quantity is None or given.quantity != first[1].quantity):
            result.left_out.append(LeftOut(number, text, Rule.REPEATED_ROW, str(first[0])))
    result.days = sorted((given for _, given in found.values()), key=lambda given: given.gas_day)
    return result


def read_given(day: GasDay, text: str, unit: Unit, cell: str, reading: FigureReading | None = None) -> Given:
    """Return a day with the quantity that a text is in ``unit``, or with the text where it is none.

    What a person typed or pasted is read as in any field (``parse_quantity``). ``reading`` is that of a file, whose
    figures may be spelled otherwise: those of a workbook have a decimal point.
    """
    as_it_is = Given.of_text(day, text.removeprefix("+"), unit, cell=cell)
    if as_it_is.quantity is not None:
        return as_it_is
    if reading is None:
        return Given(day, None, text[:LONGEST_TYPED], cell)
    try:
        quantity = Quantity.of(parse_figure(text, reading=reading, unit=unit.value), unit)
        return Given(day, parse_quantity(_colombian(quantity), unit), cell=cell)
    except (BadCell, BadQuantity, ValueError):
        return Given(day, None, text.strip("\x01\x02")[:LONGEST_TYPED], cell)


def _colombian(quantity: Quantity) -> str:
    whole, _, decimals = str(quantity.amount.normalize().__format__("f")).partition(".")
    return f"{whole},{decimals}" if decimals else whole


def letters_of(place: int) -> str:
    """Return the letters of a column, from 0: A, B, … Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
