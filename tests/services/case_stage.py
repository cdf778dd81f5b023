"""Cases on the stage: files as people attach them, and a petition that is in order."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind
from portal.models import AuditEvent
from portal.services.cases.pqr import Petition


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def pdf(comment: bytes = b"") -> bytes:
    """Return a PDF of one empty page, after a comment of any length."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>",
    )
    written, places = b"%PDF-1.7\n%" + comment + b"\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join([b"%010d 00000 n \n" % place for place in places])
    start = len(written)
    written += b"xref\n0 4\n0000000000 65535 f \n" + table
    return written + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


PDF = pdf()
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
# A frame of one by one, a scan, an end.
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xd2\xff\x00\x7f\xff\xd9"
)


def petition(**given: Any) -> Petition:
    """Return a petition that may be filed."""
    values: dict[str, Any] = {
        "kind": CaseKind.PETITION,
        "name": "Rosa Peña",
        "document": "1.121.900.300",
        "email": "rosa@vecina.example",
        "text": "Pido copia del contrato.",
        "consented": True,
        "electronic_notice": True,
    }
    return Petition(**values | given)


def events(session: Session) -> list[str]:
    """Return the events of cases in the audit, in order."""
    wanted = select(AuditEvent.event).where(AuditEvent.event.like("case:%")).order_by(AuditEvent.sequence)
    return list(session.scalars(wanted))
