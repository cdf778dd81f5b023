"""Push service on a free loopback port, by TLS: demands a signed token, answers what it is told to, keeps messages."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from py_vapid import Vapid02

from tests.cli.imap_server import write_certificate


@dataclass
class Taken:
    """A request: its path, its headers, its encrypted body, and what its token claims."""

    path: str
    headers: dict[str, str]
    body: bytes
    claims: dict[str, Any]
    key: str


@dataclass
class PushSink:
    """Requests that came with a good token; ``status`` answers them, ``retry_after`` beside it, ``hangs`` never."""

    folder: Path
    status: int = 201
    retry_after: str | None = None
    hangs: bool = False
    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __enter__(self) -> PushSink:
        sink = self

        class Talk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if sink.hangs:
                    sink._over.wait(30)
                    return
                try:
                    claims, key = sink.judge(self.headers["Authorization"])
                except AssertionError as fault:
                    sink.refused.append(str(fault))
                    self._answer(403)
                    return
                sink.taken.append(Taken(self.path, dict(self.headers), body, claims, key))
                self._answer(sink.status)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                if sink.retry_after is not None:
                    self.send_header("Retry-After", sink.retry_after)
                if 300 <= status < 400:
                    self.send_header("Location", f"{sink.origin}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_said: object) -> None:
                pass

        self._over = threading.Event()
        self.certificate, key = write_certificate(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def place(self) -> str:
        """Value for PORTAL_PUSH_SERVICES."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def origin(self) -> str:
        """What a token must name."""
        return f"https://{self.place}"

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a worker that trusts this service, and no other."""
        return {"PORTAL_PUSH_SERVICES": self.place, "SSL_CERT_FILE": str(self.certificate)}

    def judge(self, authorization: str | None) -> tuple[dict[str, Any], str]:
        """Return the claims and the key of a token; ``AssertionError`` names what is wrong with it (RFC 8292)."""
        assert authorization is not None, "no token"
        assert Vapid02.verify(authorization), "the signature is wrong"
        scheme, _, said = authorization.partition(" ")
        assert scheme == "vapid", "another scheme"
        parts = dict(each.split("=", 1) for each in said.split(","))
        payload = parts["t"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["aud"] == self.origin, "for another service"
        assert time.time() < claims["exp"] <= time.time() + 86400, "over, or good for too long"
        assert claims["sub"].startswith(("https://", "mailto:")), "nobody answers for it"
        return claims, parts["k"]
