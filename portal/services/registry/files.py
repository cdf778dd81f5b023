"""Parser of a registry file: each company, contract and point of its rows, with the given values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from portal.domain.codes import bare_form
from portal.domain.quantities import ENTRY_DECIMALS, LARGEST, Unit
from portal.services.files.cells import BadCell, FigureStyle, has_no_value, is_all_serials, is_month_first
from portal.services.files.intake import Form, Sheet
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.sheet_headers import match_title
from portal.services.files.sheet_tables import BLOCK, Limits, Row, Seen, Table
from portal.services.files.units import find_unit, split_unit
from portal.services.store.refusals import Rejected

from . import rules
from .columns import CELLS, COLUMNS, KEYS, NAMES, Forms, Thing, UnknownChoice

# A distributor has hundreds of points; each changed one makes an audit event.
LIMITS = Limits(2 * BLOCK, 5_000)
# A maximum is in the unit of its contract, whatever its title or a row of units says.
_OWN_UNIT = "la unidad del contrato; si es esa, quítela del título"
_MAXIMUM = next(cell.column for cell in CELLS if cell.field == "maximum_micro")
_DAYS = [cell.column.name for cell in CELLS if cell.field in ("starts_on", "ends_on")]
_FIGURES = [cell.column.name for cell in CELLS if cell.field in ("maximum_micro", "tolerance_basis_points")]


@dataclass
class Said:
    """Values that a file gives for one entry, by field, each with the line where it first stood."""

    thing: Thing
    key: str
    line: int
    # Key of the owner: the NIT for a contract, the contract number for a point.
    owner: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


class Unfit(NamedTuple):
    """A value that a rule of the registry refuses: its place, and the refusal."""

    line: int
    column: str
    refused: Rejected


class BadEntries(BadFile):
    """Raised for entries that break the registry's rules; nothing was written. ``problems``: unreadable cells."""

    def __init__(self, unfit: list[Unfit], problems: Iterable[Problem] = ()) -> None:
        super().__init__(problems)
        self.unfit = sorted(unfit, key=lambda each: each.line)


def refuse(problems: list[Problem], unfit: list[Unfit]) -> None:
    """Raise the error for these problems and refusals, if there are any."""
    if unfit:
        raise BadEntries(unfit, problems)
    if problems:
        raise BadFile(problems)


@dataclass
class Parsed:
    """Content of a file: companies, then contracts, then points; and the understood columns."""

    said: list[Said]
    seen: Seen


class RegistrySheet(Sheet[Parsed]):
    """A CSV or workbook of the registry; a blank cell says nothing."""

    form = Form(COLUMNS, LIMITS)

    def parse(self, table: Table) -> Parsed:
        """Return the content of the rows.

        Raises ``BadFile`` for every cell that is unreadable or contradicts an earlier row, ``BadEntries`` for bad keys.
        """
        _refuse_turned(table)
        reading = _Reading(table, _forms_of(table))
        reading.problems += _find_other_units(table)
        for row in table.rows:
            reading.take(row)
        if not reading.unfit and all(each.rule is Rule.AMBIGUOUS_NUMBER for each in reading.problems):
            table.ask_about_figures(reading.problems)
        refuse(reading.problems, reading.unfit)
        order = list(Thing)
        found = [said for same in reading.said.values() for said in sorted(same, key=_beginning)]
        return Parsed(sorted(found, key=lambda said: order.index(said.thing)), table.seen)


def _beginning(said: Said) -> str:
    return str(said.values.get("starts_on", ""))


def _forms_of(table: Table) -> Forms:
    """Return how the days and figures of the file are read: as its own cells prove, else as its sender answered."""
    days, figures = set[str](), FigureStyle()
    for row in table.rows:
        days.update(filter(None, map(row.text, _DAYS)))
        for text in map(row.text, _FIGURES):
            figures.see(text.removesuffix("%").rstrip())
    seen, figured = table.seen, figures.decimals
    seen.decimals, seen.month_first, seen.serials = figured, is_month_first(days), is_all_serials(days)
    table.answer(table.answers)
    return Forms(table.days, table.figures)


def _refuse_turned(table: Table) -> None:
    """Refuse a sheet whose titles stand in its first column."""
    firsts = [row.texts[0] for row in itertools.islice(table.rows, len(COLUMNS)) if row.texts]
    if sum(match_title(text, COLUMNS) is not None for text in firsts) > 1:
        raise BadFile([Problem(Rule.TURNED, table.seen.header_line or None)])


