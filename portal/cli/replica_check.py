"""Examination of the streaming replica that some pages read (adr/0152), for the doctor."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from portal.models.engine import make_engine
from portal.services.store import replicas

from .commands import first_line
from .findings import Finding, Health
from .installation import Portal

LOOK_AGAIN_SECONDS = 0.05


def examine(portal: Portal) -> Iterator[Finding]:
    """Yield what is found of the replica; nothing where the settings name none."""
    if portal.settings.replica_url is None:
        return
    engine = make_engine(portal.settings.replica_url)
    try:
        until = time.monotonic() + replicas.MOST_STALE_SECONDS
        while (found := replicas.find_distance(portal.engine, engine)).bytes_behind and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_SECONDS)
    except SQLAlchemyError as error:
        said = f"it does not answer: {first_line(error)}"
        yield Finding("replica", Health.WARNING, said, "start it, or mend PORTAL_REPLICA_URL: the primary is read")
        return
    finally:
        engine.dispose()
    if not found.replays:
        said = "it replays no primary: it was promoted, or never was a replica"
        yield Finding("replica", Health.WARNING, said, "make it one anew, or take PORTAL_REPLICA_URL away")
    elif found.bytes_behind:
        said = f"{found.bytes_behind:,} bytes behind for {replicas.MOST_STALE_SECONDS:g} s: the primary is read"
        yield Finding("replica", Health.WARNING, said, "see whether it replays, and the way between the two")
    else:
        yield Finding("replica", Health.OK, "it has what the primary has")
