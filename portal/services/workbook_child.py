"""Reads the first sheet of a workbook in a process of its own: bytes on its input, a line of JSON a row on its output.

Run as a file, not imported: a workbook of a few kilobytes can abort a parser or ask for all the memory there is
(trust.md §5), and then only this process ends.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import resource
import sys

SECONDS, MEMORY = 20, 1024**3


def main() -> None:
    """Write each row as a list of texts: figures plain with a point, days and moments as ISO 8601."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from python_calamine import CalamineWorkbook

    most_rows = int(sys.argv[1])
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheet = book.get_sheet_by_index(0)
    for number, row in enumerate(sheet.iter_rows()):
        if number > most_rows:
            break
        sys.stdout.write(json.dumps([text_of(cell) for cell in row], ensure_ascii=True) + "\n")


def text_of(cell: object) -> str:
    """Return a cell as a person would type it, in one way that cannot be misread."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        # Six decimals: three could be read as grouped thousands, and a binary fraction has no end.
        return f"{cell:.0f}" if cell == int(cell) else f"{cell:.6f}"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


if __name__ == "__main__":
    main()
