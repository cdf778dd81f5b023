"""Figures of a run beside their goals: printed at the end, and kept as one line of JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(os.environ.get("BENCH_RESULTS", ".cache/bench.jsonl"))


@dataclass(frozen=True, slots=True)
class Goal:
    """Bound that a figure is held against; both ends included."""

    bound: float
    at_least: bool = False

    def is_reached_by(self, value: float) -> bool:
        """Tell whether a figure keeps to the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {spell(self.bound)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: of which measurement, of what, how much, in which unit ("" for a ratio), and its goal."""

    measurement: str
    what: str
    value: float
    unit: str
    goal: Goal | None

    @property
    def verdict(self) -> str:
        """Return "reached" or "falls short"; empty without a goal."""
        if self.goal is None:
            return ""
        return "reached" if self.goal.is_reached_by(self.value) else "falls short"

    @property
    def measured(self) -> str:
        """Return the figure with its unit."""
        return f"{spell(self.value)} {self.unit}".rstrip()

    @property
    def asked(self) -> str:
        """Return the goal with the unit; empty without one."""
        return f"{self.goal} {self.unit}".rstrip() if self.goal else ""


class Report(Console):
    """Terminal of a run that keeps each figure of the measurement under way."""

    def __init__(self) -> None:
        super().__init__()
        self.measurement = ""
        self.figures: list[Figure] = []

    def hold(
        self, what: str, value: float, *, unit: str = "", at_most: float | None = None, at_least: float | None = None
    ) -> str:
        """Keep a figure beside its goal, if it has one; return the goal and the verdict for a cell of a table."""
        bound = at_most if at_least is None else at_least
        goal = None if bound is None else Goal(bound, at_least is not None)
        figure = Figure(self.measurement, what, round(value, 4), unit, goal)
        if any((each.measurement, each.what) == (self.measurement, what) for each in self.figures):
            raise ValueError(f"{what} of {self.measurement} was measured before: each figure has a name of its own")
        self.figures.append(figure)
        return f"{figure.asked}, {figure.verdict}" if goal else ""

    def conclude(self) -> None:
        """Print every figure that has a goal, and append the run to ``RESULTS``."""
        held = [figure for figure in self.figures if figure.goal]
        if not self.figures:
            return
        table = Table(title=f"Goals; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        for heading in ("measurement", "what", "measured", "goal", "verdict"):
            table.add_column(heading, justify="right" if heading in ("measured", "goal") else "left")
        for figure in held:
            table.add_row(figure.measurement, figure.what, figure.measured, figure.asked, figure.verdict)
        self.print(table)
        short = sum(figure.verdict == "falls short" for figure in held)
        self.print(f"{len(held) - short} of {len(held)} goals reached.")
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        with RESULTS.open("a", encoding="utf-8") as results:
            results.write(f"{json.dumps(self._line(), ensure_ascii=False)}\n")
        self.print(f"Appended to {RESULTS}; python -m bench.tables writes docs/performance.md from it.")

    def _line(self) -> dict[str, object]:
        return {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "processors": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in self.figures],
        }


def spell(value: float) -> str:
    """Write a figure with three digits that count, thousands apart."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
