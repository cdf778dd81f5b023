"""Lines of the log, of one form in every process: JSON objects on stderr, or text for a person at a terminal.

Each names its moment, level, event, host, process and number of the process. Lines written during a request say more by
``enrich``. Never a key, a password, a code, a token, the query of an address or the fields of a form (docs/adr/0158).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from json import JSONEncoder
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from .config import LOG_FORMAT, LOG_FORMATS

HOST = socket.gethostname()
JSON, TEXT = LOG_FORMATS

# Facts of the work in hand, by the parts of the program that know them.
Facts = Callable[[], Mapping[str, Any]]
_facts: list[Facts] = []
Line = EventDict
# Called with each line, before it is written.
Listener = Callable[[Line], None]
_listeners: list[Listener] = []
COMMAND = "command"
_process = COMMAND
_for_person = False


def configure(process: str | None = None) -> None:
    """Send the lines of structlog to stderr; ``process`` names this process in each of them."""
    global _process, _for_person
    _process, _for_person = process or _process, is_text()
    structlog.configure(
        processors=[*_told(), _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up per line: tests and servers replace the stream. One write a line: several processes share it.
        logger_factory=lambda *_arguments: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def process_name() -> str:
    """Return the name of this process in its lines."""
    return _process


def begin_command(name: str) -> None:
    """Configure the process of a command; one that serves has its name already."""
    configure(name or COMMAND if _process == COMMAND else None)


def serve(process: str) -> None:
    """Configure a process that serves: lines of libraries and uncaught errors take the same form."""
    configure(process)
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [make_handler()]
    root.setLevel(logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def configuration_of_server() -> dict[str, Any]:
    """Return the logging configuration of granian, whose lines take the same form."""
    loggers = ("_granian", "granian.access")
    return {
        "formatters": {},
        "handlers": {"lines": {"()": make_handler}},
        "loggers": {name: {"handlers": ["lines"], "level": "INFO", "propagate": False} for name in loggers},
    }


def make_handler() -> logging.Handler:
    """Return a handler that writes records of the standard library as lines."""
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_told()],
            keep_exc_info=False,
        )
    )
    return handler


def write_line(event: str, fields: Mapping[str, Any]) -> None:
    """Write one line of level ``info`` with ``fields`` (of JSON's own types), past structlog, in half of its time.

    For the line of each request, in the form of every other line; listeners are not called.
    """
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat()
    line = {**fields, "event": event, "level": "info", "timestamp": f"{moment}Z"}
    _name(None, "info", line)
    sys.stderr.write(f"{_text(None, 'info', line) if _for_person else _spelled(line)}\n")


def enrich(facts: Facts) -> None:
    """Add to each line from now on what ``facts`` returns; what the line says itself stays."""
    if facts not in _facts:
        _facts.append(facts)


def listen(listener: Listener) -> None:
    """Call ``listener`` with each line from now on, before it is written."""
    if listener not in _listeners:
        _listeners.append(listener)


def forget(listener: Listener | None = None) -> None:
    """Call ``listener`` no longer; without one nobody, as in a fork that is to have listeners of its own."""
    _listeners[:] = [each for each in _listeners if listener is not None and each != listener]


def is_text() -> bool:
    """Tell whether lines are written for a person: as set, or because stderr is a terminal."""
    wanted = os.environ.get(LOG_FORMAT)
    if wanted in (JSON, TEXT):
        return wanted == TEXT
    return sys.stderr.isatty()


class _Stderr(logging.Handler):
    """Writes each record by one write to the present stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _told() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name,
        _hand_on,
    ]


def _name(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Add process and host, since several processes write into one log, and the facts of the work in hand."""
    line["host"], line["process"], line["pid"] = HOST, _process, os.getpid()
    for facts in _facts:
        for name, value in facts().items():
            line.setdefault(name, value)
    return line


def _hand_on(_logger: Any, _method: str, line: EventDict) -> EventDict:
    for listener in _listeners:
        listener(line)
    return line


_spelled = JSONEncoder(ensure_ascii=False).encode
_json = structlog.processors.JSONRenderer(ensure_ascii=False)
_text = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def _render(logger: Any, method: str, line: EventDict) -> Any:
    if _for_person:
        return _text(logger, method, line)
    return _json(logger, method, structlog.processors.format_exc_info(logger, method, line))


def _uncaught(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, at)
        return
    structlog.get_logger("portal").critical("uncaught", exc_info=(kind, error, at))


def _uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None and not issubclass(given.exc_type, SystemExit):
        thread = given.thread.name if given.thread else None
        found = (given.exc_type, given.exc_value, given.exc_traceback)
        structlog.get_logger("portal").critical("uncaught", thread=thread, exc_info=found)
