"""Claims of a customer about a gas day ("no estoy de acuerdo"): cases of a point, for who opened it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.cases import (
    LONGEST_DISPUTE,
    PENDING,
    PUBLIC,
    CaseAction,
    CaseChannel,
    CaseKind,
    CaseState,
    EntryKind,
    Outcome,
    after,
    answer_due,
)
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.typed_text import clean_text
from portal.models import Binding, Case, CaseFile, Contract, DeliveryPoint, User
from portal.models.cases import IS_OPEN_DAY
from portal.services.account.opened_points import OpenedPoint
from portal.services.store import counters, filing
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays

from . import mails
from .attachments import Judged, NewFile, judged
from .petitioners import Entry, entries_of, file_of
from .records import Appealed, add_entry, is_said_last, locked, note, read_words_of_appeal

# Enough for handwritten texts, each of which mails two people; and for their files.
TEXTS_A_DAY, WITH_FILES_A_DAY = 60, 20
DAY = timedelta(days=1)


class DayClaim(NamedTuple):
    """A claim about a day without its record; ``outcome`` once it was answered."""

    public_id: str
    filing_number: str
    gas_day: GasDay
    state: CaseState
    outcome: Outcome | None
    filed_at: datetime
    filed_by: str
    due_on: date

    @property
    def pending(self) -> bool:
        """True while an answer is owed."""
        return self.state in PENDING


class Decision(NamedTuple):
    """The answer that gave a claim its outcome."""

    outcome: Outcome
    text: str
    at: datetime
    by: str | None


class Thread(NamedTuple):
    """A claim with what its customer reads of its record, oldest first; ``decision`` once it was answered."""

    claim: DayClaim
    entries: tuple[Entry, ...]
    decision: Decision | None


class PointCase(NamedTuple):
    """A case in the list of a point: a claim about one of its days, or another case of the reader about the point."""

    public_id: str
    filing_number: str
    kind: CaseKind
    gas_day: GasDay | None
    state: CaseState
    outcome: Outcome | None
    filed_at: datetime
    filed_by: str


class Place(NamedTuple):
    """Point under whose pages a claim is read."""

    modality: Modality
    point: str
    claim: str


def refuse_day(*, point: OpenedPoint, gas_day: GasDay, today: GasDay) -> None:
    """Refuse (``Rejected``) a day that is not over yet, or on which the point was not served."""
    if gas_day < point.starts_on or (point.ends_on is not None and gas_day >= point.ends_on):
        raise Rejected(Refusal.CLAIM_DAY_NOT_SERVED)
    if gas_day >= today:
        raise Rejected(Refusal.CLAIM_DAY_NOT_OVER)


def require_text(typed: str, field: str = "text") -> str:
    """Return the text as stored; refuses (``Rejected``) a blank one and more than 2,000 characters."""
    text = clean_text(typed)
    if not text:
        raise Rejected(Refusal.CLAIM_TEXT_MISSING, field)
    if len(text) > LONGEST_DISPUTE:
        raise Rejected(Refusal.CLAIM_TEXT_TOO_LONG, field, length=len(text))
    return text


def find_open(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> Case | None:
    """Return the claim about the day that owes an answer; there is at most one."""
    return session.scalars(
        select(Case).where(
            Case.delivery_point_id == delivery_point_id, Case.gas_day == gas_day, Case.state.in_(PENDING)
        )
    ).one_or_none()


def open_claim(act: Act, *, point: OpenedPoint, gas_day: GasDay, text: str, files: Sequence[NewFile] = ()) -> Case:
    """File a claim about a day of a point that is open in this session; commits.

    It is a case with the next number of the year; its author and the company's contact get an acknowledgement. Refuses
    (``Rejected``) a day as ``refuse_day`` does, a text as ``require_text``, files as ``judged``, a day with an open
    claim (``CLAIM_ALREADY_OPEN``, whose ``number`` and ``claim`` it names) and more texts or files than a day takes.
    """
    session, actor = act.session, act.actor
    refuse_day(point=point, gas_day=gas_day, today=GasDay.of(act.now))
    kept, sent = require_text(text), judged(files)
    if actor.user_id is None:
        raise NotFound
    with transaction(session):
        served = session.get_one(DeliveryPoint, point.id)
        if not served.in_force_on(gas_day):
            raise Rejected(Refusal.CLAIM_DAY_NOT_SERVED)
        _take_one(act, sent)
        case = _insert(act, served, gas_day, session.get_one(User, actor.user_id))
        if case is None:
            refuse_second(session, delivery_point_id=point.id, gas_day=gas_day)
            raise Conflict("case-moved-on")
        add_entry(act, case=case, kind=EntryKind.FILED, text=kept, files=sent)
        mails.acknowledge_claim(act, case=case)
        note(
            act,
            event=AuditEvent.CASE_FILED,
            case=case,
            files=sent,
            kind=case.kind.value,
            channel=case.channel.value,
            point=served.public_id,
            gas_day=gas_day.isoformat(),
        )
        return case


def refuse_second(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> None:
    """Refuse (``Rejected``) a day that has a claim which owes an answer."""
    already = find_open(session, delivery_point_id=delivery_point_id, gas_day=gas_day)
    if already is not None:
        raise Rejected(Refusal.CLAIM_ALREADY_OPEN, number=already.filing_number, claim=already.public_id)


def list_cases_of_point(act: Act, *, delivery_point_id: int) -> list[PointCase]:
    """Return every claim about days of a point and the reader's own other cases about it, the newest first."""
    own = and_(Case.gas_day.is_(None), Case.account_id.is_not(None), Case.account_id == act.actor.user_id)
    rows = act.session.execute(
        select(
            Case.public_id,
            Case.filing_number,
            Case.kind,
            Case.gas_day,
            Case.state,
            Case.outcome,
            Case.filed_at,
            Case.name.label("filed_by"),
        )
        .where(Case.delivery_point_id == delivery_point_id, or_(Case.gas_day.is_not(None), own))
        .order_by(Case.filed_at.desc(), Case.id.desc())
    )
    return [
        PointCase(
            public_id=row.public_id,
            filing_number=row.filing_number,
            kind=row.kind,
            gas_day=row.gas_day,
            state=row.state,
            outcome=row.outcome,
            filed_at=row.filed_at,
            filed_by=row.filed_by,
        )
        for row in rows
    ]


