"""A case for who filed it: proved by its code, read with its public record; and the notices on the web."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, undefer

from portal.domain.cases import PUBLIC, CaseChannel, CaseKind, CaseState, EntryKind, FileKind, Outcome, notified_on
from portal.domain.gas_day import GasDay
from portal.domain.keys import comparable_code
from portal.domain.typed_text import as_typed
from portal.models import Binding, Case, CaseEntry, CaseFile, DeliveryPoint, OutboxMessage, User
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.timetable import holidays

from .records import CODE_LENGTH, code_of, get_case, is_out_of_term, read_case_appeal

# Compared with where no case has the number, so that both take the same way.
_NO_CASE = "-"
MOST_MINE = 50
_ACKNOWLEDGEMENT = select(OutboxMessage.id).where(OutboxMessage.kind == outbox.CASE_FILED).limit(1)
# As the column has it.
LONGEST_NUMBER = 20


class FileView(NamedTuple):
    """Attached file without its content."""

    public_id: str
    name: str
    kind: FileKind
    size: int
    digest: str


class Entry(NamedTuple):
    """Entry of the record with its files; ``author`` is None for the system and for a petitioner without account."""

    kind: EntryKind
    text: str
    author: str | None
    written_at: datetime
    files: tuple[FileView, ...]


class CaseView(NamedTuple):
    """A case as its petitioner reads it; a claim about a gas day has no ``code``.

    ``appeal`` has the words about the appeal against its answer, empty when none lies.
    ``acknowledged`` tells whether a mail with its number and code was written to the address.
    """

    public_id: str
    filing_number: str
    kind: CaseKind
    state: CaseState
    channel: CaseChannel
    name: str
    document: str
    email: str | None
    place: str | None
    filed_at: datetime
    due_on: date
    is_extended: bool
    is_out_of_term: bool
    electronic_notice: bool
    noticed_on: date | None
    notified_on: date | None
    code: str
    gas_day: GasDay | None
    entries: tuple[Entry, ...]
    appeal: str
    acknowledged: bool


class Proved(NamedTuple):
    """A case whose code was given right."""

    public_id: str
    filing_number: str


class Mine(NamedTuple):
    """A case in the list of the account that filed it; with day and point when it is a claim about a day."""

    filing_number: str
    kind: CaseKind
    state: CaseState
    outcome: Outcome | None
    gas_day: GasDay | None
    point: str | None
    filed_at: datetime
    due_on: date


class Notice(NamedTuple):
    """Answer published on the web because its petitioner did not accept notice by mail."""

    filing_number: str
    published_on: date
    served_on: date


def prove(act: Act, *, filing_number: str, code: str) -> Proved:
    """Return the case that this number and code open.

    Refuses (``Rejected``, ``CASE_UNKNOWN``) a wrong code exactly as a number that is none.
    """
    number = as_typed(filing_number).upper().replace(" ", "")[:LONGEST_NUMBER]
    # A claim about a day has no code: it is read under its point, by who has its keys.
    wanted = select(Case.public_id, Case.filing_number).where(Case.filing_number == number, Case.gas_day.is_(None))
    row = act.session.execute(wanted).one_or_none()
    right = code_of(act.vault, public_id=_NO_CASE if row is None else row.public_id)
    if not hmac.compare_digest(comparable_code(code, CODE_LENGTH), right) or row is None:
        raise Rejected(Refusal.CASE_UNKNOWN)
    return Proved(row.public_id, row.filing_number)


def view(act: Act, *, filing_number: str, proved: Sequence[str]) -> CaseView:
    """Return a case that this browser proved (public ids), or that the signed-in account filed; else ``NotFound``.

    A claim about a day is read under its point only.
    """
    return view_of(act, _entitled(act, filing_number, proved))


def view_of(act: Act, case: Case) -> CaseView:
    """Return a case as its petitioner reads it; the caller has made sure that it may be read."""
    found = None if case.delivery_point_id is None else act.session.get(DeliveryPoint, case.delivery_point_id)
    known, entries = holidays.load_known(act.session), entries_of(act.session, case_id=case.id)
    return CaseView(
        public_id=case.public_id,
        filing_number=case.filing_number,
        kind=case.kind,
        state=case.state,
        channel=case.channel,
        name=case.name,
        document=case.document,
        email=case.email,
        place=case.place if found is None else found.name,
        filed_at=case.filed_at,
        due_on=case.due_on,
        is_extended=case.extended_on is not None,
        is_out_of_term=is_out_of_term(act, case),
        electronic_notice=case.electronic_notice,
        noticed_on=case.noticed_on,
        notified_on=notified_on(case.noticed_on, known) if case.noticed_on else None,
        code=code_of(act.vault, public_id=case.public_id) if case.gas_day is None else "",
        gas_day=case.gas_day,
        entries=tuple([entry for entry in entries if entry.kind in PUBLIC]),
        appeal=read_case_appeal(act, case=case, record=[(entry.kind, entry.written_at) for entry in entries]),
        acknowledged=act.session.scalar(_ACKNOWLEDGEMENT.where(OutboxMessage.case_id == case.id)) is not None,
    )


class Mailed(NamedTuple):
    """A case for the constancia of its acknowledgement; ``whole`` when the mail goes to the account that filed it."""

    view: CaseView
    whole: bool


def load_mailed(act: Act, *, case_id: int) -> Mailed:
    """Return a case as the constancia mailed to its petitioner says it.

    Whole for the confirmed address of the account that filed it. Without what was typed for any other: a stranger who
    fills in the form chooses who gets the mail.
    """
    case = act.session.get_one(Case, case_id)
    account = None if case.account_id is None else act.session.get_one(User, case.account_id)
    return Mailed(view_of(act, case), account is not None and account.email == case.email)


def _entitled(act: Act, filing_number: str, proved: Sequence[str]) -> Case:
    case = get_case(act.session, filing_number=filing_number)
    if case.gas_day is not None:
        raise NotFound
    if case.public_id not in proved and (act.actor.user_id is None or case.account_id != act.actor.user_id):
        raise NotFound
    return case


def mine(act: Act) -> list[Mine]:
    """Return the last cases that the signed-in account filed, the newest first.

    Claims about a day only while the account has access to the contract of the point.
    """
    if act.actor.user_id is None:
        return []
    has_access = (
        select(Binding.id)
        .where(
            Binding.contract_id == DeliveryPoint.contract_id,
            Binding.user_id == act.actor.user_id,
            Binding.disabled_at.is_(None),
        )
        .exists()
    )
    rows = act.session.execute(
        select(
            Case.filing_number,
            Case.kind,
            Case.state,
            Case.outcome,
            Case.gas_day,
            DeliveryPoint.name.label("point"),
            Case.filed_at,
            Case.due_on,
        )
        .outerjoin(DeliveryPoint, DeliveryPoint.id == Case.delivery_point_id)
        .where(Case.account_id == act.actor.user_id, or_(Case.gas_day.is_(None), has_access))
        .order_by(Case.filed_at.desc(), Case.id.desc())
        .limit(MOST_MINE)
    )
    return [
        Mine(
            filing_number=row.filing_number,
            kind=row.kind,
            state=row.state,
            outcome=row.outcome,
            gas_day=row.gas_day,
            point=row.point,
            filed_at=row.filed_at,
            due_on=row.due_on,
        )
        for row in rows
    ]


def entries_of(session: Session, *, case_id: int) -> tuple[Entry, ...]:
    """Return the whole record of a case, oldest first, with the files of each entry."""
    files: dict[int, list[FileView]] = {}
    columns = (CaseFile.entry_id, CaseFile.public_id, CaseFile.name, CaseFile.kind, CaseFile.size, CaseFile.digest)
    of_case = select(CaseEntry.id).where(CaseEntry.case_id == case_id)
    for row in session.execute(select(*columns).where(CaseFile.entry_id.in_(of_case)).order_by(CaseFile.id)):
        files.setdefault(row.entry_id, []).append(
            FileView(row.public_id, row.name, row.kind, row.size, row.digest.hex())
        )
    rows = session.execute(
        select(CaseEntry.id, CaseEntry.kind, CaseEntry.text, User.name.label("author"), CaseEntry.written_at)
        .outerjoin(User, User.id == CaseEntry.author_id)
        .where(CaseEntry.case_id == case_id)
        .order_by(CaseEntry.id)
    )
    return tuple([Entry(row.kind, row.text, row.author, row.written_at, tuple(files.get(row.id, ()))) for row in rows])


def file_of(session: Session, *, filing_number: str, file: str, only_public: bool) -> CaseFile:
    """Return a file of a case; ``NotFound`` without it, or for one of an internal note when ``only_public``.

    The caller has made sure that the case itself may be read.
    """
    wanted = (
        select(CaseFile)
        .join(CaseEntry, CaseEntry.id == CaseFile.entry_id)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(Case.filing_number == filing_number, CaseFile.public_id == file)
    )
    if only_public:
        wanted = wanted.where(CaseEntry.kind.in_(PUBLIC))
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def files_of(session: Session, *, filing_number: str) -> Sequence[CaseFile]:
    """Return every file of a case with its content, in the order of the record."""
    return session.scalars(
        select(CaseFile)
        .options(undefer(CaseFile.content))
        .join(CaseEntry, CaseEntry.id == CaseFile.entry_id)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(Case.filing_number == filing_number)
        .order_by(CaseFile.entry_id, CaseFile.id)
    ).all()


def notices(act: Act) -> list[Notice]:
    """Return the answers whose notice is on the web today, the newest first: numbers and days, nobody's name."""
    known, today = holidays.load_known(act.session), GasDay.of(act.now).date
    rows = act.session.execute(
        select(Case.filing_number, Case.noticed_on)
        .where(Case.noticed_on.is_not(None), Case.state.in_((CaseState.ANSWERED, CaseState.CLOSED)))
        .order_by(Case.noticed_on.desc(), Case.id.desc())
        .limit(200)
    )
    found = [Notice(row.filing_number, row.noticed_on, notified_on(row.noticed_on, known)) for row in rows]
    return [notice for notice in found if notice.served_on > today]
