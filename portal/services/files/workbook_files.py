"""Workbooks that people hand over: checked before they are unpacked, then read by a process of their own."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from portal.domain.typed_text import as_typed

from .cells import unquote
from .delimited_files import MOST_CHARACTERS, read_table
from .formats import COMPOUND, ZIP, FileFormat, detect_archive_format, detect_compound_format, detect_text_format
from .problems import BadFile, Problem, Rule
from .questions import NOTHING_KNOWN, Answers, Question, Unanswered
from .sheet_headers import LOOKED_AT
from .sheet_layouts import find_layout, find_whole_layout
from .sheet_merges import Merge
from .sheet_tables import BLOCK, MAX_COLUMNS, UPLOAD, Column, Limits, Origin, Read, Seen, Table, table_of
from .workbook_child import SECONDS
from .workbook_parts import is_unread

# Most unpacked bytes in total, and the largest ratio of a part to its packed size.
MOST_UNPACKED, MOST_RATIO = 64 * BLOCK, 100
# Most bytes of the child's answer; 50,000 rows of 24 columns are about half of it.
MOST_ANSWER = 32 * BLOCK
# Titles, units and totals are rows as well: the table checks the limit of rows by its own count.
_ROWS_BESIDE = 100
# Names of sheets in a refusal.
_MOST_NAMED = 6
# The child imports the modules that it needs, and nothing else of the portal.
_LAUNCH = (
    "import sys, types; portal = types.ModuleType('portal'); portal.__path__ = [sys.argv.pop(1)]; "
    "sys.modules['portal'] = portal; from portal.services.files.workbook_child import main; main()"
)
_RULES = {
    "too-many-rows": Rule.TOO_MANY_ROWS,
    "too-many-columns": Rule.TOO_MANY_COLUMNS,
    "cell-too-long": Rule.CELL_TOO_LONG,
    "too-large": Rule.WORKBOOK_TOO_MUCH,
}


def read_any(
    content: bytes,
    columns: Sequence[Column],
    *,
    limits: Limits = UPLOAD,
    listed: str | None = None,
    answers: Answers = NOTHING_KNOWN,
    lenient: bool = False,
) -> Table:
    """Return a file as a table whether it is a workbook (.xlsx) or delimited text; ``BadFile`` as ``read_table``.

    Of a workbook the first visible sheet with our columns is read, and its rows count as lines; ``Unanswered`` if two
    sheets have them, or if rows or columns are hidden. Refused before anything is unpacked: a file above ``limits``, of
    another form, with a password or macros, and one that unpacks to more than 64 MiB or a hundredfold.
    """
    given: dict[str, Any] = {
        "limits": limits,
        "listed": listed,
        "answers": answers,
        "lenient": lenient,
    }
    if not content.startswith((ZIP, COMPOUND)):
        other = detect_text_format(content[:4096])
        if other is not None:
            raise BadFile([Problem(Rule.OTHER_FORMAT, fact=other.value)])
        return read_table(content, columns, **given)
    if len(content) > limits.bytes:
        raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{limits.bytes // BLOCK} MiB")])
    _look_inside(content)
    answer = _answer(content, limits, "-" if answers.sheet is None else str(answers.sheet))
    if answer.whole is None:
        chosen = _sheet_with(answer, columns)
        answer = _answer(content, limits, str(chosen))
    elif answer.sheets[answer.whole][1] != "visible":
        raise BadFile([Problem(Rule.SHEETS_HIDDEN, fact=answer.sheets[answer.whole][0])])
    return _table(answer, content, columns, given)


class OpenSheet(NamedTuple):
    """A sheet of a workbook: its name, its first records, and ``open``, which yields its records and their origin."""

    name: str
    head: list[tuple[int, list[str]]]
    open: Callable[[Answers], tuple[Read, Origin]]


def open_sheets(content: bytes, *, limits: Limits = UPLOAD) -> list[OpenSheet]:
    """Return the visible sheets with content; ``BadFile`` as ``read_any``, and if all with content are hidden.

    One sheet after the other is unpacked: opening another lets go of the one before.
    """
    if len(content) > limits.bytes:
        raise BadFile([Problem(Rule.FILE_TOO_LARGE, fact=f"{limits.bytes // BLOCK} MiB")])
    _look_inside(content)
    peeked = _answer(content, limits, "-")
    held: dict[int, _Answer] = {} if peeked.whole is None else {peeked.whole: peeked}

    def opener(number: int) -> Callable[[Answers], tuple[Read, Origin]]:
        def open_sheet(answers: Answers) -> tuple[Read, Origin]:
            if number not in held:
                held.clear()
                held[number] = _answer(content, limits, str(number))
            return _open(held[number], answers)

        return open_sheet

    records = _first_records(peeked)
    visible = [number for number in records if peeked.sheets[number][1] == "visible"]
    if records and not visible:
        raise BadFile([Problem(Rule.SHEETS_HIDDEN, fact=peeked.sheets[min(records)][0])])
    return [OpenSheet(peeked.sheets[each][0], records[each][:LOOKED_AT], opener(each)) for each in visible]


def _table(answer: _Answer, content: bytes, columns: Sequence[Column], given: dict[str, Any]) -> Table:
    read, origin = _open(answer, given["answers"])
    return table_of(read, hashlib.sha256(content).digest(), columns, origin=origin, **given)


def _open(answer: _Answer, answers: Answers) -> tuple[Read, Origin]:
    """Return how the records of the answer's sheet are read, and where they come from."""
    whole = answer.whole or 0
    hidden_columns: list[int] = []
    hidden_rows: list[int] = []
    merged: list[Merge] = []
    for said in answer.lines():
        if isinstance(said, dict):
            hidden_columns = said.get("hidden_columns", hidden_columns)
            merged += [Merge(*each) for each in said.get("merged", ())]
        elif said[1]:
            hidden_rows.append(said[0])
    takes_hidden = answers.hidden is not False

    def read() -> Generator[tuple[int, list[str]]]:
        for said in answer.lines():
            if isinstance(said, list) and (takes_hidden or not said[1]):
                texts = _cleaned(said[2])
                if texts:
                    yield said[0], texts

    seen = Seen(
        sheet=answer.sheets[whole][0],
        other_sheets=tuple(name for n, (name, state) in enumerate(answer.sheets) if n != whole and state == "visible"),
        hidden_sheets=tuple(name for name, state in answer.sheets if state != "visible"),
    )
    return read, Origin(seen, tuple(hidden_rows), frozenset(hidden_columns), True, answer.from_1904, tuple(merged))


