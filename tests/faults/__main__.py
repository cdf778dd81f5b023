"""Long programme of faults (``make faults``): each part with its figure, and what was found.

Hours on two cores; ``make faults ARGS="power audit"`` runs some of it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Part:
    """Tests to run, how often by their settings, and what they are to show."""

    goal: str
    paths: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = (sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:randomly", "-n", "0")


PARTS = {
    "kill": Part("300 kills: 0 lost, 0 doubled, 0 gaps", ("tests/faults/test_killed.py",), {"FAULTS_ROUNDS": "300"}),
    "power": Part(
        "300 cuts of the power: 0 lost; without syncs some are",
        ("tests/faults/test_power_lost.py",),
        {"FAULTS_POWER": "300"},
    ),
    "audit": Part(
        "7 × 100 tamperings on both databases: all found",
        ("tests/faults/test_tampered_audit.py",),
        {"FAULTS_TAMPERINGS": "100"},
    ),
    "clock": Part("12 cases × 3 zones on both databases: exact", ("tests/faults/test_clock_jumps.py",)),
    "database": Part(
        "away, hanging, sent again: 503 in time, nothing lost",
        ("tests/faults/test_hanging_database.py", "tests/faults/test_sent_again.py"),
    ),
    "slow": Part("500 slow senders and readers stop nobody", ("tests/faults/test_slow_clients.py",)),
    "doors": Part(
        "every pair of doors, 25 rounds: 0 deadlocks seen",
        ("tests/services/nominations/test_doors_at_once.py",),
        {"DOORS_ROUNDS": "25"},
    ),
    "reload": Part("SIGHUP under clients: 0 failed", ("tests/server",)),
    "wizard": Part(
        "300 courses of two people: 0 × 500", ("tests/journeys/test_wizard_machine.py",), {"PORTAL_MACHINE": "300"}
    ),
    "fuzz": Part("10,000 requests to every form: 0 × 500", ("tests/rules/test_fuzz.py",), {"PORTAL_FUZZ": "10000"}),
    "soak": Part(
        "10 min, 20 clients: 0 × 5xx, p95 ≤ 300/500 ms, memory flat",
        settings={"BENCH_SOAK_SECONDS": "600"},
        command=(sys.executable, "-m", "bench", "soak"),
    ),
}


def main() -> None:
    """Run the parts asked for; status 1 when any of them found something."""
    asked = sys.argv[1:] or list(PARTS)
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        sys.exit(f"there is no part {unknown[0]}: choose among {', '.join(PARTS)}")
    table = Table(title="Faults")
    for heading in ("part", "goal", "found", "minutes"):
        table.add_column(heading, justify="right" if heading == "minutes" else "left")
    console, is_whole = Console(), True
    for name in asked:
        part = PARTS[name]
        console.rule(f"{name}: {part.goal}")
        began = time.monotonic()
        done = subprocess.run(
            [*part.command, *part.paths], env=os.environ | part.settings, stdout=subprocess.PIPE, text=True, check=False
        )
        sys.stdout.write(done.stdout)
        is_whole = is_whole and done.returncode == 0
        table.add_row(name, part.goal, _found(done), f"{(time.monotonic() - began) / 60:.1f}")
    console.print(table)
    sys.exit(not is_whole)


def _found(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode == 0:
        return "as it should be"
    named = re.findall(r"^(?:FAILED|ERROR) \S+?::(\S+)", done.stdout, re.MULTILINE)
    return ", ".join(named) or f"status {done.returncode}: see above"


if __name__ == "__main__":
    main()
