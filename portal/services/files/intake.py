"""Intake of every file: recognised, parsed, planned, previewed with its digest, and imported whole or not at all.

A kind of file adds only its own rules (``Kind``). Recognising, storing, asking, comparing a preview's digest with the
present state, and the one transaction of the import are done here for all of them (adr/0106).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.jobs import HeldState, UploadKind, UploadState
from portal.domain.searched import comparable
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import excel_csv, held_rows, layouts, questions, uploads
from .delimited_files import read_table
from .held_rows import HeldView
from .jobs import Do, Runner, Work
from .jobs.runs import Outcome
from .questions import NOTHING_KNOWN, Answers, Unanswered, answers_of
from .sheet_sources import SheetSource, open_sources
from .sheet_tables import UPLOAD, Column, Limits, Seen, Table
from .workbook_files import read_any

# A stream is delimited text of any length, read in parts; a workbook is given as bytes.
Content = bytes | BinaryIO
# Callback for progress: (done, total).
Progress = Callable[[int, int], None]


class Planned(Protocol):
    """Effect of a file; its digest identifies it, ``is_empty`` is true if the file changes nothing."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the effect, in its order."""

    @property
    def is_empty(self) -> bool:
        """True if nothing would be done."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import: number of rows that add, that change, and that change nothing.

    ``already`` is when the same bytes were imported before, None if they are new.
    """

    rows: int
    new: int
    changed: int
    unchanged: int
    already: datetime | None = field(default=None)
    seen: Seen = field(default_factory=Seen, compare=False)
    # Rows that were kept to be mended.
    left: int = field(default=0, compare=False)


class Told(NamedTuple):
    """Callbacks for progress: rows read, then days of accounts rewritten."""

    rows: Progress | None = None
    days: Progress | None = None


NOBODY_TOLD = Told()


class Taking(NamedTuple):
    """Options of an import: the file's name, the previewed digest (None: no preview), and the callbacks.

    ``partly``: take the good rows, and keep the others to be mended (adr/0126). ``parks_odd``: keep likewise the rows
    whose figures nobody has looked at and that are unlike those before (adr/0133).
    """

    name: str
    shown: str | None = None
    told: Told = NOBODY_TOLD
    partly: bool = False
    parks_odd: bool = False

    def agree(self, fingerprint: str, *, changed: str) -> None:
        """Compare the effect of the file now with the preview; ``Conflict`` of the reason ``changed`` if it differs."""
        if self.shown is not None and self.shown != fingerprint:
            raise Conflict(changed)


class Form(NamedTuple):
    """Recognition of a kind's files: their columns, and how strictly their table is read (``table_of``)."""

    columns: Sequence[Column]
    limits: Limits = UPLOAD
    listed: str | None = None
    lenient: bool = False


Parsed = TypeVar("Parsed")
Plan = TypeVar("Plan", bound=Planned)
Done = TypeVar("Done")


class Sheet(ABC, Generic[Parsed]):
    """Recognition of a kind's files, and the parsing of their rows."""

    form: ClassVar[Form]

    def recognise(self, content: Content, answers: Answers, limits: Limits | None = None) -> Table:
        """Return the file as a table of this form; ``BadFile`` if it is none, ``Unanswered`` for an open question."""
        columns, usual, listed, lenient = self.form
        limits = limits or usual
        if isinstance(content, bytes):
            return read_any(
                content,
                columns,
                limits=limits,
                listed=listed,
                answers=answers,
                lenient=lenient,
            )
        return read_table(
            content,
            columns,
            limits=limits,
            listed=listed,
            answers=answers,
            lenient=lenient,
        )

    @abstractmethod
    def parse(self, table: Table) -> Parsed:
        """Return the parsed rows; those of a long file lazily."""