def _cleaned(texts: list[str]) -> list[str]:
    cleaned = [text if is_unread(text) else unquote(as_typed(text)) for text in texts]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    return cleaned


def _sheet_with(answer: _Answer, columns: Sequence[Column]) -> int:
    """Return the one visible sheet that has our columns; the first one with content if none has a header."""
    filled: list[int] = []
    found: list[int] = []
    hidden: list[int] = []
    for at, records in _first_records(answer).items():
        visible = answer.sheets[at][1] == "visible"
        if visible:
            filled.append(at)
        if _has_columns(records, columns, answer.sheets[at][0]):
            (found if visible else hidden).append(at)
    if len(found) > 1:
        names = [f"«{answer.sheets[each][0]}»" for each in found]
        problem = Problem(Rule.SEVERAL_SHEETS, fact=", ".join(names))
        facts = {f"hoja-{each + 1}": answer.sheets[each][0] for each in found}
        raise Unanswered(Question.SHEET, [problem], facts=facts, choices=list(facts))
    if found:
        return found[0]
    if hidden:
        raise BadFile([Problem(Rule.SHEETS_HIDDEN, fact=answer.sheets[hidden[0]][0])])
    if not filled:
        raise BadFile([Problem(Rule.NO_ROWS)])
    _refuse_sheets_apart(answer, columns, filled)
    return filled[0]


def _refuse_sheets_apart(answer: _Answer, columns: Sequence[Column], filled: Sequence[int]) -> None:
    """Raise ``BadFile`` where several sheets lack the same one column: each may be of the point or day of its name."""
    lacking: dict[str, list[str]] = defaultdict(list)
    records = _first_records(answer)
    for at in filled:
        name = answer.sheets[at][0]
        try:
            find_layout(records[at][:LOOKED_AT], columns, sheet=name)
        except BadFile as bad:
            missing = [each.column for each in bad.problems if each.rule is Rule.MISSING_COLUMN]
            if len(missing) == len(bad.problems) == 1 and missing[0] is not None:
                lacking[missing[0]].append(f"«{name}»")
    for column, names in lacking.items():
        if len(names) > 1:
            shown = ", ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
            raise BadFile([Problem(Rule.SHEETS_APART, column=column, fact=shown)])


def _first_records(answer: _Answer) -> dict[int, list[tuple[int, list[str]]]]:
    """Return the first records of each sheet that has any."""
    records: dict[int, list[tuple[int, list[str]]]] = {}
    at = 0
    for said in answer.lines():
        if isinstance(said, dict):
            at = said.get("sheet", at)
        elif texts := _cleaned(said[2]):
            records.setdefault(at, []).append((said[0], texts))
    return records


