"""A TCP proxy on loopback before a PostgreSQL server, which hangs, goes silent or refuses when it is told to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from sqlalchemy import make_url


class Proxy:
    """Forwards between a free port and the server of `url`.

    `silent` accepts and takes every byte, and forwards none in either direction; `stops_at` goes silent by itself when
    these bytes come from a client, and keeps them; `refusing()` closes the port meanwhile.
    """

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self.silent = threading.Event()
        self.stops_at: bytes | None = None
        self._ends: list[socket.socket] = []
        self._pumps: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """The database of `url`, reached through here."""
        through = self._target.update_query_dict({"host": "127.0.0.1", "port": str(self.port)})
        return through.render_as_string(hide_password=False)

    def __enter__(self) -> Proxy:
        self._listen(0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()
        self.cut()

    def cut(self) -> None:
        """End every connection."""
        ends, pumps = self._ends[:], self._pumps[:]
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for pump in pumps:
            pump.join(5)
        for end in ends:
            end.close()
        self._ends, self._pumps = self._ends[len(ends) :], self._pumps[len(pumps) :]

    def heal(self) -> None:
        """Forward again what comes from now on; what was kept back is lost with its connection."""
        self.stops_at = None
        self.cut()
        self.silent.clear()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens and nobody is connected while the block runs."""
        self._close()
        self.cut()
        try:
            yield
        finally:
            self._listen(self.port)

    def _listen(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = self._connect()
            self._ends += [client, server]
            for source, sink in ((client, server), (server, client)):
                pump = threading.Thread(target=self._pump, args=(source, sink, source is client), daemon=True)
                self._pumps.append(pump)
                pump.start()

    def _connect(self) -> socket.socket:
        host, port = self._target.host or self._target.query.get("host"), self._target.port or 5432
        if isinstance(host, str) and host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(Path(host) / f".s.PGSQL.{port}"))
            return server
        return socket.create_connection((str(host), port))

    def _pump(self, source: socket.socket, sink: socket.socket, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                if from_client and self.stops_at is not None and self.stops_at in content.upper():
                    self.silent.set()
                if self.silent.is_set():
                    continue
                sink.sendall(content)
            if not self.silent.is_set():
                sink.shutdown(socket.SHUT_WR)
