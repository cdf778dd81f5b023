"""Documents on paper: Typst templates filled with data, as tagged PDF with embedded fonts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import typst

# For screen readers (PDF/UA), and readable as long as the contract lasts (PDF/A).
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]

# One document at a time in a process; a compiler keeps the template and the fonts that it has read.
_turn = Lock()
_compilers: dict[Path, typst.Compiler] = {}

# The typesetter caches the results of ten documents, some 10 MB each, though no two are alike. Ten empty ones after
# each take a quarter of the time of a page, leave a third of that memory, and speed up the next page.
_FORGETS_AFTER = 10
_EMPTY = Path(__file__).with_name("empty.typ")


def typeset(template: Path, data: Mapping[str, Any], *, now: datetime) -> bytes:
    """Return the PDF of ``template`` for ``data``, which it reads as JSON from its input ``data``.

    Data is never part of the source, so that no text is parsed as markup. The same arguments give the same bytes. The
    template may read its own folder only; packages and the fonts of the machine are not used. About 50 ms a page.
    """
    # PDF dates have no fraction of a second.
    moment = now.astimezone(UTC).replace(microsecond=0)
    made = _compile(template, data, format="pdf", pdf_standards=STANDARDS, timestamp=moment)
    if not isinstance(made, bytes):
        raise TypeError("a document is one file")
    return made


def _compile(template: Path, data: Mapping[str, Any], **how: Any) -> bytes | list[bytes] | None:
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    with _turn:
        try:
            return _compiler(template).compile(sys_inputs=inputs, **how)
        finally:
            for _ in range(_FORGETS_AFTER):
                _compiler(_EMPTY).compile(format="pdf")


def _compiler(template: Path) -> typst.Compiler:
    if template not in _compilers:
        _compilers[template] = typst.Compiler(template, root=template.parent, ignore_system_fonts=True)
    return _compilers[template]
