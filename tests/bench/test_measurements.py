"""Every measurement of one process runs over a small demonstration and says a figure for each goal; no time is held."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import ALONE, MEASUREMENTS
from bench.report import Goal, Report
from bench.tables import BEGIN, END, PAGE, fill_table

ROOT = Path(__file__).parents[2]
# These start a server of their own, and some need wrk or minutes.
WITH_A_SERVER = {"memory", "pages", "slow_clients", "soak"}
SMALL = {"BENCH_DAYS": "130", "BENCH_POINTS": "60", "BENCH_READINGS": "4400", "BENCH_ROUNDS": "1"}
PLACE = f"before\n{BEGIN}\nold\n{END}\nafter"


def test_a_run_prints_every_goal_with_its_verdict_and_keeps_it(tmp_path: Path):
    asked = [name for name in MEASUREMENTS if name not in WITH_A_SERVER]
    results = tmp_path / "bench.jsonl"
    ran = subprocess.run(
        [sys.executable, "-m", "bench", *asked],
        cwd=ROOT,
        env=os.environ | SMALL | {"BENCH_RESULTS": str(results), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    (line,) = results.read_text(encoding="utf-8").splitlines()
    figures = json.loads(line)["figures"]
    assert {each["measurement"] for each in figures if each["goal"]} == set(asked)
    for each in figures:
        assert each["value"] >= 0
        assert each["verdict"] in ("reached", "falls short") if each["goal"] else not each["verdict"]
    reached = [each["verdict"] == "reached" for each in figures if each["goal"]]
    assert f"{sum(reached)} of {len(reached)} goals reached" in " ".join(ran.stdout.split())
    fill_table(PLACE, [line])


def test_no_two_figures_of_a_measurement_have_one_name():
    report = Report()
    report.measurement = "lists"
    report.hold("book", 2, at_most=3)
    with pytest.raises(ValueError, match="book of lists was measured before"):
        report.hold("book", 2.5, at_most=3)


def test_a_goal_is_reached_at_its_bound_and_missed_beyond_it():
    most, least = Goal(3), Goal(0.35, at_least=True)
    assert [most.is_reached_by(each) for each in (2.99, 3, 3.01)] == [True, True, False]
    assert [least.is_reached_by(each) for each in (0.34, 0.35, 0.36)] == [False, True, True]


def test_the_table_is_made_of_the_last_figures_of_each_measurement():
    lines = [_line("2026-11-01", start=5.5, lists=2), _line("2026-11-02", start=4.25)]
    page = fill_table(PLACE, lines)
    assert "old" not in page
    assert page.startswith("before\n")
    assert page.endswith("\nafter")
    assert "| start | what | 4.25 ms | ≤ 5 ms | reached | 2026-11-02, 0.5 |" in page
    assert "| lists | what | 2 ms | ≤ 5 ms | reached | 2026-11-01, 0.5 |" in page
    assert "5.5" not in page


def test_a_page_without_a_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="goals: begin"):
        fill_table("no place", [])


def test_the_documentation_names_measurements_that_there_are():
    table = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    named = set(re.findall(r"^\| (?!measurement|---)(\w+) \|", table, re.MULTILINE))
    assert named
    assert named <= {*ALONE, *MEASUREMENTS}


def _line(day: str, **values: float) -> str:
    figures = [
        {"measurement": name, "what": "what", "value": value, "unit": "ms", "goal": {"bound": 5, "at_least": False}}
        for name, value in values.items()
    ]
    return json.dumps({"measured_at": f"{day}T10:00:00+00:00", "load": 0.5, "figures": figures})
