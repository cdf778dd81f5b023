"""The rush hour: signatures in an open loop, by many people, with the real Argon2, beside readers; then three times it.

10,000 points in the last ten minutes are 17 signatures a second. Every acknowledged one is looked up in the database.
"""

from __future__ import annotations

import http.client
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from rich.table import Table
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal import create_app
from portal.domain.gas_day import GasDay
from portal.models import (
    AccountVisit,
    AttemptCounter,
    Binding,
    Contract,
    KeyAttempt,
    Nomination,
    NominationDraft,
    OpenCharge,
    User,
)
from portal.models.engine import make_engine
from portal.services import keys
from portal.services.people import sessions
from portal.services.store import charges
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests import factories
from tests.databases.postgres import PostgresServer

from . import demonstration, stage
from .demonstration import Demonstration
from .report import Report
from .server import THREADS, WORKERS, serving
from .signing import DURABLE

SECONDS = int(os.environ.get("BENCH_SECONDS", "20"))
PER_SECOND, TIMES, READERS, PEOPLE = 17, 3, 20, 12
GOALS_MS = {"SQLite": 300, "PostgreSQL": 500}
# A reader looks at a page for so long before the next one.
READER_SECONDS = 1.0
# Of the test client: longer than anything that the portal may take.
PATIENCE_SECONDS = 60
RECEIPT = "/nominacion/comprobantes/"


@dataclass(frozen=True, slots=True)
class Submission:
    """A form of a person to sign a draft; ``address`` is the network address that the proxy tells."""

    draft: str
    body: str
    cookie: str
    address: str

    @property
    def path(self) -> str:
        return f"/nominacion/borradores/{self.draft}/firma"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a submission: ms since the moment it was due, status (0: no answer), receipt, when to try again."""

    submission: Submission
    ms: float
    status: int
    receipt: str | None
    retry_after: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the database says of the answers; all but ``acknowledged`` must be 0.

    ``lost``: acknowledged and not there; ``doubled``: nominations beyond one a draft; ``wrong``: right codes that
    counted as wrong; ``standing``: attempts or counters that were not given back; ``bare``: 503 without Retry-After.
    """

    acknowledged: int
    lost: int
    doubled: int
    wrong: int
    standing: int
    bare: int

    @property
    def faults(self) -> int:
        return self.lost + self.doubled + self.wrong + self.standing + self.bare


def measure(report: Report, folder: Path) -> None:
    """Run the rush hour and three times it on each database; print what clients saw and what the database has."""
    table = Table(
        title=f"Rush hour: granian, {WORKERS} workers × {THREADS} threads, real Argon2, {READERS} readers, "
        f"{SECONDS} s; load {os.getloadavg()[0]:.1f}"
    )
    for heading in (
        *("database", "a second", "signed", "503", "other", "p50 ms", "p99 ms", "goal", "503 p99 ms"),
        *("readers p99 ms", "lost", "other faults"),
    ):
        table.add_column(heading, justify="left" if heading == "database" else "right")
    (folder / "rush-sqlite").mkdir()
    _rush(report, table, "SQLite", demonstration.load(folder / "rush-sqlite", days=70, points_per_contract=2))
    (folder / "rush-postgresql").mkdir()
    with PostgresServer(DURABLE) as server, server.database() as url:
        _rush(
            report,
            table,
            "PostgreSQL",
            demonstration.load(folder / "rush-postgresql", database_url=url, days=70, points_per_contract=2),
        )
    report.print(table)


def _rush(report: Report, table: Table, name: str, of: Demonstration) -> None:
    engine = make_engine(of.settings.database_url)
    made = session_factory(engine, Vault(of.settings.pepper))
    app = create_app(of.settings)
    times = (1, TIMES)
    counts = [PER_SECOND * each * SECONDS for each in times]
    with made() as session:
        who = stage.customer(app, session, now=of.now)
        found, reader = prepare(app, session, who, now=of.now, most=sum(counts) + PER_SECOND)
        pages = stage.sheets(session, today=GasDay.of(of.now), only=who.numeric_keys)
    app.extensions["portal.engine"].dispose()
    left = iter(found)
    with serving(of.environment | {"PORTAL_BEHIND_PROXY": "1"}, of.folder / "rush.log") as address:
        host = address.removeprefix("http://")
        send(host, list(islice(left, PER_SECOND)), per_second=PER_SECOND)
        for each, count in zip(times, counts, strict=True):
            submissions = list(islice(left, count))
            with Readers(host, reader, [page.path for page in pages]) as readers:
                answered = send(host, submissions, per_second=PER_SECOND * each)
            with made() as session:
                judged = judge(session, answered, now=of.now)
            _show(report, table, name, len(submissions) / SECONDS, answered, judged, readers.ms, goal=each == 1)
    engine.dispose()


