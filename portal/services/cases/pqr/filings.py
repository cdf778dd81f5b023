"""Filing of a case, by whatever channel it came."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.cases import (
    CONSENT_VERSION,
    CaseChannel,
    CaseKind,
    CaseState,
    EntryKind,
    answer_due,
    may_be_filed,
)
from portal.domain.gas_day import GasDay
from portal.domain.typed_text import as_typed
from portal.models import Binding, Case, CaseEntry, Contract, DeliveryPoint
from portal.services.people.sign_in_limits import hash_email
from portal.services.store import counters, filing
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import clean_line, clean_name, normalise_email
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays

from . import mails
from .attachments import Judged, LeftOut, NewFile, judged
from .records import acceptable_text, add_entry, code_of, note

# A document, as people write it: letters, digits, dots, dashes.
_DOCUMENT = re.compile(r"[0-9A-Za-zÀ-ÿ][0-9A-Za-zÀ-ÿ .-]{3,29}")
_TELEPHONE = re.compile(r"[0-9+() .,;/#a-zA-Z-]{7,30}")
_SHORTEST_NUMBER = 7
# Acknowledgements that one mailbox gets in an hour: the portal is not to fill somebody else's.
MAILS_AN_HOUR = 10
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Time that a mail may have waited before somebody writes it down.
LONGEST_IN_A_BOX = timedelta(days=365)
# Cases with files that come by the web in a day, from one network address and from all.
WITH_FILES_A_DAY, WITH_FILES_OF_ALL_A_DAY = 20, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Petition:
    """Petition as typed or said.

    ``delivery_point`` is the public id of one of the actor's own points, ``place`` what others type instead: a code,
    address or meter. ``about_on`` is the date of the invoice or decision it is about, ``arrived_on`` the Colombian day
    on which a mail came that somebody writes down. The same ``submission_id`` with the same text is the same case.
    """

    kind: CaseKind | None
    name: str
    document: str
    text: str
    email: str = ""
    telephone: str = ""
    delivery_point: str = ""
    place: str = ""
    about_on: date | None = None
    arrived_on: date | None = None
    consented: bool = False
    electronic_notice: bool = False
    files: Sequence[NewFile] = ()
    submission_id: str | None = None


class Filed(NamedTuple):
    """A filed case: its number, the last day for an answer, the code for its public page (normalised)."""

    public_id: str
    filing_number: str
    due_on: date
    code: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A petition in the form in which it is stored."""

    kind: CaseKind
    name: str
    document: str
    text: str
    email: str | None
    telephone: str | None
    place: str | None
    point_id: int | None
    about_on: date | None
    electronic_notice: bool
    files: tuple[Judged, ...]
    # Version of the authorisation of personal data that was given; None for who wrote a mail.
    consent_version: str | None = CONSENT_VERSION
    # When it came, if before it was filed (aware).
    came_at: datetime | None = None


class OwnPoint(NamedTuple):
    """Delivery point of a contract that the actor opened once."""

    id: int
    public_id: str
    name: str


class Already(Exception):
    """The same form or message came before: nothing is filed."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.filing_number)
        self.filed = (case.public_id, case.filing_number, case.due_on)


def own_points(act: Act) -> list[OwnPoint]:
    """Return the points of the contracts that the actor opened, by name; none for strangers."""
    if act.actor.user_id is None:
        return []
    rows = act.session.execute(
        select(DeliveryPoint.id, DeliveryPoint.public_id, DeliveryPoint.name)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Binding, Binding.contract_id == Contract.id)
        .where(Binding.user_id == act.actor.user_id, Binding.disabled_at.is_(None))
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    return [OwnPoint(row.id, row.public_id, row.name) for row in rows]


def file_case(act: Act, *, petition: Petition, channel: CaseChannel = CaseChannel.WEB) -> Filed:
    """File a case with the next number of the year and the term of its answer; commits.

    Its text becomes the first entry of its record; the petitioner gets an acknowledgement by mail, when they left an
    address. By another channel than the web it needs ``Function.FILE_CASES``. Refuses (``Rejected``) as ``checked``.
    """
    if channel is not CaseChannel.WEB:
        require(act, Function.FILE_CASES)
    found = checked(act, petition=petition, channel=channel)
    try:
        with transaction(act.session):
            case = insert(act, found, channel=channel, submission_id=petition.submission_id)
            filed = Filed(case.public_id, case.filing_number, case.due_on, code_of(act.vault, public_id=case.public_id))
    except Already as before:
        public_id, number, due_on = before.filed
        filed = Filed(public_id, number, due_on, code_of(act.vault, public_id=public_id))
    return filed


def open_complaint(
    act: Act, *, name: str, document: str, text: str, email: str | None, telephone: str | None, point_id: int
) -> Case:
    """Open a complaint (queja) of a company that the portal itself learns of, inside the caller's transaction."""
    found = Checked(
        kind=CaseKind.COMPLAINT,
        name=name,
        document=document,
        text=text,
        email=email,
        telephone=telephone,
        place=None,
        point_id=point_id,
        about_on=None,
        electronic_notice=email is not None,
        files=(),
    )
    return insert(act.by(Actor.system("web")), found, channel=CaseChannel.MAIL)


