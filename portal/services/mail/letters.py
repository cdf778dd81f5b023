"""Letters to several people: one row of the outbox for each, inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from portal.domain.distributor import Distributor
from portal.models import OutboxMessage
from portal.services.mail import outbox
from portal.services.store.acts import Act


def post(
    act: Act,
    *,
    letter: Letter,
    kind: str,
    recipients: Iterable[str],
    attaches_nomination_id: int | None = None,
    about: Iterable[int] = (),
    send_at: datetime | None = None,
) -> None:
    """Put a letter in the outbox for each of these addresses.

    ``about`` are the row ids of nominations whose receipts show the state of the mail; ``send_at`` (aware, UTC) is the
    first moment at which it may leave.
    """
    nominations = tuple(about)
    ours = act.distributor
    text, html = letter.as_text(ours), letter.as_html(ours)
    for recipient in recipients:
        outbox.post(
            act,
            kind=kind,
            recipient=recipient,
            subject=letter.subject,
            body=text,
            html=html,
            attaches_nomination_id=attaches_nomination_id,
            about=nominations,
            send_at=send_at,
        )


def post_as_data(
    act: Act, *, letter: Letter, kind: str, recipients: Sequence[str], attaches_nomination_id: int | None = None
) -> None:
    """Put a letter in the outbox as data, all rows by one statement; the worker renders it (adr/0147).

    It says what it said here, whatever changes until it leaves, but for the closing lines, those of the sender then.
    """
    outbox.post_many(
        act,
        kind=kind,
        recipients=recipients,
        subject=letter.subject,
        letter=letter.as_data(),
        attaches_nomination_id=attaches_nomination_id,
    )


def write_mail(act: Act, message: OutboxMessage) -> tuple[str, str | None]:
    """Return the text and the HTML of a mail, for delivery only; raises ``outbox.SecretLost``."""
    if message.letter is None:
        return outbox.read_words(act.session, message), message.html
    letter = Letter.of_data(message.letter)
    return letter.as_text(act.distributor), letter.as_html(act.distributor)


def post_once(act: Act, *, letter: Letter, kind: str, recipient: str, dedup_key: str) -> bool:
    """Put a letter in the outbox unless its key was used before; tell whether it was put there."""
    if outbox.was_posted(act.session, dedup_key=dedup_key):
        return False
    outbox.post(
        act,
        kind=kind,
        recipient=recipient,
        subject=letter.subject,
        body=letter.as_text(act.distributor),
        html=letter.as_html(act.distributor),
        dedup_key=dedup_key,
    )
    return True


# Mail programs read no style sheets: every element carries its whole style. The tokens' light colours; the
# distributor's own replaces %(brand)s.
_BODY = "margin:0;padding:24px 12px;background:#f4f7f9;color:#14212b;font:17px/1.5 Arial,Helvetica,sans-serif"
_SHEET = "max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-top:6px solid %(brand)s"
_HEAD = "margin:0 0 16px;font-size:22px;line-height:1.3"
_TERM = "padding:6px 16px 6px 0;color:#4a5b66;font-size:15px;text-align:left;vertical-align:top;font-weight:normal"
_FACT = "padding:6px 0;font-weight:bold;vertical-align:top"
_LINK = "display:inline-block;padding:10px 16px;background:%(brand)s;color:#ffffff;text-decoration:none"
_FOOT = "margin:24px 0 0;padding-top:12px;border-top:1px solid #dae3e9;color:#4a5b66;font-size:14px"


def write_closing(distributor: Distributor) -> tuple[str, ...]:
    """Return the closing lines of every mail: the sender, and the telephone to call."""
    return (distributor.legal_name, "Portal de clientes no regulados", f"Atención: PBX {distributor.telephone}")


def write_emergency(distributor: Distributor) -> str:
    """Return the line about the smell of gas."""
    return f"Si huele a gas: línea de emergencias {distributor.emergency_line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Content of a mail: subject, sentences before and after a list of facts, and one link.

    ``facts`` are (label, value). ``link`` is (words, address), ``other_link`` a second one. It must
    hold no secret: mail is read by many.
    """

    subject: str
    says: Sequence[str]
    link: tuple[str, str]
    facts: Sequence[tuple[str, str]] = ()
    then: Sequence[str] = ()
    other_link: tuple[str, str] | None = None

    @property
    def links(self) -> list[tuple[str, str]]:
        """Both links, as (words, address)."""
        return [self.link, *([self.other_link] if self.other_link else [])]

    def as_data(self) -> str:
        """Return the letter as JSON."""
        fields = {
            "subject": self.subject,
            "says": list(self.says),
            "facts": list(self.facts),
            "then": list(self.then),
            "link": self.link,
            "other_link": self.other_link,
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_data(cls, data: str) -> Letter:
        """Return the letter that ``as_data`` gave."""
        fields: dict[str, Any] = json.loads(data)
        other = fields.pop("other_link")
        facts = [(label, value) for label, value in fields.pop("facts")]
        words, address = fields.pop("link")
        return cls(
            facts=facts, link=(words, address), other_link=None if other is None else (other[0], other[1]), **fields
        )

    def as_text(self, distributor: Distributor) -> str:
        """Return the letter as plain text."""
        parts = ["Hola:", *self.says]
        if self.facts:
            parts.append("\n".join([f"{label}: {value}" for label, value in self.facts]))
        parts.extend(self.then)
        parts.extend([f"{words}: {address}" for words, address in self.links])
        parts.append("\n".join((*write_closing(distributor), write_emergency(distributor))))
        return "\n\n".join(parts) + "\n"

    def as_html(self, distributor: Distributor) -> str:
        """Return the letter as HTML: one column, nothing fetched from elsewhere, every word escaped."""
        rows = "".join(
            [
                f'<tr><th scope="row" style="{_TERM}">{escape(label)}</th><td style="{_FACT}">{escape(value)}</td></tr>'
                for label, value in self.facts
            ]
        )
        table = f'<table style="border-collapse:collapse;margin:16px 0">{rows}</table>' if rows else ""
        signature = "<br>".join([escape(line) for line in (*write_closing(distributor), write_emergency(distributor))])
        colours = {"brand": distributor.colours.brand}
        links = "".join(
            [
                f'<p><a href="{escape(address)}" style="{_LINK % colours}">{escape(words)}</a></p>'
                for words, address in self.links
            ]
        )
        return (
            '<!doctype html><html lang="es-CO"><head><meta charset="utf-8">'
            f"<title>{escape(self.subject)}</title></head>"
            f'<body style="{_BODY}"><div style="{_SHEET % colours}"><h1 style="{_HEAD}">{escape(self.subject)}</h1>'
            f"<p>Hola:</p>{_paragraphs(self.says)}{table}{_paragraphs(self.then)}{links}"
            f'<p style="{_FOOT}">{signature}</p></div></body></html>'
        )


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join([f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in texts])
