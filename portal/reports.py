"""Error reports to a Sentry-compatible collector, if the settings name one: what leaves, field by field.

The library gathers and sends; of what it gathers only the names of errors and the places in our source leave this host,
with the id under which the log has the rest (docs/adr/0159).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from . import logs
from .config import Settings

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# Events that wait for the collector, and how many a process sends in a minute: one error may come with each request.
MOST_WAITING = 30
MOST_A_MINUTE = 30
# A process that ends by an error waits so long for its report to leave.
LAST_SECONDS = 2.0
LINE = "portal_line"
# Of the fields of a line of the log these become tags.
TAGS = ("event", "process", "route", "method", "request_id", "round", "duty", "thread", "kind", "job")
FRAME = ("function", "module", "lineno", "in_app")
OURS = ("event_id", "timestamp", "level", "platform", "release", "environment", "server_name", "sdk")


class _Begun(NamedTuple):
    """Settings of the reports, and the process in which they began."""

    dsn: str
    release: str
    environment: str
    pid: int


_begun: _Begun | None = None


def begin(settings: Settings, release: str) -> None:
    """Report errors of this process and its forks from now on, if the settings name a collector."""
    if settings.report_dsn is None:
        return
    _start(_Begun(settings.report_dsn, release, settings.environment, os.getpid()))
    logs.listen(_report)


def _start(begun: _Begun) -> None:
    global _begun, _meter
    import sentry_sdk

    _begun, _meter = begun, _Meter()
    sentry_sdk.init(
        begun.dsn,
        release=begun.release,
        environment=begun.environment,
        server_name=logs.HOST,
        before_send=scrub,
        # Nothing is gathered by itself: a report is made of a line of the log that carries an error.
        default_integrations=False,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        transport_queue_size=MOST_WAITING,
    )


def end() -> None:
    """Report no more, and drop what waits."""
    import sentry_sdk

    logs.forget(_report)
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)


def scrub(event: Event, hint: Hint) -> Event | None:
    """Return the report made anew of what may leave: a field that the library adds some day stays here.

    Without messages of errors, which quote what was typed, and without variables, request, addresses and names.
    """
    line: Mapping[str, Any] = hint.get(LINE) or {}
    kept: dict[str, Any] = {name: event[name] for name in OURS if name in event}  # type: ignore[literal-required]
    kept["tags"] = {name: str(line[name])[:200] for name in TAGS if line.get(name) is not None}
    kept["transaction"] = str(line.get("route") or line.get("event") or "")
    if line.get("account"):
        kept["user"] = {"id": line["account"]}
    kept["exception"] = {"values": [_error_of(error) for error in event.get("exception", {}).get("values", ())]}
    return kept  # type: ignore[return-value]


def _error_of(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or ()
    places = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
    return {"type": error.get("type"), "module": error.get("module"), "stacktrace": {"frames": places}}


class _Meter:
    """Lets so many through in a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._left = 0

    def lets_through(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now >= self._until:
                self._until, self._left = now + 60, MOST_A_MINUTE
            self._left -= 1
            return self._left >= 0


_meter = _Meter()
Caught = tuple[type[BaseException], BaseException, TracebackType | None]


def _report(line: logs.Line) -> None:
    """Report the error of a line of the log."""
    caught = _caught(line.get("exc_info"))
    if caught is None or line["level"] not in ("error", "critical"):
        return
    if _begun is not None and _begun.pid != os.getpid():
        # A fork: the thread that sends, and what it held, stayed with the parent; so did the count of its minute.
        _start(_begun._replace(pid=os.getpid()))
    if not _meter.lets_through():
        return
    import sentry_sdk
    from sentry_sdk.utils import event_from_exception

    event, hint = event_from_exception(caught, client_options=sentry_sdk.get_client().options)
    event["level"] = "fatal" if line["level"] == "critical" else "error"
    sentry_sdk.capture_event(event, hint | {LINE: dict(line)})
    if line["level"] == "critical":
        sentry_sdk.flush(timeout=LAST_SECONDS)


def _caught(given: object) -> Caught | None:
    """Return the error of a line, as structlog takes it."""
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    found = sys.exc_info() if given is True else given
    if isinstance(found, tuple) and len(found) == 3 and isinstance(found[1], BaseException):
        return found
    return None
