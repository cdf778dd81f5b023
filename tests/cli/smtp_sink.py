"""Mail server on a free loopback port, which accepts or refuses mails."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import cast


@dataclass
class Sink:
    """Received mails; ``refuses`` answers the recipients with a passing failure, ``offers`` lists its extensions."""

    refuses: bool = False
    offers: tuple[str, ...] = ()
    mails: list[EmailMessage] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Sink:
        sink = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sink._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
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
        """Value for PORTAL_SMTP_URL."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        def answer(text: str) -> None:
            handler.wfile.write(f"{text}\r\n".encode())

        answer("220 sink")
        while line := handler.rfile.readline().decode().strip():
            self.said.append(line)
            command = line.split()[0].upper()
            if command == "EHLO":
                answer("".join(f"250-{each}\r\n" for each in self.offers) + "250 SMTPUTF8")
            elif command == "RCPT" and self.refuses:
                answer("451 not now")
            elif command == "DATA":
                answer("354 go on")
                lines = []
                while (part := handler.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.mails.append(cast("EmailMessage", message_from_bytes(b"".join(lines), policy=policy.default)))
                answer("250 taken")
            elif command == "QUIT":
                answer("221 bye")
                return
            else:
                answer("250 fine")
