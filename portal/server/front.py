"""Front: takes a request in whole before a thread of the application sees it, and sends answers without a thread.

Threads are few: a client that sends or reads slowly must hold none. Granian calls this by RSGI, on the event loop of
each of its processes (docs/adr/0038).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import IO, Any
from wsgiref.types import WSGIApplication

import structlog

from . import sockets
from .gateway import IN_MEMORY_BYTES, Answer, Body, Scope, answered, environ_of

PIECE_BYTES = 64 * 1024
# Bodies held by one process at a time, in memory and in temporary files.
HELD_BYTES = 512 * 1024 * 1024
# A file may come over a slow line: this many bytes add a second.
FILE_BYTES_A_SECOND = 32 * 1024
# A client that does not take one piece in this time is dropped.
READER_SECONDS = 60.0
# A request that no thread has begun in this time is turned away: nothing of it was done (docs/adr/0148).
TURN_SECONDS = 4.0
# Caddy (net/http of Go, HTTP/1.1) cuts off the end of an answer that comes before it has noticed that the whole body is
# sent. A long one may be refused within a millisecond, so it waits for that, on no thread.
NOTICED_SECONDS = 0.05
# Time that finished answers have to leave when the process ends.
LINGER_SECONDS = 0.7

# Suffixes of addresses of files made for one person: they take a second, a page milliseconds.
FILES = (".csv", ".xlsx", ".pdf", ".zip")

SLOW = (408, "La solicitud no llegó completa a tiempo; intente de nuevo.\n")
BUSY = (503, "El portal no puede recibir la solicitud en este momento: no se registró. Intente de nuevo.\n")
BROKEN = (500, "Ocurrió un error inesperado.\n")


class _Refused(Exception):
    """Status and words for a request that does not reach the application."""

    def __init__(self, answer: tuple[int, str]) -> None:
        super().__init__(answer[0])
        self.answer = answer


class Front:
    """Serves a WSGI application by RSGI with ``threads`` threads, none of which waits for a client.

    ``longest_of(method, path)`` is the longest body in bytes; a longer one is not kept, and the application refuses it
    by its length. ``patience_seconds``: how long a body may take. One that may be longer than ``usual_bytes`` is a file
    and gets more time the more of it has come (``FILE_BYTES_A_SECOND``). ``pages`` are the front's own answers by
    status, with headers; other statuses get a line. ``behind_proxy``: the client is the one that the proxy names.
    ``begin`` is called once in the process that serves. ``turn_seconds``: how long a request waits for a thread; files
    wait for one another.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        threads: int,
        patience_seconds: float,
        usual_bytes: int,
        longest_of: Callable[[str, str], int],
        pages: Mapping[int, tuple[list[tuple[str, str]], bytes]] | None = None,
        behind_proxy: bool = False,
        begin: Callable[[], None] = lambda: None,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self.app = app
        self._turn_seconds = turn_seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        # Files take long: many at once wait for one another, and pages do not wait for them.
        self._file_threads = ThreadPoolExecutor(1, thread_name_prefix="file")
        self.patience_seconds = patience_seconds
        self._usual_bytes = usual_bytes
        self._longest_of = longest_of
        self._pages = pages or {}
        self._behind_proxy = behind_proxy
        self._begin = begin
        self._held = 0
        self._waits: set[asyncio.Timeout] = set()
        self._ends = False
        # True when another process is to serve the clients of this one: each answer closes its connection.
        self._sends_on = False
        self._working = 0
        self._log = structlog.get_logger("portal.server.front")

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen, beside granian, for the end of the process: clients are then no longer waited for."""
        # Beside a thread that makes a file, one that makes a page gets its turn after 1 ms, not 5.
        sys.setswitchinterval(0.001)
        signal.signal(signal.SIGUSR1, lambda _number, _frame: loop.call_soon_threadsafe(self._send_on))
        signal.signal(signal.SIGTERM, lambda _number, _frame: loop.call_soon_threadsafe(self._end, loop))
        # A terminal's Ctrl+C reaches every process of its group; the parent passes it on once.
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._begin()

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """End the threads."""
        self._file_threads.shutdown(wait=True, cancel_futures=True)
        self._threads.shutdown(wait=True)

    async def __rsgi__(self, scope: Scope, proto: Any) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, proto)
        except _Refused as refused:
            status, words = refused.answer
            self._log.warning("not taken", method=scope.method, status=status, client=self._client(scope))
            headers, said = [("content-type", "text/plain; charset=utf-8")], words.encode()
            if status in self._pages and "text/html" in (scope.headers.get("accept") or ""):
                headers, said = self._pages[status]
            proto.response_bytes(status, [*headers, ("connection", "close"), ("retry-after", "5")], said)
            return
        if self._sends_on:
            answer.headers.append(("connection", "close"))
        if isinstance(answer.content, bytes):
            proto.response_bytes(answer.status, answer.headers, answer.content)
            return
        with answer.content as content:
            await self._hand_out(answer, content, proto)

    def _client(self, scope: Scope) -> str:
        if self._behind_proxy and (told := scope.headers.get("x-forwarded-for")):
            return str(told).rpartition(",")[2].strip()
        return scope.client.rpartition(":")[0].strip("[]")

    async def _answer(self, scope: Scope, proto: Any) -> Answer:
        headers = scope.headers
        if headers.get("content-length", "0") == "0" and headers.get("transfer-encoding") is None:
            return await self._ask(environ_of(scope, None), proto if scope.path.endswith(FILES) else None)
        body = await self._received(scope, proto)
        try:
            return await self._ask(environ_of(scope, body), proto if body.length > self._usual_bytes else None)
        finally:
            self._held -= body.kept
            body.content.close()

    async def _ask(self, environ: dict[str, Any], file_for: Any = None) -> Answer:
        """Run the request in a thread: the one for files, if it is one for the client of ``file_for``."""
        threads = self._file_threads if file_for else self._threads
        asked = threads.submit(answered, self.app, environ)
        answer = asyncio.wrap_future(asked)
        self._working += 1
        try:
            if file_for:
                gone = asyncio.ensure_future(file_for.client_disconnect())
                await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
                # The client is gone: work that has not begun need not be done.
                if not asked.done() and asked.cancel():
                    raise _Refused(BUSY)
                gone.cancel()
                return await answer
            return await self._in_turn(asked, answer)
        except _Refused:
            raise
        except Exception:
            # Flask handles its own errors: this one is outside of it.
            self._log.exception("unanswered", method=environ["REQUEST_METHOD"])
            raise _Refused(BROKEN) from None
        finally:
            self._working -= 1

    async def _in_turn(self, asked: Future[Answer], answer: asyncio.Future[Answer]) -> Answer:
        """Wait for the answer of a thread; give up the request while none has begun it in time."""
        turned_away = False

        def give_up() -> None:
            nonlocal turned_away
            # False once a thread has begun: what is begun is answered.
            turned_away = asked.cancel()

        limit = asyncio.get_running_loop().call_later(self._turn_seconds, give_up)
        try:
            return await answer
        except asyncio.CancelledError:
            if turned_away:
                self._log.warning("turned_away", waiting_seconds=self._turn_seconds)
                raise _Refused(BUSY) from None
            raise
        finally:
            limit.cancel()

    async def _received(self, scope: Scope, proto: Any) -> Body:
        """Read the body. Of one that is too long some more is read, so that its sender gets the refusal."""
        longest = self._longest_of(scope.method, scope.path)
        announced = scope.headers.get("content-length")
        # Closed by the receiver, or below.
        content = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
        body = Body(content, int(announced) if announced else 0)
        keeps, come = body.length <= longest, 0
        try:
            async with self._waiting(self.patience_seconds) as limit:
                until = limit.when() or 0.0
                async for piece in proto:
                    come += len(piece)
                    keeps = keeps and come <= longest
                    if keeps:
                        self._keep(body, piece)
                    elif come > 2 * max(longest, PIECE_BYTES * 16):
                        break
                    if longest > self._usual_bytes and not self._ends:
                        limit.reschedule(until + come / FILE_BYTES_A_SECOND)
            if come > PIECE_BYTES:
                await asyncio.sleep(NOTICED_SECONDS)
        except BaseException as error:
            self._held -= body.kept
            body.content.close()
            if isinstance(error, TimeoutError):
                raise _Refused(BUSY if self._ends else SLOW) from None
            raise
        body.length = max(body.length, come)
        body.content.seek(0)
        return body

    def _keep(self, body: Body, piece: bytes) -> None:
        if self._held + len(piece) > HELD_BYTES:
            raise _Refused(BUSY)
        self._held += len(piece)
        body.kept += len(piece)
        body.content.write(piece)

    async def _hand_out(self, answer: Answer, content: IO[bytes], proto: Any) -> None:
        transport = proto.response_stream(answer.status, answer.headers)
        try:
            while piece := content.read(PIECE_BYTES):
                async with self._waiting(READER_SECONDS):
                    await transport.send_bytes(piece)
        except TimeoutError:
            self._log.info("reader_gone")

    @asynccontextmanager
    async def _waiting(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        """Wait for a client for this long, and no longer when the process ends."""
        async with asyncio.timeout(0 if self._ends else seconds) as limit:
            self._waits.add(limit)
            try:
                yield limit
            finally:
                self._waits.discard(limit)

    def _send_on(self) -> None:
        self._sends_on = True
        sockets.go_deaf()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ends = True
        for limit in self._waits:
            limit.reschedule(loop.time())
        loop.call_later(LINGER_SECONDS, self._leave, loop)

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """End once no work is left: granian would wait for clients that do not read their answer."""
        if self._working:
            loop.call_later(LINGER_SECONDS, self._leave, loop)
        else:
            os._exit(0)
