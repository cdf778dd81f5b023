"""Failures of the database under the application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from portal.models.engine import make_engine
from portal.web.database import session_factory
from tests.application import RunningPortal
from tests.browser import Page


@contextmanager
def on_engine(portal: RunningPortal, url: str, **options: Any) -> Iterator[Engine]:
    """Run the application on another engine, and back on its own afterwards."""
    own = portal.app.extensions["portal.sessions"]
    other = make_engine(url, **options)
    portal.app.extensions["portal.sessions"] = session_factory(other, portal.vault)
    try:
        yield other
    finally:
        portal.app.extensions["portal.sessions"] = own
        other.dispose()


@contextmanager
def failing_at_commit(portal: RunningPortal, error: Exception) -> Iterator[None]:
    """Let every commit of the application fail with `error`."""
    engine: Engine = portal.app.extensions["portal.engine"]

    def fail(_connection: Connection) -> None:
        raise error

    event.listen(engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(engine, "commit", fail)


def unavailable(page: Page) -> bool:
    """Tell whether the page is the 503 with "no se registró" and a time to try again."""
    words = "no se registró" in page.text and "Nada quedó a medias" in page.text
    return page.status == 503 and page.headers.get("Retry-After") == "30" and words
