"""Format of a file by its first bytes, whatever its name: a sheet, or another file in its place."""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum

ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Size of the sample that shows the format.
START = 4096


class FileFormat(StrEnum):
    """Formats that may be handed over in place of a sheet; the words are in the interface."""

    WEB_PAGE = "web-page"
    WEB_ARCHIVE = "web-archive"
    XML = "xml"
    JSON = "json"
    PDF = "pdf"
    RICH_TEXT = "rich-text"
    IMAGE = "image"
    ZIP = "zip"
    COMPRESSED = "compressed"
    OLD_WORKBOOK = "old-workbook"
    BINARY_WORKBOOK = "binary-workbook"
    LOCKED_WORKBOOK = "locked-workbook"
    OPEN_DOCUMENT = "open-document"
    OTHER_DOCUMENT = "other-document"


_BEGINNINGS = (
    (b"%PDF", FileFormat.PDF),
    (b"{\\rtf", FileFormat.RICH_TEXT),
    (b"\x89PNG", FileFormat.IMAGE),
    (b"\xff\xd8\xff", FileFormat.IMAGE),
    (b"GIF8", FileFormat.IMAGE),
    (b"II*\0", FileFormat.IMAGE),
    (b"MM\0*", FileFormat.IMAGE),
    (b"PK\x05\x06", FileFormat.ZIP),
    (b"Rar!", FileFormat.COMPRESSED),
    (b"7z\xbc\xaf", FileFormat.COMPRESSED),
    (b"\x1f\x8b", FileFormat.COMPRESSED),
    (b"BZh", FileFormat.COMPRESSED),
    (b"\xfd7zXZ", FileFormat.COMPRESSED),
    # Workbooks older than compound files.
    (b"\x09\x00\x04\x00", FileFormat.OLD_WORKBOOK),
    (b"\x09\x02\x06\x00", FileFormat.OLD_WORKBOOK),
    (b"\x09\x04\x06\x00", FileFormat.OLD_WORKBOOK),
    (b"\x09\x08\x08\x00", FileFormat.OLD_WORKBOOK),
    (b"\x09\x08\x10\x00", FileFormat.OLD_WORKBOOK),
)
_PDF = re.compile(rb"%PDF-[12]\.[0-9]")
_PDF_END = re.compile(rb"startxref\s+([0-9]{1,10})\s+%%EOF\s*\Z")
# Producers of PDF leave blanks or a few bytes after the end.
_PDF_TAIL = 1024
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|table|meta|style|script|div|p|tr)\b", re.IGNORECASE)


def detect_text_format(start: bytes) -> FileFormat | None:
    """Return the format that a file which is no archive begins like, unless it is delimited text."""
    found = next((known for beginning, known in _BEGINNINGS if start.startswith(beginning)), None)
    if found is not None:
        return found
    if start[:2] == b"BM" and start[6:10] == bytes(4):
        return FileFormat.IMAGE
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return FileFormat.IMAGE
    encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1"
    text = start.decode(encoding, "replace").lstrip("\ufeffï»¿ \t\r\n\0")
    if text.startswith("<"):
        return FileFormat.WEB_PAGE if _HTML.search(text) and "schemas-microsoft-com" not in text else FileFormat.XML
    if text[:13].lower() == "mime-version:":
        return FileFormat.WEB_ARCHIVE
    return FileFormat.JSON if re.match(r'\{\s*"|\[\s*[\[{]', text) else None


def is_whole_pdf(content: bytes) -> bool:
    """Tell whether it begins as a PDF and ends with the place of its table, which lies inside of it."""
    if not _PDF.match(content):
        return False
    end = content.rfind(b"%%EOF")
    if end < 0 or len(content) - end > _PDF_TAIL:
        return False
    found = _PDF_END.search(content[max(0, end - 64) : end + 5])
    return found is not None and 0 < int(found[1]) < end


def detect_compound_format(content: bytes) -> FileFormat | None:
    """Return the content of a compound file: a workbook, old or with a password, or a document; None if unknown."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return FileFormat.LOCKED_WORKBOOK
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book\0")):
        return FileFormat.OLD_WORKBOOK
    return FileFormat.OTHER_DOCUMENT if "WordDocument".encode("utf-16-le") in content else None


def detect_archive_format(archive: zipfile.ZipFile) -> tuple[FileFormat | None, str | None]:
    """Return the format of an archive, None for a readable workbook; and the names in a plain archive."""
    names = archive.namelist()
    if "xl/workbook.bin" in names:
        return FileFormat.BINARY_WORKBOOK, None
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return None, None
    told = archive.read("mimetype") if "mimetype" in names and archive.getinfo("mimetype").file_size < 200 else b""
    if told.startswith(b"application/vnd.oasis"):
        return FileFormat.OPEN_DOCUMENT, None
    if any(name.startswith(("word/", "ppt/", "Index/")) for name in names):
        return FileFormat.OTHER_DOCUMENT, None
    if "[Content_Types].xml" in names:
        return None, None
    held = [name.rpartition("/")[2] for name in names if not name.endswith("/")]
    return FileFormat.ZIP, ", ".join(held[:3])[:80] or None
