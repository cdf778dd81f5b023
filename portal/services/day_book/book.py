"""The book of a day: lines, sums, late nominations that wait, notes for the shift, frozen versions."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import add
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Gas, Quantity, Unit, in_kpc
from portal.domain.timetable import NoWindow, RequestKind, find_window
from portal.services import timetable
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound
from portal.services.store.statements import moment_of

from . import hot
from .blocks import Blocks, Share
from .checks import WEIGHED, Questioned, Usual, list_questioned, load_usual
from .confirmations import GateOfBook, sum_gates
from .files import entries_of, write_csv
from .late_requests import LateRequest, list_waiting
from .lines import Line, list_frozen_lines, list_lines, list_some_lines
from .versions import (
    Difference,
    Frozen,
    Version,
    list_changes_since,
    list_differences,
    list_versions,
    read_content,
)


class Note(NamedTuple):
    """Note of a customer to the shift about a point and day."""

    point: str
    company: str
    text: str
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class Book:
    """Book of a day as it stands; ``changed`` are the differences from its last frozen version, none without one.

    ``closes_at`` is when the last of the modalities stops taking nominations for the day, None when none does.
    """

    gas_day: GasDay
    blocks: Blocks
    totals: Totals
    late: Sequence[LateRequest]
    notes: Sequence[Note]
    versions: Sequence[Version]
    changed: Sequence[Difference]
    closes_at: datetime | None
    questioned: Sequence[Questioned] = ()
    gates: Sequence[GateOfBook] = ()
    # The usual quantities that lines were weighed with, None while nothing was weighed.
    usual: Usual | None = None
    # The last frozen version, None without one.
    frozen: Frozen | None = field(default=None, compare=False)

    @property
    def lines(self) -> Sequence[Line]:
        """The lines, by exit point, company and contract."""
        return self.blocks.lines

    @property
    def missing(self) -> list[Line]:
        """The points without a nomination in force."""
        return [line for line, _ in self.blocks.missing]

    @property
    def publishable(self) -> list[Line]:
        """The lines whose record answers the revision in force."""
        return self.blocks.publishable

    @property
    def can_be_frozen(self) -> bool:
        """True when a version frozen now would differ from the last one."""
        return not self.versions or bool(self.changed)


@dataclass(frozen=True, slots=True)
class FrozenBook:
    """A frozen version: its lines and sums, and the differences from the version before (None for the first)."""

    gas_day: GasDay
    version: Version
    lines: Sequence[Line]
    totals: Totals
    changed: Sequence[Difference] | None
    is_last: bool


def load(act: Act, *, gas_day: GasDay) -> Book:
    """Return the book of a day as it stands; ``NotAllowed`` for other roles.

    Twelve queries for any number of lines; one less while nothing differs from the last frozen version, and two less
    while nothing waits to be authorised or published; the latter reads the settings once a maximum was ever set.
    """
    require(act, Function.SEE_DAY_BOOK)
    blocks = Blocks.of(list_lines(act.session, gas_day=gas_day))
    return _book_of(act, gas_day=gas_day, blocks=blocks, usual=None, frozen=None)


def renew_lines(act: Act, *, book: Book, points: Collection[str]) -> Book | None:
    """Return a book whose lines of these points, by public id, are read again; None when a line comes or goes.

    What follows from the lines is worked out anew for the blocks of these alone: no query reads the others, nor usual
    quantities again. As many queries as ``load``, but for one. Only after changes that touch these lines (``news``).
    """
    require(act, Function.SEE_DAY_BOOK)
    known = {line.point_id for line in book.blocks.find(points)}
    found = list_some_lines(act.session, gas_day=book.gas_day, point_ids=known)
    if not len(found) == len(known) == len(set(points)):
        return None
    blocks = book.blocks.replaced({line.point_public_id: line for line in found})
    return _book_of(act, gas_day=book.gas_day, blocks=blocks, usual=book.usual, frozen=book.frozen)


def _book_of(act: Act, *, gas_day: GasDay, blocks: Blocks, usual: Usual | None, frozen: Frozen | None) -> Book:
    session = act.session
    versions = list_versions(session, gas_day=gas_day)
    if not versions:
        frozen = None
    elif frozen is None or frozen.id != versions[-1].id:
        frozen = Frozen(session, version=versions[-1], gas_day=gas_day)
    if usual is None and any(blocks.counts[state] for state in WEIGHED):
        usual = load_usual(session, gas_day)
    return Book(
        gas_day=gas_day,
        blocks=blocks,
        totals=sum_blocks(blocks),
        late=list_waiting(session, gas_day=gas_day),
        notes=[
            Note(row.point, row.company, row.text, moment_of(row.written_at), row.written_by)
            for row in hot.NOTES.rows(session, day=gas_day.date)
        ],
        versions=versions,
        changed=[] if frozen is None else list_changes_since(session, frozen=frozen, blocks=blocks),
        closes_at=_closes_at(session, gas_day),
        questioned=list_questioned(session, gas_day=gas_day, blocks=blocks, usual=usual),
        gates=sum_gates(session, gas_day=gas_day, blocks=blocks, versions=versions),
        usual=usual,
        frozen=frozen,
    )


def load_lines(act: Act, *, gas_day: GasDay) -> list[Line]:
    """Return the lines of a day as it stands, by exit point, company and contract; one query.

    ``NotAllowed`` for other roles.
    """
    require(act, Function.SEE_DAY_BOOK)
    return list_lines(act.session, gas_day=gas_day)


def load_frozen(act: Act, *, gas_day: GasDay, version: int) -> FrozenBook:
    """Return a frozen version of a day's book; ``NotFound`` when there is none of this number."""
    session = act.session
    require(act, Function.SEE_DAY_BOOK)
    versions = list_versions(session, gas_day=gas_day)
    if not 1 <= version <= len(versions):
        raise NotFound
    found = versions[version - 1]
    lines = list_frozen_lines(session, book_id=found.id, gas_day=gas_day)
    changed = None
    if version > 1:
        before = list_frozen_lines(session, book_id=versions[version - 2].id, gas_day=gas_day)
        changed = list_differences(before, lines)
    return FrozenBook(gas_day, found, lines, sum_lines(lines), changed, version == len(versions))


