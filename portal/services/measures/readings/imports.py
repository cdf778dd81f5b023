"""Import of a file of readings, all of it or nothing, each row checked against the stored readings.

Source: docs/rules.md, "Readings".
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, ReadingImport
from portal.services.files import held_rows
from portal.services.files.held_rows import HeldText
from portal.services.files.intake import Form, Imported, Kind, Taking
from portal.services.files.problems import BadFile, Rule
from portal.services.files.questions import Unanswered
from portal.services.files.sheet_tables import Seen, Table
from portal.services.ledger import updates
from portal.services.store.acts import Act, Actor
from portal.services.store.statements import Stored
from portal.services.trace import audit, sealed_rows

from . import corrections, hot
from .changes import Change, FileChanges, Left, Without
from .indexes import refuse_index
from .oddities import question_changes
from .shapes import COLUMNS, DAY, POINT, QUANTITY, UNIT, ParsedRow, Parser

# Most changes listed in a preview; it counts all.
MOST_SHOWN = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Effect of a file: the readings it adds and changes, and the number of rows that repeat the readings in force.

    ``changes`` lists the first 50,000 of added and changed readings, ``fingerprint`` is the digest of all of them.
    ``already`` is the moment when the same bytes were imported before.
    """

    changes: tuple[Change, ...]
    new: int
    changed: int
    unchanged: int
    fingerprint: str = field(default="")
    already: datetime | None = field(default=None)
    seen: Seen = field(default_factory=Seen)
    # Rows that cannot be taken: the others may be (adr/0126).
    left: tuple[Left, ...] = field(default=())
    # Sum of the good rows, to hold against the sender's.
    total: Quantity = field(default=Quantity.from_micro(0, Unit.M3))

    @property
    def is_empty(self) -> bool:
        """True when the file adds and changes nothing."""
        return not self.new + self.changed


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Collect garbage less often: millions of rows come and go, and none of them is a cycle.

    Collection took a quarter of the time of a large import.
    """
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], 200_000), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


class ReadingFiles(Kind[Parser, Plan, Imported]):
    """Import files of readings, m³ per point and gas day.

    The same bytes a second time change nothing. A reading gets a new version only where its value or state changes;
    the account of each touched day is brought up to date. A file of any length is read in parts, in memory that does
    not grow with it.
    """

    # A cell in error is a fault of its row: the others may be taken (adr/0126).
    form = Form(COLUMNS, listed=POINT, lenient=True)
    upload = UploadKind.READINGS

    def parse(self, table: Table) -> Parser:
        """Return a parser that reads the rows on demand: they are checked once, some thousands at a time.

        ``BadFile`` for the index of a meter under a title of volumes.
        """
        refuse_index(table)
        table.seen.forget_rows()
        return Parser(table)

    def plan(self, act: Act, parsed: Parser) -> Plan:
        """Return the effect of the good rows, and the bad ones beside them; ``BadFile`` if no row is good."""
        found = FileChanges(act.session, parsed, now=act.now, lock=False, role=act.actor.role)
        try:
            return self._plan(act, parsed, found)
        except Unanswered:
            raise
        except BadFile as bad:
            without = _find_bad_rows(found, bad)
        again = _again(parsed)
        rest = FileChanges(act.session, again, now=act.now, lock=False, role=act.actor.role, without=without)
        plan = self._plan(act, again, rest, left=without)
        without.check_rest(rest)
        return plan

    def _plan(self, act: Act, parsed: Parser, found: FileChanges, left: Without | None = None) -> Plan:
        shown: list[Change] = []
        fingerprint = Fingerprint()
        for changes in found.changes():
            shown += changes[: MOST_SHOWN - len(shown)]
            fingerprint.add(changes)
        earlier = self.raced(act, parsed)
        already = None if earlier is None else earlier.already
        counts = found.new, found.changed, found.unchanged
        rows = [] if left is None else _in_order(left, found.bad)
        fingerprint.add_left(rows)
        total = Quantity.from_micro(found.total, Unit.M3)
        return Plan(tuple(shown), *counts, fingerprint.text, already, parsed.table.seen, tuple(rows), total)

    def take_in(self, act: Act, parsed: Parser, taking: Taking) -> Imported:
        """Write a version of each reading that is new or changed."""
        earlier = self.raced(act, parsed)
        if earlier is not None:
            return earlier
        with _seldom_collected():
            return _take_in(act, parsed, taking)

    def raced(self, act: Act, parsed: Parser, /) -> Imported | None:
        """Return the result for bytes that were imported before; None for new ones."""
        of_hash = select(ReadingImport).where(ReadingImport.file_hash == parsed.table.digest)
        batch = act.session.scalars(of_hash).one_or_none()
        return None if batch is None else Imported(batch.rows, 0, 0, batch.rows, already=batch.imported_at)


FILES = ReadingFiles()


def _take_in(act: Act, parsed: Parser, taking: Taking) -> Imported:
    session, table = act.session, parsed.table
    fingerprint = Fingerprint()
    without = _look_for_bad_rows(act, parsed) if taking.partly else None
    if without is not None:
        parsed = _again(parsed)
    if taking.parks_odd:
        without = _look_for_odd_rows(act, parsed, without)
        parsed = _again(parsed)
    found = FileChanges(session, parsed, now=act.now, lock=True, role=act.actor.role, without=without)
    batch = ReadingImport(
        file_name=taking.name[-200:],
        file_hash=table.digest,
        rows=table.length,
        imported_at=act.now,
        imported_by_id=act.actor.user_id,
    )
    session.add(batch)
    session.flush()
    written = _Written(session, batch.id, act.actor, act.now)
    for changes in found.changes(progress=taking.told.rows):
        # Check the rest of a bad file too, for its problems, without writing it.
        if found.is_sound:
            written.write(changes)
            if taking.shown is not None:
                fingerprint.add(changes)
    left = [] if without is None else _in_order(without, found.bad)
    if without is not None:
        without.check_rest(found)
    if taking.shown is not None:
        fingerprint.add_left(left)
    taking.agree(fingerprint.text, changed="readings-changed")
    held_rows.hold(
        act,
        kind=UploadKind.READINGS,
        name=taking.name,
        digest=table.digest,
        rows=[HeldText(each.row.row.line, _texts_of(table, each.row), each.problems) for each in left],
    )
    updates.rewrite_days(session, changed=written.days, progress=taking.told.days)
    audit.record(
        Act.at(session, act.actor, act.now),
        event=AuditEvent.READINGS_IMPORTED,
        subject=taking.name[-120:],
        details={
            "sha256": table.digest.hex(),
            "rows": table.length,
            "new": found.new,
            "changed": found.changed,
            "unchanged": found.unchanged,
            "left": len(left),
            sealed_rows.DETAIL: sealed_rows.of_import(session, import_id=batch.id),
        },
    )
    written.corrected.tell(session, now=act.now)
    counts = found.new, found.changed, found.unchanged
    return Imported(table.length, *counts, seen=table.seen, left=len(left))


def _look_for_bad_rows(act: Act, parsed: Parser) -> Without | None:
    """Return the rows that cannot be taken, None without any; ``BadFile`` if no row is good."""
    found = FileChanges(act.session, parsed, now=act.now, lock=True, role=act.actor.role)
    try:
        for _ in found.changes():
            pass
    except Unanswered:
        raise
    except BadFile as bad:
        return _find_bad_rows(found, bad)
    return None


def _look_for_odd_rows(act: Act, parsed: Parser, without: Without | None) -> Without | None:
    """Add the rows that are unlike those before to the rows that are left; a file of such rows alone is left whole."""
    found = FileChanges(act.session, parsed, now=act.now, lock=True, role=act.actor.role, without=without)
    changes = [change for part in found.changes() for change in part]
    asked = question_changes(act.session, changes=changes, today=GasDay.of(act.now))
    odd = asked.list_odd(changes)
    if not odd:
        return without
    left = Without() if without is None else without
    left.refusal = None
    for change in odd:
        row, fact = change.row.row, ", ".join(asked.of(change).oddities)
        problem = parsed.table.problem(Rule.ODD_FIGURE, row, QUANTITY, fact)
        left.rows[parsed.table.key_of(row)] = Left(change.row, [problem])
    return left


def _find_bad_rows(found: FileChanges, bad: BadFile) -> Without:
    """Return the rows that a refusal is about; raise it again where it is not about rows."""
    if not found.bad.rows or any(problem.rule in _OF_THE_FILE for problem in bad.problems):
        raise bad
    found.bad.refusal = bad
    return found.bad


def _again(parsed: Parser) -> Parser:
    """Return a parser that reads the same rows once more."""
    parsed.table.seen.forget_rows()
    return Parser(parsed.table)


def _texts_of(table: Table, parsed: ParsedRow) -> dict[str, str]:
    """Return the texts of a row, day and figure in a spelling that has one reading in whichever file."""
    texts = table.texts_of(parsed.row)
    if parsed.gas_day is not None:
        texts[DAY] = parsed.gas_day.isoformat()
    micro = parsed.micro if parsed.converted is None else parsed.converted.micro
    if micro is not None:
        texts[QUANTITY] = plain(Quantity.from_micro(micro, Unit.M3)).replace(".", ",")
    unit = table.unit_of(parsed.row)[0]
    if unit is not None:
        texts[UNIT] = unit.value
    return texts


def _in_order(left: Without, more: Without) -> list[Left]:
    """Return the rows of both, in the order of the file."""
    return [each for _, each in sorted([*left.rows.items(), *more.rows.items()], key=lambda item: item[0])]


# Said of some rows, but true of the file: it is not taken in part then.
_OF_THE_FILE = (Rule.TOO_MANY_PROBLEMS, Rule.STAMP_UNSAID)


class _Written:
    """Write versions of readings, and collect their consequences."""

    def __init__(self, session: Session, import_id: int, actor: Actor, now: datetime) -> None:
        self.days = updates.ChangedDays()
        self.corrected = corrections.CorrectedDays()
        self._session = session
        self._stored = Stored(session.connection())
        self._import_id = import_id
        self._recorded = (self._stored.moment(now), actor.user_id)

    def write(self, changes: Iterable[Change]) -> None:
        """Insert a version for each change."""
        by_point: dict[int, tuple[DeliveryPoint, list[date]]] = {}
        rows: list[tuple[Any, ...]] = []
        stored_day, (recorded_at, recorded_by) = self._stored.day, self._recorded
        for place, gas_day, row, before in changes:
            day, state = gas_day.date, row.state
            by_point.setdefault(place.row_id, (place.point, []))[1].append(day)
            if state is ReadingState.CORRECTED:
                self.corrected.add(place.point, day)
            rows.append(
                (
                    place.row_id,
                    stored_day(day),
                    1 if before is None else before.version + 1,
                    state,
                    row.micro,
                    row.reason,
                    self._import_id,
                    row.row.line,
                    recorded_at,
                    recorded_by,
                )
            )
        hot.INSERT.run_rows(self._session, hot.INSERTED, rows)
        for point, days in by_point.values():
            self.days.add(point, days)


class Fingerprint:
    """SHA-256 over changes in their order: point, day, figure, state and the replaced version."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, changes: Iterable[Change]) -> None:
        """Add these changes."""
        said = [
            (each.place.row_id, each.gas_day.date.toordinal(), each.row.micro, each.row.state, _version(each))
            for each in changes
        ]
        # Skip an empty part: the digest must not depend on the size of the batches.
        if said:
            self._hash.update(repr(said)[1:-1].encode())

    def add_left(self, rows: Iterable[Left]) -> None:
        """Add the rows that are not taken, by their lines and broken rules."""
        said = [(each.row.row.line, [problem.rule.value for problem in each.problems]) for each in rows]
        if said:
            self._hash.update(repr(said).encode())

    @property
    def text(self) -> str:
        """Hexadecimal digest of the changes so far."""
        return self._hash.hexdigest()


def _version(change: Change) -> int:
    return 0 if change.before is None else change.before.version
