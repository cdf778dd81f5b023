"""Slow clients: some send a body byte by byte, some never end their headers, some hardly read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from types import TracebackType

PAUSE_SECONDS = 2.0
BODY = b"email=nadie%40example.com&password=" + b"x" * 400


class SlowClients:
    """So many of each kind at once, each on a connection of its own, from `__enter__` to `__exit__`.

    `answers` counts what senders got by status (0: the connection ended without an answer); `taken` is how many bytes
    the readers have read.
    """

    def __init__(
        self,
        port: int,
        *,
        senders: int = 0,
        readers: int = 0,
        headers: int = 0,
        big: str = "/",
        cookie: str = "",
        sends_to: str = "/ingreso",
    ) -> None:
        self._port = port
        self._big, self._cookie, self._sends_to = big, cookie, sends_to
        self._counts = {"senders": senders, "readers": readers, "headers": headers}
        self.answers: Counter[int] = Counter()
        self.ended_headers = 0
        self.taken = 0
        self._begun = 0
        self.all_there = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> SlowClients:
        self._thread.start()
        if not self.all_there.wait(60):
            raise RuntimeError("the slow clients could not connect")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # All of them may have ended by themselves.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._all.cancel)
        self._thread.join(30)

    def _run(self) -> None:
        self._loop.run_until_complete(self._everybody())
        self._loop.close()

    async def _everybody(self) -> None:
        makes = {"senders": self._send, "readers": self._read, "headers": self._send_headers}
        clients = [makes[kind]() for kind, count in self._counts.items() for _ in range(count)]
        self._all = asyncio.gather(*clients, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError):
            await self._all

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raw = socket.socket()
        # Little room on the way: what is not read stays with the server.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.setblocking(False)
        await self._loop.sock_connect(raw, ("127.0.0.1", self._port))
        return await asyncio.open_connection(sock=raw, limit=1024)

    def _there(self) -> None:
        self._begun += 1
        if self._begun == sum(self._counts.values()):
            self.all_there.set()

    async def _send(self) -> None:
        reader, writer = await self._connect()
        writer.write(
            f"POST {self._sends_to} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
        )
        self._there()
        heard = asyncio.ensure_future(reader.readline())
        try:
            for byte in BODY:
                writer.write(bytes([byte]))
                if (await asyncio.wait([heard], timeout=PAUSE_SECONDS))[0]:
                    break
            line = (await heard).split()
        except OSError:
            line = []
        finally:
            heard.cancel()
            writer.transport.abort()
        self.answers[int(line[1]) if len(line) > 1 else 0] += 1

    async def _send_headers(self) -> None:
        reader, writer = await self._connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        self._there()
        heard = asyncio.ensure_future(reader.read())
        try:
            while not (await asyncio.wait([heard], timeout=PAUSE_SECONDS))[0]:
                writer.write(b"x")
        finally:
            heard.cancel()
            writer.transport.abort()
        self.ended_headers += 1

    async def _read(self) -> None:
        reader, writer = await self._connect()
        writer.write(
            f"GET {self._big} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}\r\n\r\n".encode()
        )
        self._there()
        try:
            while byte := await reader.read(1):
                self.taken += len(byte)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            writer.transport.abort()
