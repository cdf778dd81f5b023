"""Mail rounds of the worker: a few mails or seconds each, none while the mail server is away."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from portal.models import Nomination
from portal.papers import receipt_paper
from portal.services.mail import delivery
from portal.services.mail.delivery import Attachment, ServerAway
from portal.services.mail.smtp import MailServer
from portal.services.store.acts import Act

from .installation import Portal

MOST_MAILS, MOST_SECONDS = 50, 10.0
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 5.0, 300.0


class Breaker:
    """Pauses after the mail server was away, doubling each time, so that no mail loses an attempt."""

    def __init__(self) -> None:
        self._rest = 0.0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """True while no mail should be tried."""
        return time.monotonic() < self._until

    def note(self, *, away: bool) -> None:
        """Record how a round ended."""
        self._rest = min(LONGEST_REST_SECONDS, max(FIRST_REST_SECONDS, 2 * self._rest)) if away else 0.0
        self._until = time.monotonic() + self._rest


def send_round(
    session: Session, portal: Portal, server: MailServer, breaker: Breaker, *, stopping: Callable[[], bool]
) -> None:
    """Send a few due mails, or for some seconds; stop at the first sign that the server is away."""
    if breaker.is_open:
        return
    began, away, tried = time.monotonic(), False, 0
    due = min(MOST_MAILS, delivery.due(Act.of_system(session, portal.now())))
    try:
        while tried < due and time.monotonic() - began < MOST_SECONDS and not stopping():
            if _send_next(session, portal, server) is None:
                break
            tried += 1
    except ServerAway:
        away = True
    if away or tried:
        breaker.note(away=away)


def send_due(session: Session, portal: Portal, server: MailServer) -> tuple[int, int]:
    """Send all due mails; return how many went, and how many did not."""
    due, sent = delivery.due(Act.of_system(session, portal.now())), 0
    try:
        for _ in range(due):
            went = _send_next(session, portal, server)
            if went is None:
                due = sent
                break
            sent += went
    except ServerAway:
        pass
    return sent, due - sent


def _send_next(session: Session, portal: Portal, server: MailServer) -> bool | None:
    def attach(session: Session, nomination_id: int) -> Attachment:
        nomination = session.get_one(Nomination, nomination_id)
        made = receipt_paper.as_pdf(Act.of_system(session, portal.now()), nomination=nomination)
        return Attachment(receipt_paper.file_name(nomination), made)

    return delivery.send_next(session, carry=server.carry, clock=portal.settings.clock, attach=attach)
