"""The daily anchor as the worker writes it: in the database once a day for all hosts, in the file of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog
from sqlalchemy import func, select

from portal.domain.gas_day import GasDay
from portal.models import Anchor, AnchorFile
from portal.services.store import duty_runs
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict

from . import chain, files
from .chain import NotQuiet, Written
from .files import BadAnchors

log = structlog.get_logger("portal.anchors")
_said: dict[Path, str] = {}


def anchor(act: Act, *, path: Path, mail_to: Sequence[str] = ()) -> Written:
    """Write an anchor now, in the database and in the file; commits. ``BadAnchors`` when the file was cut off."""
    written = chain.take(act, mail_to=mail_to)
    files.bring_up_to_date(act.session, path=path)
    return written


def anchor_due(act: Act, *, path: Path, mail_to: Sequence[str] = ()) -> bool:
    """Write the anchor of the Colombian day, once, and what this host's file lacks; tell whether it did. Commits.

    What keeps it from the file is said in the log, once, and tried again: the anchor in the database stands.
    """
    session = act.session
    done = _of_today(act, mail_to=mail_to)
    behind = select(
        func.max(Anchor.number),
        select(AnchorFile.number).where(AnchorFile.place == files.place_of(path)).scalar_subquery(),
    )
    last, written = session.execute(behind).one()
    session.rollback()
    if last is None or last == written:
        return done
    try:
        files.bring_up_to_date(session, path=path)
        _said.pop(path, None)
    except (BadAnchors, OSError) as error:
        if _said.get(path) != str(error):
            _said[path] = str(error)
            log.error("the anchor could not be kept outside the database", problem=str(error))
    return done


def _of_today(act: Act, *, mail_to: Sequence[str]) -> bool:
    now = act.now
    name = f"anchor:{GasDay.of(now).isoformat()}"
    if duty_runs.is_done(act.session, name=name):
        return False
    try:
        chain.take(act, mail_to=mail_to, duty=name)
    except (duty_runs.Taken, Conflict, NotQuiet):
        # Another worker was faster, or somebody writes at length: the next round looks again.
        return False
    return True