def _has_columns(records: Sequence[tuple[int, list[str]]], columns: Sequence[Column], sheet: str) -> bool:
    """Tell whether a sheet has our columns, in whichever form; one with a bad header has them too."""
    try:
        return find_whole_layout(records, columns, sheet=sheet) is not None
    except BadFile:
        return True


def _look_inside(content: bytes) -> None:
    if content.startswith(COMPOUND):
        known = detect_compound_format(content)
        rule = Rule.WORKBOOK_LOCKED if known is None else Rule.OTHER_FORMAT
        raise BadFile([Problem(rule, fact=None if known is None else known.value)])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            other, held = detect_archive_format(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise BadFile([Problem(Rule.WORKBOOK_BROKEN)]) from None
    except RuntimeError:
        # An encrypted part.
        raise BadFile([Problem(Rule.OTHER_FORMAT, fact=FileFormat.LOCKED_WORKBOOK.value)]) from None
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise BadFile([Problem(Rule.WORKBOOK_MACROS)])
    if other is not None:
        raise BadFile([Problem(Rule.OTHER_FORMAT, value=held, fact=other.value)])
    if any(part.flag_bits & 1 for part in parts):
        raise BadFile([Problem(Rule.OTHER_FORMAT, fact=FileFormat.LOCKED_WORKBOOK.value)])
    unpacked = sum(part.file_size for part in parts)
    swollen = any(part.file_size > BLOCK and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    if unpacked > MOST_UNPACKED or swollen:
        raise BadFile([Problem(Rule.WORKBOOK_TOO_LARGE, fact=f"{MOST_UNPACKED // BLOCK} MiB")])


class _Answer(NamedTuple):
    """The child's answer, stored as written and parsed row by row, as often as needed."""

    file: BinaryIO
    sheets: list[tuple[str, str]]
    whole: int | None
    from_1904: bool

    def lines(self) -> Iterator[Any]:
        """Yield the parts of the answer in order: a list is a row, anything else describes the rows after it."""
        self.file.seek(0)
        self.file.readline()
        at = self.file.tell()
        while True:
            # Two readers may be at different places of the one file.
            self.file.seek(at)
            line = self.file.readline()
            at = self.file.tell()
            if not line:
                return
            yield json.loads(line)


def _answer(content: bytes, limits: Limits, sheet: str) -> _Answer:
    """Return the child's answer about the workbook; ``BadFile`` if it refuses, ends early or answers nothing."""
    asked = [str(limits.rows + _ROWS_BESIDE), str(MOST_CHARACTERS), str(MOST_ANSWER), sheet]
    try:
        with tempfile.TemporaryFile() as spool:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-I", "-c", _LAUNCH, str(Path(__file__).parents[2]), *asked],
                input=content,
                stdout=spool,
                stderr=subprocess.DEVNULL,
                timeout=2 * SECONDS,
                check=False,
            )
            spool.seek(0)
            said = spool.read(MOST_ANSWER + BLOCK)
        # A child that stopped early, for whatever reason, did not write the end.
        if done.returncode or not said.endswith(b"\n"):
            raise BadFile([Problem(Rule.WORKBOOK_BROKEN)])
        first, last = json.loads(said[: said.index(b"\n")]), json.loads(said[said.rstrip().rfind(b"\n") + 1 :])
    except (subprocess.TimeoutExpired, ValueError, OSError):
        raise BadFile([Problem(Rule.WORKBOOK_BROKEN)]) from None
    if not isinstance(last, dict):
        raise BadFile([Problem(Rule.WORKBOOK_BROKEN)])
    if "refused" in last:
        rule = _RULES.get(last["refused"], Rule.WORKBOOK_BROKEN)
        facts = {
            Rule.TOO_MANY_ROWS: f"{limits.rows:,}",
            Rule.TOO_MANY_COLUMNS: str(MAX_COLUMNS),
            Rule.CELL_TOO_LONG: f"{MOST_CHARACTERS:,}",
            Rule.WORKBOOK_TOO_MUCH: f"{MOST_ANSWER // BLOCK} MiB",
        }
        raise BadFile([Problem(rule, last["row"], fact=facts.get(rule))])
    if not last.get("end"):
        raise BadFile([Problem(Rule.WORKBOOK_BROKEN)])
    return _Answer(
        io.BytesIO(said), [(str(n), str(s)) for n, s in first["sheets"]], first["whole"], bool(first["from_1904"])
    )
