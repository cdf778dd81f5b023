"""People who sign one nomination after the other, twice each, and try again until the portal takes it."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

from tests.deploy.proxies import NAME, Proxy
from tests.faults.sending import GONE, PATIENCE_SECONDS, Answer, Browser, Submission
from tests.faults.stage import Person

# A page, its receipt; signed; a colleague was faster.
ACCEPTED = (200, 303, 409)
# What a proxy or a portal says that cannot serve just now.
REFUSED = (502, 503, 504)
GONE_AWAY = 0
# As a person's second click, or htmx's next try.
AGAIN_SECONDS = 0.1


class SecureBrowser(Browser):
    """A person's browser on a proxy: HTTPS, under the portal's name."""

    def __init__(self, proxy: Proxy, person: Person) -> None:
        self._proxy = proxy
        super().__init__(NAME, person)
        self._headers |= {"Origin": f"https://{NAME}", "Referer": f"https://{NAME}/"}

    def _connection(self, timeout: float = PATIENCE_SECONDS) -> http.client.HTTPConnection:
        connection = self._proxy.connection()
        connection.timeout = timeout
        return connection


@dataclass
class Seen:
    """What one client saw: when each thing it wanted was taken, and since when it had wanted it."""

    taken: list[tuple[float, float]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    # What no client may ever see.
    unexpected: list[str] = field(default_factory=list)


class Signer:
    """Signs its drafts; what got no answer, or a 503, is sent again as it was."""

    def __init__(self, person: Person, proxy: Proxy) -> None:
        self._person = person
        self._proxy = proxy
        self._left = list(reversed(person.drafts))
        self._in_hand: Submission | None = None
        self._wanted_since: float | None = None
        self.receipts: dict[str, set[str]] = defaultdict(set)
        self.seen = Seen()

    def work(self, ended: threading.Event) -> None:
        """Sign until told to end or nothing is left."""
        while self._left and not ended.is_set():
            browser = SecureBrowser(self._proxy, self._person)
            try:
                with contextlib.closing(browser):
                    while self._left and not ended.is_set():
                        self._step(browser)
            except GONE:
                self.seen.statuses[GONE_AWAY] += 1
                ended.wait(AGAIN_SECONDS)

    def settle(self) -> None:
        """Send what got no answer until it has one."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._in_hand and time.monotonic() < until:
            with contextlib.suppress(*GONE), contextlib.closing(SecureBrowser(self._proxy, self._person)) as browser:
                while self._in_hand and time.monotonic() < until:
                    self._step(browser)

    def _step(self, browser: SecureBrowser) -> None:
        """Open the next draft's page, or send the form in hand twice."""
        if self._wanted_since is None:
            self._wanted_since = time.monotonic()
        draft = self._left[-1]
        if self._in_hand is None:
            page = browser.open(draft)
            if not self._note(page):
                return
            if page.status == 200:
                self._in_hand = browser.fill(draft, page)
            else:
                # Signed before: the page leads to the receipt.
                self._left.pop()
            return
        answers = browser.send_twice(self._in_hand)
        for answer in answers:
            if answer.receipt:
                self.receipts[draft].add(answer.receipt)
        # Each is noted, also after one that was accepted.
        if sum(map(self._note, answers)):
            # What was refused is read again: a colleague was faster.
            self._in_hand = None

    def _note(self, answer: Answer) -> bool:
        self.seen.statuses[answer.status] += 1
        if answer.status in ACCEPTED:
            if self._wanted_since is not None:
                self.seen.taken.append((self._wanted_since, time.monotonic()))
            self._wanted_since = None
            return True
        if answer.status not in REFUSED:
            self.seen.unexpected.append(f"{answer.status}: {answer.words[:200]}")
        time.sleep(AGAIN_SECONDS)
        return False


class Load:
    """All the signers, at work while a block runs."""

    def __init__(self, people: Sequence[Person], proxy: Proxy) -> None:
        self.signers = [Signer(person, proxy) for person in people]

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Let everybody sign while the block runs; afterwards nobody waits for an answer any more."""
        ended = threading.Event()
        for signer in self.signers:
            signer.seen = Seen()
        with ThreadPoolExecutor(len(self.signers)) as pool:
            working = [pool.submit(signer.work, ended) for signer in self.signers]
            try:
                yield
            finally:
                ended.set()
            for each in working:
                each.result()
            list(pool.map(Signer.settle, self.signers))

    def count_taken(self) -> int:
        """Return how many answers were accepted so far in this block."""
        return sum(len(signer.seen.taken) for signer in self.signers)

    def interruption(self, since: float) -> float:
        """Return the longest time, from a moment on, in which nobody at all was served, in seconds."""
        moments = sorted(
            [since, *(ended for signer in self.signers for _, ended in signer.seen.taken if ended > since)]
        )
        return max((after - before for before, after in pairwise(moments)), default=0.0)

    def longest_wait(self, since: float) -> float:
        """Return how long one person waited at most for what was taken after a moment, tries included, in seconds."""
        return max(
            (end - began for signer in self.signers for began, end in signer.seen.taken if end > since), default=0.0
        )

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered; 0 for no answer."""
        return sum((signer.seen.statuses for signer in self.signers), Counter())

    @property
    def unexpected(self) -> list[str]:
        """Answers that no client may see."""
        return [words for signer in self.signers for words in signer.seen.unexpected]

    @property
    def receipts(self) -> dict[str, set[str]]:
        """Every receipt that was acknowledged, by draft."""
        return {draft: found for signer in self.signers for draft, found in signer.receipts.items()}
