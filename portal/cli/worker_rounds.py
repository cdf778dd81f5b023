"""Rounds of the worker: each in a thread with its own database session, so that none waits for another."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.clock import system_clock
from portal.models import Nomination
from portal.papers import case_paper, receipt_paper
from portal.services.cases import pqr
from portal.services.mail import delivery
from portal.services.mail.delivery import Attachment, Carrier, Paper, ServerAway
from portal.services.mail.inbox import BoxAddress, BoxAway, open_box
from portal.services.mail.smtp import MailServer
from portal.services.ops import backups, duties, heartbeats
from portal.services.ops.backups import BadBackup, Plan
from portal.services.store.acts import Act, Actor

from .backup import plan_of
from .cases import own_addresses
from .commands import first_line
from .installation import Portal
from .worker_jobs import LOOK_SECONDS, JobProcess

HOURS_SECONDS, MAIL_SECONDS, OPERATORS_SECONDS, UPKEEP_SECONDS, BEAT_SECONDS = 2.0, 5.0, 15.0, 30.0, 10.0
# A server of mail counts sign-ins: also one that refused the last is asked no sooner.
BOX_SECONDS = 120.0
LONGEST_PAUSE_SECONDS = 30.0
BACKUP_SECONDS = 15.0
# Limit of the whole end; a thread that hangs is left behind.
END_SECONDS = 1.0
LISTEN_SECONDS = 0.2
log = structlog.get_logger("portal.worker")


class Round(NamedTuple):
    """Repeated work: interval in seconds, longer after a failure; ``counts_as`` names its moment.

    ``do`` returns False when part of it failed.
    """

    name: str
    do: Callable[[Session], bool | None]
    pause: float
    counts_as: str | None = None


class Worker:
    """Rounds of a worker, until ``told`` names a signal or the process ``parent`` is gone."""

    def __init__(
        self,
        portal: Portal,
        server: MailServer | None,
        *,
        told: Sequence[int],
        parent: int | None,
        box: BoxAddress | None = None,
        carriers: Sequence[Carrier] = (),
    ) -> None:
        self._carriers = carriers
        self._portal = portal
        self._server = server
        self._box = box
        self._told = told
        self._stop = threading.Event()
        self._parent = parent
        self._started_at = datetime.now(UTC)
        self._last: dict[str, datetime] = {}
        self._jobs = JobProcess()
        self._plan = plan_of(portal)

    def run(self) -> None:
        """Run every round until stopped."""
        server, box = self._server, self._box
        rounds = [
            Round("hours", self._at_hours, HOURS_SECONDS, "duty"),
            Round("operators", self._tell_operators, OPERATORS_SECONDS),
            Round("upkeep", self._upkeep, UPKEEP_SECONDS),
            Round("jobs", self._jobs.look, LOOK_SECONDS, "job"),
            Round("heartbeat", self._beat, BEAT_SECONDS),
        ]
        if server is not None:
            rounds.append(Round("mail", self._sender(server), MAIL_SECONDS, "mail"))
        rounds += [Round(f"port {each.port.value}", self._sender(each), MAIL_SECONDS) for each in self._carriers]
        if box is not None:
            rounds.append(Round("box", lambda session: self._take_mail(session, box), BOX_SECONDS))
        if self._plan.every is not None:
            rounds.append(Round("backup", self._copy, BACKUP_SECONDS))
        log.info("worker started", version=heartbeats.read_version(), mail=self._address())
        if server is None:
            self._say_that_mail_stays()
        threads: dict[Round, threading.Thread] = {}
        while not self._told and self._parent in (None, os.getppid()):
            for each in rounds:
                if each not in threads or not threads[each].is_alive():
                    threads[each] = threading.Thread(target=self._keep, args=(each,), name=each.name, daemon=True)
                    threads[each].start()
            time.sleep(LISTEN_SECONDS)
        self._end(threads.values())

    def _end(self, threads: Collection[threading.Thread]) -> NoReturn:
        """End this process and the jobs' with it; hanging threads are left, uncommitted work is rolled back."""
        self._stop.set()
        give_up = time.monotonic() + END_SECONDS
        self._jobs.tell_to_end()
        for thread in threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        self._jobs.end(give_up)
        log.info("worker ended", left=[thread.name for thread in threads if thread.is_alive()])
        sys.stdout.flush()
        sys.stderr.flush()
        # Python would wait for a thread that hangs in a library.
        os._exit(0)

    def _keep(self, each: Round) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                with self._portal.sessions() as session:
                    whole = each.do(session)
            except SQLAlchemyError as error:
                # The database returns by itself, or another worker was faster: this round was rolled back.
                failures += 1
                log.warning("round put off", round=each.name, error=type(error).__name__, reason=first_line(error))
            except Exception as error:
                failures += 1
                log.error("round failed", round=each.name, exc_info=error)
            else:
                failures = failures + 1 if whole is False else 0
                if each.counts_as and not failures:
                    self._last[each.counts_as] = datetime.now(UTC)
            self._stop.wait(min(LONGEST_PAUSE_SECONDS, each.pause * 2**failures) if failures else each.pause)

    def _at_hours(self, session: Session) -> bool:
        return not duties.perform_at_hours(Act.of_system(session, self._portal.now())).failed

    def _tell_operators(self, session: Session) -> bool:
        return not duties.tell_operators(Act.of_system(session, self._portal.now())).failed

    def _upkeep(self, session: Session) -> bool:
        settings = self._portal.settings
        done = duties.perform_upkeep(
            Act.of_system(session, self._portal.now()),
            anchors=settings.audit_anchors,
            anchor_mail=settings.anchor_mail,
            ports=[each.port for each in self._carriers],
        )
        return not done.failed

    def _copy(self, session: Session) -> bool:
        return copy_due(session, self._plan)

    def _sender(self, carrier: Carrier) -> Callable[[Session], None]:
        """Return what sends by a carrier: with a breaker of its own, so that no port waits for another."""
        breaker = Breaker()

        def send(session: Session) -> None:
            send_round(session, self._portal, carrier, breaker, stopping=self._stop.is_set)

        return send

    def _take_mail(self, session: Session, box: BoxAddress) -> None:
        try:
            take_mail(session, self._portal, box, self._server, stopping=self._stop.is_set)
        except BoxAway as error:
            log.warning("box of mail away", reason=str(error))

    def _beat(self, session: Session) -> None:
        heartbeats.beat(Act.of_system(session, datetime.now(UTC)), started_at=self._started_at, last=self._last)

    def _address(self) -> str | None:
        return None if self._server is None else f"{self._server.host}:{self._server.number}"

    def _say_that_mail_stays(self) -> None:
        count = None
        with contextlib.suppress(SQLAlchemyError), self._portal.sessions() as session:
            count = delivery.count_waiting(session)
        say = log.error if self._portal.settings.is_production else log.info
        say("mail stays in the outbox: PORTAL_SMTP_URL is not set", count=count)


