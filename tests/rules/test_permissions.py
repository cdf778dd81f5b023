"""Who may do what is refused in one place: ``require`` of ``services/store/permissions.py``; pages in ``access``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PORTAL = Path(__file__).parents[2] / "portal"
THE_PLACE = "services/store/permissions.py"
# About whom it is done, not who asks.
ROLES_GIVEN = {
    ("services/people/accounts/management.py", "user.role not in CONSOLE_ROLES"),
    ("services/people/accounts/staff.py", "role not in CONSOLE_ROLES"),
    ("services/people/accounts/trusted_devices.py", "user.role is not Role.CUSTOMER"),
}


def faults(source: str) -> list[str]:
    """Return, in words of the code, each test of a role by which this source refuses somebody."""
    return list(dict.fromkeys(_faults(ast.parse(source))))


def _faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and _is_of_roles(node) and _asks_who_acts(node):
            yield ast.unparse(node)
        if isinstance(node, ast.If) and _refuses(node):
            for part in ast.walk(node.test):
                if _calls(part, "may") or (isinstance(part, ast.Compare) and _is_of_roles(part)):
                    yield ast.unparse(part)
        if isinstance(node, ast.Assert) and any(_calls(part, "may") for part in ast.walk(node.test)):
            yield ast.unparse(node)


def _refuses(node: ast.If) -> bool:
    told = [part for each in (*node.body, *node.orelse) for part in ast.walk(each)]
    return any(isinstance(part, ast.Raise) or _calls(part, "abort") for part in told)


def _calls(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    return (called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")) == name


def _is_of_roles(node: ast.Compare) -> bool:
    return any(
        (isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "Role")
        or (isinstance(part, ast.Name) and (part.id.endswith("_ROLES") or part.id == "MAY"))
        for side in (node.left, *node.comparators)
        for part in ast.walk(side)
    )


def _asks_who_acts(node: ast.Compare) -> bool:
    said = ast.unparse(node)
    return "actor.role" in said or "me().role" in said


def test_nobody_else_refuses_by_a_role():
    sources = [path for room in ("services", "blueprints") for path in sorted((PORTAL / room).rglob("*.py"))]
    assert len(sources) > 300
    found = {
        (path.relative_to(PORTAL).as_posix(), fault)
        for path in sources
        for fault in faults(path.read_text(encoding="utf-8"))
    }
    assert {each for each in found if each[0] != THE_PLACE} == ROLES_GIVEN


@pytest.mark.parametrize(
    "planted",
    [
        "if not may(act.actor.role, Function.AUTHORISE):\n    raise NotAllowed",
        "if actor.user_id is None or not may(actor.role, function):\n    raise NotAllowed",
        "if accounts.may(me().role, Function.AUTHORISE):\n    go()\nelse:\n    abort(403)",
        "if actor.role is not Role.SUPERVISOR:\n    raise Rejected(Refusal.SUPERVISOR_NEEDED)",
        "decides = me().role is Role.SUPERVISOR",
        "if role in (Role.OPERATOR, Role.SUPERVISOR):\n    pass\nelse:\n    raise NotFound",
        "if actor.role not in CONSOLE_ROLES:\n    raise NotAllowed",
        "assert may(actor.role, function)",
    ],
)
def test_a_copy_is_found(planted: str):
    assert len(faults(planted)) == 1


@pytest.mark.parametrize(
    "fair",
    [
        "require(act, Function.AUTHORISE)",
        "kinds = [kind for kind, use in USES.items() if may(act.actor.role, use.function)]",
        "show(may_act=may(actor.role, Function.AUTHORISE))",
        "rows = select(User).where(User.role == Role.ADMIN)",
        "if user.role is Role.CUSTOMER:\n    mail(user)",
    ],
)
def test_what_is_shown_or_looked_for_by_role_is_none(fair: str):
    assert faults(fair) == []
