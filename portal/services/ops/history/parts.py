"""Parts of the former system's files: which figures each sheet has, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NamedTuple

from portal.domain.searched import comparable
from portal.services.files import intake
from portal.services.files.cells import Decimals
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.questions import Answers
from portal.services.files.sheet_columns import Column, Holds
from portal.services.files.sheet_headers import FIGURE, LINES_ABOVE, make_titles, match_title
from portal.services.files.sheet_layouts import find_whole_layout
from portal.services.files.sheet_sources import SheetSource
from portal.services.files.sheet_tables import HISTORY, Table
from portal.services.files.spelled_days import is_day

from .shapes import POINT, Figure, columns_of, find_figure, is_opening_row, list_columns

# Stands for "Saldo inicial" in the column of days: no gas day of ours.
BEFORE_ALL = "1999-12-31"
_NEEDED = "nominación, autorizada, consumo, desbalance, acumulado o saldo inicial, con su fecha"


class File(NamedTuple):
    """A file of the former system: its name, and its bytes; a long text as a stream."""

    name: str
    content: bytes | BinaryIO


@dataclass
class Part:
    """One figure of one sheet as a table; ``place`` names the sheet and its file.

    ``named_by`` are the texts that may name its one point, the likeliest first; empty where rows or titles name it.
    ``opening`` is the text of a balance before the first day that stands above the table.
    """

    place: str
    figure: Figure
    table: Table
    named_by: tuple[tuple[str, ...], ...] = ()
    opening: str | None = None
    # Lines of words below the header, with what may be the name of another point there: a page a point.
    between: tuple[tuple[int, tuple[str, ...]], ...] = ()
    # Whether dots group thousands, where the other columns or files decided that.
    read_as_others: bool | None = None


class Refused(Exception):
    """Files that were refused, nothing of them written: each place with what is wrong there."""

    def __init__(self, places: Sequence[tuple[str, BadFile]]) -> None:
        self.places = tuple(places)
        super().__init__("; ".join(f"{place}: {bad.problems[:3]}" for place, bad in places))


@dataclass
class Found:
    """Parts of the files, in their order; sheets that have no figure of an account; SHA-256 of each file."""

    parts: list[Part] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)


class _Header(NamedTuple):
    """A header with a title for each figure: its record, the figures, whether a column or several have each."""

    at: int
    figures: list[Figure]
    is_keyed: bool
    is_grouped: bool


def read_files(files: Sequence[File], *, answers: Answers) -> Found:
    """Return the parts of the files; ``Refused`` if one cannot be read or has no figure of an account."""
    found, refused = Found(), list[tuple[str, BadFile]]()
    for file in files:
        try:
            sources = intake.open_sheets(file.content, list_columns(), limits=HISTORY)
        except BadFile as bad:
            refused.append((file.name, bad))
            continue
        found.digests.append(sources[0].digest)
        parts: list[Part] = []
        passed_over: list[str] = []
        before = len(refused)
        for source in sources:
            place = file.name if source.name is None else f"{file.name} «{source.name}»"
            try:
                of_sheet = _parts_of(source, file.name, place, answers)
            except BadFile as bad:
                refused.append((place, bad))
                continue
            parts += of_sheet
            if not of_sheet:
                passed_over.append(place)
        if not parts and len(refused) == before:
            refused.append((file.name, BadFile([Problem(Rule.MISSING_COLUMN, fact=_NEEDED)])))
        _decide_together(parts)
        found.parts += parts
        found.passed_over += passed_over
    if refused:
        raise Refused(refused)
    _decide_together(found.parts)
    return found


def _decide_together(parts: Sequence[Part]) -> None:
    """Read figures that can be read in two ways as the other columns of the file, or the other files, decide it."""
    said = {part.table.seen.decimals for part in parts} & {Decimals.COMMA, Decimals.POINT}
    if len(said) != 1 or any(part.table.seen.decimals is Decimals.BOTH for part in parts):
        return
    for part in parts:
        table = part.table
        if table.is_open_figures and table.answers.dots_group is None:
            table.answer(replace(table.answers, dots_group=said == {Decimals.COMMA}))
            part.read_as_others = said == {Decimals.COMMA}


def _parts_of(source: SheetSource, name: str, place: str, answers: Answers) -> list[Part]:
    """Return the parts of one sheet, none if it has no figure of an account."""
    stem = name.rpartition(".")[0] or name
    header = _find_header(source.head)
    if header is not None:
        keyed = header.is_keyed or header.is_grouped
        parts = [
            Part(place, figure, _read(source, columns_of(figure, keyed=keyed), answers, keyed=keyed))
            for figure in header.figures
        ]
        if not keyed:
            above = source.head[: header.at]
            between = _list_words_between(source, source.head[header.at][0], answers)
            for part in parts:
                part.named_by, part.between = _names(source, above, stem), between
            opening = _find_opening_above(above)
            if opening is not None:
                parts[0].opening = opening
        return parts
    figure = _find_named_figure(source, stem)
    if figure is None:
        return []
    columns = columns_of(figure, keyed=True, plain=True)
    try:
        if find_whole_layout(_rewritten(source.head), columns, sheet=source.name or "") is None:
            return []
    except BadFile:
        # Its header has errors, which reading it names.
        pass
    return [Part(place, figure, _read(source, columns, answers, keyed=True))]


def _read(source: SheetSource, columns: Sequence[Column], answers: Answers, *, keyed: bool) -> Table:
    listed = POINT if keyed else None
    return source.make_table(columns, limits=HISTORY, listed=listed, answers=answers, rewrite=_rewrite)


def _rewrite(texts: list[str]) -> list[str]:
    """Return a record with a day in the place of the words of an opening balance."""
    place = is_opening_row(texts)
    if place is None or not any(map(_is_figure, texts)):
        return texts
    return [*texts[:place], BEFORE_ALL, *texts[place + 1 :]]


def _rewritten(head: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    return [(line, _rewrite(texts)) for line, texts in head]


_SIGNED = re.compile(r"\(.*\)|.*-")


def _is_figure(text: str) -> bool:
    bare = text.strip("()").rstrip("-") if _SIGNED.fullmatch(text) else text
    return FIGURE.fullmatch(bare) is not None


def _find_header(head: Sequence[tuple[int, list[str]]]) -> _Header | None:
    """Return the header that has a title for each figure, in one row or two; None without one."""
    for at, (_, texts) in enumerate(head[:LINES_ABOVE]):
        found = _read_titles(texts, at)
        if found is not None:
            return found
    # A line right above a header of one row would make one of two with it.
    for at, (_, texts) in enumerate(head[:LINES_ABOVE]):
        below = head[at + 1][1] if at + 1 < len(head) else []
        if below and not any(map(FIGURE.fullmatch, below)):
            found = _read_titles(make_titles(texts, below, list_columns()), at)
            if found is not None:
                return found
    return None


def _read_titles(titles: Sequence[str], at: int) -> _Header | None:
    figures: list[Figure] = []
    seen: set[str] = set()
    is_grouped = False
    names: set[Holds] = set()
    for title in filter(None, titles):
        for figure in Figure:
            match = match_title(title, columns_of(figure, keyed=True))
            if match is None:
                continue
            if match.column.holds is Holds.FIGURE:
                figures += [] if figure in figures else [figure]
                is_grouped = is_grouped or comparable(title) in seen
                seen.add(comparable(title))
                break
            if match.column.holds is not None:
                names.add(match.column.holds)
                break
    has_key = bool(names & {Holds.KEY, Holds.NAME})
    if not figures or not (Holds.DAY in names or (has_key and Figure.OPENING in figures)):
        return None
    return _Header(at, figures, has_key, is_grouped and not has_key)


def _find_named_figure(source: SheetSource, stem: str) -> Figure | None:
    """Return the figure that a sheet of one figure is of: by its name, a title above it, or the name of the file."""
    texts = [source.name or "", *[text for _, texts in source.head[:LINES_ABOVE] for text in texts], stem]
    return next((figure for text in texts if text and (figure := find_figure(text)) is not None), None)


def _names(source: SheetSource, above: Sequence[tuple[int, list[str]]], stem: str) -> tuple[tuple[str, ...], ...]:
    """Return the texts that may name the one point of a sheet: labelled, its name, the lines above, the file's name."""
    labelled: list[str] = []
    others: list[str] = []
    titles = columns_of(Figure.CONSUMED, keyed=True)
    for _, texts in above:
        for place, text in enumerate(texts):
            label, colon, value = text.partition(":")
            match = match_title(label.strip(), titles)
            if match is not None and match.column.holds in (Holds.KEY, Holds.NAME):
                said = value.strip() if colon and value.strip() else next(filter(None, texts[place + 1 :]), "")
                labelled += [said] if said else []
            elif text:
                others += [text, value.strip()] if value.strip() else [text]
    return tuple(each for each in (tuple(labelled), (source.name or "",), tuple(others), (stem,)) if any(each))


def _list_words_between(source: SheetSource, header: int, answers: Answers) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the lines below a header that have neither day nor figure, with their texts and those after a colon."""
    read, _ = source.opener(answers)
    found: list[tuple[int, tuple[str, ...]]] = []
    for line, texts in read():
        said = list(filter(None, texts))
        if line > header and not (is_day(texts[0]) or any(map(_is_figure, said))):
            found.append((line, (*said, *[value for text in said if (value := text.partition(":")[2].strip())])))
    return tuple(found)


def _find_opening_above(above: Sequence[tuple[int, list[str]]]) -> str | None:
    """Return the figure beside the words of an opening balance above a table; None without one."""
    for _, texts in above:
        for place, text in enumerate(texts):
            label, _, value = text.partition(":")
            if is_opening_row([label.strip()]) is not None and comparable(label):
                said = value.strip() or next(filter(None, texts[place + 1 :]), "")
                if any(map(str.isdigit, said)):
                    return said
    return None
