"""Browser that sends a form twice at once, or hangs up before the answer."""

from __future__ import annotations

import contextlib
import http.client
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

from tests.faults.stage import Person

# Longer than the server waits for its database.
PATIENCE_SECONDS = 20
# What comes of a connection whose other end is gone.
GONE = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Submission:
    """Form as read from the page; sending it again sends the same."""

    draft: str
    body: str


@dataclass(frozen=True)
class Answer:
    """A status; for a 303 the receipt it leads to; else the page."""

    status: int
    receipt: str | None
    text: str

    @property
    def words(self) -> str:
        """The page as it reads, without its markup."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


class Browser:
    """One person's browser on a server, with two connections."""

    def __init__(self, host: str, person: Person) -> None:
        self._host = host
        self._headers = {"Cookie": person.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._code = person.code
        self._connections = [self._connection(), self._connection()]

    def close(self) -> None:
        """Close both connections."""
        for connection in self._connections:
            connection.close()

    def read(self, draft: str) -> Submission | None:
        """Open the page to sign and type the code; None when it cannot be signed (any more)."""
        answer = self.open(draft)
        return self.fill(draft, answer) if answer.status == 200 else None

    def open(self, draft: str) -> Answer:
        """Open the page to sign."""
        return self._answer(self._ask(self._connections[0], "GET", draft))

    def fill(self, draft: str, page: Answer) -> Submission:
        """Type the code on an open page."""
        fields = {"security_code": self._code}
        for name in ("csrf_token", "shown"):
            fields[name] = _hidden(page.text, name)
        return Submission(draft, urlencode(fields))

    def send(self, submission: Submission) -> Answer:
        """Send the form once."""
        return self._answer(self._ask(self._connections[0], "POST", submission.draft, submission.body))

    def send_twice(self, submission: Submission) -> list[Answer]:
        """Send the form on both connections before reading either answer; return those that came, one at least."""
        asked: list[http.client.HTTPConnection] = []
        for connection in self._connections:
            with contextlib.suppress(*GONE):
                asked.append(self._ask(connection, "POST", submission.draft, submission.body))
        answers = []
        for connection in asked:
            with contextlib.suppress(*GONE):
                answers.append(self._answer(connection))
        if not answers:
            raise ConnectionError("no answer to either")
        return answers

    def send_and_leave(self, submission: Submission, *, after_seconds: float) -> None:
        """Send the form, wait so long for an answer that does not come, and hang up."""
        connection = self._connection(after_seconds)
        with contextlib.closing(connection):
            self._ask(connection, "POST", submission.draft, submission.body)
            try:
                connection.getresponse()
            except TimeoutError:
                return
        raise AssertionError("the answer came in time")

    def _connection(self, timeout: float = PATIENCE_SECONDS) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, timeout=timeout)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, draft: str, body: str | None = None
    ) -> http.client.HTTPConnection:
        connection.request(method, f"/nominacion/borradores/{draft}/firma", body, self._headers)
        return connection

    def _answer(self, connection: http.client.HTTPConnection) -> Answer:
        response = connection.getresponse()
        text = response.read().decode()
        receipt = None
        if response.status == 303:
            receipt = (response.headers["Location"] or "").rpartition("/")[2]
        return Answer(response.status, receipt, text)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no {name} on the page"
    return unescape(found[1])