class Kind(Sheet[Parsed], Generic[Parsed, Plan, Done]):
    """A kind of file that is planned and imported.

    ``upload`` is the kind under which its files wait between page and confirmation. ``nothing_new`` is the refusal, on
    the page, of a file that would change nothing; None accepts it. ``gas_day`` is the day of the whole file; None when
    each row names its own.
    """

    upload: ClassVar[UploadKind]
    nothing_new: ClassVar[Refusal | None] = None
    gas_day: GasDay | None = None

    @abstractmethod
    def plan(self, act: Act, parsed: Parsed) -> Plan:
        """Return the effect of the file now, for this actor; write nothing.

        ``BadFile`` with every broken rule, ``Unanswered`` for questions that only a person can answer.
        """

    @abstractmethod
    def take_in(self, act: Act, parsed: Parsed, taking: Taking) -> Done:
        """Plan again and write, inside the caller's transaction; refuses as ``plan``.

        Passes the digest of the effect to ``taking.agree``.
        """

    def hold(self, act: Act) -> None:
        """Lock the rows that the plan depends on, at the beginning of the importing transaction."""

    def raced(self, _act: Act, _parsed: Parsed, /) -> Done | None:
        """Return the answer when another file was faster; None: the meaning of the broken constraint."""
        return None


class Preview(NamedTuple, Generic[Plan]):
    """A file that waits for confirmation, and its effect now."""

    file_name: str
    plan: Plan


def read(
    kind: Sheet[Parsed],
    content: Content,
    *,
    answers: Answers = NOTHING_KNOWN,
    limits: Limits | None = None,
) -> Parsed:
    """Return the parsed content of a file of the kind; ``BadFile`` and ``Unanswered`` as ``Sheet.recognise``."""
    return kind.parse(kind.recognise(content, answers, limits))


def open_sheets(content: Content, columns: Sequence[Column], *, limits: Limits) -> list[SheetSource]:
    """Return the sheets of a file that holds several kinds of figures, each to be read by some of ``columns``.

    ``BadFile`` if the file is no workbook and no delimited text, or is empty.
    """
    return open_sources(content, columns, limits=limits)


def preview(
    act: Act,
    kind: Kind[Parsed, Plan, Done],
    *,
    content: Content,
    answers: Answers = NOTHING_KNOWN,
    limits: Limits | None = None,
    sender: str | None = None,
) -> Plan:
    """Return the effect of the file for this actor; write nothing; refuses as ``Kind.plan``.

    What the file leaves open is read as its ``sender`` confirmed it.
    """
    table = kind.recognise(content, answers, limits)
    layouts.complete(act.session, sender=sender, kind=kind.upload, table=table)
    return kind.plan(Act.at(act.session, act.actor, act.now), kind.parse(table))


def import_file(
    act: Act,
    kind: Kind[Parsed, Plan, Done],
    *,
    name: str,
    content: Content,
    answers: Answers = NOTHING_KNOWN,
    limits: Limits | None = None,
    told: Told = NOBODY_TOLD,
    partly: bool = False,
    parks_odd: bool = False,
    sender: str | None = None,
) -> Done:
    """Import a file at once, all of it or nothing; refuses as ``Kind.take_in``, ``Conflict`` if raced. Commits.

    ``partly`` keeps bad rows to be mended, ``parks_odd`` odd ones, for the kinds that do so. What the file leaves
    open is read as its ``sender`` confirmed it.
    """
    session = act.session
    table = kind.recognise(content, answers, limits)
    layouts.complete(session, sender=sender, kind=kind.upload, table=table)
    session.rollback()
    parsed = kind.parse(table)
    try:
        with transaction(session):
            return _taken(act, kind, parsed=parsed, taking=Taking(name, None, told, partly, parks_odd))
    except IntegrityError as error:
        # Two files at once: the loser reads what the winner wrote.
        session.rollback()
        earlier = kind.raced(Act.at(session, act.actor, act.now), parsed)
        if earlier is not None:
            return earlier
        with meaning_of_constraints():
            raise error


