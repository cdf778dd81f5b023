"""Sixteen clients sign at once, each submission sent twice, until the server is killed; unanswered ones go again."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.sending import GONE, PATIENCE_SECONDS, Browser, Submission
from tests.faults.server import Server
from tests.faults.stage import Person

# Signed; a colleague was faster; the database was busy for too long.
EXPECTED = (303, 409, 503)
SIGNED_BEFORE_A_KILL = 3


class Client:
    """Client that signs its drafts one by one; an unanswered submission is kept for later."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._left = list(reversed(person.drafts))
        self._in_hand: Submission | None = None
        # What was acknowledged: every receipt that a 303 led to, by draft.
        self.receipts: dict[str, set[str]] = defaultdict(set)
        self.statuses: Counter[int] = Counter()

    def work(self, host: str, acknowledged: threading.Semaphore) -> None:
        """Sign draft after draft until the server is gone or nothing is left; count each signature up."""
        try:
            with self._browser(host) as browser, contextlib.suppress(*GONE):
                while self._left:
                    if self._sign(browser):
                        acknowledged.release()
        finally:
            # Nothing more is to come of this one: nobody need wait for it.
            acknowledged.release()

    def settle(self, host: str) -> None:
        """Send what got no answer once more; the server stays this time."""
        with self._browser(host) as browser:
            while self._in_hand:
                self._sign(browser)

    def _browser(self, host: str) -> contextlib.closing[Browser]:
        return contextlib.closing(Browser(host, self._person))

    def _sign(self, browser: Browser) -> bool:
        """Send the next draft twice; True when it was acknowledged with a receipt."""
        if self._in_hand is None:
            self._in_hand = browser.read(self._left[-1])
        if self._in_hand is None:
            # Signed before: the page leads to the receipt.
            self._left.pop()
            return False
        for answer in browser.send_twice(self._in_hand):
            self.statuses[answer.status] += 1
            assert answer.status in EXPECTED, answer.status
            if answer.receipt:
                self.receipts[self._in_hand.draft].add(answer.receipt)
        signed = self._in_hand.draft in self.receipts
        # What was refused is read again: a colleague was faster.
        self._in_hand = None
        return signed


class Flood:
    """All the clients, over as many rounds as the server is started."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.clients = [Client(person) for person in people]

    def until_killed(self, server: Server, *, after_seconds: float) -> None:
        """Let everybody sign; kill the server so long after the third receipt of the round.

        Receipts are counted, for a busy machine signs few in a fixed time.
        """
        acknowledged = threading.Semaphore(0)
        with ThreadPoolExecutor(len(self.clients)) as pool:
            working = [pool.submit(client.work, server.host, acknowledged) for client in self.clients]
            for _ in range(SIGNED_BEFORE_A_KILL):
                acknowledged.acquire(timeout=PATIENCE_SECONDS)
            time.sleep(after_seconds)
            server.kill()
        for each in working:
            each.result()

    def settle(self, server: Server) -> None:
        """Let everybody who waits for an answer send again, until all have one."""
        with ThreadPoolExecutor(len(self.clients)) as pool:
            list(pool.map(lambda client: client.settle(server.host), self.clients))

    @property
    def receipts(self) -> dict[str, set[str]]:
        """Every receipt that was acknowledged, by draft."""
        return {draft: found for client in self.clients for draft, found in client.receipts.items()}

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return sum((client.statuses for client in self.clients), Counter())