def find(session: Session, *, delivery_point_id: int, public_id: str) -> Thread:
    """Return a claim about a day of a point with its record; ``NotFound`` when the point has none of this id."""
    case = session.scalars(_of_point(delivery_point_id, public_id)).one_or_none()
    if case is None or case.gas_day is None:
        raise NotFound
    claim = DayClaim(
        public_id=case.public_id,
        filing_number=case.filing_number,
        gas_day=case.gas_day,
        state=case.state,
        outcome=case.outcome,
        filed_at=case.filed_at,
        filed_by=case.name,
        due_on=case.due_on,
    )
    entries = tuple([entry for entry in entries_of(session, case_id=case.id) if entry.kind in PUBLIC])
    return Thread(claim, entries, decision_of(case.outcome, entries))


def read_appeal(act: Act, *, thread: Thread) -> str:
    """Return the words about the appeal against the answer of a claim; empty when none lies."""
    claim, record = thread.claim, [(entry.kind, entry.written_at) for entry in thread.entries]
    about = Appealed(claim.filing_number, CaseKind.CLAIM, claim.state, claim.outcome, None)
    return read_words_of_appeal(act, about=about, record=record)


def decision_of(outcome: Outcome | None, entries: Sequence[Entry]) -> Decision | None:
    """Return the answer that gave a claim its outcome; None while there is none."""
    answers = [entry for entry in entries if entry.kind is EntryKind.ANSWERED]
    if outcome is None or not answers:
        return None
    return Decision(outcome, answers[-1].text, answers[-1].written_at, answers[-1].author)