def file_of(act: Act, *, gas_day: GasDay, version: int | None) -> bytes:
    """Return the CSV of a day's book: of a frozen version byte by byte, of the day as it stands when None.

    ``NotFound`` when there is no version of this number.
    """
    session = act.session
    require(act, Function.SEE_DAY_BOOK)
    if version is None:
        return write_csv(entries_of(list_lines(session, gas_day=gas_day), gas_day=gas_day))
    versions = list_versions(session, gas_day=gas_day)
    if not 1 <= version <= len(versions):
        raise NotFound
    return read_content(session, version=versions[version - 1])


def digest_of_book(book: Book) -> str:
    """Return the SHA-256 (hex, first 16 digits) of the parts of a book's page that other people may change."""
    lines = [block.digest for block in book.blocks.each]
    versions = [(version.version, version.sent_at) for version in book.versions]
    answers = [(gate.code, gate.confirmation and gate.confirmation.version) for gate in book.gates]
    said = repr((lines, [each.public_id for each in book.late], versions, len(book.notes), answers))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _closes_at(session: Session, gas_day: GasDay) -> datetime | None:
    windows = timetable.list_windows(session)
    found: list[datetime] = []
    for modality in Modality:
        try:
            found.append(find_window(windows, modality, RequestKind.NOMINATION, gas_day).closes_at(gas_day))
        except NoWindow:
            continue
    return max(found, default=None)


class Total(NamedTuple):
    """Sum of several points, in millionths; their number, and how many have no nomination yet."""

    m3: int
    mbtu: int
    points: int
    missing: int

    @property
    def gas(self) -> Gas:
        """The sum in both units."""
        return Gas(Quantity(self.m3, Unit.M3), Quantity(self.mbtu, Unit.MBTU))

    @property
    def kpc(self) -> Decimal:
        """The sum in thousands of standard cubic feet, half-up to six decimals."""
        return in_kpc(self.gas.m3)


class GateTotal(NamedTuple):
    """The total of an exit point."""

    code: str
    name: str
    total: Total


class ContractTotal(NamedTuple):
    """The total of a contract beside its daily maximum."""

    number: str
    company: str
    modality: Modality
    maximum: Quantity
    total: Total

    @property
    def asked(self) -> Quantity:
        """The sum in the unit of the contract."""
        return self.total.gas.in_unit(self.maximum.unit)

    @property
    def is_above(self) -> bool:
        """True when its points together ask for more than its maximum."""
        return self.asked > self.maximum


class ModalityTotal(NamedTuple):
    """The total of a modality."""

    modality: Modality
    total: Total


class Totals(NamedTuple):
    """A book's sums, each kind in the order of its lines."""

    all: Total
    gates: tuple[GateTotal, ...]
    contracts: tuple[ContractTotal, ...]
    modalities: tuple[ModalityTotal, ...]

    @property
    def contracts_above(self) -> frozenset[str]:
        """The numbers of the contracts whose points ask for more than their maximum."""
        return frozenset(contract.number for contract in self.contracts if contract.is_above)


def sum_lines(lines: Iterable[Line]) -> Totals:
    """Return the sums of the lines."""
    return sum_blocks(Blocks.of(lines))


def sum_blocks(blocks: Blocks) -> Totals:
    """Return the sums of the lines of blocks."""
    shares = blocks.shares
    return Totals(
        _total(shares),
        tuple([GateTotal(line.exit_code, line.exit_point, total) for line, total in _by(shares, "exit_code")]),
        tuple([_contract(line, total) for line, total in _by(shares, "contract_id")]),
        tuple([ModalityTotal(line.modality, total) for line, total in _by(shares, "modality_word")]),
    )


def _contract(line: Line, total: Total) -> ContractTotal:
    maximum = Quantity(line.maximum_micro, Unit(line.contract_unit_word))
    return ContractTotal(line.contract_number, line.company, line.modality, maximum, total)


def _total(shares: Iterable[Share]) -> Total:
    total = [0, 0, 0, 0]
    for share in shares:
        total[:] = map(add, total, (share.m3, share.mbtu, share.points, share.missing))
    return Total(*total)


def _by(shares: Iterable[Share], key: str) -> list[tuple[Line, Total]]:
    """Return for each value of a line's field one of its lines and their sum, in the order of the shares."""
    found: dict[object, list[Share]] = {}
    for share in shares:
        found.setdefault(getattr(share.line, key), []).append(share)
    return [(of[0].line, _total(of)) for of in found.values()]
