"""Docstrings and comments in plain technical English: how a docstring begins, and words that are out of use."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A question or a pronoun names nothing: say what the thing is, or what the function does.
NO_SUBJECT = re.compile(
    r"(What|Whatever|Whether|How|Why|Where|Who|Whoever|Whom|Which|When|Until|Since|That|This|It|They|Nobody|Said|Told)\b"
)
# A function does something: its docstring begins with the verb, not with a noun and its article.
NO_VERB = re.compile(r"(An?|The|One|Something|Somebody|Nothing|Every|Each|All|Both|Digest|Words|Lines|Rows|Names)\b")
OUT_OF_USE = re.compile(
    r"\b(whoever|what(?:ever)? is said|(?:is|are) told (?:of|that|what)|of before|what became of)\b", re.IGNORECASE
)
PROPERTIES = {"property", "cached_property"}
HELP = {"command", "group"}


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield the faults of a module's docstrings and comments, with their lines."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_docstring(node) or ""
        line = node.body[0].lineno if node.body else 1
        if NO_SUBJECT.match(text) or (_does(node) and NO_VERB.match(text)):
            yield line, f"begins with {text.split()[0]!r}"
        for found in OUT_OF_USE.finditer(text):
            yield line, f"says {found.group()!r}"
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and (found := OUT_OF_USE.search(token.string)):
            yield token.start[0], f"says {found.group()!r}"


def _does(node: ast.AST) -> bool:
    """Tell whether the docstring describes an action: not a value, nor the help of a group of commands."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    names = {ast.unparse(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list}
    return not any(name.split(".")[-1] in PROPERTIES | HELP for name in names)


def test_docstrings_begin_with_what_is_done_and_comments_are_plain():
    found = [
        f"{path.relative_to(ROOT)}:{line} {fault}"
        for path in sorted((ROOT / "portal").rglob("*.py"))
        for line, fault in prose(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        '"""What came of a job."""',
        'class Asked:\n    """How a page asks."""',
        'def words():\n    """The words of a refusal."""',
        'def search():\n    """Whether anything is found."""',
        'def send():\n    """Send to whoever waits."""',
        "# Of a bad file nobody is told that it came to its end.\n",
    ],
)
def test_a_fault_is_found(source):
    assert list(prose(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""Result of a job, stored as JSON."""',
        'def search():\n    """Return the hits."""',
        'class Day:\n    @property\n    def first(self):\n        """The first month."""',
        '@main.group()\ndef receipts():\n    """The receipts of what was signed."""',
        "# Escape LIKE's wildcards.\n",
    ],
)
def test_plain_prose_passes(source):
    assert not list(prose(source))
