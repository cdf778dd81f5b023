"""Table of goals in docs/performance.md, written from the last figures of each measurement: ``make performance``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .report import RESULTS, Figure, Goal

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- goals: begin -->", "<!-- goals: end -->"
HEADINGS = ("measurement", "what", "measured", "goal", "verdict", "day, load")


def find_last_of_each(lines: Iterable[str]) -> dict[str, tuple[Mapping[str, Any], list[Figure]]]:
    """Return the figures with a goal of the last run of each measurement, with that run."""
    found: dict[str, tuple[Mapping[str, Any], list[Figure]]] = {}
    for line in lines:
        run = json.loads(line)
        of_run: dict[str, list[Figure]] = {}
        for kept in run["figures"]:
            goal = Goal(**kept["goal"]) if kept["goal"] else None
            figure = Figure(kept["measurement"], kept["what"], kept["value"], kept["unit"], goal)
            if goal:
                of_run.setdefault(figure.measurement, []).append(figure)
        found |= {measurement: (run, figures) for measurement, figures in of_run.items()}
    return found


def fill_table(page: str, lines: Iterable[str]) -> str:
    """Return the page with its table made from the lines; ``ValueError`` when it has no place for it."""
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not (begins and ends):
        raise ValueError(f"the page needs {BEGIN} and {END}, one after the other")
    rows = [_row(HEADINGS), _row(["---"] * len(HEADINGS))]
    for run, figures in find_last_of_each(lines).values():
        when = f"{run['measured_at'][:10]}, {run['load']}"
        rows += [_row((each.measurement, each.what, each.measured, each.asked, each.verdict, when)) for each in figures]
    table = "\n".join(rows)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the table, or say what is missing."""
    if not RESULTS.exists():
        sys.exit(f"{RESULTS} is not there: make bench writes it")
    PAGE.write_text(fill_table(PAGE.read_text(encoding="utf-8"), RESULTS.read_text(encoding="utf-8").splitlines()))


if __name__ == "__main__":
    main()
