"""What is known of who sends files, so that nobody is asked twice: an account, or a watched folder (adr 0082)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from portal.models import FileSender
from portal.services.store.actors import Actor
from portal.services.store.acts import Act

from .questions import Answer, Answers

_LONGEST = 200


def sender_of(actor: Actor) -> str:
    """Return by what an account is known here."""
    return f"account:{actor.user_id}"


def sender_of_folder(folder: Path) -> str:
    """Return by what a folder is known here: the end of its full name."""
    return f"folder:{str(folder.resolve()).encode('utf-8', 'replace').decode()[-150:]}"[:_LONGEST]


def known_of(session: Session, sender: str) -> Answers:
    """Return what the sender was asked before and answered once for all files."""
    found = session.get(FileSender, sender)
    return Answers() if found is None else Answers(stamp_ends=found.stamp_ends)


def remember(act: Act, *, sender: str, word: str) -> None:
    """Keep an answer that holds for every file of the sender, inside the caller's transaction; others hold for one."""
    session = act.session
    if word not in (Answer.STAMP_BEGINS, Answer.STAMP_ENDS):
        return
    found = session.get(FileSender, sender)
    if found is None:
        found = FileSender(sender=sender)
        session.add(found)
    found.stamp_ends = word == Answer.STAMP_ENDS
    found.decided_at, found.decided_by_id = act.now, act.actor.user_id
    session.flush()
