"""Gateway of messages on a free loopback port, which answers what it is told to."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass
class GatewaySink:
    """Messages that came; ``status`` answers them, ``refused`` is a number answered by 422."""

    status: int = 202
    refused: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def __enter__(self) -> GatewaySink:
        sink = self

        class Talk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                sink.paths.append(self.path)
                sink.tokens.append(self.headers["Authorization"])
                sink.messages.append(said)
                self.send_response(422 if said["to"] == sink.refused else sink.status)
                if sink.status == 307:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_said: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Value for PORTAL_SMS_URL or PORTAL_WHATSAPP_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/messages?from=portal"
