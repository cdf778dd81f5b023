"""Message that came in, read into sender, words and files. Anybody writes one: every part may be broken or a lie.

Parsed with the standard library's tolerant parser; headers and charsets are decoded here, and nothing raises but
``NotTaken``.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from email import policy
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses
from enum import StrEnum
from typing import NamedTuple

from portal.domain.typed_text import as_prose, as_typed
from portal.services.store.identity import normalise_email
from portal.services.store.refusals import Rejected

# Three files of 5 MiB as mail carries them, and room for words and signatures.
LARGEST_MAIL = 25 * 1024 * 1024
# What no mail of a person has: a parser would work on it for minutes.
MOST_LINES, MOST_BOUNDARIES, MOST_PARTS = 600_000, 50, 300
# Characters of HTML that are read: the words of a few hundred pages, with the styles of a word processor.
MOST_HTML = 4_000_000
# Ids of earlier messages that are looked up: the last ones are the nearest.
MOST_ANSWERED = 50
_ID = re.compile(r"<[^<>\s]{1,900}>")
# Values of Precedence that programs write.
_IN_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_PROGRAMS = frozenset({"mailer-daemon", "postmaster"})
_ANSWERED_BY_ITSELF = ("X-Autoreply", "X-Autorespond", "List-Id")
# Charsets of mail. Others that Python knows compress, or take the square of the length.
_CHARSETS = re.compile(
    "utf-8|ascii|iso8859-[0-9]{1,2}|cp125[0-8]|mac-roman|koi8-r|utf-16(-[bl]e)?|gb2312|gbk|gb18030|big5|shift_jis|"
    "euc_jp|euc_kr|iso2022_jp"
)
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<hidden>script|style|head|title)\b.*?(?:</(?P=hidden)\s*>|\Z)|<(?P<tag>/?[a-z][a-z0-9]*)[^<>]*>"
    r"|<[!?/][^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_LINES = re.compile("br|p|div|tr|li|ul|ol|table|h[1-6]|blockquote|pre|hr|section|article")


class Apart(StrEnum):
    """Reason for which a message is not taken as a case, and is set apart for a person to look at."""

    TOO_LARGE = "too-large"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NO_SENDER = "no-sender"
    AUTOMATIC = "automatic"
    ID_TWICE = "id-twice"
    TOO_MANY = "too-many"


# Characters of a header that tell a message from others.
LONGEST_HEAD = 200


class NotTaken(Exception):
    """The message is set apart."""

    def __init__(self, reason: Apart) -> None:
        super().__init__(reason.value)
        self.reason = reason


class IncomingFile(NamedTuple):
    """File of a message: its name as sent, perhaps empty, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """Message as the portal takes it.

    ``digest`` is the SHA-256 of its Message-ID, or of the whole message when it has none; ``said`` that of sender,
    subject, text and files. ``answers`` are the Message-IDs that it refers to, the nearest first.
    """

    sender: str
    name: str
    subject: str
    text: str
    files: tuple[IncomingFile, ...]
    digest: bytes
    said: bytes
    answers: tuple[str, ...]


def list_heads(raw: bytes) -> list[tuple[str, str]]:
    """Return by which sender, subject and Message-ID a person finds a message; without those that it lacks."""
    message = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    named = (("De", "From"), ("Asunto", "Subject"), ("Message-ID", "Message-ID"))
    found = [(label, _words(message, name)[:LONGEST_HEAD]) for label, name in named]
    return [(label, value) for label, value in found if value]


def read_message(raw: bytes, *, own: Collection[str] = ()) -> IncomingMail:
    """Return the message; raises ``NotTaken`` for what no case is made of.

    ``own`` are the portal's own addresses, in lower case: what they send is automatic, as is every message that says
    so by Auto-Submitted, Precedence, List-Id, an empty Return-Path or being a report of delivery (RFC 3834).
    """
    if len(raw) > LARGEST_MAIL:
        raise NotTaken(Apart.TOO_LARGE)
    if not raw.strip():
        raise NotTaken(Apart.EMPTY)
    if raw.count(b"\n") > MOST_LINES or len(re.findall(rb"(?i)boundary\s*=", raw)) > MOST_BOUNDARIES:
        raise NotTaken(Apart.UNREADABLE)
    try:
        return _read(raw, own)
    except NotTaken:
        raise
    except Exception as error:
        # The parser meets what its authors did not think of: no message may stop those behind it.
        raise NotTaken(Apart.UNREADABLE) from error


def _read(raw: bytes, own: Collection[str]) -> IncomingMail:
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    name, sender = _sender(_plain(message, "From"))
    if not sender:
        raise NotTaken(Apart.AUTOMATIC if _says_automatic(message) else Apart.NO_SENDER)
    if _says_automatic(message) or sender in own or sender.partition("@")[0] in _PROGRAMS:
        raise NotTaken(Apart.AUTOMATIC)
    content = _Content()
    content.read(message)
    subject, text = _words(message, "Subject"), content.text
    files = (*content.attached, *content.inline)
    if not subject and not text and not files:
        raise NotTaken(Apart.EMPTY)
    ids = _ID.findall(_plain(message, "Message-ID"))
    said = hashlib.sha256()
    for part in (sender.encode(), subject.encode(), text.encode(), *(file.content for file in files)):
        said.update(hashlib.sha256(part).digest())
    return IncomingMail(
        sender=sender,
        name=as_typed(_decoded_words(name)),
        subject=subject,
        text=text,
        files=files,
        digest=hashlib.sha256(ids[0].encode("utf-8", "replace") if ids else raw).digest(),
        said=said.digest(),
        answers=_answered(message),
    )


