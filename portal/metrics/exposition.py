"""Exposition: what all processes counted, and the state of the installation, in Prometheus' text."""

from __future__ import annotations

import resource
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from portal.clock import system_clock
from portal.config import Settings
from portal.migrations import revisions
from portal.services.ops import backups, heartbeats, vitals
from portal.services.ops.backups import Plan
from portal.services.ops.vitals import Vitals

from .instruments import Instruments

CONTENT_TYPE = CONTENT_TYPE_LATEST
HERE = "127.0.0.1"
# Between two tries of a process to answer at the port, while another one does.
TRY_SECONDS = 2.0
# A process that serves pages leaves the port to the worker, if one comes.
LEAVE_SECONDS = 8.0
log = structlog.get_logger("portal.metrics")


class Exposition:
    """Metrics of an installation: of the processes that share its folder, of its database, of its disk."""

    def __init__(
        self, instruments: Instruments, settings: Settings, sessions: sessionmaker[Session], plan: Plan
    ) -> None:
        self.instruments = instruments
        self._settings = settings
        self._sessions = sessions
        self._plan = plan
        self.registry = CollectorRegistry()
        MultiProcessCollector(self.registry, path=str(instruments.folder))  # type: ignore[no-untyped-call]
        self.registry.register(self)

    def write(self) -> bytes:
        """Return the text of all metrics."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Yield what is read, not counted; called by the registry."""
        began = time.perf_counter()
        yield _gauge(
            "info", "Version of the program and its schema.", {(heartbeats.read_version(), revisions.head()): 1}
        )
        yield from self._of_processes()
        copied_at = None
        try:
            with self._sessions() as session:
                found = vitals.read(session, now=self._settings.clock(), system_now=system_clock())
        except SQLAlchemyError as error:
            # The counts are wanted most of all when the database is away.
            log.warning("vital signs unread", error=type(error).__name__)
            yield _plain("database_up", "Whether the database answers.", 0)
        else:
            yield _plain("database_up", "Whether the database answers.", 1)
            yield from _of_vitals(found)
            copied_at = found.copied_at
        yield from self._of_disk(copied_at)
        yield _plain("scrape_seconds", "Seconds that it took to read this.", time.perf_counter() - began)

    def _of_processes(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily(
            "portal_process_resident_bytes", "Resident memory of a process that counts.", labels=("process", "slot")
        )
        for taken in self.instruments.list_taken():
            resident = _resident_bytes(taken.pid)
            if resident is not None:
                memory.add_metric((taken.process, str(taken.number)), resident)
        yield memory

    def _of_disk(self, copied_at: datetime | None) -> Iterator[Metric]:
        instance = self._settings.instance
        yield _plain("disk_free_bytes", "Free room where the portal's folder is.", shutil.disk_usage(instance).free)
        plan = self._plan
        limits = {"warning": plan.late_after.total_seconds(), "critical": plan.critical_after.total_seconds()}
        yield _gauge("backup_limit_seconds", "Age from which the newest copy is too old.", limits, "level")
        copies = backups.list_kept(plan.folder)
        yield _plain("backups", "Copies of the database that are kept.", len(copies))
        newest_at = backups.newest_of(copies, copied_at)
        if newest_at is not None:
            age = system_clock() - newest_at
            yield _age("backup_age_seconds", "Age of the newest copy of the database.", age)
        if copies:
            yield _plain("backup_bytes", "Size of the newest copy of the database.", copies[0].bytes)


def _of_vitals(found: Vitals) -> Iterator[Metric]:
    none = timedelta()
    mails = {"new": found.mails_new, "failing": found.mails_failing, "given-up": found.mails_given_up}
    yield _gauge("mails_waiting", "Unsent mails.", mails, "state")
    yield _age("mail_overdue_seconds", "How long the longest overdue mail is due.", found.mail_overdue or none)
    jobs = {"waiting": found.jobs_waiting, "running": found.jobs_running}
    yield _gauge("jobs_open", "Jobs that wait or run.", jobs, "state")
    yield _age("job_waits_seconds", "How long the oldest waiting job waits.", found.job_waits or none)
    yield _plain("workers", "Workers seen in the last minute.", found.workers)
    if found.worker_silent is not None:
        yield _age("worker_silent_seconds", "Time since a worker was last seen.", found.worker_silent)
    if found.duties_silent is not None:
        yield _age("duties_silent_seconds", "Time since a worker last did its duties.", found.duties_silent)
    tries = GaugeMetricFamily("portal_key_attempts_hour", "Attempts at keys, last hour.", labels=("kind", "outcome"))
    for tried, count in found.attempts.items():
        tries.add_metric((tried.kind.value, tried.outcome), count)
    yield tries
    if found.anchor_age is not None:
        yield _age("anchor_age_seconds", "Age of the newest anchor of the audit.", found.anchor_age)
    if found.locks is not None:
        yield _plain("database_lock_waiters", "Sessions of the database that wait for a lock.", found.locks.waiting)
        deadlocks = CounterMetricFamily("portal_database_deadlocks", "Deadlocks that the database counted.")
        deadlocks.add_metric((), found.locks.deadlocks)
        yield deadlocks


def _plain(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"portal_{name}", said, value=value)


def _age(name: str, said: str, age: timedelta) -> Metric:
    return _plain(name, said, age.total_seconds())


def _gauge(name: str, said: str, by: Mapping[str, float] | Mapping[tuple[str, str], int], *labels: str) -> Metric:
    found = GaugeMetricFamily(f"portal_{name}", said, labels=labels or ("version", "revision"))
    for values, count in by.items():
        found.add_metric((values,) if isinstance(values, str) else values, count)
    return found


def _resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process; None where the machine does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()


def open_port(exposition: Exposition, port: int, *, after: float = 0.0) -> None:
    """Answer at a port of this host's loopback, from a thread of this process, ``after`` seconds at first.

    Every process of the installation tries: one answers for all of them, and when it ends another takes its place.
    """

    def answer() -> None:
        time.sleep(after)
        while True:
            try:
                start_http_server(port, addr=HERE, registry=exposition.registry)
            except OSError:
                time.sleep(TRY_SECONDS)
            else:
                return

    threading.Thread(target=answer, name="metrics", daemon=True).start()
