"""Files are read in one way: no kind opens a sheet, and no page a file, past the intake (adr/0106)."""

from __future__ import annotations

import ast

from tests.rules.test_sources import calls, modules

READERS = {"read_any", "read_table"}
READ_IN = {
    "portal/services/files/intake.py",
    "portal/services/files/workbook_files.py",
}
# How a page takes what was sent; that something was sent at all may be asked anywhere.
TAKEN_IN = {"portal/web/uploaded.py"}


def readers(source: str) -> list[int]:
    """The lines on which a reader of sheets is imported or called."""
    found = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and READERS & {alias.name for alias in node.names}
    ]
    return found + [call.lineno for call in calls(source) if ast.unparse(call.func).split(".")[-1] in READERS]


def opened(source: str) -> list[int]:
    """The lines on which the bytes of a sent file are taken."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and (node.attr == "stream" or (node.attr == "read" and ast.unparse(node.value).endswith((".data", ".stream"))))
    ]


def test_no_kind_reads_a_file_but_through_the_intake():
    assert {name for name, source in modules("portal").items() if readers(source)} == READ_IN


def test_a_kind_that_reads_a_file_itself_is_found():
    assert readers("from portal.services.files.workbook_files import read_any")
    assert readers("workbook_files.read_any(content, COLUMNS)")
    assert not readers("intake.read(FILES, content)")


def test_no_page_opens_a_sent_file_itself():
    sources = modules("portal", "blueprints") | modules("portal", "web")
    assert {name for name, source in sources.items() if opened(source)} == TAKEN_IN


def test_a_page_that_opens_a_sent_file_is_found():
    assert opened("content = form.file.data.read()")
    assert opened("with sent.stream:\n    pass")
    assert not opened("content = content_of(form.file.data)")
