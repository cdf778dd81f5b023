"""Carrier that hands mail to an SMTP server with the standard library."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from types import TracebackType
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from portal.domain.ports import Port

from .delivery import Mail, NotCarried, ServerAway

# Limits of each answer and of a whole mail: a server that sends a byte now and then keeps every single wait short.
ANSWER_SECONDS, MOST_SECONDS = 8, 30
# Replies of a mail server (RFC 5321).
GREETING, SERVICE_CLOSES = 220, 421
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class BadMailServer(ValueError):
    """The address of the mail server cannot be read; the text gives the form it should have."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Address of the mail server, and the sender.

    ``smtp`` encrypts if the server offers it, ``smtp+starttls`` always, ``smtps`` from the first byte. A password is
    never sent unencrypted, unless the server is on this machine.
    """

    port: ClassVar[Port] = Port.MAIL
    scheme: str
    host: str
    number: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    # Address to which mails about a case are answered.
    answers_to: str | None = None

    @classmethod
    def of(cls, url: str, *, default_sender: str, answers_to: str | None = None) -> MailServer:
        """Read ``smtp+starttls://user:password@host:587?from=address``; ``BadMailServer`` if it is malformed."""
        try:
            parts = urlsplit(url)
            number = parts.port
        except ValueError as error:
            raise BadMailServer(f"PORTAL_SMTP_URL cannot be read: {error}.") from None
        if parts.scheme not in PORTS or not parts.hostname:
            raise BadMailServer("PORTAL_SMTP_URL must look like smtp+starttls://user:password@host:587.")
        sender = parse_qs(parts.query).get("from", [default_sender])[0]
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            number=number or PORTS[parts.scheme],
            sender=sender,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            answers_to=answers_to,
        )

    def carry(self, mail: Mail) -> None:
        """Hand the mail to the server; ``NotCarried`` if the server does not take it.

        ``ServerAway`` if no mail would get through: no connection, no answer, no sign-in. Takes ``MOST_SECONDS`` at
        most.
        """
        message = self._message(mail)
        server = self._client()
        try:
            with _Limit(server):
                self._greet(server)
                self._hand_over(server, message)
                # The mail was accepted: the reply to QUIT changes nothing.
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
        finally:
            server.close()

    def knock(self) -> None:
        """Connect, encrypt and sign in, and hand over nothing; ``ServerAway`` if no mail would get through."""
        server = self._client()
        try:
            with _Limit(server):
                self._greet(server)
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
        finally:
            server.close()

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            server.send_message(message)
        except smtplib.SMTPServerDisconnected as error:
            raise ServerAway(f"{type(error).__name__}: {error}") from error
        except smtplib.SMTPException as error:
            leaves = getattr(error, "smtp_code", None) == SERVICE_CLOSES
            raise (ServerAway if leaves else NotCarried)(f"{type(error).__name__}: {error}") from error
        except OSError as error:
            raise ServerAway(f"{type(error).__name__}: {error}") from error
        except ValueError as error:
            raise NotCarried(f"{type(error).__name__}: {error}") from error

    def _client(self) -> smtplib.SMTP:
        """Return an unconnected client."""
        if self.scheme == "smtps":
            return smtplib.SMTP_SSL(timeout=ANSWER_SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(timeout=ANSWER_SECONDS)

    def _greet(self, server: smtplib.SMTP) -> None:
        """Connect, encrypt and sign in; ``ServerAway`` on failure."""
        # smtplib checks the certificate against the name given to its constructor.
        server._host = self.host  # type: ignore[attr-defined]
        try:
            code, said = server.connect(self.host, self.number)
            if code != GREETING:
                raise smtplib.SMTPConnectError(code, said)
            encrypted = self._encrypt(server)
            if self.user is not None:
                if not encrypted and self.host not in LOOPBACK:
                    raise ServerAway("the server offers no TLS, so its password was not sent")
                server.login(self.user, self.password or "")
        except smtplib.SMTPAuthenticationError as error:
            # The server's reply may repeat the credentials.
            raise ServerAway(f"the server refused the sign-in ({error.smtp_code})") from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise ServerAway(f"{type(error).__name__}: {error}") from error

    def _encrypt(self, server: smtplib.SMTP) -> bool:
        """Upgrade the connection if required or offered by the server; tell whether it is encrypted."""
        server.ehlo()
        if self.scheme == "smtp+starttls" or (self.scheme == "smtp" and server.has_extn("starttls")):
            server.starttls(context=ssl.create_default_context())
            return True
        return self.scheme == "smtps"

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = formataddr((mail.sender_name, self.sender))
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.created_at)
        name = mail.message_name or f"outbox-{mail.number}"
        message["Message-ID"] = f"<{name}@{self.sender.rpartition('@')[2]}>"
        if mail.message_name is not None and self.answers_to is not None:
            message["Reply-To"] = self.answers_to
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = "es-CO"
        message.set_content(mail.body)
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html")
        if mail.attachment is not None:
            message.add_attachment(
                mail.attachment.content, maintype="application", subtype="pdf", filename=mail.attachment.name
            )
        return message


class _Limit:
    """Timer, in a thread of its own, that ends a conversation with a mail server after too long."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server
        self._timer = threading.Timer(MOST_SECONDS, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        connection = self._server.sock
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
