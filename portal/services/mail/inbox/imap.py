"""IMAP folder, with the standard library: read without marking, then marked or moved."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from .addresses import BoxAddress
from .boxes import BoxAway, Waiting

ANSWER_SECONDS = 20
UNEXPECTED = "the server did not answer as expected"
Answer = TypeVar("Answer")
# Ids of messages asked for in one command.
_AT_ONCE = 200
_UID, _SIZE = re.compile(rb"\bUID ([0-9]+)"), re.compile(rb"\bRFC822\.SIZE ([0-9]+)")


@contextmanager
def connect(address: BoxAddress) -> Iterator[ImapBox]:
    """Connect, sign in and open the folder; ``BoxAway`` with the reason when any of it fails."""
    server = _asked(address, lambda: _reach(address))
    try:
        box = ImapBox(address, server)
        box.open()
        yield box
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _reach(address: BoxAddress) -> imaplib.IMAP4:
    """Return a connection, encrypted as the address says, with the certificate verified."""
    context = ssl.create_default_context()
    if address.scheme == "imaps":
        return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=ANSWER_SECONDS)
    server = imaplib.IMAP4(address.host, address.port, timeout=ANSWER_SECONDS)
    if address.scheme == "imap+starttls":
        server.starttls(context)
    return server


def _asked(address: BoxAddress, ask: Callable[[], Answer], *, when_refused: str = UNEXPECTED) -> Answer:
    """Return what the server answered; any failure becomes ``BoxAway``."""
    try:
        return ask()
    except ssl.SSLCertVerificationError as error:
        raise BoxAway(f"{address.shown}: its certificate is not trusted ({error.verify_message}).") from None
    except ssl.SSLError as error:
        raise BoxAway(f"{address.shown}: no encrypted connection ({error.reason or type(error).__name__}).") from None
    except TimeoutError:
        raise BoxAway(f"{address.shown}: no answer within {ANSWER_SECONDS} seconds.") from None
    except OSError as error:
        raise BoxAway(f"{address.shown}: {error.strerror or type(error).__name__}.") from None
    except imaplib.IMAP4.error as error:
        # An answer may repeat what was sent; `abort` is a connection that broke.
        said = UNEXPECTED if isinstance(error, imaplib.IMAP4.abort) else when_refused
        raise BoxAway(f"{address.shown}: {said}.") from None


class ImapBox:
    """Opened folder of a server; a message is called by its UID."""

    def __init__(self, address: BoxAddress, server: imaplib.IMAP4) -> None:
        self._address, self._server = address, server

    def open(self) -> None:
        """Sign in, open the folder and make those to which messages are moved."""
        self._sign_in()
        self._do("SELECT", lambda: self._server.select(_quoted(self._address.folder)))
        for folder in (self._address.done, self._address.apart):
            if folder is not None:
                self._create(folder)

    def _create(self, folder: str) -> None:
        # A server says NO to one that is there.
        _asked(self._address, lambda: self._server.create(_quoted(folder)))

    def _sign_in(self) -> None:
        user, password = self._address.user, self._address.password
        secret = f"\0{user}\0{password}".encode()

        def sign_in() -> None:
            if "AUTH=PLAIN" in self._server.capabilities:
                self._server.authenticate("PLAIN", lambda _: secret)
            else:
                self._server.login(user, password)

        try:
            _asked(self._address, sign_in, when_refused="the server refused the sign-in")
        except UnicodeEncodeError:
            raise BoxAway(f"{self._address.shown}: the server takes no such password.") from None

    def list_waiting(self) -> Sequence[Waiting]:
        """Return the messages that nobody took yet, the oldest first.

        Where they are moved it is all that is in the folder; else what is not marked as seen.
        """
        wanted = ("UNDELETED",) if self._address.done else ("UNSEEN", "UNDELETED")
        found = self._do("SEARCH", lambda: self._server.uid("SEARCH", *wanted))
        uids = [uid for line in found if line for uid in line.split()]
        waiting: list[Waiting] = []
        for at in range(0, len(uids), _AT_ONCE):
            waiting += self._list_facts(b",".join(uids[at : at + _AT_ONCE]).decode("ascii"))
        return sorted(waiting, key=lambda each: (each.arrived_at, int(each.name)))

    def _list_facts(self, uids: str) -> list[Waiting]:
        facts = self._do("FETCH", lambda: self._server.uid("FETCH", uids, "(RFC822.SIZE INTERNALDATE)"))
        return [each for each in map(_waiting, facts) if each is not None]

    def read(self, name: str) -> bytes | None:
        """Return a message exactly as it came, unmarked; None when it is gone."""
        parts = self._do("FETCH", lambda: self._server.uid("FETCH", name, "(BODY.PEEK[])"))
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), None)

    def mark_taken(self, name: str) -> None:
        """Mark a message as seen and, with a folder for what was taken, move it there."""
        self._put(name, "(\\Seen)", self._address.done)

    def place_apart(self, name: str) -> str:
        """Return the folder in which a message is once it was set apart; its UID where it stays in its own."""
        apart = self._address.apart
        return f"carpeta {apart}" if apart is not None else f"carpeta {self._address.folder}, UID {name}"

    def set_apart(self, name: str) -> None:
        """Mark a message as seen and flagged and, with a folder for it, move it there."""
        self._put(name, "(\\Seen \\Flagged)", self._address.apart)

    def _put(self, name: str, flags: str, folder: str | None) -> None:
        self._do("STORE", lambda: self._server.uid("STORE", name, "+FLAGS.SILENT", flags))
        if folder is None:
            return
        if "MOVE" in self._capabilities():
            self._do("MOVE", lambda: self._server.uid("MOVE", name, _quoted(folder)))
            return
        self._do("COPY", lambda: self._server.uid("COPY", name, _quoted(folder)))
        self._do("STORE", lambda: self._server.uid("STORE", name, "+FLAGS.SILENT", "(\\Deleted)"))
        if "UIDPLUS" in self._capabilities():
            # Plain EXPUNGE would remove what others marked as deleted too.
            self._do("EXPUNGE", lambda: self._server.uid("EXPUNGE", name))

    def _capabilities(self) -> str:
        lines = self._do("CAPABILITY", self._server.capability)
        return b" ".join([line for line in lines if line]).decode("ascii", "replace").upper()

    def _do(self, command: str, ask: Callable[[], tuple[str, Any]]) -> list[Any]:
        """Return the data of an answer; ``BoxAway`` when the server refused the command."""
        status, data = _asked(self._address, ask)
        if status != "OK":
            raise BoxAway(f"{self._address.shown}: the server refused {command}.")
        return list(data)


def _waiting(fact: object) -> Waiting | None:
    line = fact[0] if isinstance(fact, tuple) else fact
    if not isinstance(line, bytes):
        return None
    uid, size, moment = _UID.search(line), _SIZE.search(line), imaplib.Internaldate2tuple(line)
    if uid is None or size is None:
        return None
    arrived = datetime.now(UTC) if moment is None else datetime.fromtimestamp(time.mktime(moment), UTC)
    return Waiting(uid[1].decode("ascii"), int(size[1]), arrived)


def _quoted(folder: str) -> str:
    """Return a folder's name as IMAP writes it: other letters in its own form of UTF-7, in quotation marks."""

    def other_letters(found: re.Match[str]) -> str:
        text = base64.b64encode(found[0].encode("utf-16-be")).decode("ascii")
        return f"&{text.rstrip('=').replace('/', ',')}-"

    written = re.sub("[^ -~]+", other_letters, folder.replace("&", "&-"))
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'
