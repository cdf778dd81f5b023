"""Instruments: counters and histograms of this process, and the lines of the log that they count."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import Counter, Histogram, values
from sqlalchemy import Engine, event

from portal import logs
from portal.models import waits

from .slots import Slots, Taken

FOLDER = "metrics"
PLACE = "PROMETHEUS_MULTIPROC_DIR"
# Seconds of a request: a kept sheet takes two thousandths, a page that waits for a lock five seconds.
REQUEST_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1, 2.5, 6)
WAIT_BUCKETS = (0.005, 0.025, 0.1, 0.5, 1, 5)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
# No rule of the map fits, or the method is none that the portal knows.
NONE, OTHER = "none", "other"
# A statement that locks rows returns at once unless somebody holds them.
LOCKING = (" FOR UPDATE", " FOR NO KEY UPDATE")
LEAST_WAIT_SECONDS = 0.005


class Instruments:
    """Everything that this process counts, in files under the portal's folder."""

    def __init__(self, instance: Path) -> None:
        folder = instance / FOLDER
        self.slots = Slots(folder)
        # Where the library looks for it, and what it keeps its figures in.
        os.environ[PLACE] = str(folder)
        values.ValueClass = values.MultiProcessValue(self.slots.number)  # type: ignore[no-untyped-call]
        self.folder = folder
        self.requests = _counter("requests", "Requests answered.", "route", "method", "status")
        self.request_seconds = _histogram("request_seconds", "Seconds of a request.", REQUEST_BUCKETS, "route")
        self.statements = _counter("statements", "Statements that requests asked of the database.", "route")
        self.lock_waits = _histogram("lock_wait_seconds", "Seconds that a transaction waited for a lock.", WAIT_BUCKETS)
        self.not_taken = _counter("not_taken", "Requests refused before the application saw them.", "status")
        self.unavailable = _counter("unavailable", "Answers 503, by the error behind them.", "error")
        self.failures = _counter("failures", "Errors nobody expected, by the event of the log.", "event")
        self.deadlocks = _counter("deadlocks", "Transactions repeated after a deadlock or serialisation failure.")
        self.mails = _counter("mails", "Mails that went or were put off.", "kind", "outcome")
        self.duties = _counter("duties", "Duties of the worker that did something or failed.", "duty", "outcome")
        self.duty_seconds = _counter("duty_seconds", "Seconds of duties that did something.", "duty")
        self.jobs = _counter("jobs", "Jobs that ended.", "kind", "outcome")
        self.job_seconds = _counter("job_seconds", "Seconds of jobs that ended.", "kind")
        self.replica_reads = _counter("replica_reads", "Pages that may read the replica, by what was read.", "outcome")
        self.lines = _counter("log_lines", "Lines of the log above info.", "level", "process")
        for each in FAILURES:
            # From zero on: of a series that begins with one Prometheus sees no increase.
            self.failures.labels(each)
        self._known: dict[tuple[str | None, str, int], tuple[Any, Any, Any]] = {}
        self._local = threading.local()

    def start(self) -> None:
        """Count lines of the log and waits for locks from now on."""
        logs.listen(self.hear)
        waits.listen(self.lock_waits.observe)

    def stop(self) -> None:
        """Count no more, and close the files."""
        logs.forget(self.hear)
        waits.forget(self.lock_waits.observe)
        values.ValueClass = values.MutexValue
        os.environ.pop(PLACE, None)
        self.slots.close()

    def list_taken(self) -> list[Taken]:
        """Return the living processes that count here."""
        return self.slots.list_taken()

    # --- requests ------------------------------------------------------------------------------------------------

    def watch(self, engine: Engine) -> None:
        """Count the statements of an engine, and on PostgreSQL the waits of those that lock rows."""
        local = self._local

        def count(*_arguments: Any) -> None:
            held = local.__dict__
            held["statements"] = held.get("statements", 0) + 1

        event.listen(engine, "before_cursor_execute", count)
        if engine.dialect.name != "sqlite":
            event.listen(engine, "before_cursor_execute", self._note_lock)
            event.listen(engine, "after_cursor_execute", self._end_lock)

    def count_request(self, route: str | None, method: str, status: int, *, seconds: float) -> None:
        """Count an answered request, and the statements of this thread since the one before.

        ``route`` is the template of its address, None for an unknown one.
        """
        key = (route, method, status)
        known = self._known.get(key)
        if known is None:
            named = route or NONE
            known = self._known[key] = (
                self.requests.labels(named, method if method in METHODS else OTHER, status),
                self.request_seconds.labels(named),
                self.statements.labels(named),
            )
            if method not in METHODS:
                # Anybody may send any word: it is not kept.
                del self._known[key]
        known[0].inc()
        known[1].observe(seconds)
        local = self._local.__dict__
        if statements := local.get("statements"):
            known[2].inc(statements)
            local["statements"] = 0

    def _note_lock(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if any(words in statement for words in LOCKING):
            self._local.locks_at = time.perf_counter()

    def _end_lock(self, *_arguments: Any) -> None:
        began = self._local.__dict__.pop("locks_at", None)
        if began is not None and (seconds := time.perf_counter() - began) >= LEAST_WAIT_SECONDS:
            self.lock_waits.observe(seconds)

    # --- lines of the log ----------------------------------------------------------------------------------------

    def hear(self, line: Mapping[str, Any]) -> None:
        """Count a line of the log: what is counted is what was logged."""
        count = COUNTED.get(line["event"])
        if count is not None:
            count(self, line)
        if line["level"] not in ("info", "debug"):
            self.lines.labels(line["level"], _first_word(line["process"])).inc()


def _count_mail(found: Instruments, line: Mapping[str, Any]) -> None:
    found.mails.labels(line["kind"], line["outcome"]).inc()


def _count_duty(found: Instruments, line: Mapping[str, Any]) -> None:
    done = line["event"] == "duty"
    found.duties.labels(line["duty"], "done" if done else "failed").inc()
    if done:
        found.duty_seconds.labels(line["duty"]).inc(line["ms"] / 1000)


def _count_job(found: Instruments, line: Mapping[str, Any]) -> None:
    found.jobs.labels(line["kind"], line["outcome"]).inc()
    found.job_seconds.labels(line["kind"]).inc(line["ms"] / 1000)


def _count_failure(found: Instruments, line: Mapping[str, Any]) -> None:
    found.failures.labels(line["event"]).inc()


# Events of errors that nobody expected.
FAILURES = ("failure", "uncaught", "unanswered", "round failed", "a job failed", "not loaded", "close not applied")
# How each event of the log is counted; every label has few values.
COUNTED: Mapping[str, Callable[[Instruments, Mapping[str, Any]], None]] = {
    "mail": _count_mail,
    "duty": _count_duty,
    "duty failed": _count_duty,
    "job": _count_job,
    "not taken": lambda found, line: found.not_taken.labels(line["status"]).inc(),
    "unavailable": lambda found, line: found.unavailable.labels(line["error"]).inc(),
    "transactions.deadlock": lambda found, _line: found.deadlocks.inc(),
    **dict.fromkeys(FAILURES, _count_failure),
}


def _first_word(text: str) -> str:
    return text.partition(" ")[0]


def _counter(name: str, said: str, *labels: str) -> Counter:
    return Counter(f"portal_{name}", said, labels, registry=None)


def _histogram(name: str, said: str, buckets: Sequence[float], *labels: str) -> Histogram:
    return Histogram(f"portal_{name}", said, labels, buckets=buckets, registry=None)