def _sender(line: str) -> tuple[str, str]:
    """Return name and address of the first author of the line (RFC 5322, 3.6.2); two empty texts without one."""
    # Of several, `parseaddr` of some releases of Python returns the first, and of others none.
    for name, address in getaddresses([line]):
        try:
            return name, normalise_email(address)
        except Rejected:
            continue
    return "", ""


def _says_automatic(message: Message) -> bool:
    submitted = _plain(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no") or _plain(message, "Precedence").strip().lower() in _IN_BULK:
        return True
    if any(message.get(name) is not None for name in _ANSWERED_BY_ITSELF):
        return True
    bounced = message.get("Return-Path") is not None and _plain(message, "Return-Path").strip() in ("<>", "")
    return bounced or message.get_content_type() == "multipart/report"


def _answered(message: Message) -> tuple[str, ...]:
    found = [
        *_ID.findall(_plain(message, "In-Reply-To")),
        *reversed(_ID.findall(_plain(message, "References"))),
    ]
    return tuple(dict.fromkeys(found))[:MOST_ANSWERED]


def _plain(message: Message, name: str) -> str:
    """Return a header on one line, not decoded; empty without one."""
    value: str | Header | None = message.get(name)
    if isinstance(value, Header):
        # Letters sent as they are, in no charset that the header names.
        value = "".join([part if isinstance(part, str) else read_text(part, None) for part, _ in decode_header(value)])
    return " ".join((value or "").encode("utf-8", "replace").decode().split())


def _words(message: Message, name: str) -> str:
    return as_typed(_decoded_words(_plain(message, name)))


def _decoded_words(value: str) -> str:
    """Return a header with its encoded words (RFC 2047) read, whatever their charset says."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join([part if isinstance(part, str) else read_text(part, charset) for part, charset in parts])


def read_text(content: bytes, charset: str | None) -> str:
    """Return the text of bytes by their charset; by UTF-8 or Windows-1252 where it is unknown or does not fit."""
    try:
        declared = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):
        declared = "utf-8"
    for name in (declared if _CHARSETS.fullmatch(declared) else "utf-8", "utf-8", "cp1252"):
        try:
            return content.decode(name)
        except UnicodeError:
            continue
    return content.decode("latin-1")


@dataclass
class _Content:
    """Words and files of a message, gathered part by part; ``inline`` are pictures of its text."""

    words: list[str] = field(default_factory=list)
    attached: list[IncomingFile] = field(default_factory=list)
    inline: list[IncomingFile] = field(default_factory=list)
    parts: int = 0

    @property
    def text(self) -> str:
        """The words, in their order."""
        return "\n\n".join([words for words in self.words if words.strip()]).strip()

    def read(self, part: Message) -> None:
        """Read a part with those inside of it; raises ``NotTaken`` when there are too many."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise NotTaken(Apart.UNREADABLE)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            if part.get_content_type() == "multipart/alternative":
                self._read_best(list(_inside(part)))
            else:
                for each in _inside(part):
                    self.read(each)
            return
        name = _file_name(part)
        if part.is_multipart():
            # A message inside of the message: named, not read.
            self.attached.append(IncomingFile(name or "mensaje adjunto", b""))
        elif (_is_words(part) and not name) or part.get_content_maintype() == "multipart":
            # One without its boundary is words too.
            self.words.append(_text_of(part))
        elif _disposition(part) == "attachment" or part.get("Content-ID") is None:
            self.attached.append(IncomingFile(name or _unnamed(part), _bytes_of(part)))
        else:
            self.inline.append(IncomingFile(name or _unnamed(part), _bytes_of(part)))

    def _read_best(self, parts: list[Message]) -> None:
        """Read the same words in several forms: the plain one when it says something, and the files of every form."""
        before = len(self.words)
        plain: list[str] = []
        for each in parts:
            if each.get_content_type() == "text/plain" and _is_words(each) and not _file_name(each):
                self.parts += 1
                plain.append(_text_of(each))
            else:
                self.read(each)
        if any(words.strip() for words in plain):
            self.words[before:] = plain


def _inside(part: Message) -> Iterator[Message]:
    for each in part.get_payload():
        if isinstance(each, Message):
            yield each


def _is_words(part: Message) -> bool:
    return _kind(part) in ("text/plain", "text/html") and _disposition(part) != "attachment"


def _kind(part: Message) -> str:
    """Return the type of a part; that of plain words where its header is no type at all."""
    kind = part.get_content_type()
    return kind if kind.isascii() else "text/plain"


def _disposition(part: Message) -> str:
    return _plain(part, "Content-Disposition").partition(";")[0].strip().lower()


def _file_name(part: Message) -> str:
    try:
        return as_typed(_decoded_words(part.get_filename() or ""))
    except (LookupError, ValueError, TypeError):
        return "sin nombre"


def _unnamed(part: Message) -> str:
    return f"sin nombre ({as_typed(part.get_content_type())[:60]})"


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text_of(part: Message) -> str:
    charset = part.get_param("charset")
    text = read_text(_bytes_of(part), charset if isinstance(charset, str) else None)
    return as_prose(read_html(text) if part.get_content_type() == "text/html" else text)


def read_html(markup: str) -> str:
    """Return the words of a page of HTML: a line for each of its blocks, nothing of scripts and styles.

    Raises ``NotTaken`` above ``MOST_HTML`` characters.
    """
    if len(markup) > MOST_HTML:
        raise NotTaken(Apart.TOO_LARGE)
    written: list[str] = []
    at = 0
    for found in _MARKUP.finditer(markup):
        written.append(" ".join(markup[at : found.start()].split("\n")))
        at = found.end()
        tag = (found["tag"] or "").lower()
        if _LINES.fullmatch(tag.lstrip("/")):
            written.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            written.append(" ")
    written.append(" ".join(markup[at:].split("\n")))
    lines = [" ".join(line.split()) for line in html.unescape("".join(written)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
