"""Documents on paper: Typst templates filled with data, as tagged PDF with embedded fonts; drawings as PNG."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# Printed in place of a character that the fonts of the compiler do not have: one of them would stop the document,
# since PDF/A and PDF/UA allow no sign without a glyph.
SUBSTITUTE = "\N{WHITE SQUARE}"
SUBSTITUTED_WORDS = f"Los caracteres que este papel no puede mostrar salen como {SUBSTITUTE}; el texto completo está en"
# What the fonts have, by first and last code point: Latin, Greek, Cyrillic; signs of writing, money, units, arrows,
# formulas. No loose accents, which need a font that has the letter before them too. A test typesets each.
_SHOWN = (
    *((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38C, 0x38C)),
    *((0x38E, 0x3A1), (0x3A3, 0x482), (0x48A, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x200A), (0x2010, 0x2027)),
    *((0x202F, 0x2040), (0x2070, 0x2071), (0x2074, 0x208E), (0x2090, 0x209C), (0x20A0, 0x20C0), (0x2100, 0x211E)),
    *((0x2126, 0x2151), (0x2153, 0x2184), (0x2190, 0x23FF), (0x2460, 0x2606)),
)
SHOWN = frozenset(chr(code) for first, last in _SHOWN for code in range(first, last + 1)) | frozenset("\n\t")
# Without a sign of their own: controls, marks of direction, joiners, halves of a character.
_WITHOUT_SIGN = frozenset({"Cc", "Cf", "Cs"})
# Change how the character before them is drawn.
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def typeset(template: Path, data: Mapping[str, Any], *, now: datetime, complete_in: str) -> bytes:
    """Return the PDF of ``template`` for ``data``, which it reads as JSON from its input ``data``.

    Data is never part of the source, so that no text is parsed as markup. The same arguments give the same bytes. The
    template may read its own folder only; packages and the fonts of the machine are not used. About 50 ms a page.
    Characters that the fonts do not have are printed as ``SUBSTITUTE``: the template's input ``substituted`` is the
    sentence that says so, with ``complete_in`` as the place of the whole text; empty where nothing was substituted.
    """
    # PDF dates have no fraction of a second.
    moment = now.astimezone(UTC).replace(microsecond=0)
    given = json.dumps(data, ensure_ascii=False)
    shown = json.dumps(_show_all(data), ensure_ascii=False)
    substituted = shown.count(SUBSTITUTE) > given.count(SUBSTITUTE)
    note = f"{SUBSTITUTED_WORDS} {complete_in}." if substituted else ""
    inputs = {"data": shown, "substituted": note}
    made = _compile(template, inputs, format="pdf", pdf_standards=STANDARDS, timestamp=moment)
    if not isinstance(made, bytes):
        raise TypeError("a document is one file")
    return made


def make_png(template: Path, inputs: Mapping[str, str]) -> bytes:
    """Return the PNG of ``template``, one page without text, for its inputs: a pixel a point. About 10 ms."""
    made = _compile(template, dict(inputs), format="png", ppi=72)
    if not isinstance(made, bytes):
        raise TypeError("a picture is one page")
    return made


def replace_unshown(text: str) -> str:
    """Return a text in characters that the fonts have: what has no sign is dropped, any other substituted."""
    return unicodedata.normalize("NFC", text).translate(_TABLE)


def _show_all(data: Any) -> Any:
    """Return the data of a template with every text shown."""
    if isinstance(data, str):
        return replace_unshown(data)
    if isinstance(data, Mapping):
        return {name: _show_all(each) for name, each in data.items()}
    if isinstance(data, list | tuple):
        return [_show_all(each) for each in data]
    return data


class _Table(dict[int, "int | str | None"]):
    """Translation table filled as characters are met."""

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = self._read(chr(code))
        return found

    def _read(self, character: str) -> str | None:
        if character in SHOWN:
            return character
        if unicodedata.category(character) in _WITHOUT_SIGN or character in _SELECTORS:
            return None
        return SUBSTITUTE


_TABLE = _Table()


def _compile(template: Path, inputs: dict[str, str], **how: Any) -> bytes | list[bytes] | None:
    with _turn:
        try:
            return _compiler(template).compile(sys_inputs=inputs, **how)
        finally:
            for _ in range(_FORGETS_AFTER):
                _compiler(_EMPTY).compile(format="pdf")


def _compiler(template: Path) -> typst.Compiler:
    if template not in _compilers:
        # Few processes ever set a document (docs/adr/0149).
        import typst

        _compilers[template] = typst.Compiler(template, root=template.parent, ignore_system_fonts=True)
    return _compilers[template]
