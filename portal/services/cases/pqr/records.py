"""Rows of a case for its use cases: the case locked, its entries, its code, its texts."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.cases import (
    LONGEST_TEXT,
    CaseChannel,
    CaseKind,
    CaseState,
    EntryKind,
    Outcome,
    appeal_words,
    may_be_appealed,
    notice_until,
    notified_on,
)
from portal.domain.cases import is_out_of_term as out_of_term
from portal.domain.gas_day import GasDay
from portal.domain.keys import WEB_ALPHABET
from portal.domain.typed_text import clean_text
from portal.models import Case, CaseEntry, Contract, DeliveryPoint
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.vault import Vault
from portal.services.timetable import holidays
from portal.services.trace import audit

from .attachments import Judged, keep

CODE_LENGTH = 8
FORM_PAGE = "/pqr/nueva"


def get_case(session: Session, *, filing_number: str) -> Case:
    """Return the case with this number; ``NotFound`` without one."""
    return _get(session, select(Case).where(Case.filing_number == filing_number))


def locked(session: Session, *, filing_number: str) -> Case:
    """Return the case as it is now, locked until the caller's transaction ends; ``NotFound`` without one."""
    wanted = select(Case).where(Case.filing_number == filing_number).with_for_update(key_share=True)
    return _get(session, wanted.execution_options(populate_existing=True))


def _get(session: Session, wanted: Select[Case]) -> Case:
    case = session.scalars(wanted).one_or_none()
    if case is None:
        raise NotFound
    return case


def code_of(vault: Vault, *, public_id: str) -> str:
    """Return the code that opens the public page of a case, normalised: nowhere stored, always the same.

    Eight characters of base32 from an authentication code over the case, under a key of the pepper.
    """
    number = int.from_bytes(hmac.digest(vault.case_key, f"case 1:{public_id}".encode(), hashlib.sha256))
    return "".join([WEB_ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH)])


def acceptable_text(typed: str) -> str:
    """Return the text as stored; refuses (``Rejected`` on ``text``) a blank one and more than 10,000 characters."""
    text = clean_text(typed)
    if not text:
        raise Rejected(Refusal.CASE_TEXT_MISSING, "text")
    if len(text) > LONGEST_TEXT:
        raise Rejected(Refusal.CASE_TEXT_TOO_LONG, "text", most=LONGEST_TEXT, length=len(text))
    return text


def add_entry(act: Act, *, case: Case, kind: EntryKind, text: str, files: Sequence[Judged] = ()) -> CaseEntry:
    """Add an entry by the actor, with its files, inside the caller's transaction."""
    entry = CaseEntry(case_id=case.id, kind=kind, author_id=act.actor.user_id, text=text, written_at=act.now)
    act.session.add(entry)
    keep(act.session, entry=entry, files=files)
    return entry


def is_said_last(act: Act, *, case: Case, kind: EntryKind, text: str) -> bool:
    """Tell whether the last entry of a case is this very one of the actor: a second press of the button.

    An empty ``text`` is any.
    """
    last = act.session.scalars(
        select(CaseEntry)
        .where(CaseEntry.case_id == case.id, CaseEntry.kind != EntryKind.NOTIFIED)
        .order_by(CaseEntry.id.desc())
        .limit(1)
    ).one()
    return (last.kind, last.author_id, last.text) == (kind, act.actor.user_id, text or last.text)


def is_mailed(case: Case) -> bool:
    """Tell whether the case came as a mail that the portal took by itself, without a form."""
    return case.channel is CaseChannel.MAIL and case.consent_version is None


def is_out_of_term(act: Act, case: Case) -> bool:
    """Tell whether the case came too late for the gas day, the invoice or the decision that it is about."""
    about_on = case.about_on if case.gas_day is None else case.gas_day.date
    return out_of_term(case.kind, about_on, GasDay.of(case.filed_at), holidays.load_known(act.session))


def notice_words(case: Case, known: Collection[date]) -> str:
    """Return how the answer of a case is notified, as its record says it."""
    if case.gas_day is not None:
        return "Por correo a quien lo presentó y al contacto de la empresa."
    if case.noticed_on is None:
        return f"Por correo a {case.email}, como lo aceptó al presentarla."
    return (
        f"Por aviso en la página web, del {day_words(case.noticed_on)} al "
        f"{day_words(notice_until(case.noticed_on, known))}. Se entiende notificada al terminar el "
        f"{day_words(notified_on(case.noticed_on, known))}."
    )


class Appealed(NamedTuple):
    """Facts that decide on the appeal against the answer of a case; ``noticed_on`` when it was published on the web."""

    filing_number: str
    kind: CaseKind
    state: CaseState
    outcome: Outcome | None
    noticed_on: date | None


def read_case_appeal(act: Act, *, case: Case, record: Sequence[tuple[EntryKind, datetime]]) -> str:
    """Return the words about the appeal against the answer of a case, as ``read_words_of_appeal``."""
    about = Appealed(case.filing_number, case.kind, case.state, case.outcome, case.noticed_on)
    return read_words_of_appeal(act, about=about, record=record)


def read_words_of_appeal(act: Act, *, about: Appealed, record: Sequence[tuple[EntryKind, datetime]]) -> str:
    """Return the words about the appeal against an answer; empty when none lies.

    ``record`` are the kinds and moments (aware) of the entries, oldest first.
    """
    if not may_be_appealed(about.kind, about.state, about.outcome, [kind for kind, _ in record]):
        return ""
    known = holidays.load_known(act.session)
    answered_at = next(at for kind, at in reversed(record) if kind is EntryKind.ANSWERED)
    return appeal_words(
        about.filing_number,
        distributor=act.distributor,
        by_notice=about.noticed_on is not None,
        known_on=notified_on(about.noticed_on, known) if about.noticed_on else GasDay.of(answered_at).date,
        holidays=known,
        today=GasDay.of(act.now).date,
        form=act.link(FORM_PAGE),
    )


def note(act: Act, *, event: AuditEvent, case: Case, files: Sequence[Judged] = (), **details: str | int | bool) -> None:
    """Record an event of the case in the audit chain, with the hashes of its files; last in the transaction."""
    if files:
        details["files"] = " ".join([file.digest.hex() for file in files])
    company_id = None
    if case.delivery_point_id is not None:
        company_id = act.session.scalar(
            select(Contract.company_id)
            .join(DeliveryPoint, DeliveryPoint.contract_id == Contract.id)
            .where(DeliveryPoint.id == case.delivery_point_id)
        )
    audit.record(
        act,
        event=event,
        subject=case.public_id,
        company_id=company_id,
        details={"filing_number": case.filing_number, **details},
    )
