"""Measure the portal against its limits: all of it, or what is named (``make bench ARGS="pages history"``)."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import (
    balances,
    closes,
    day_book,
    demonstration,
    exports,
    history,
    imports,
    light,
    lists,
    memory,
    pages,
    rush,
    signature,
    signing,
    slow_clients,
    soak,
    start,
    suggestions,
)
from .report import Report

# Those with a small demonstration of their own.
ALONE: dict[str, Callable[[Report, Path], None]] = {
    "signature": signature.measure,
    "signing": signing.measure,
    "rush": rush.measure,
}
# A whole demonstration unless told: a few days of it are enough to see that a measurement works.
DAYS = int(os.environ["BENCH_DAYS"]) if "BENCH_DAYS" in os.environ else None
Measurement = Callable[[Report, demonstration.Demonstration], None]
# In this order: those that write come last.
MEASUREMENTS: dict[str, Measurement] = {
    "start": start.measure,
    "memory": memory.measure,
    "day_book": day_book.measure,
    "light": light.measure,
    "balances": balances.measure,
    "lists": lists.measure,
    "suggestions": suggestions.measure,
    "exports": exports.measure,
    "history": history.measure,
    "closes": closes.measure,
    "imports": imports.measure,
    "pages": pages.measure,
    "slow_clients": slow_clients.measure,
    "soak": soak.measure,
}


def main() -> None:
    """Load the demonstration, measure what was asked for, print."""
    asked = sys.argv[1:] or [*ALONE, *MEASUREMENTS]
    unknown = [name for name in asked if name not in ALONE and name not in MEASUREMENTS]
    if unknown:
        raise SystemExit(f"there is no measurement {unknown[0]}: choose among {', '.join([*ALONE, *MEASUREMENTS])}")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        report.print(f"Working in {name}")
        for alone, measure_alone in ALONE.items():
            if alone in asked:
                report.measurement = alone
                measure_alone(report, Path(name))
        if set(asked) & set(MEASUREMENTS):
            stage = demonstration.load(Path(name), days=DAYS)
            for measurement, measure in MEASUREMENTS.items():
                if measurement in asked:
                    report.measurement = measurement
                    measure(report, stage)
    report.conclude()


if __name__ == "__main__":
    main()
