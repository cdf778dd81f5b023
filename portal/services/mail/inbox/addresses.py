"""Address of a box: ``PORTAL_INTAKE_URL`` read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from portal.services.mail.smtp import LOOPBACK

SETTING = "PORTAL_INTAKE_URL"
PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}
FORM = "maildir:///var/mail/pqr or imaps://user:password@host/INBOX?done=Radicados"
# Folder of what was not taken, when what was taken is moved and no other is named.
APART = "Apartados"


class BadBox(ValueError):
    """The address of the box cannot be read or would send a password unencrypted; the text says what to write."""


@dataclass(frozen=True, slots=True)
class BoxAddress:
    """Address of the box. ``folder`` is the path of a maildir, or a folder of the IMAP server.

    ``done`` and ``apart`` name the IMAP folders to which messages go once they were taken or set apart; without them
    they stay where they are, marked as seen, and as flagged when set apart.
    """

    scheme: str
    folder: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    done: str | None = None
    apart: str | None = None

    @property
    def shown(self) -> str:
        """The address as logs and terminals show it, without user or password."""
        return f"maildir {self.folder}" if self.scheme == "maildir" else f"{self.scheme}://{self.host}:{self.port}"

    @classmethod
    def of(cls, url: str) -> BoxAddress:
        """Read the address; raises ``BadBox`` if it is malformed.

        ``imap`` encrypts nothing and is refused but on this machine; ``imap+starttls`` and ``imaps`` verify the
        server's certificate.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadBox(f"{SETTING} cannot be read: {error}.") from None
        if parts.scheme == "maildir":
            if parts.netloc or not parts.path.startswith("/"):
                raise BadBox(f"{SETTING} must name the whole path of a maildir, such as maildir:///var/mail/pqr.")
            return cls("maildir", unquote(parts.path))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme not in PORTS or not parts.hostname or not user or not password:
            raise BadBox(f"{SETTING} must look like {FORM}.")
        if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
            raise BadBox(f"{SETTING} would send its password unencrypted: write imaps:// or imap+starttls://.")
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        folder, done = unquote(parts.path.strip("/")) or "INBOX", asked.get("done")
        apart = asked.get("apart") or (APART if done else None)
        texts = (folder, user, password, done or "", apart or "")
        if set(asked) - {"done", "apart"} or not all(text.isprintable() for text in texts):
            raise BadBox(f"{SETTING} must look like {FORM}; beside done= there is only apart=.")
        if folder in (done, apart) or (done is not None and done == apart):
            raise BadBox(f"{SETTING} must name three different folders.")
        return cls(
            scheme=parts.scheme,
            folder=folder,
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=user,
            password=password,
            done=done,
            apart=apart,
        )
