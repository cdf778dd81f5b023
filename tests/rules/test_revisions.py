"""A release is rolled out beside the one before: a revision that this one would trip over says so (expand, contract).

Whoever adds to the schema makes a column that may be left out, or has a default of the server; whoever takes away or
renames marks the revision by `contracts = True`, and the release notes say which program must be gone before.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.migrations import revisions

# The newest revision when the rule was written: those up to it were applied with every program stopped.
LAST_BEFORE = "2026_11_30_92_retention.py"
TAKES_AWAY = {"drop_table", "drop_column", "rename_table"}
SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME)\b", re.IGNORECASE)


def contracting(source: str) -> Iterator[str]:
    """Yield what the upgrade of a revision does that the program before would trip over."""
    tree = ast.parse(source)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name != "downgrade":
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                yield from _of_call(call)


def _of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {each.arg: each.value for each in call.keywords}
    if name in TAKES_AWAY:
        yield name
    if name == "alter_column" and ("new_column_name" in given or _is(given.get("nullable"), False)):
        yield "alter_column"
    if name == "Column" and _is(given.get("nullable"), False) and "server_default" not in given:
        yield "Column without a default"
    if name == "execute" and any(SQL.search(ast.unparse(each)) for each in call.args):
        yield "execute"


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def is_marked(source: str) -> bool:
    return bool(re.search(r"^contracts = True$", source, re.MULTILINE))


def of_new_tables(source: str) -> set[str]:
    """Return the faults that are none: columns of a table that the revision itself creates."""
    return {"Column without a default"} if "create_table(" in source and "add_column(" not in source else set()


def test_a_revision_that_takes_away_is_marked_as_one_that_contracts():
    later = [path for path in sorted(Path(revisions.FOLDER).glob("*.py")) if path.name > LAST_BEFORE]
    for path in later:
        source = path.read_text(encoding="utf-8")
        found = set(contracting(source)) - of_new_tables(source)
        assert not found or is_marked(source), (
            f"{path.name}: {', '.join(sorted(found))}: add a column that may be left out instead, or say "
            "`contracts = True` and in CHANGELOG.md which program must be gone before"
        )


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('op.drop_column("companies", "nickname")', {"drop_column"}),
        ('op.drop_table("nicknames")', {"drop_table"}),
        ('batch.alter_column("name", new_column_name="title")', {"alter_column"}),
        ('batch.alter_column("name", nullable=False)', {"alter_column"}),
        ('op.execute("ALTER TABLE companies RENAME COLUMN name TO title")', {"execute"}),
        ('op.add_column("c", sa.Column("n", sa.Integer(), nullable=False))', {"Column without a default"}),
        ('op.add_column("c", sa.Column("n", sa.Integer(), nullable=False, server_default="0"))', set()),
        ('op.add_column("c", sa.Column("n", sa.Integer(), nullable=True))', set()),
        ('op.execute("UPDATE companies SET name = name")', set()),
    ],
)
def test_the_rule_finds_what_it_is_for(statement: str, found: set[str]):
    assert set(contracting(f"def upgrade() -> None:\n    {statement}\n")) == found
    assert not set(contracting(f"def downgrade() -> None:\n    {statement}\n"))
