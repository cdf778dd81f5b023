"""CSV as Excel in Colombia opens it: semicolons, UTF-8 with a mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

# Makes Excel read UTF-8.
MARK = "\ufeff"


def write_rows(rows: Iterable[Iterable[object]], *, mark: bool = True) -> bytes:
    """Return rows as CSV, with a mark unless other rows came before; the same rows give the same bytes.

    A cell of text that people typed needs ``cells.disarm`` before.
    """
    text = io.StringIO()
    if mark:
        text.write(MARK)
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
