"""Files attached to a case: judged by their content, kept exactly as they came."""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.cases import LARGEST_FILE, MOST_FILES, FileKind
from portal.domain.typed_text import as_typed
from portal.models import CaseEntry, CaseFile
from portal.services.files.formats import is_whole_pdf
from portal.services.store.refusals import Refusal, Rejected

LONGEST_NAME = 120
SUFFIXES = {FileKind.PDF: ".pdf", FileKind.JPEG: ".jpg", FileKind.PNG: ".png"}
# Names of a JPEG or PDF that need no other suffix.
_OWN_SUFFIXES = {FileKind.PDF: {".pdf"}, FileKind.JPEG: {".jpg", ".jpeg", ".jpe"}, FileKind.PNG: {".png"}}
_PNG = b"\x89PNG\r\n\x1a\n"
# A marker in the picture's data: neither a stuffed byte, nor a restart, nor another fill byte.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# Frames of a picture: C0 to CF without the tables C4, C8 and CC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class NewFile:
    """File as it was sent: its name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Judged:
    """File that may be kept, with its kind and a safe name."""

    name: str
    kind: FileKind
    content: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).digest()


def judged(files: Sequence[NewFile]) -> tuple[Judged, ...]:
    """Return the files with their kinds, without those that the browser sent empty and unnamed.

    Refuses (``Rejected`` on ``files``) more than three, one of more than 5 MiB, and whatever is no PDF, JPEG or PNG by
    its content, whatever its name says.
    """
    sent = [file for file in files if file.content or file.name]
    if len(sent) > MOST_FILES:
        raise Rejected(Refusal.CASE_FILES_TOO_MANY, "files", most=MOST_FILES, length=len(sent))
    return tuple([_judge(file) for file in sent])


class LeftOut(NamedTuple):
    """File that was not kept: its place among those sent (from 1), name, size in bytes, and why."""

    place: int
    name: str
    size: int
    why: Refusal


def select_files(files: Sequence[NewFile]) -> tuple[tuple[Judged, ...], tuple[LeftOut, ...]]:
    """Return the files that are kept, under the limits of ``judged``, and those that are not.

    For what came by itself, such as mail: the first three that may be kept are kept, whatever stands between them.
    """
    kept: list[Judged] = []
    left_out: list[LeftOut] = []
    for place, file in enumerate(files, start=1):
        try:
            found = _judge(file)
            if len(kept) == MOST_FILES:
                raise Rejected(Refusal.CASE_FILES_TOO_MANY, "files")
        except Rejected as refused:
            left_out.append(LeftOut(place, _shown(file.name), len(file.content), refused.refusal))
        else:
            kept.append(found)
    return tuple(kept), tuple(left_out)


def _judge(file: NewFile) -> Judged:
    shown = _shown(file.name)
    if len(file.content) > LARGEST_FILE:
        raise Rejected(Refusal.CASE_FILE_TOO_LARGE, "files", name=shown, megabytes=LARGEST_FILE // 1024**2)
    kind = kind_of(file.content)
    if kind is None:
        raise Rejected(Refusal.CASE_FILE_KIND, "files", name=shown)
    return Judged(_safe_name(shown, kind), kind, file.content)


def kind_of(content: bytes) -> FileKind | None:
    """Return the kind of a file by its beginning and its structure; None for any other, broken or cut off."""
    if is_whole_pdf(content):
        return FileKind.PDF
    if _is_png(content):
        return FileKind.PNG
    return FileKind.JPEG if _is_jpeg(content) else None


def _is_png(content: bytes) -> bool:
    """Tell whether it is a PNG of whole chunks from header to end, each with its right checksum."""
    if not content.startswith(_PNG):
        return False
    names = list(_chunks(content))
    return names[:1] == [b"IHDR"] and names[-1:] == [b"IEND"] and b"IDAT" in names


def _chunks(content: bytes) -> Iterator[bytes]:
    """Yield the name of each chunk; a broken one, or bytes after the end, yield an empty name last."""
    place, name = len(_PNG), b""
    while place < len(content) and name != b"IEND":
        length = int.from_bytes(content[place : place + 4])
        end = place + 12 + length
        name = content[place + 4 : place + 8]
        if end > len(content) or zlib.crc32(content[place + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            yield b""
            return
        yield name
        place = end
    if place != len(content):
        yield b""


def _is_jpeg(content: bytes) -> bool:
    """Tell whether it is a JPEG of whole segments with a frame, a scan and an end.

    Telephones write a second picture after the end: what follows it is not looked at.
    """
    if not content.startswith(b"\xff\xd8\xff"):
        return False
    place, has_frame, has_scan = 2, False, False
    while place + 2 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == _END_OF_IMAGE:
            return has_frame and has_scan
        if marker == 0xFF:
            place += 1
            continue
        length = int.from_bytes(content[place + 2 : place + 4])
        if length < 2 or place + 2 + length > len(content):
            return False
        if marker in _FRAMES:
            has_frame = length > 8 and b"\0\0" not in (content[place + 5 : place + 7], content[place + 7 : place + 9])
        place += 2 + length
        if marker == _START_OF_SCAN:
            has_scan = True
            found = _JPEG_MARKER.search(content, place)
            if found is None:
                return False
            place = found.start()
    return False


def _shown(name: str) -> str:
    """Return the last part of a file's name on one line, as words can quote it."""
    last = as_typed(PurePosixPath(name.replace("\\", "/")).name)
    return last[-LONGEST_NAME:] or "sin nombre"


def _safe_name(name: str, kind: FileKind) -> str:
    """Return the name with the suffix of its kind: what it is called never says more than what it is."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _OWN_SUFFIXES[kind]:
        return name
    return name[: LONGEST_NAME - len(SUFFIXES[kind])] + SUFFIXES[kind]


def keep(session: Session, *, entry: CaseEntry, files: Sequence[Judged]) -> None:
    """Write the files of an entry, inside the caller's transaction."""
    session.flush()
    session.add_all(
        [
            CaseFile(
                public_id=secrets.token_urlsafe(12),
                entry_id=entry.id,
                name=file.name,
                kind=file.kind,
                size=len(file.content),
                digest=file.digest,
                content=file.content,
            )
            for file in files
        ]
    )