def checked(act: Act, *, petition: Petition, channel: CaseChannel = CaseChannel.WEB) -> Checked:
    """Return the petition as it is stored; refuses (``Rejected``) what is missing or malformed, field by field."""
    if petition.kind is None:
        raise Rejected(Refusal.CASE_KIND_MISSING, "kind")
    if not may_be_filed(petition.kind, channel):
        raise Rejected(Refusal.CASE_APPEAL_SPOKEN, "kind")
    by_mail = channel is CaseChannel.MAIL
    # Who wrote a mail filled in no form: it is filed with what it has.
    if not (petition.consented or by_mail):
        raise Rejected(Refusal.CONSENT_MISSING, "consent")
    came_at = read_arrival(act, petition.arrived_on) if by_mail else None
    if petition.about_on is not None and petition.about_on > GasDay.of(act.now).date:
        raise Rejected(Refusal.CASE_DATE_TO_COME, "about_on")
    email = normalise_email(petition.email) if as_typed(petition.email) else None
    # Who writes from the web gets the acknowledgement there.
    if email is None and (petition.electronic_notice or channel in (CaseChannel.WEB, CaseChannel.MAIL)):
        raise Rejected(Refusal.CASE_EMAIL_MISSING, "email")
    return Checked(
        kind=petition.kind,
        name=clean_name(petition.name),
        document=acceptable_document(petition.document) if as_typed(petition.document) or not by_mail else "",
        text=acceptable_text(petition.text),
        email=email,
        telephone=acceptable_telephone(petition.telephone),
        place=clean_line(petition.place) or None,
        point_id=_point_id(act, petition.delivery_point)
        if channel is CaseChannel.WEB
        else _named_point_id(act, petition.place),
        about_on=petition.about_on,
        electronic_notice=petition.electronic_notice,
        files=judged(petition.files),
        consent_version=CONSENT_VERSION if petition.consented else None,
        came_at=came_at,
    )


def read_arrival(act: Act, arrived_on: date | None) -> datetime:
    """Return from when the term of a mail runs (aware): its day's beginning, or now for one of today.

    Refuses (``Rejected``) no day, one to come, and one of more than a year ago.
    """
    today = GasDay.of(act.now)
    if arrived_on is None or not today.plus(-LONGEST_IN_A_BOX.days).date <= arrived_on <= today.date:
        raise Rejected(Refusal.CASE_ARRIVED_ON, "arrived_on")
    return act.now if arrived_on == today.date else GasDay(arrived_on).start


def acceptable_document(typed: str) -> str:
    """Return a document as stored; refuses (``Rejected``) what is none: 4 to 30 letters, digits, dots and dashes."""
    document = as_typed(typed)
    if not _DOCUMENT.fullmatch(document):
        raise Rejected(Refusal.CASE_DOCUMENT, "document")
    return document


def acceptable_telephone(typed: str) -> str | None:
    """Return a telephone as stored, None for none; refuses (``Rejected``) less than seven digits."""
    telephone = as_typed(typed)
    if not telephone:
        return None
    digits = sum(character.isascii() and character.isdigit() for character in telephone)
    if digits < _SHORTEST_NUMBER or not _TELEPHONE.fullmatch(telephone):
        raise Rejected(Refusal.CASE_TELEPHONE, "telephone")
    return telephone


