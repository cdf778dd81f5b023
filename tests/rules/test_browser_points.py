"""The browser tests of a worker share one portal: each point of it belongs to one module of them."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from tests.e2e import stage

FOLDER = Path(stage.__file__).parent


def test_every_point_is_used_by_one_module_and_its_letter_read_in_one_place():
    users: dict[str, set[str]] = defaultdict(set)
    for module in FOLDER.glob("*.py"):
        if module.name == Path(stage.__file__).name:
            continue
        text = module.read_text(encoding="utf-8")
        read_apart = [each for each in ('["contracts"]', "demo.json") if each in text]
        assert read_apart == [], f"{module.name}: ask stage.letter_of"
        if "set_the_stage(" in text:
            # A portal of its own: nobody else's points are there.
            continue
        for name in re.findall(r"\bPoint\.([A-Z_]+)", text):
            users[name].add(module.name)
    assert {name: sorted(found) for name, found in users.items() if len(found) > 1} == {}
    assert set(users) == set(stage.Point.__members__)