def keep(
    act: Act,
    kind: Kind[Parsed, Plan, Done],
    *,
    name: str,
    content: bytes,
    answers: Answers = NOTHING_KNOWN,
    sender: str | None = None,
) -> str:
    """Store a valid file until its preview is confirmed, and return its public id. Commits.

    Raises the errors of ``Kind.plan`` and stores nothing then, except for a file with an open question: its preview
    asks. ``NotAllowed`` for a person who does not handle the kind.
    """
    require(act, uploads.USES[kind.upload].function)
    with suppress(Unanswered):
        known = sender or questions.sender_of(act.actor)
        planned = preview(act, kind, content=content, answers=answers, sender=known)
        if kind.nothing_new is not None and planned.is_empty:
            raise Rejected(kind.nothing_new, "file")
    return uploads.keep(
        act, kind=kind.upload, name=name, content=content, answers=answers, gas_day=kind.gas_day, sender=sender
    )


def preview_upload(act: Act, kind: Kind[Parsed, Plan, Done], *, upload: str) -> Preview[Plan]:
    """Return the present effect of a waiting file; write nothing; refuses as ``Kind.plan``.

    ``FILE_DECIDED`` (``Rejected``) for one that was confirmed or discarded; ``NotFound`` if it is not of the kind.
    """
    found, table = _waiting(act, kind, upload=upload)
    return Preview(found.file_name, kind.plan(Act.at(act.session, act.actor, act.now), kind.parse(table)))


def take_upload(act: Act, kind: Kind[Parsed, Plan, Done], *, upload: str, shown: str) -> Done:
    """Import a waiting file at once, for kinds that need no job. Commits.

    ``shown`` is the digest of the preview: ``Conflict`` if the file would do something else now. Refuses as
    ``preview_upload``.
    """
    found, table = _waiting(act, kind, upload=upload)
    with meaning_of_constraints(), transaction(act.session):
        taking = Taking(found.file_name, shown)
        done = _taken(act, kind, parsed=kind.parse(table), taking=taking, upload=upload)
        layouts.confirm(act, sender=found.sender, kind=kind.upload, table=table)
        return done


def discard_upload(act: Act, kind: Kind[Parsed, Plan, Done], *, upload: str) -> None:
    """Discard a waiting file and its bytes; refuses as ``preview_upload`` one that was decided already. Commits."""
    _found(act, kind, upload=upload)
    uploads.discard(act, public_id=upload)


def _taken(
    act: Act, kind: Kind[Parsed, Plan, Done], *, parsed: Parsed, taking: Taking, upload: str | None = None
) -> Done:
    """Import a parsed file, inside the caller's transaction."""
    kind.hold(Act.at(act.session, act.actor, act.now))
    if upload is not None:
        # Locks the audit first, so that no other writer of it comes between planning and writing.
        uploads.take_over(act, public_id=upload)
    return kind.take_in(Act.at(act.session, act.actor, act.now), parsed, taking)


def make_runner(kind: Kind[Parsed, Plan, Imported]) -> Runner:
    """Return the job for a confirmed file of the kind: it writes the previewed effect, or nothing."""

    def run(work: Work) -> Do:
        answers = answers_of(str(work.parameters.get("answers", "")).split())
        table = kind.recognise(work.content, answers)
        sender = str(work.parameters.get("sender") or "") or None
        told = Told(work.progress.stage("rows"), work.progress.stage("days"))
        taking = Taking(work.name, work.parameters["shown"], told, bool(work.parameters.get("partly")))

        def do(session: Session) -> Outcome:
            act = Act.at(session, work.actor, work.now)
            layouts.complete(session, sender=sender, kind=kind.upload, table=table)
            done = _taken(act, kind, parsed=kind.parse(table), taking=taking)
            layouts.confirm(act, sender=sender, kind=kind.upload, table=table)
            counts = {"rows": done.rows, "new": done.new, "changed": done.changed, "unchanged": done.unchanged}
            if done.left:
                counts["left"] = done.left
            return counts if done.already is None else counts | {"already": done.already.isoformat()}

        return do

    return run


