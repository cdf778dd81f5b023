"""Documents on paper: Typst templates filled with data, as tagged PDF with its fonts inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import typst

# To be read by everybody, also with a screen reader (PDF/UA), and for as long as the contract (PDF/A).
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]

# One compiler a process and one document at a time: it keeps what it has read, and takes milliseconds.
_turn = Lock()
_compilers: dict[Path, typst.Compiler] = {}


def typeset(template: Path, data: Mapping[str, Any], *, now: datetime) -> bytes:
    """Return the PDF of ``template`` for ``data``, which it reads as JSON from its input ``data``.

    Data is never part of the source, so that no text is taken for markup. The same arguments give the same bytes. The
    template may read its own folder only; packages and the fonts of the machine are not used. About 10 ms a page.
    """
    made = _compile(template, data, format="pdf", pdf_standards=STANDARDS, timestamp=now.astimezone(UTC))
    if not isinstance(made, bytes):
        raise TypeError("a document is one file")
    return made


def _compile(template: Path, data: Mapping[str, Any], **how: Any) -> bytes | list[bytes] | None:
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    with _turn:
        compiler = _compilers.get(template)
        if compiler is None:
            compiler = typst.Compiler(template, root=template.parent, ignore_system_fonts=True)
            _compilers[template] = compiler
        return compiler.compile(sys_inputs=inputs, **how)