def _show(
    report: Report,
    table: Table,
    name: str,
    rate: float,
    answered: Sequence[Answered],
    judged: Judged,
    read_ms: list[float],
    *,
    goal: bool,
) -> None:
    statuses = Counter(each.status for each in answered)
    signed = [each.ms for each in answered if each.status == 303]
    refused = [each.ms for each in answered if each.status == 503]
    # Said at once too: the other database takes minutes to load.
    report.print(f"{name}, {rate:.0f} a second: {dict(statuses)}, p99 {percentile(signed, 99):.0f} ms, {judged}")
    table.add_row(
        name,
        f"{rate:.0f}",
        str(statuses[303]),
        str(statuses[503]),
        " ".join(f"{status}: {count}" for status, count in statuses.items() if status not in (303, 503)) or "0",
        f"{percentile(signed, 50):.0f}",
        f"{percentile(signed, 99):.0f}",
        report.hold(
            f"{name}: p99 of {rate:.0f} signatures a second",
            percentile(signed, 99),
            unit="ms",
            at_most=GOALS_MS[name] if goal else None,
        )
        or "none",
        f"{percentile(refused, 99):.0f}" if refused else "",
        f"{percentile(read_ms, 99):.0f}" if read_ms else "",
        report.hold(f"{name}: lost of {rate:.0f} a second", judged.lost, at_most=0),
        report.hold(f"{name}: other faults of {rate:.0f} a second", judged.faults - judged.lost, at_most=0),
    )


def prepare(
    app: Flask, session: Session, who: stage.Customer, *, now: datetime, most: int
) -> tuple[list[Submission], str]:
    """Let several people open every contract, each from an address of its own, and draft a signature of each day.

    ``who`` has every point open, and goes on reading: second comes their cookie, since new keys end what older opened.
    """
    system, contracts = Act.of_system(session, now), session.scalars(select(Contract).order_by(Contract.id)).unique()
    web_keys = [(contract.modality, keys.issue(system, contract=contract)) for contract in contracts.all()]
    people: list[tuple[stage.Customer, str]] = []
    for number in range(PEOPLE):
        address = f"10.0.0.{number + 1}"
        with transaction(session):
            person: User = factories.user(session)
            token = sessions.begin(session, user_id=person.id, now=now, address=address, user_agent="bench")
        signed_in = sessions.look_up(session, token=token, now=now)
        if signed_in is None:
            raise SystemExit("The session that was just begun is not there.")
        actor = Actor(person.id, person.email, person.name, person.role, signed_in.session_id, address, "web")
        for modality, web_key in web_keys:
            token = keys.open_contract(Act.at(session, actor, now), modality=modality, typed=web_key).session_token
        people.append((stage.Customer(*stage.cookie(app, token), actor, who.numeric_keys), address))
    for modality, web_key in web_keys:
        token = keys.open_contract(Act.at(session, who.actor, now), modality=modality, typed=web_key).session_token
    reader = stage.cookie(app, token)[0]
    with transaction(session):
        session.execute(update(Binding).values(may_nominate=True))
        session.execute(update(AccountVisit).values(seen_until=now))
    # Drafted for the first, then handed round: each signs its share.
    first = people[0][0]
    drafted = stage.signatures(session, first, now=now, most=most)
    if len(drafted) < most:
        raise SystemExit(
            f"{most} signatures were asked for, and {len(drafted)} drafts are possible: take less seconds."
        )
    drafts = session.scalars(select(NominationDraft).where(NominationDraft.public_id.like("bench-%"))).all()
    found: list[Submission] = []
    shares = {draft.public_id: (draft, *person) for draft, person in zip(drafts, cycle(people), strict=False)}
    with transaction(session):
        for request in drafted:
            draft, signer, address = shares[request.path.split("/")[3]]
            session.execute(
                update(NominationDraft).where(NominationDraft.id == draft.id).values(user_id=signer.actor.user_id)
            )
            body = request.body.replace(
                urlencode({"csrf_token": first.csrf_token}), urlencode({"csrf_token": signer.csrf_token})
            )
            found.append(Submission(draft.public_id, body, signer.cookie, address))
    return found, reader


