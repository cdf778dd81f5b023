"""Carrier that hands text messages to a gateway over HTTP: SMS or WhatsApp (docs/operations.md, "Ports")."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from portal.domain.ports import Port, write_sms

from .delivery import Mail, NotCarried, ServerAway
from .smtp import LOOPBACK

SECONDS = 8
# Refusals of one message; any other answer than 2xx is about the gateway, and would meet the next message too.
_OF_THE_MESSAGE = (400, 404, 409, 410, 413, 422)
# Longest text of a message that is no SMS.
LONGEST_TEXT = 1000


class BadGateway(ValueError):
    """The address of a gateway cannot be used; the text says which setting, and the form it should have."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Gateway of messages to telephones: its port, address and token.

    A message is one POST of JSON, ``{"id": "outbox-17", "to": "+573115550101", "text": "…"}``, with the token as
    ``Authorization: Bearer``. Any 2xx means that the gateway took it. ``id`` is the same at every try, so that a
    gateway recognises a repetition.
    """

    port: Port
    host: str
    number: int
    path: str
    is_encrypted: bool
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, *, port: Port, token: str | None) -> Gateway:
        """Read ``https://host/path``; ``BadGateway`` if it is malformed, or not encrypted on its way to elsewhere."""
        name = f"PORTAL_{port.value.upper()}_URL"
        try:
            parts = urlsplit(url)
            number = parts.port
        except ValueError as error:
            raise BadGateway(f"{name} cannot be read: {error}.") from None
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise BadGateway(f"{name} must look like https://gateway.example.co/messages; its token goes apart.")
        if parts.scheme == "http" and host not in LOOPBACK:
            raise BadGateway(f"{name} must begin with https:// unless the gateway is on this machine.")
        path = parts.path or "/"
        return cls(
            port,
            host,
            number or (443 if parts.scheme == "https" else 80),
            f"{path}?{parts.query}" if parts.query else path,
            parts.scheme == "https",
            token,
        )

    def carry(self, message: Mail) -> None:
        """Hand a message to the gateway; ``NotCarried`` if it does not take it, ``ServerAway`` if it takes none.

        Follows no redirect, and keeps nothing of the answer but its status: an answer may repeat token and number.
        """
        body = {"id": f"outbox-{message.number}", "to": message.recipient, "text": self._write(message)}
        headers = {"Content-Type": "application/json", "User-Agent": "portal"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = self._connect()
        try:
            connection.request("POST", self.path, json.dumps(body, ensure_ascii=False).encode(), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise ServerAway(f"{type(error).__name__} at the gateway of {self.port.value}") from None
        finally:
            connection.close()
        if 200 <= status < 300:
            return
        kind = NotCarried if status in _OF_THE_MESSAGE else ServerAway
        raise kind(f"the gateway of {self.port.value} answered {status}")

    def _write(self, message: Mail) -> str:
        text, _, address = message.body.rpartition("\n")
        if self.port is Port.SMS:
            return write_sms(text, address)
        return f"{text[: LONGEST_TEXT - len(address)]}\n{address}"

    def _connect(self) -> http.client.HTTPConnection:
        if self.is_encrypted:
            return http.client.HTTPSConnection(
                self.host, self.number, timeout=SECONDS, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self.host, self.number, timeout=SECONDS)
