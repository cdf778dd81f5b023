"""Portals with one defence removed: a flood must find each fault."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from dataclasses import replace
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.models import Nomination, NominationDraft
from portal.services import nominations
from portal.services.store import filing
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

# Longer than a busy machine takes to carry the answer to its browser, and of the length of a wait for the kill.
LATE_SECONDS = 1.0
_sign = nominations.sign


def answers_early() -> Flask:
    """Answers before the commit: what is killed in between was acknowledged and is lost."""
    app = create_app()
    usual, clock = app.extensions["portal.sessions"], app.extensions["portal.settings"].clock

    def sign(act: Act, *, draft: NominationDraft, **what: Any) -> Any:
        answer: Queue[Any] = Queue()
        what |= {"draft": draft.public_id}

        def work() -> None:
            try:
                info = usual.kw["info"] | {"answer": answer, "draft": what["draft"]}
                with _SlowToCommit(**usual.kw | {"info": info}) as own:
                    answer.put(_sign(replace(act, session=own, clock=clock), **what))
            except BaseException as refused:
                answer.put(refused)

        threading.Thread(target=work).start()
        first = answer.get()
        if isinstance(first, BaseException):
            raise first
        return first

    nominations.sign = sign  # type: ignore[assignment]
    return app


class _SlowToCommit(Session):
    def commit(self) -> None:
        # By its draft: the newest row may be the one that somebody else signed in between.
        columns = select(Nomination.public_id, Nomination.received_at)
        signed = columns.join(NominationDraft, NominationDraft.nomination_id == Nomination.id)
        receipt = self.execute(signed.where(NominationDraft.public_id == self.info["draft"])).one_or_none()
        if receipt:
            self.info["answer"].put(SimpleNamespace(**receipt._asdict()))
            time.sleep(LATE_SECONDS)
        super().commit()


def forgets_submissions() -> Flask:
    """Takes each sending for a new submission: what is sent twice is signed twice."""
    app = create_app()

    def sign(act: Act, *, draft: NominationDraft, **what: Any) -> Any:
        session, draft_id = act.session, draft.id
        columns = [column.name for column in NominationDraft.__table__.columns if column.name != "id"]
        with transaction(session):
            sent = session.get_one(NominationDraft, draft_id)
            anew = {name: getattr(sent, name) for name in columns} | {
                "public_id": secrets.token_urlsafe(8),
                "submission_id": secrets.token_urlsafe(8),
                "nomination_id": None,
            }
            copy = NominationDraft(**anew)
            session.add(copy)
        what["shown"] = nominations.review(Act.of_system(session, act.now), draft=copy).digest
        return _sign(act, draft=anew["public_id"], **what)

    nominations.sign = sign  # type: ignore[assignment]
    return app


def counts_outside() -> Flask:
    """Takes the radicado from a counter outside of the transaction: what is killed leaves a gap."""
    counter = Path(os.environ["PORTAL_INSTANCE"]) / "counter"

    def next_number(_session: Session, *, series: str, year: int) -> str:
        with counter.open("a+", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            held.seek(0)
            number = int(held.read() or 0) + 1
            held.truncate(0)
            held.write(str(number))
        return f"{series}-{year}-{number:06d}"

    filing.take_next_number = next_number
    return create_app()


def syncs_seldom() -> Flask:
    """Syncs the log of the database only when it is copied into it: what was committed since is in nobody's hands."""
    app = create_app()

    @event.listens_for(app.extensions["portal.engine"], "connect")
    def loosen(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return app
