"""The portal killed with SIGKILL, workers and all, while sixteen people sign and every submission is sent twice."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field

import pytest

from tests.faults import judge
from tests.faults.flood import Flood
from tests.faults.server import Server
from tests.faults.stage import Stage

COUPLES = 8
ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "30"))
# As many tests as share them, so that the workers of a test run share them too.
COURSES = (1, 2, 3)
# A planted fault shows within a few kills, or the harness is blind.
PLANTED_ROUNDS = 16
RESTART_SECONDS = 10.0


@dataclass
class Course:
    """What happened: how often it was killed, what was found wrong, the seconds of each start."""

    kills: int = 0
    findings: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    flood: Flood = field(default_factory=lambda: Flood([]))


def killed(stage: Stage, rounds: int, *, seed: int = 0, factory: str | None = None) -> Course:
    """Start, flood, kill, start again: so many rounds, or until something is wrong."""
    people = [person for _ in range(COUPLES) for person in stage.colleagues(drafts=3 * rounds + 5)]
    course = Course(flood=Flood(people))
    chance = random.Random(seed)
    with Server(stage.folder, stage.environment, factory=factory) as server, stage.session() as session:
        while not course.findings and course.kills < rounds:
            course.flood.until_killed(server, after_seconds=chance.uniform(0.1, 0.5))
            course.kills += 1
            course.starts.append(server.start())
            # What the database server still had in hand of the dead is over by now.
            course.findings = judge.verdict(judge.read(session), course.flood.receipts)
        if not course.findings:
            course.flood.settle(server)
            kept = judge.read(session)
            course.findings = judge.verdict(kept, course.flood.receipts) + judge.whole(session)
    return course


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", COURSES)
def test_thirty_kills_lose_nothing_double_nothing_and_leave_no_gap(stage: Stage, seed: int):
    rounds = ROUNDS // len(COURSES)
    course = killed(stage, rounds, seed=seed)
    assert course.findings == []
    assert course.kills == rounds
    assert len(course.flood.receipts) > 2 * rounds, "too little was signed to be worth a kill"
    # A colleague's faster signature is the one thing that is refused.
    assert set(course.flood.statuses) == {303, 409}
    assert max(course.starts) < RESTART_SECONDS


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_kills_lose_nothing_on_postgresql_either(stage: Stage):
    course = killed(stage, 4)
    assert course.findings == []
    assert set(course.flood.statuses) == {303, 409}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("fault", "shows"),
    [("answers_early", "lost"), ("forgets_submissions", "doubled"), ("counts_outside", "gap")],
)
def test_a_planted_fault_is_found(stage: Stage, fault: str, shows: str):
    course = killed(stage, PLANTED_ROUNDS, factory=f"tests.faults.planted:{fault}")
    assert any(finding.startswith(shows) for finding in course.findings), course
