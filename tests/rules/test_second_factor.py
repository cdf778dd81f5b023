"""A second factor is finished in one place: charged before anything is compared, settled and told once."""

from __future__ import annotations

import ast

from tests.rules.test_sources import calls, modules

PROOF = "portal/services/people/accounts/second_factor.py"
# What compares or spends a code.
COMPARES = {"spend_code", "find_step", "_spend"}


def compared_apart(source: str) -> list[int]:
    """The lines on which a code is compared or spent outside of a ``verify`` that ``prove`` is given."""
    tree = ast.parse(source)
    given = {
        id(call)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in {"verify", *COMPARES}
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
    }
    return [
        call.lineno
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in COMPARES and id(call) not in given
    ]


def proves(source: str) -> int:
    """How often an attempt of a second factor is charged or settled."""
    return sum(ast.unparse(call.func).split(".")[-1] in ("_charge", "_settle") for call in calls(source))


def test_a_code_is_compared_only_where_the_attempt_is_charged_before():
    sources = modules("portal", "services", "people")
    assert {name: compared_apart(source) for name, source in sources.items() if compared_apart(source)} == {}
    assert sum("second_factor.prove(" in source or "return prove(" in source for source in sources.values()) >= 3


def test_a_code_compared_apart_is_found():
    assert compared_apart("def finish(session):\n    if spend_code(session, code=code):\n        pass") == [2]
    assert compared_apart("step = second_factor.find_step(secret, code, moments)") == [1]
    assert compared_apart("def verify(user):\n    return spend_code(session, code=code)") == []


def test_one_function_charges_and_settles():
    accounts = modules("portal", "services", "people", "accounts")
    assert {name: proves(source) for name, source in accounts.items() if proves(source)} == {PROOF: 2}
