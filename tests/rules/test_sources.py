"""What the source may say where: who commits, who asks the database, how long a module is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"
COMMITS_IN = PORTAL / "services" / "store" / "transactions.py"
# Ways in which a session is asked or changed; views only hand it on.
ASKING = {
    "add",
    "add_all",
    "begin",
    "commit",
    "connection",
    "delete",
    "execute",
    "flush",
    "get",
    "get_one",
    "merge",
    "query",
    "refresh",
    "rollback",
    "scalar",
    "scalars",
}
LONGEST = 450


def calls(source: str) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def commits(source: str) -> list[int]:
    """The lines on which something is committed."""
    return [
        call.lineno for call in calls(source) if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]


def questions(source: str) -> list[str]:
    """Where a view's module asks the database itself: what it imports of SQLAlchemy, what it does with a session."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] == "sqlalchemy"]
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            names = {alias.name for alias in node.names}
            # The type of the session that is handed on, for annotations.
            if (node.module, names) != ("sqlalchemy.orm", {"Session"}):
                found.append(f"from {node.module} import {', '.join(sorted(names))}")
    for call in calls(source):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ASKING and _is_session(call.func.value):
            found.append(f"line {call.lineno}: {ast.unparse(call.func)}()")
    return found


def _is_session(owner: ast.expr) -> bool:
    # `session` of Flask is the cookie; a view's module that uses it imports it and is read by a person.
    return ast.unparse(owner) in ("session", "database.current()")


def modules(*parts: str) -> dict[str, str]:
    """The modules below a folder of the repository, with their text."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(ROOT.joinpath(*parts).rglob("*.py"))
    }


def test_only_the_transaction_commits():
    found = {name: commits(source) for name, source in modules("portal").items() if commits(source)}
    assert list(found) == [COMMITS_IN.relative_to(ROOT).as_posix()]
    assert len(found["portal/services/store/transactions.py"]) == 1


def test_a_commit_elsewhere_is_found():
    assert commits("def f(session):\n    session.commit()") == [2]
    assert commits("with transaction(session):\n    pass") == []


def test_views_ask_the_database_nothing_themselves():
    found = {name: questions(source) for name, source in modules("portal", "blueprints").items() if questions(source)}
    assert not found


def test_a_view_that_asks_is_found():
    for source in (
        "from sqlalchemy import select",
        "from sqlalchemy.orm import Session, joinedload",
        "import sqlalchemy",
        "session.scalars(query)",
        "database.current().execute(query)",
        "session.add(row)",
        "session.commit()",
    ):
        assert questions(source), source
    assert not questions(
        "from sqlalchemy.orm import Session\nkeys.open_point(session, now=now)\nresponse.vary.add('x')"
    )


def test_no_module_is_longer_than_four_hundred_and_fifty_lines():
    lengths = {name: source.count("\n") for part in ("portal", "bench") for name, source in modules(part).items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_modules_are_named_for_what_they_hold():
    assert not [
        name for name in modules("portal") if {"utils", "helpers", "common"} & set(Path(name).with_suffix("").parts)
    ]


def test_no_module_is_named_by_a_gerund():
    # Both are nouns: the number of a filed letter, and what a process writes down.
    nouns = {"filing", "logging"}
    named = {Path(name).stem for name in modules("portal")}
    assert {name for name in named if name.endswith("ing")} - nouns == set()