def _point_id(act: Act, public_id: str) -> int | None:
    if not public_id:
        return None
    for point in own_points(act):
        if point.public_id == public_id:
            return point.id
    # The same for a point of somebody else and for none.
    raise Rejected(Refusal.CASE_POINT, "delivery_point")


def _named_point_id(act: Act, place: str) -> int | None:
    """Return the point that has this code now, for a case that the distributor's people write down; None for none."""
    code = clean_line(place).upper()
    today = GasDay.of(act.now)
    return act.session.scalar(
        select(DeliveryPoint.id)
        .where(DeliveryPoint.carrier_code == code, DeliveryPoint.starts_on <= today)
        .order_by(DeliveryPoint.starts_on.desc())
        .limit(1)
    )


def insert(
    act: Act,
    found: Checked,
    *,
    channel: CaseChannel,
    submission_id: str | None = None,
    before: Callable[[], None] = lambda: None,
    left_out: Sequence[LeftOut] = (),
) -> Case:
    """Insert a checked case with its first entry, its acknowledgement and its event, inside the caller's transaction.

    ``before`` is called once the numbers are held, so that no other case is filed meanwhile; it raises ``Already`` for
    what came before, as this does for a ``submission_id``. ``left_out`` are the files that the acknowledgement names.
    Refuses (``Rejected``) files above a day's limits and another text under the same ``submission_id``.
    """
    session, came_at = act.session, found.came_at or act.now
    if found.files and channel is CaseChannel.WEB:
        _take_files(act)
    mailed = found.email is not None and counters.take(
        act, scope="case-mails", subject=hash_email(found.email), limit=MAILS_AN_HOUR, period=HOUR
    )
    # The counter's row is held from here on: the same form sent twice at once is filed one after the other.
    number = filing.take_next_number(session, series=act.distributor.case_series, year=GasDay.of(act.now).date.year)
    if submission_id is not None:
        _refuse_second(act, submission_id, found.text)
    before()
    case = Case(
        public_id=secrets.token_urlsafe(12),
        filing_number=number,
        kind=found.kind,
        state=CaseState.FILED,
        channel=channel,
        name=found.name,
        document=found.document,
        email=found.email,
        telephone=found.telephone,
        place=found.place,
        delivery_point_id=found.point_id,
        account_id=act.actor.user_id if channel is CaseChannel.WEB else None,
        about_on=found.about_on,
        consent_version=found.consent_version,
        consented_at=None if found.consent_version is None else act.now,
        electronic_notice=found.electronic_notice,
        filed_at=came_at,
        due_on=answer_due(came_at, holidays.read(session)),
        submission_id=submission_id,
    )
    session.add(case)
    session.flush()
    add_entry(act.moved(came_at), case=case, kind=EntryKind.FILED, text=found.text, files=found.files)
    if mailed:
        mails.acknowledge(act, case=case, left_out=left_out)
    note(
        act,
        event=AuditEvent.CASE_FILED,
        case=case,
        files=found.files,
        kind=found.kind.value,
        channel=channel.value,
    )
    return case


def _take_files(act: Act) -> None:
    """Charge a case with files to its network address and to everybody; refuses (``Rejected``) above a day's limits.

    Each may hold fifteen mebibytes of somebody unknown.
    """
    for scope, subject, limit in (
        ("case-files", act.actor.address, WITH_FILES_A_DAY),
        ("case-files-all", "all", WITH_FILES_OF_ALL_A_DAY),
    ):
        if not counters.take(act, scope=scope, subject=subject, limit=limit, period=DAY):
            raise Rejected(Refusal.CASE_FILES_SPENT, "files")


def _refuse_second(act: Act, submission_id: str, text: str) -> None:
    """Raise ``Already`` when the same form with the same text was filed; ``Rejected`` when its text is another."""
    row = act.session.execute(
        select(Case, CaseEntry.text)
        .join(CaseEntry, (CaseEntry.case_id == Case.id) & (CaseEntry.kind == EntryKind.FILED))
        .where(Case.submission_id == submission_id)
    ).one_or_none()
    if row is None:
        return
    if row.text == text:
        raise Already(row.Case)
    raise Rejected(Refusal.CASE_SENT_BEFORE, number=row.Case.filing_number)
