"""Mail that comes in, taken as a case or as a further entry of one; every message once (adr/0118).

The sender of a mail is what it says it is: a mail adds to a case, and never shows anything of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.cases import LONGEST_TEXT, CaseChannel, CaseKind, EntryKind
from portal.domain.counts import digits
from portal.domain.typed_text import clean_text
from portal.models import Case, CaseEntry, CaseMail, OutboxMessage
from portal.services.mail import message_ids
from portal.services.mail.inbox import (
    LARGEST_MAIL,
    Apart,
    Box,
    IncomingMail,
    NotTaken,
    Waiting,
    list_heads,
    read_message,
)
from portal.services.people.sign_in_limits import hash_email
from portal.services.store import counters
from portal.services.store.acts import Act
from portal.services.store.identity import clean_line
from portal.services.store.transactions import transaction

from . import mails
from .attachments import Judged, LeftOut, NewFile, select_files
from .filings import DAY, HOUR, MAILS_AN_HOUR, Already, Checked, insert
from .records import add_entry, locked, note

# Mails that one address files or adds in a day; what comes after is set apart for a person.
FROM_ONE_ADDRESS_A_DAY = 20
# Characters of a mail that go into the record, in entries of ``LONGEST_TEXT``.
MOST_TEXT = 100_000
# A box that gives an older moment, or one to come, was moved or set wrong: the term runs from the filing.
LONGEST_WAIT = timedelta(days=10)
# Limit of messages to the supervisors, one for each mail set apart; further mails wait in the box beside them.
TOLD_A_DAY = 30


class Taken(NamedTuple):
    """Message that is in a case: filed as a new one, added to one, or in it since before."""

    filing_number: str
    is_new: bool
    was_there: bool
    kept: int
    left_out: int


class Result(NamedTuple):
    """Outcome for a message of the box: taken, or set apart with its reason; neither when it was gone."""

    waiting: Waiting
    taken: Taken | None
    apart: Apart | None


def take_waiting(
    session: Session, *, box: Box, clock: Callable[[], datetime], own: Collection[str] = ()
) -> Iterator[Result]:
    """Take the messages that wait in the box, the oldest first; yield the outcome of each.

    ``own`` are the portal's own addresses. Commits, a message at a time, and marks it in the box after that: a message
    that was taken by a process which died before marking it is found in its case by the next one. Raises ``BoxAway``.
    """
    for waiting in box.list_waiting():
        act = Act.of_system(session, clock())
        raw = None
        try:
            if waiting.size > LARGEST_MAIL:
                raise NotTaken(Apart.TOO_LARGE)
            raw = box.read(waiting.name)
            if raw is None:
                yield Result(waiting, None, None)
                continue
            taken = take_mail(act, mail=read_message(raw, own=own), arrived_at=waiting.arrived_at)
        except NotTaken as refused:
            _set_apart(act, box, waiting, refused.reason, list_heads(raw or b""))
            yield Result(waiting, None, refused.reason)
        else:
            box.mark_taken(waiting.name)
            yield Result(waiting, taken, None)


def _set_apart(act: Act, box: Box, waiting: Waiting, reason: Apart, heads: Sequence[tuple[str, str]]) -> None:
    """Tell the supervisors of a message that a person has to look at, then mark it; commits."""
    if reason is not Apart.AUTOMATIC:
        key = f"{waiting.name} {waiting.size} {waiting.arrived_at.timestamp():.0f}"
        with transaction(act.session):
            if counters.take(act, scope="case-mails-apart", subject="all", limit=TOLD_A_DAY, period=DAY):
                mails.tell_apart(
                    act,
                    key=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
                    reason=reason,
                    place=clean_line(box.place_apart(waiting.name)),
                    heads=heads,
                    arrived_at=waiting.arrived_at,
                )
    box.set_apart(waiting.name)


def take_mail(act: Act, *, mail: IncomingMail, arrived_at: datetime) -> Taken:
    """File a message as a petition, or add it to the case that it answers; commits.

    It is added when it refers to a mail that the portal sent about a case, or to one that was taken before, and comes
    from the address of that case. ``arrived_at`` (aware) is when the box received it: the term runs from there. Raises
    ``NotTaken`` for another message under a Message-ID that was taken, and above ``FROM_ONE_ADDRESS_A_DAY``.
    """
    session = act.session
    kept, left_out = select_files([NewFile(file.name, file.content) for file in mail.files])
    came_at = arrived_at if act.now - LONGEST_WAIT <= arrived_at <= act.now else act.now
    texts = _texts_of(mail, left_out)
    answered = _find_answered(act, mail.answers)
    is_answer = answered is not None and answered.email == mail.sender
    notes = []
    if answered is not None and not is_answer:
        notes.append(f"Responde a un mensaje del radicado {answered.filing_number}, desde otra dirección.")
    if came_at != arrived_at:
        notes.append("El buzón da otra fecha de llegada; el término corre desde que se radicó.")
    try:
        # Known before it is counted; the last word is under the lock.
        _refuse_second(session, mail)
        session.rollback()
        with transaction(session):
            if answered is not None and is_answer:
                number = _add(act, mail, answered.filing_number, texts, kept, left_out)
            else:
                number = _file(act, mail, came_at, texts, notes, kept, left_out)
    except Already as before:
        return Taken(before.filed[1], is_new=False, was_there=True, kept=0, left_out=0)
    return Taken(number, is_new=not is_answer, was_there=False, kept=len(kept), left_out=len(left_out))


class _Answered(NamedTuple):
    filing_number: str
    email: str | None


def _find_answered(act: Act, message_ids_given: Sequence[str]) -> _Answered | None:
    """Return the case of the nearest message that a mail refers to; None without one."""
    sent = {each: message_ids.read_number(act.vault, each) for each in message_ids_given}
    digests = {hashlib.sha256(each.encode("utf-8", "replace")).digest(): each for each in message_ids_given}
    numbers = {number: each for each, number in sent.items() if number is not None}
    found: dict[str, _Answered] = {}
    columns = (Case.filing_number, Case.email)
    of_ours = select(OutboxMessage.id.label("key"), *columns).join(Case, Case.id == OutboxMessage.case_id)
    for row in act.session.execute(of_ours.where(OutboxMessage.id.in_(numbers))):
        found[numbers[row.key]] = _Answered(row.filing_number, row.email)
    of_theirs = (
        select(CaseMail.digest.label("key"), *columns)
        .join(CaseEntry, CaseEntry.id == CaseMail.entry_id)
        .join(Case, Case.id == CaseEntry.case_id)
    )
    for taken in act.session.execute(of_theirs.where(CaseMail.digest.in_(digests))):
        found.setdefault(digests[taken.key], _Answered(taken.filing_number, taken.email))
    return next((found[each] for each in message_ids_given if each in found), None)


def _file(
    act: Act,
    mail: IncomingMail,
    came_at: datetime,
    texts: Sequence[str],
    notes: Sequence[str],
    kept: Sequence[Judged],
    left_out: Sequence[LeftOut],
) -> str:
    """File a message as a petition: the weakest kind, since nobody chose one; return its number.

    ``notes`` are read by the console only.
    """
    _charge(act, mail)
    found = Checked(
        kind=CaseKind.PETITION,
        name=clean_line(mail.name) or clean_line(mail.sender),
        document="",
        text=texts[0],
        email=mail.sender,
        telephone=None,
        place=None,
        point_id=None,
        about_on=None,
        electronic_notice=False,
        files=tuple(kept),
        consent_version=None,
        came_at=came_at,
    )
    case = insert(
        act, found, channel=CaseChannel.MAIL, before=lambda: _refuse_second(act.session, mail), left_out=left_out
    )
    entry_id = act.session.scalars(select(CaseEntry.id).where(CaseEntry.case_id == case.id)).one()
    _keep(act, mail, entry_id)
    for text in texts[1:]:
        add_entry(act, case=case, kind=EntryKind.MAILED, text=text)
    for text in notes:
        add_entry(act, case=case, kind=EntryKind.NOTE, text=text)
    return case.filing_number


def _add(
    act: Act,
    mail: IncomingMail,
    filing_number: str,
    texts: Sequence[str],
    kept: Sequence[Judged],
    left_out: Sequence[LeftOut],
) -> str:
    """Add a message to the case that it answers, whose state it leaves as it is; return its number."""
    case = locked(act.session, filing_number=filing_number)
    _refuse_second(act.session, mail)
    _charge(act, mail)
    mailed = counters.take(act, scope="case-mails", subject=hash_email(mail.sender), limit=MAILS_AN_HOUR, period=HOUR)
    first = add_entry(act, case=case, kind=EntryKind.MAILED, text=texts[0], files=kept)
    _keep(act, mail, first.id)
    for text in texts[1:]:
        add_entry(act, case=case, kind=EntryKind.MAILED, text=text)
    if mailed:
        mails.add_received(act, case=case, left_out=left_out)
    mails.tell_written(act, case=case)
    note(act, event=AuditEvent.CASE_MAILED, case=case, files=kept)
    return case.filing_number


def _charge(act: Act, mail: IncomingMail) -> None:
    subject = hash_email(mail.sender)
    if not counters.take(act, scope="case-mail-senders", subject=subject, limit=FROM_ONE_ADDRESS_A_DAY, period=DAY):
        raise NotTaken(Apart.TOO_MANY)


def _keep(act: Act, mail: IncomingMail, entry_id: int) -> None:
    act.session.add(CaseMail(digest=mail.digest, said=mail.said, entry_id=entry_id, taken_at=act.now))


def _refuse_second(session: Session, mail: IncomingMail) -> None:
    """Raise ``Already`` when this message was taken, ``NotTaken`` when another has its Message-ID."""
    row = session.execute(
        select(Case, CaseMail.said)
        .join(CaseEntry, CaseEntry.case_id == Case.id)
        .join(CaseMail, CaseMail.entry_id == CaseEntry.id)
        .where(CaseMail.digest == mail.digest)
    ).one_or_none()
    if row is None:
        return
    if row.said == mail.said:
        raise Already(row.Case)
    raise NotTaken(Apart.ID_TWICE)


def _texts_of(mail: IncomingMail, left_out: Sequence[LeftOut]) -> list[str]:
    """Return what a message says as the texts of entries: subject, words, and the files that were not kept."""
    words = clean_text(mail.text)
    parts = [f"Asunto: {mail.subject}"] if mail.subject else []
    parts.append(words[:MOST_TEXT] if words else "Nota del portal. El correo no tiene texto.")
    if len(words) > MOST_TEXT:
        parts.append(
            f"Nota del portal. El correo sigue: tiene {digits(len(words))} caracteres y aquí están los primeros "
            f"{digits(MOST_TEXT)}. Está completo en el buzón."
        )
    if left_out:
        parts.append(mails.list_left_out(left_out))
    return _split("\n\n".join(parts))


def _split(text: str) -> list[str]:
    """Return a text in pieces of at most ``LONGEST_TEXT`` characters, parted where a line ends if one does."""
    pieces = []
    while len(text) > LONGEST_TEXT:
        end = text.rfind("\n", LONGEST_TEXT // 2, LONGEST_TEXT)
        end = LONGEST_TEXT if end < 0 else end
        pieces.append(text[:end].rstrip())
        text = text[end:].lstrip("\n")
    return [*pieces, text]