def get_file(session: Session, *, delivery_point_id: int, public_id: str, file: str) -> CaseFile:
    """Return a file of what the customer reads of a claim of a point; ``NotFound`` for any other."""
    case = session.scalars(_of_point(delivery_point_id, public_id)).one_or_none()
    if case is None:
        raise NotFound
    return file_of(session, filing_number=case.filing_number, file=file, only_public=True)


def find_place(act: Act, *, filing_number: str) -> Place | None:
    """Return where the actor reads a claim about a day by its number: under its point, which has a contract of theirs.

    None for any other case, and for a contract that the actor has no access to.
    """
    if act.actor.user_id is None:
        return None
    row = act.session.execute(
        select(Contract.modality, DeliveryPoint.public_id.label("point"), Case.public_id.label("claim"))
        .join(DeliveryPoint, DeliveryPoint.id == Case.delivery_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Binding, Binding.contract_id == Contract.id)
        .where(
            Case.filing_number == filing_number,
            Case.gas_day.is_not(None),
            Binding.user_id == act.actor.user_id,
            Binding.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else Place(row.modality, row.point, row.claim)


def write(act: Act, *, point: OpenedPoint, public_id: str, text: str, files: Sequence[NewFile] = ()) -> None:
    """Add what the customer writes to a claim that owes an answer; commits. The same text sent twice is added once.

    Refuses (``Rejected``) a text as ``require_text``, files as ``judged`` and more than a day allows; ``Conflict``
    when it was answered.
    """
    session, actor = act.session, act.actor
    kept, sent = require_text(text), judged(files)
    if actor.user_id is None:
        raise NotFound
    with transaction(session):
        number = session.scalar(_of_point(point.id, public_id).with_only_columns(Case.filing_number))
        if number is None:
            raise NotFound
        case = locked(session, filing_number=number)
        if after(case.state, CaseAction.WRITE) is None:
            raise Conflict("case-moved-on")
        if is_said_last(act, case=case, kind=EntryKind.WRITTEN, text=kept):
            return
        _take_one(act, sent)
        add_entry(act, case=case, kind=EntryKind.WRITTEN, text=kept, files=sent)
        note(act, event=AuditEvent.CASE_WRITTEN, case=case, files=sent)


def _of_point(delivery_point_id: int, public_id: str):  # type: ignore[no-untyped-def]
    return select(Case).where(
        Case.delivery_point_id == delivery_point_id, Case.public_id == public_id, Case.gas_day.is_not(None)
    )


def _take_one(act: Act, files: Sequence[Judged]) -> None:
    """Charge a text, and its files, to the account, inside the caller's transaction; refuses more than a day's."""
    subject = str(act.actor.user_id)
    if not counters.take(act, scope="claim-texts", subject=subject, limit=TEXTS_A_DAY, period=DAY):
        raise Rejected(Refusal.CLAIM_TEXTS_SPENT)
    if files and not counters.take(act, scope="claim-files", subject=subject, limit=WITH_FILES_A_DAY, period=DAY):
        raise Rejected(Refusal.CASE_FILES_SPENT, "files")


def _insert(act: Act, point: DeliveryPoint, gas_day: GasDay, user: User) -> Case | None:
    """Insert the case with its number; None when the day has an open one, by the unique index and without a SELECT."""
    session = act.session
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new_id = session.scalar(
        make(Case)
        .values(
            public_id=secrets.token_urlsafe(12),
            filing_number=filing.take_next_number(
                session, series=act.distributor.case_series, year=GasDay.of(act.now).date.year
            ),
            kind=CaseKind.CLAIM,
            state=CaseState.FILED,
            channel=CaseChannel.WEB,
            name=user.name,
            document=point.contract.company.nit,
            email=user.email,
            delivery_point_id=point.id,
            account_id=user.id,
            electronic_notice=True,
            filed_at=act.now,
            due_on=answer_due(act.now, holidays.read(session)),
            alarmed=0,
            gas_day=gas_day,
        )
        .on_conflict_do_nothing(index_elements=["delivery_point_id", "gas_day"], index_where=IS_OPEN_DAY)
        .returning(Case.id)
    )
    return None if new_id is None else session.get_one(Case, new_id)