def _find_other_units(table: Table) -> list[Problem]:
    """Return the problems of a maximum whose title, or the unit below it, is not the unit of the contract's row."""
    line = table.seen.header_line
    found = [
        Problem(Rule.WRONG_UNIT, line, title, fact=_OWN_UNIT)
        for title in table.seen.left_out
        if split_unit(title)[1] is not None and split_unit(title)[0] in _MAXIMUM.titles
    ]
    below = table.unit_below(_MAXIMUM.name)
    for row in table.rows if below else ():
        unit = row.text("unidad")
        if row.text(_MAXIMUM.name) and unit and find_unit(unit) != find_unit(below):
            found.append(Problem(Rule.WRONG_UNIT, row.line, table.titles[_MAXIMUM.name], below, unit))
    return found


class _Reading:
    def __init__(self, table: Table, forms: Forms) -> None:
        self.table, self.forms = table, forms
        self.problems: list[Problem] = []
        self.unfit: list[Unfit] = []
        self.said: dict[tuple[Thing, str], list[Said]] = {}

    def take(self, row: Row) -> None:
        """Collect the values of a row, entry by entry; values of an entry without its key are a problem."""
        owner, said = "", {thing: self._values(row, thing) for thing in Thing}
        for thing, values in said.items():
            if KEYS[thing] not in values:
                is_blank = has_no_value(row.text(NAMES[thing, KEYS[thing]]))
                if is_blank and (values or thing is Thing.COMPANY or self._anything_after(row, thing)):
                    self._problem(Rule.EMPTY, row, NAMES[thing, KEYS[thing]])
                return
            key = self._key(row, thing, values[KEYS[thing]])
            if key is None:
                return
            owner = self._keep(row, thing, key, owner, values)

    def _values(self, row: Row, thing: Thing) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for cell in CELLS:
            text = row.text(cell.column.name) if cell.thing is thing else ""
            if has_no_value(text):
                continue
            try:
                found[cell.field] = cell.read(text, self.forms)
            except BadCell as bad:
                self._problem(bad.rule, row, cell.column.name, bad.known if isinstance(bad, UnknownChoice) else None)
        return found

    def _anything_after(self, row: Row, thing: Thing) -> bool:
        later = list(Thing)[list(Thing).index(thing) + 1 :]
        return any(row.text(cell.column.name) for cell in CELLS if cell.thing in later)

    def _key(self, row: Row, thing: Thing, text: str) -> str | None:
        try:
            if thing is Thing.COMPANY:
                return rules.clean_nit(text)
            return " ".join(text.split()) if thing is Thing.CONTRACT else rules.clean_code(text, "carrier_code")
        except Rejected as refused:
            self.unfit.append(Unfit(row.line, NAMES[thing, KEYS[thing]], refused))
            return None

    def _keep(self, row: Row, thing: Thing, key: str, owner: str, values: dict[str, Any]) -> str:
        """Collect the values of an entry, and return its key as the file first spelled it."""
        said = self._said(row, thing, key, owner, values)
        if said.owner != owner:
            self._problem(Rule.CONTRADICTS, row, NAMES[thing, KEYS[thing]], str(said.line))
        for name, value in (values | {KEYS[thing]: said.key}).items():
            if said.values.setdefault(name, value) != value:
                self._problem(Rule.CONTRADICTS, row, NAMES[thing, name], str(said.lines[name]))
            said.lines.setdefault(name, row.line)
        return said.key

    def _said(self, row: Row, thing: Thing, key: str, owner: str, values: dict[str, Any]) -> Said:
        """Return the collected values of an entry; points with different first days are two entries with one code."""
        known = self.said.setdefault((thing, bare_form(key)), [])
        begun = values.get("starts_on") if thing is Thing.POINT else None
        for said in known:
            if begun is None or said.values.get("starts_on", begun) == begun:
                return said
        known.append(Said(thing, known[0].key if known else key, row.line, owner))
        return known[-1]

    def _problem(self, rule: Rule, row: Row, column: str, fact: str | None = None) -> None:
        self.problems.append(self.table.problem(rule, row, column, fact))


def find_unit_rule(micro: int, unit: Unit) -> Rule | None:
    """Return the rule that a daily maximum breaks in its unit, with the decimals and the limit of the typed field."""
    if micro % 10 ** (6 - ENTRY_DECIMALS[unit]):
        return Rule.TOO_MANY_DECIMALS
    return Rule.TOO_LARGE if micro > LARGEST[unit].micro else None
