"""Power that fails while sixteen people sign: what was acknowledged was synced before."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.faults import judge
from tests.faults.flood import Flood
from tests.faults.power import Power
from tests.faults.server import Server
from tests.faults.stage import Stage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
COUPLES = 4
ROUNDS = int(os.environ.get("FAULTS_POWER", "10"))
# A database that is not synced at each commit loses something within a few cuts, or the harness is blind.
PLANTED_ROUNDS = 8


@dataclass
class Course:
    """What happened: how often the power failed, how many bytes were unsure then, what was found wrong."""

    cuts: int = 0
    unsure: int = 0
    findings: list[str] = field(default_factory=list)
    flood: Flood = field(default_factory=lambda: Flood([]))


def cut(stage: Stage, rounds: int, *, seed: int = 0, factory: str | None = None) -> Course:
    """Start, flood, cut the power, look: so many rounds, or until something is wrong."""
    people = [person for _ in range(COUPLES) for person in stage.colleagues(drafts=3 * rounds + 5)]
    course, chance = Course(flood=Flood(people)), random.Random(seed)
    power = Power(Path(str(make_url(stage.environment["PORTAL_DATABASE_URL"]).database)), stage.folder)
    server = Server(stage.folder, stage.environment | power.environment, factory=factory)
    while not course.findings and course.cuts < rounds:
        stage.close()
        power.begin()
        with server:
            course.flood.until_killed(server, after_seconds=chance.uniform(0.1, 0.5))
        course.unsure += power.cut(chance)
        course.cuts += 1
        with stage.session() as session:
            course.findings = judge.verdict(judge.read(session), course.flood.receipts) + judge.whole(session)
    return course


def test_what_was_acknowledged_is_there_after_the_power_failed(stage: Stage):
    course = cut(stage, ROUNDS, seed=ROUNDS)
    assert course.findings == []
    assert course.cuts == ROUNDS
    assert course.unsure > 0, "nothing was ever at stake"
    assert len(course.flood.receipts) > 2 * ROUNDS, "too little was signed to be worth a cut"
    assert set(course.flood.statuses) <= {303, 409}


def test_a_database_that_is_not_synced_at_each_commit_is_found(stage: Stage):
    course = cut(stage, PLANTED_ROUNDS, factory="tests.faults.planted:syncs_seldom")
    assert any(finding.startswith("lost") for finding in course.findings), course
