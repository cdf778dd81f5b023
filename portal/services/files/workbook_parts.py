"""Parts of a workbook (.xlsx): sheets, shared texts, formats; read in a process of its own.

A library for values hides hidden sheets, rows and columns, cells in error, formulas without a stored value and whether
a day is shown with its hour (adr 0080); so the parts are read here, by the parser of the standard library.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from decimal import Decimal
from typing import IO, Any, NamedTuple
from xml.parsers import expat

# Marks of a cell without a value: a workbook may not contain these characters.
ERROR, UNCOMPUTED = "\x01", "\x02"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_WHOLE = re.compile(r"-?[0-9]{1,15}(?:\.0+)?")
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_BUILT_IN = {**dict.fromkeys([14, 15, 16, 17, *range(27, 32), 34, 35, 36, *range(50, 59)], "d"), 22: "dh"}
# A share of a hundred; the formats of every spreadsheet have two of them.
_PERCENT = "%"
_BUILT_IN |= dict.fromkeys([9, 10], _PERCENT)
_BUILT_IN |= dict.fromkeys([18, 19, 20, 21, 32, 33, 45, 47], "h")


def is_unread(text: str) -> bool:
    """Tell whether a cell has no value: it is in error, or its formula was never computed."""
    return text[:1] in (ERROR, UNCOMPUTED) and text != ""


class Refused(Exception):
    """The workbook goes beyond a limit, or cannot be read."""

    def __init__(self, rule: str, row: int | None = None) -> None:
        super().__init__(rule)
        self.rule, self.row = rule, row


class Limits(NamedTuple):
    """Rows with something in them, characters of a cell, bytes of the answer."""

    rows: int
    characters: int
    answer: int


class Sheet(NamedTuple):
    """A sheet of the workbook: its place in the archive, and ``visible``, ``hidden`` or ``veryHidden``."""

    name: str
    state: str
    part: str


class Workbook:
    """The parts of the archive with content, each read only when needed."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self._limits = limits
        self.sheets: list[Sheet] = []
        self.from_1904 = False
        self._strings: list[str | None] = []
        self._kinds: list[str] = []
        self._epoch = dt.datetime(1899, 12, 30)  # noqa: DTZ001
        self._find_parts()

    def open(self, sheet: Sheet) -> IO[bytes]:
        """Return a sheet as stored in the archive."""
        return self._archive.open(sheet.part)

    def text_of(self, kind: str, style: int, text: str) -> str:
        """Return a cell as a person would type it, in one unambiguous form."""
        if kind == "s":
            shared = self._strings[int(text)]
            if shared is None:
                raise Refused("cell-too-long")
            return shared
        if kind in ("str", "inlineStr"):
            return _unescaped(text)
        if kind == "b":
            return "True" if text.strip() == "1" else "False"
        if kind == "e":
            return ERROR + text
        if kind == "d":
            return text.replace("T", " ").removesuffix(" 00:00:00").removesuffix("Z")
        return self._number(text.strip(), self._kinds[style] if 0 <= style < len(self._kinds) else "")

    def _number(self, text: str, shown: str) -> str:
        if shown == _PERCENT:
            # What is stored as 0.07 is read as it is seen: 7 %.
            return f"{_plain(Decimal(text) * 100)} %"
        if shown:
            return self._moment(float(text), shown)
        if _WHOLE.fullmatch(text):
            whole = text.partition(".")[0]
            return "0" if whole == "-0" else whole
        value = float(text)
        # Six decimals: three could be read as grouped thousands, and a binary fraction has no end.
        return f"{value:.0f}" if value == int(value) else f"{value:.6f}"

    def _moment(self, serial: float, shown: str) -> str:
        seconds = round(serial * 86_400)
        days, rest = divmod(seconds, 86_400)
        if not -600_000 < days < 2_900_000:
            raise Refused("broken")
        hour = str(dt.timedelta(seconds=rest)).rjust(8, "0")
        if "d" not in shown and days == 0:
            return hour
        day = (self._epoch + dt.timedelta(days)).date().isoformat()
        return f"{day} {hour}" if rest or "h" in shown else day

    def _find_parts(self) -> None:
        names = set(self._archive.namelist())
        root = self._relations("")
        main = next((part for kind, part in root.values() if kind.endswith("/officeDocument")), "xl/workbook.xml")
        related = self._relations(main)
        found: list[tuple[str, str, str]] = []

        def begin(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self._epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001
                self.from_1904 = True
            elif name == "sheet":
                link = next(value for key, value in attributes.items() if key.endswith(":id") or key == "id")
                found.append((attributes.get("name", ""), attributes.get("state", "visible"), link))

        self._walk(main, begin)
        for name, state, link in found:
            kind, part = related.get(link, ("", ""))
            # Charts and dialogues are sheets as well, without cells.
            if kind.endswith("/worksheet") and part in names:
                self.sheets.append(Sheet(name, state, part))
        if not self.sheets:
            raise Refused("broken")
        for kind, part in related.values():
            if kind.endswith("/sharedStrings") and part in names:
                self._read_strings(part)
            elif kind.endswith("/styles") and part in names:
                self._read_styles(part)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the related parts of a part, by the id of the relation: their type and place."""
        folder, name = posixpath.split(part)
        links: dict[str, tuple[str, str]] = {}

        def begin(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes["Target"]
                path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                links[attributes["Id"]] = (attributes.get("Type", ""), posixpath.normpath(path))

        where = posixpath.join(folder, "_rels", f"{name}.rels")
        if where in self._archive.namelist():
            self._walk(where, begin)
        return links

    def _read_strings(self, part: str) -> None:
        held: list[str] = []
        size = phonetic = 0
        inside = False

        def begin(tag: str, _attributes: dict[str, str]) -> None:
            nonlocal size, phonetic, inside
            if tag == "si":
                held.clear()
                size = 0
            phonetic += tag == "rPh"
            inside = tag == "t" and not phonetic

        def end(tag: str) -> None:
            nonlocal phonetic, inside
            phonetic -= tag == "rPh"
            inside = False
            if tag == "si":
                self._strings.append(_unescaped("".join(held)) if size <= self._limits.characters else None)

        def text(data: str) -> None:
            nonlocal size
            if inside:
                size += len(data)
                if size <= self._limits.characters:
                    held.append(data)

        self._walk(part, begin, end, text)

    def _read_styles(self, part: str) -> None:
        formats = dict(_BUILT_IN)
        inside = False

        def begin(tag: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if tag == "numFmt":
                formats[int(attributes["numFmtId"])] = _shown_by(attributes.get("formatCode", ""))
            elif tag == "cellXfs":
                inside = True
            elif tag == "xf" and inside:
                self._kinds.append(formats.get(int(attributes.get("numFmtId", "0")), ""))

        def end(tag: str) -> None:
            nonlocal inside
            inside = inside and tag != "cellXfs"

        self._walk(part, begin, end)

    def _walk(self, part: str, begin: Any, end: Any = None, text: Any = None) -> None:
        parser = make_parser(begin, end, text)
        with self._archive.open(part) as file:
            while block := file.read(1 << 16):
                parser.Parse(block)
            parser.Parse(b"", True)


def make_parser(begin: Any, end: Any = None, text: Any = None) -> expat.XMLParserType:
    """Return a parser that refuses declarations of entities: they can expand without bound, or read another file."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: begin(tag.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = text

    def refuse(*_: object) -> None:
        raise Refused("broken")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _shown_by(code: str) -> str:
    """Return whether a format shows a day (``d``), an hour (``h``), both, a share of a hundred (``%``) or none."""
    bare = _QUOTED.sub("", code[:255].partition(";")[0]).lower()
    if "%" in bare:
        return _PERCENT
    # A format of figures; hours beyond the day are a length of time.
    if any(each in bare for each in "0#?[") or "general" in bare:
        return ""
    return ("d" if "d" in bare or "y" in bare or bare.strip("m ./-") == "" < bare else "") + (
        "h" if "h" in bare else ""
    )


def _plain(value: Decimal) -> str:
    """Return a figure without exponent, and without the last digits of a binary fraction."""
    return f"{value.quantize(Decimal('0.000001')):f}".rstrip("0").removesuffix(".")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