def copy_due(session: Session, plan: Plan) -> bool:
    """Copy the database if that is due; False when it failed, which is recorded and mailed."""
    try:
        taken = backups.take_due(Act(session, Actor.system(), system_clock(), system_clock), plan)
    except BadBackup as error:
        log.error("copy of the database failed", reason=str(error))
        return False
    if taken is not None:
        log.info("copy", file=taken.path.name, bytes=taken.bytes, rows=taken.rows, removed=taken.removed)
    return True


def take_mail(
    session: Session,
    portal: Portal,
    address: BoxAddress,
    server: MailServer | None,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Take the mails that wait in the box of PQR; return how many were looked at. Raises ``BoxAway``.

    Each is logged by the number of its case or the reason why it is set apart, never by its sender or words.
    """
    count = 0
    with open_box(address) as box:
        own = own_addresses(portal.settings, server)
        for result in pqr.take_waiting(session, box=box, clock=portal.settings.clock, own=own):
            count += 1
            taken = result.taken
            log.info(
                "mail of the box",
                case=taken.filing_number if taken else None,
                new=bool(taken and taken.is_new),
                apart=result.apart.value if result.apart else None,
            )
            if stopping():
                break
    return count


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
    session: Session, portal: Portal, carrier: Carrier, breaker: Breaker, *, stopping: Callable[[], bool]
) -> None:
    """Send a few due messages of a port, or for some seconds; stop at the first sign that its server is away."""
    if breaker.is_open:
        return
    began, away, tried = time.monotonic(), False, 0
    due = min(MOST_MAILS, delivery.count_due(Act.of_system(session, portal.now()), port=carrier.port))
    try:
        while tried < due and time.monotonic() - began < MOST_SECONDS and not stopping():
            if _send_next(session, portal, carrier) is None:
                break
            tried += 1
    except ServerAway:
        away = True
    if away or tried:
        breaker.note(away=away)


def send_due(session: Session, portal: Portal, carrier: Carrier) -> tuple[int, int]:
    """Send all due messages of a port; return how many went, and how many did not."""
    due, sent = delivery.count_due(Act.of_system(session, portal.now()), port=carrier.port), 0
    try:
        for _ in range(due):
            went = _send_next(session, portal, carrier)
            if went is None:
                due = sent
                break
            sent += went
    except ServerAway:
        pass
    return sent, due - sent


def _send_next(session: Session, portal: Portal, carrier: Carrier) -> bool | None:
    def attach(session: Session, paper: Paper) -> Attachment:
        act = Act.of_system(session, portal.now())
        if paper.case_id is not None:
            case = pqr.load_mailed(act, case_id=paper.case_id)
            return Attachment(case_paper.file_name(case.view), case_paper.as_pdf(act, case=case.view, whole=case.whole))
        nomination = session.get_one(Nomination, paper.nomination_id)
        made = receipt_paper.as_pdf(act, nomination=nomination)
        return Attachment(receipt_paper.file_name(nomination), made)

    return delivery.send_next(
        session, carry=carrier.carry, clock=portal.settings.clock, attach=attach, port=carrier.port
    )
