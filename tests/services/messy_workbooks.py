"""Workbooks as people and machines really send them, built here: what must be said of each, or what it holds."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl


def workbook(*rows: tuple[Any, ...]) -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one more part."""
    body = io.BytesIO(content)
    with zipfile.ZipFile(body, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, part)
    return body.getvalue()
