"""Mails as people and programs send them, as bytes."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy.orm import Session

from portal.models import OutboxMessage
from portal.services.mail import letters
from portal.services.store.acts import Act
from tests.factories import NOW
from tests.services.case_stage import PDF


def letter(
    *,
    sender: str = "Rosa Peña <rosa@vecina.example>",
    subject: str | None = "Copia del contrato",
    text: str = "Pido copia del contrato.\n",
    number: int = 1,
    files: tuple[tuple[str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """Return a mail; ``headers`` are further ones, with ``_`` for ``-``."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = sender
    mail["To"] = "pqr@distribuidor.example"
    if subject is not None:
        mail["Subject"] = subject
    mail["Message-ID"] = f"<carta-{number}@vecina.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, content in files:
        kind, _, form = ("application/pdf" if content == PDF else "application/octet-stream").partition("/")
        mail.add_attachment(content, maintype=kind, subtype=form, filename=name)
    return mail.as_bytes()


def rendered(session: Session, mail: OutboxMessage) -> tuple[str, str]:
    """Return the text and the HTML of a mail as the worker renders it."""
    text, html = letters.write_mail(Act.of_system(session, NOW), mail)
    return text, html or ""


def maildir(at: Path) -> Path:
    """Return a new, empty maildir."""
    for name in ("new", "cur", "tmp"):
        (at / name).mkdir(parents=True)
    return at


def deliver(box: Path, raw: bytes, name: str = "1700000000.M1P1.mx") -> Path:
    """Deliver a mail into a maildir as a mail server does: written aside, then renamed; return where it lies."""
    (box / "tmp" / name).write_bytes(raw)
    return (box / "tmp" / name).rename(box / "new" / name)
