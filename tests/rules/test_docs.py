"""The documents say what the code does: each address in the flow, each enum in the glossary, each file by its name."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

import portal.domain
import portal.services
from portal.domain.accounts import Function, Role, may
from portal.services.store import refusals
from portal.web.access import audience_of
from tests.application import RunningPortal

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
COLUMNS = (Role.AGENT, Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def enums() -> Iterator[type[Enum]]:
    """Every enum of the domain, where it is defined."""
    for module in pkgutil.walk_packages(portal.domain.__path__, "portal.domain."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Enum) and value.__module__ == module.name:
                yield value


def test_the_flow_names_every_address_and_its_view(portal: RunningPortal):
    flow = read("flow.md")
    for rule in portal.app.url_map.iter_rules():
        assert f"`{rule.rule}`" in flow, rule.rule
        package, _, view = rule.endpoint.rpartition(".")
        known = f"`{rule.endpoint}`" in flow or f"`{package}.*`" in flow or f"`{view}`" in flow
        assert known, rule.endpoint
        assert audience_of(portal.app.view_functions[rule.endpoint]) is not None


def test_the_flow_names_no_address_that_is_not_there(portal: RunningPortal):
    there = {rule.rule for rule in portal.app.url_map.iter_rules()}
    named = set(re.findall(r"`(/[^`\s?…]*)`", read("flow.md")))
    assert named <= there


def test_the_flow_names_templates_and_use_cases_that_are_there():
    flow = read("flow.md")
    for template in re.findall(r"`([a-z_]+/[a-z0-9_]+\.html)`", flow):
        assert (ROOT / "portal" / "templates" / template).exists(), template
    behind = [row.split("|")[5] for row in flow.splitlines() if row.count("|") == 7]
    named = re.findall(r"`((?:[a-z_]+\.)*[a-z_]+)\.([a-z_]+)`", " ".join(behind))
    assert len(named) > 20
    services = [found.name for found in pkgutil.walk_packages(portal.services.__path__, "portal.services.")]
    for module, name in named:
        if name != "py":
            # A use case is named by its module, whatever room that stands in.
            rooms = [importlib.import_module(each) for each in services if each.endswith(f".{module}")]
            assert any(hasattr(room, name) for room in rooms), f"{module}.{name}"


def test_the_glossary_has_every_enum_of_the_domain():
    glossary = read("glossary.md")
    found = list(enums())
    assert len(found) > 15
    assert [enum.__name__ for enum in found if f"`{enum.__name__}" not in glossary] == []


def test_the_glossary_spells_the_members_out():
    glossary = read("glossary.md")
    for enum in enums():
        if enum.__name__ in ("NitProblem", "RequestKind", "KeyKind", "Unit"):
            continue
        missing = [member.name for member in enum if not re.search(rf"\b{member.name}\b", glossary)]
        assert not missing, f"{enum.__name__}: {missing}"


def test_the_architecture_has_an_answer_for_every_refusal():
    architecture = read("architecture.md")
    kinds = [kind.__name__ for kind in refusals.Refused.__subclasses__()]
    assert [kind for kind in kinds if f"`{kind}" not in architecture] == []


def test_the_architecture_shows_the_table_of_roles_as_the_code_has_it():
    rows = [
        f"| `{function.name}` | {' | '.join('yes' if may(role, function) else '–' for role in COLUMNS)} |"
        for function in Function
    ]
    shown = [row for row in read("architecture.md").splitlines() if re.match(r"\| `[A-Z_]+` \| (yes|–)", row)]
    assert shown == rows
    assert f"| function | {' | '.join(role.value for role in COLUMNS)} |" in read("architecture.md")


@pytest.mark.parametrize("name", ["architecture.md", "flow.md", "glossary.md"])
def test_every_file_that_is_named_is_there(name: str):
    for path in re.findall(r"`((?:portal|services|domain|models|tests|adr)/[\w/.]+)`", read(name)):
        found = [*ROOT.glob(f"{path}*"), *(ROOT / "portal").glob(f"{path}*"), *DOCS.glob(f"{path}*")]
        assert found, path


def test_every_decision_has_a_number_of_its_own_that_its_title_repeats():
    pages = sorted((DOCS / "adr").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:4])}. "), page.name
