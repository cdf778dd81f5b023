"""Measure the portal against its limits: all of it, or what is named (``make bench ARGS="pages history"``)."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from . import (
    balances,
    closes,
    day_book,
    demonstration,
    exports,
    history,
    imports,
    lists,
    pages,
    signing,
    slow_clients,
    start,
)

# Those with a small demonstration of their own.
ALONE: dict[str, Callable[[Console, Path], None]] = {"signing": signing.measure}
Measurement = Callable[[Console, demonstration.Demonstration], None]
# In this order: those that write come last.
MEASUREMENTS: dict[str, Measurement] = {
    "start": start.measure,
    "day_book": day_book.measure,
    "balances": balances.measure,
    "lists": lists.measure,
    "exports": exports.measure,
    "history": history.measure,
    "closes": closes.measure,
    "imports": imports.measure,
    "pages": pages.measure,
    "slow_clients": slow_clients.measure,
}


def main() -> None:
    """Load the demonstration, measure what was asked for, print."""
    asked = sys.argv[1:] or [*ALONE, *MEASUREMENTS]
    unknown = [name for name in asked if name not in ALONE and name not in MEASUREMENTS]
    if unknown:
        raise SystemExit(f"there is no measurement {unknown[0]}: choose among {', '.join([*ALONE, *MEASUREMENTS])}")
    console = Console()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        console.print(f"Working in {name}")
        for alone, measure_alone in ALONE.items():
            if alone in asked:
                measure_alone(console, Path(name))
        if not set(asked) & set(MEASUREMENTS):
            return
        stage = demonstration.load(Path(name))
        for measurement, measure in MEASUREMENTS.items():
            if measurement in asked:
                measure(console, stage)


main()