def send(host: str, submissions: Sequence[Submission], *, per_second: float) -> list[Answered]:
    """Send each submission at its time, whatever became of those before; return what came of them, in that order."""
    began = time.monotonic() + 0.1

    def sign(numbered: tuple[int, Submission]) -> Answered:
        number, submission = numbered
        due = began + number / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        status, location, retry_after = _post(host, submission)
        ms = (time.monotonic() - due) * 1000
        receipt = location.rpartition("/")[2] if RECEIPT in location else None
        return Answered(submission, ms, status, receipt, retry_after)

    with ThreadPoolExecutor(max(32, math.ceil(per_second * 10))) as clients:
        return list(clients.map(sign, enumerate(submissions)))


def _post(host: str, submission: Submission) -> tuple[int, str, str | None]:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": submission.cookie,
        "X-Forwarded-For": submission.address,
        "Accept": "text/html",
    }
    with closing(http.client.HTTPConnection(host, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.request("POST", submission.path, submission.body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0, "", None
        return answer.status, answer.headers.get("Location", ""), answer.headers.get("Retry-After")


class Readers:
    """People who open one sheet after the other while the block runs; ``ms`` is how long each page took."""

    def __init__(self, host: str, cookie: str, pages: Sequence[str]) -> None:
        self.ms: list[float] = []
        self._host, self._cookie, self._pages = host, cookie, pages
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(READERS)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        if not self.ms:
            raise SystemExit("No reader was shown a sheet.")

    def _read(self, number: int) -> None:
        # Not all at the same moment.
        self._over.wait(number * READER_SECONDS / READERS)
        for page in cycle([*self._pages[number:], *self._pages[:number]]):
            began = time.monotonic()
            with closing(http.client.HTTPConnection(self._host, timeout=PATIENCE_SECONDS)) as connection:
                try:
                    connection.request("GET", page, headers={"Cookie": self._cookie})
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    continue
            if answer.status == 200:
                self.ms.append((time.monotonic() - began) * 1000)
            if self._over.wait(READER_SECONDS):
                return


def judge(session: Session, answered: Sequence[Answered], *, now: datetime) -> Judged:
    """Look every acknowledged signature up, and whether any code that was right cost somebody an attempt."""
    acknowledged = [each for each in answered if each.status == 303]
    drafts = {
        row.public_id: row.receipt
        for row in session.execute(
            select(NominationDraft.public_id, Nomination.public_id.label("receipt")).join(
                Nomination, Nomination.id == NominationDraft.nomination_id
            )
        )
    }
    lost = sum(each.receipt is None or drafts.get(each.submission.draft) != each.receipt for each in acknowledged)
    asked = [each.submission.draft for each in answered]
    of_asked = select(NominationDraft.submission_id).where(NominationDraft.public_id.in_(asked))
    written = session.scalar(select(func.count()).where(Nomination.submission_id.in_(of_asked))) or 0
    session.rollback()
    charges.sweep(Act.of_system(session, now))
    wrong = session.scalar(select(func.count()).where(KeyAttempt.outcome == "wrong")) or 0
    standing = session.scalar(select(func.count()).select_from(OpenCharge)) or 0
    counted = session.scalar(
        select(func.coalesce(func.sum(AttemptCounter.count), 0)).where(
            AttemptCounter.scope.in_(("pair", "account", "point-day", "point-version", "address"))
        )
    )
    return Judged(
        acknowledged=len(acknowledged),
        lost=lost,
        doubled=written - sum(draft in drafts for draft in asked),
        wrong=wrong,
        standing=standing + int(counted or 0),
        bare=sum(each.status == 503 and each.retry_after is None for each in answered),
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent of the values do not exceed; 0 for none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
