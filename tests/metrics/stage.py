"""A portal whose metrics are open, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from portal.metrics import Exposition, Instruments
from portal.web.metrics import EXPOSITION
from tests.application import RunningPortal, SetClock, run, settings_for

TOKEN = "a token of at least thirty-two characters"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@contextmanager
def counting(database_url: str, instance: Path, clock: SetClock, **given: Any) -> Iterator[RunningPortal]:
    """Run the application with its metrics; afterwards nothing counts in this process."""
    for portal in run(settings_for(database_url, instance, clock, metrics_token=TOKEN, **given)):
        try:
            yield portal
        finally:
            exposition_of(portal).instruments.stop()


def exposition_of(portal: RunningPortal) -> Exposition:
    found: Exposition = portal.app.extensions[EXPOSITION]
    return found


def samples_of(text: str) -> Samples:
    """Return the value of each sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(portal: RunningPortal) -> Samples:
    """Read the metrics as Prometheus does."""
    answer = portal.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return samples_of(answer.text)


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """Return a sample's value, None when it is not there."""
    return samples.get((name, frozenset(labels.items())))


def names_of(instruments: Instruments) -> set[str]:
    """Return the names of the samples that a process can count."""
    found = set()
    for each in vars(instruments).values():
        for family in each.describe() if hasattr(each, "describe") else ():
            ends = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("_total",)
            found |= {f"{family.name}{end}" for end in ends}
    return found
