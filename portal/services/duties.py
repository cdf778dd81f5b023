"""What the worker does besides mail: reminders, the rule of each point at the close, a daily anchor, old files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from . import anchors as daily_anchors
from . import day_closes, outbox, uploads
from .notices import reminders


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: mails of reminders put in the outbox, closes applied, points filled by them, files thrown away."""

    reminders: int
    closes: int
    filled: int
    expired: int

    @property
    def anything(self) -> bool:
        """Whether there was anything to do."""
        return bool(self.reminders or self.closes or self.expired)


def perform(
    session: Session, *, now: datetime, base_url: str, anchors: Path, anchor_mail: tuple[str, ...] = ()
) -> Done:
    """Do whatever is due now; commits. However often it is called, each duty is done once.

    ``anchors`` is the file in which this host keeps the daily anchors, ``anchor_mail`` who gets each of them.
    """
    reminded = reminders.post_due(session, now=now, base_url=base_url)
    closes = day_closes.apply_due(session, now=now, base_url=base_url)
    outbox.forget_due(session, now=now)
    daily_anchors.anchor_due(session, path=anchors, now=now, mail_to=anchor_mail)
    return Done(reminded, len(closes), sum(closes.values()), uploads.expire(session, now=now))
