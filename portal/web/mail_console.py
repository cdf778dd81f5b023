"""Mails on the terminal, for development without a mail server."""

from __future__ import annotations

import sys

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models import OutboxMessage
from portal.services.mail import letters, outbox
from portal.services.store.acts import Act

WAITING = "mail_to_show"


def init_app(app: Flask, settings: Settings) -> None:
    """Print mails in development when no SMTP server is set; never in production."""
    if settings.is_production or settings.smtp_url:
        return
    maker = app.extensions["portal.sessions"]

    @event.listens_for(maker, "after_begin")
    def begin(session: Session, *_begun: object) -> None:
        session.info.setdefault(outbox.POSTED, [])

    @event.listens_for(maker, "before_commit")
    def collect_posted(session: Session) -> None:
        posted: list[OutboxMessage] = session.info.pop(outbox.POSTED, [])
        mails = [as_text(row, letters.write_mail(Act.of_system(session, row.created_at), row)[0]) for row in posted]
        session.info.setdefault(WAITING, []).extend(mails)

    @event.listens_for(maker, "after_flush")
    def collect(session: Session, _context: object) -> None:
        # With its link, sealed in the row: a developer has no other mailbox.
        mails = [as_text(row, outbox.read_words(session, row)) for row in session.new if isinstance(row, OutboxMessage)]
        session.info.setdefault(WAITING, []).extend(mails)

    @event.listens_for(maker, "after_commit")
    def show(session: Session) -> None:
        for mail in session.info.pop(WAITING, []):
            sys.stderr.write(mail + "\n")
            sys.stderr.flush()

    @event.listens_for(maker, "after_rollback")
    def forget(session: Session) -> None:
        session.info.pop(WAITING, None)
        session.info.pop(outbox.POSTED, None)


def as_text(mail: OutboxMessage, words: str) -> str:
    """Return the mail as a block that stands out among the log lines."""
    rule = "-" * 72
    return f"{rule}\nMAIL {mail.kind}\nTo: {mail.recipient}\nSubject: {mail.subject}\n\n{words}\n{rule}"
