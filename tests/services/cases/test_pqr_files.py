"""Files of a case are judged by what they are: magic and structure, size, number, name."""

from __future__ import annotations

import pytest

from portal.domain.cases import LARGEST_FILE, FileKind
from portal.services.cases.pqr import NewFile, judged
from portal.services.store.refusals import Refusal, Rejected
from tests.services.case_stage import JPEG, PDF, PNG, pdf


def refusal(*files: NewFile) -> Refusal:
    with pytest.raises(Rejected) as caught:
        judged(files)
    assert caught.value.field == "files"
    return caught.value.refusal


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, FileKind.PDF),
        (PDF + b"\r\n\r\n", FileKind.PDF),
        (PNG, FileKind.PNG),
        (JPEG, FileKind.JPEG),
        # A telephone writes a second picture behind the first one.
        (JPEG + JPEG, FileKind.JPEG),
    ],
)
def test_a_whole_file_is_known_by_its_content(content: bytes, kind: FileKind):
    (found,) = judged([NewFile("foto", content)])
    assert (found.kind, found.content) == (kind, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF",
        b"%PDF-1.7\n",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\nstartxref\n999999\n%%EOF",
        b"\n" + PDF,
        PDF[:-12],
        PDF + b"x" * 2000,
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + PDF,
        b"MZ" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        PNG[:-1],
        # One byte of the picture was changed, or of its checksum.
        PNG[:41] + b"!" + PNG[42:],
        PNG[:-1] + b"!",
        PNG + b"<script>",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xff" + b"IHDR",
        JPEG[:-2],
        JPEG[:20],
        JPEG.replace(b"\x00\x01\x00\x01\x01\x01\x11", b"\x00\x00\x00\x01\x01\x01\x11"),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x01",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + b"\xff" * 5000,
    ],
)
def test_what_is_fake_broken_or_cut_off_is_refused(content: bytes):
    assert refusal(NewFile("acta.pdf", content)) is Refusal.CASE_FILE_KIND


def test_a_part_without_name_and_content_is_what_a_browser_sends_for_no_file():
    assert judged([NewFile("", b"")]) == ()


def test_three_files_of_five_mebibytes_are_taken_and_no_more():
    largest = pdf(b"x" * (LARGEST_FILE - len(pdf()) - 8))
    largest += b"\n" * (LARGEST_FILE - len(largest))
    assert len(largest) == LARGEST_FILE
    assert len(judged([NewFile("a.pdf", largest)] * 3)) == 3
    assert refusal(*[NewFile("a.pdf", PDF)] * 4) is Refusal.CASE_FILES_TOO_MANY
    assert refusal(NewFile("a.pdf", largest + b"\n")) is Refusal.CASE_FILE_TOO_LARGE


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("acta.pdf", PDF, "acta.pdf"),
        ("acta.PDF", PDF, "acta.PDF"),
        ("foto.jpeg", JPEG, "foto.jpeg"),
        # The name says no more than the content is.
        ("factura.html", PDF, "factura.html.pdf"),
        ("factura.pdf", PNG, "factura.pdf.png"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("C:\\Users\\Rosa\\acta.pdf", PDF, "acta.pdf"),
        ("ac\u202efdp.exe", PDF, "acfdp.exe.pdf"),
        ("", PDF, "sin nombre.pdf"),
        ("á" * 300 + ".pdf", PDF, "á" * 116 + ".pdf"),
    ],
)
def test_a_name_is_one_safe_line_with_the_suffix_of_the_kind(name: str, content: bytes, kept: str):
    assert judged([NewFile(name, content)])[0].name == kept