def preview_mend(
    act: Act, kind: Kind[Parsed, Plan, Done], *, row: HeldView, texts: Mapping[str, str], alike: Sequence[HeldView] = ()
) -> Plan:
    """Return the effect that ``mend`` would have; write nothing; refuses as ``Kind.plan``."""
    require(act, uploads.USES[kind.upload].function)
    _, parsed = _read_mended(kind, row, texts, alike)
    return kind.plan(Act.at(act.session, act.actor, act.now), parsed)


def mend(
    act: Act,
    kind: Kind[Parsed, Plan, Done],
    *,
    row: HeldView,
    texts: Mapping[str, str],
    alike: Sequence[HeldView] = (),
    shown: str | None = None,
    reason: str | None = None,
) -> Done:
    """Import a row that was left, as ``texts`` have it by our columns; ``alike`` rows with them too. Commits.

    Of an ``alike`` row only the blank texts and those that equal the row's former ones are replaced. ``shown`` is the
    digest of ``preview_mend``, ``reason`` why its odd figures are right. Refuses as ``Kind.take_in``; ``Conflict`` if
    somebody settled one of the rows first, or if the effect is not the one that was shown.
    """
    require(act, uploads.USES[kind.upload].function)
    said, parsed = _read_mended(kind, row, texts, alike)
    with meaning_of_constraints(), transaction(act.session):
        kind.hold(act)
        for each, _ in said:
            held_rows.settle(act, public_id=each.public_id, state=HeldState.MENDED, reason=reason)
        return kind.take_in(act, parsed, Taking(f"{row.file_name}, fila {row.line}", shown))


def _read_mended(
    kind: Kind[Parsed, Any, Any], row: HeldView, texts: Mapping[str, str], alike: Sequence[HeldView]
) -> tuple[list[tuple[HeldView, Mapping[str, str]]], Parsed]:
    """Return the rows with their mended texts, and the same as a parsed file."""
    changed = {column: text for column, text in texts.items() if text != row.texts.get(column, "")}
    said: list[tuple[HeldView, Mapping[str, str]]] = [(row, row.texts | dict(texts))]
    said += [
        (
            each,
            each.texts | {name: text for name, text in changed.items() if each.texts.get(name) == row.texts.get(name)},
        )
        for each in alike
    ]
    return said, read(kind, _content_of(kind, said), answers=Answers(dots_group=True))


def _content_of(kind: Kind[Any, Any, Any], rows: Sequence[tuple[HeldView, Mapping[str, str]]]) -> bytes:
    """Return rows as a file of the kind; a column that nobody reads makes its bytes those of these rows alone."""
    columns = [column for column in kind.form.columns if comparable(column.name) in column.titles]
    # A blank that is needed is a fault of the row, not of the file.
    names = [each.name for each in columns if each.required or any(texts.get(each.name) for _, texts in rows)]
    lines = [[*names, "referencia"]]
    lines += [[*[texts.get(name, "") for name in names], row.public_id] for row, texts in rows]
    return excel_csv.write_rows(lines)


def _waiting(act: Act, kind: Kind[Parsed, Plan, Done], *, upload: str) -> tuple[uploads.UploadView, Table]:
    """Return a waiting file, and its table by the answers about it and what its sender confirmed before."""
    found = _found(act, kind, upload=upload)
    table = kind.recognise(uploads.load_content(act, public_id=upload), found.answers)
    layouts.complete(act.session, sender=found.sender, kind=kind.upload, table=table)
    return found, table


def _found(act: Act, kind: Kind[Parsed, Plan, Done], *, upload: str) -> uploads.UploadView:
    require(act, uploads.USES[kind.upload].function)
    found = uploads.load(act, public_id=upload)
    if (found.kind, found.gas_day) != (kind.upload, kind.gas_day):
        raise NotFound
    if found.state is not UploadState.WAITING:
        raise Rejected(Refusal.FILE_DECIDED)
    return found
