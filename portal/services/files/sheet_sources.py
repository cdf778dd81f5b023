"""Sheets of a file that are read several times, each time by other columns: files of more than one kind of figure."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Generator, Sequence
from typing import BinaryIO, NamedTuple

from .delimited_files import open_text
from .formats import COMPOUND, ZIP, detect_text_format
from .problems import BadFile, Problem, Rule
from .questions import NOTHING_KNOWN, Answers
from .sheet_headers import LOOKED_AT
from .sheet_tables import UPLOAD, Column, Limits, Origin, Read, Seen, Table, table_of
from .workbook_files import open_sheets

# Given the texts of a record, what is read in its place.
Rewrite = Callable[[list[str]], list[str]]


class SheetSource(NamedTuple):
    """A sheet of a workbook, or a delimited text, whose ``name`` is None; ``head`` are its first records.

    ``digest`` is the SHA-256 of the file.
    """

    name: str | None
    head: Sequence[tuple[int, list[str]]]
    digest: bytes
    opener: Callable[[Answers], tuple[Read, Origin]]

    def make_table(
        self,
        columns: Sequence[Column],
        *,
        limits: Limits,
        listed: str | None = None,
        answers: Answers = NOTHING_KNOWN,
        rewrite: Rewrite,
    ) -> Table:
        """Return the sheet as a table of these columns; ``BadFile`` and ``Unanswered`` as ``read_any``.

        Cells in error are problems of their rows. ``rewrite`` changes records before anything is made of them.
        """
        read, origin = self.opener(answers)

        def rewritten() -> Generator[tuple[int, list[str]]]:
            for line, texts in read():
                yield line, rewrite(texts)

        return table_of(
            rewritten,
            self.digest,
            columns,
            origin=origin,
            limits=limits,
            listed=listed,
            answers=answers,
            lenient=True,
        )


def open_sources(content: bytes | BinaryIO, columns: Sequence[Column], *, limits: Limits) -> list[SheetSource]:
    """Return the sheets of a file, workbook or delimited text; ``BadFile`` if it is neither, or empty.

    ``columns`` are all that the sheets may have: their titles show the delimiter of a text. A workbook is given as
    bytes.
    """
    if isinstance(content, bytes) and content.startswith((ZIP, COMPOUND)):
        sheets = open_sheets(content, limits=Limits(min(limits.bytes, UPLOAD.bytes), limits.rows))
        digest = hashlib.sha256(content).digest()
        found = [SheetSource(each.name, each.head, digest, each.open) for each in sheets]
    else:
        if isinstance(content, bytes) and (other := detect_text_format(content[:4096])) is not None:
            raise BadFile([Problem(Rule.OTHER_FORMAT, fact=other.value)])
        text = open_text(content, columns, limits=limits)
        beginning = text.read()
        head = list(itertools.islice(beginning, LOOKED_AT))
        beginning.close()
        found = [SheetSource(None, head, text.digest, lambda _: (text.read, Origin(Seen(encoding=text.encoding))))]
    if not any(each.head for each in found):
        raise BadFile([Problem(Rule.NO_ROWS)])
    return found
