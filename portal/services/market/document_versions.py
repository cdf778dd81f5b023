"""Versions of documents: proposed by one person, published or rejected by another (adr/0128)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.documents import (
    BadSummary,
    DocumentKind,
    Edition,
    PointChange,
    Span,
    SummaryPoint,
    compare_summaries,
    compute_spans,
    parse_summary,
    write_summary,
)
from portal.domain.gas_day import GasDay
from portal.domain.publications import PublicationState
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import Document, DocumentFile, DocumentPoint, DocumentVersion
from portal.services.files.formats import is_whole_pdf
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .documents import (
    NewVersion,
    StoredFile,
    Version,
    add_version,
    build_versions,
    find_former,
    index_document,
    list_points,
    select_versions,
)

LARGEST_PDF = 10 * 1024**2
LONGEST_TITLE, LONGEST_CHANGES, LONGEST_FILE_NAME, LONGEST_SLUG = 120, 2000, 120, 80
MOST_REASON = 500
# Reason of a version that its proposer took back.
WITHDRAWN = "La retiró quien la propuso."


class Draft(NamedTuple):
    """Version as typed: of the document ``slug``, or of a new one with its kind and title."""

    slug: str | None
    kind: DocumentKind | None
    title: str
    valid_from: date
    valid_through: date | None
    changes: str
    summary: str
    file_name: str
    content: bytes


class Kept(NamedTuple):
    """Document with all its versions, published or not, the newest first."""

    slug: str
    kind: DocumentKind
    title: str
    versions: Sequence[Version]


class Effect(NamedTuple):
    """Effect of a publication on another version: the days in which it is in force before and after."""

    version: Version
    before: Sequence[Span]
    after: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Version as its decider sees it: what it says, and how it differs from the one before."""

    document: Kept
    version: Version
    points: Sequence[SummaryPoint]
    base: Version | None
    changes: Sequence[PointChange]
    # What its publication would do to the others, while it waits.
    effects: Sequence[Effect]


def list_kept_documents(act: Act) -> list[Kept]:
    """Return every document with every version of it, by title. Two queries."""
    require(act, Function.SEE_DOCUMENTS)
    rows = act.session.scalars(
        select(Document).where(Document.published_by == act.distributor.nit).order_by(Document.title, Document.id)
    ).all()
    found: dict[int, list[Any]] = {}
    for row in act.session.execute(select_versions()):
        found.setdefault(row.DocumentVersion.document_id, []).append(row)
    today = GasDay.of(act.now).date
    return [Kept(row.slug, row.kind, row.title, build_versions(found.get(row.id, ()), today=today)) for row in rows]


def review_version(act: Act, *, version: str) -> Reviewed:
    """Return a version, published or not, compared with the published one before it; ``NotFound``."""
    for document in list_kept_documents(act):
        for each in document.versions:
            if each.public_id == version:
                published = [other for other in document.versions if other.state is PublicationState.PUBLISHED]
                base = find_former(published, each)
                points = list_points(act.session, each)
                former = list_points(act.session, base) if base else ()
                changes = compare_summaries(former, points) if base else ()
                return Reviewed(document, each, points, base, changes, _list_effects(published, each))
    raise NotFound


def _list_effects(published: Sequence[Version], proposed: Version) -> list[Effect]:
    """Return the published versions whose days change when a proposed one is published."""
    if proposed.state is not PublicationState.PROPOSED:
        return []
    editions = [Edition(each.number, each.valid_from, each.valid_through) for each in (*published, proposed)]
    after = compute_spans(editions)
    effects = [Effect(each, each.spans, after[each.number]) for each in published]
    return [effect for effect in effects if tuple(effect.before) != tuple(effect.after)]


def withdraw_version(act: Act, *, version: str) -> None:
    """Take back what one proposed oneself. Commits; ``Conflict`` where it was decided; ``NotFound``; ``NotAllowed``."""
    user_id = require(act, Function.PROPOSE_DOCUMENTS)
    with transaction(act.session):
        document, row = _lock_version(act, version)
        if row.proposed_by_id != user_id:
            raise NotAllowed
        row.state, row.reason = PublicationState.REJECTED, WITHDRAWN
        _decide(act, row)
        _record(act, AuditEvent.DOCUMENT_REJECTED, document, row)


def load_kept_file(act: Act, *, version: str) -> tuple[StoredFile, bytes]:
    """Return the PDF of any version, for those who decide about it; ``NotFound`` where it has none."""
    require(act, Function.SEE_DOCUMENTS)
    row = act.session.scalars(
        select(DocumentFile)
        .join(DocumentVersion, DocumentVersion.id == DocumentFile.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.public_id == version, Document.published_by == act.distributor.nit)
    ).one_or_none()
    if row is None:
        raise NotFound
    return StoredFile(row.name, row.size, row.digest), row.content


def propose_version(act: Act, *, draft: Draft) -> str:
    """Add a version that waits for another person; return its public id. Commits.

    Refuses (``Rejected``) ``DOCUMENT_TITLE``, ``DOCUMENT_THERE``, ``DOCUMENT_CONTRACT_THERE``, ``DOCUMENT_VALIDITY``,
    ``DOCUMENT_CHANGES``, ``DOCUMENT_SUMMARY`` (with the problem, the line and what stands in it), ``DOCUMENT_EMPTY``,
    ``DOCUMENT_NOT_PDF``, ``DOCUMENT_TOO_LARGE``, ``DOCUMENT_PENDING`` and ``DOCUMENT_UNCHANGED``; ``NotFound``;
    ``NotAllowed``.
    """
    user_id = require(act, Function.PROPOSE_DOCUMENTS)
    said = _check(draft)
    session = act.session
    with transaction(session):
        document = _document_of(act, draft)
        number = (
            session.scalar(select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == document.id))
            or 0
        ) + 1
        if number > 1 and not said.changes:
            raise Rejected(Refusal.DOCUMENT_CHANGES, "changes")
        _refuse_same(act, document, said)
        row = add_version(session, document, number=number, said=said, now=act.now)
        row.proposed_by_id = user_id
        session.flush()
        _record(act, AuditEvent.DOCUMENT_PROPOSED, document, row)
        return row.public_id


def publish_version(act: Act, *, version: str) -> None:
    """Publish what another person proposed: it is in force from its day on and never changes afterwards. Commits.

    Refuses (``Rejected``) ``OWN_REQUEST``; ``Conflict`` where it was decided; ``NotFound``; ``NotAllowed``.
    """
    with transaction(act.session):
        document, row = _lock_proposed(act, version)
        row.state = PublicationState.PUBLISHED
        _decide(act, row)
        index_document(act.session, document, now=act.now)
        _record(act, AuditEvent.DOCUMENT_PUBLISHED, document, row)


def reject_version(act: Act, *, version: str, reason: str) -> None:
    """Reject what another person proposed, with a reason of up to 500 characters. Commits.

    Refuses (``Rejected``) ``OWN_REQUEST``, ``REASON_MISSING`` and ``REASON_TOO_LONG``; ``Conflict`` where it was
    decided; ``NotFound``; ``NotAllowed``.
    """
    with transaction(act.session):
        document, row = _lock_proposed(act, version)
        row.reason = check_reason(reason, most=MOST_REASON)
        row.state = PublicationState.REJECTED
        _decide(act, row)
        _record(act, AuditEvent.DOCUMENT_REJECTED, document, row)


def _check(draft: Draft) -> NewVersion:
    """Return the version without its document; refuses what can be told from the draft alone."""
    if draft.valid_through is not None and draft.valid_through < draft.valid_from:
        raise Rejected(Refusal.DOCUMENT_VALIDITY, "valid_through", first=draft.valid_from)
    changes = as_typed(draft.changes).strip()
    if len(changes) > LONGEST_CHANGES:
        raise Rejected(Refusal.DOCUMENT_CHANGES_TOO_LONG, "changes", most=LONGEST_CHANGES, length=len(changes))
    try:
        points = parse_summary(draft.summary)
    except BadSummary as bad:
        raise Rejected(Refusal.DOCUMENT_SUMMARY, "summary", problem=bad.problem, line=bad.line, said=bad.said) from None
    if len(draft.content) > LARGEST_PDF:
        raise Rejected(Refusal.DOCUMENT_TOO_LARGE, "file", name=draft.file_name, megabytes=LARGEST_PDF // 1024**2)
    if draft.file_name and not is_whole_pdf(draft.content):
        raise Rejected(Refusal.DOCUMENT_NOT_PDF, "file", name=draft.file_name)
    if not points and not draft.content:
        raise Rejected(Refusal.DOCUMENT_EMPTY, "file")
    name = _safe_name(draft.file_name) if draft.content else ""
    return NewVersion(draft.valid_from, draft.valid_through, changes, points, name, draft.content)


def _safe_name(name: str) -> str:
    """Return the stem of a file name that any system takes, with its suffix."""
    stem = re.sub(r"[^\w .()-]+", "-", PurePosixPath(as_typed(name).replace("\\", "/")).name).strip(" .-")
    stem = stem.removesuffix(".pdf").removesuffix(".PDF") or "documento"
    return f"{stem[: LONGEST_FILE_NAME - 4]}.pdf"


def _document_of(act: Act, draft: Draft) -> Document:
    """Return the document of the draft, locked, or the new one."""
    session, nit = act.session, act.distributor.nit
    if draft.slug is not None:
        return _lock(act, draft.slug)
    title = " ".join(as_typed(draft.title).split())
    slug = re.sub(r"[^a-z0-9]+", "-", comparable(title)).strip("-")[:LONGEST_SLUG].strip("-")
    if not slug or len(title) > LONGEST_TITLE:
        raise Rejected(Refusal.DOCUMENT_TITLE, "title", most=LONGEST_TITLE)
    if draft.kind is None:
        raise Rejected(Refusal.DOCUMENT_KIND, "kind")
    there = session.scalars(select(Document).where(Document.published_by == nit)).all()
    if any(each.slug == slug for each in there):
        raise Rejected(Refusal.DOCUMENT_THERE, "title", title=title)
    contract = next((each for each in there if each.kind is DocumentKind.CONTRACT), None)
    if draft.kind is DocumentKind.CONTRACT and contract is not None:
        raise Rejected(Refusal.DOCUMENT_CONTRACT_THERE, "kind", title=contract.title)
    document = Document(published_by=nit, slug=slug, kind=draft.kind, title=title, created_at=act.now)
    session.add(document)
    session.flush()
    return document


def _lock(act: Act, slug: str) -> Document:
    found = act.session.scalars(
        select(Document)
        .where(Document.published_by == act.distributor.nit, Document.slug == slug)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def _refuse_same(act: Act, document: Document, said: NewVersion) -> None:
    """Refuse a second proposal beside one that waits, and one that says what the last published version says."""
    kept = next(each for each in list_kept_documents(act) if each.slug == document.slug)
    if any(each.state is PublicationState.PROPOSED for each in kept.versions):
        raise Rejected(Refusal.DOCUMENT_PENDING)
    last = next((each for each in kept.versions if each.state is PublicationState.PUBLISHED), None)
    if last is None:
        return
    digest = None if last.file is None else last.file.digest
    same_file = digest == (said.digest if said.content else None)
    same_days = (last.valid_from, last.valid_through) == (said.valid_from, said.valid_through)
    if same_file and same_days and tuple(said.points) == list_points(act.session, last):
        raise Rejected(Refusal.DOCUMENT_UNCHANGED)


def _lock_proposed(act: Act, version: str) -> tuple[Document, DocumentVersion]:
    """Return a proposal of another person with its document, which is locked; refuses as ``publish_version``."""
    user_id = require(act, Function.PUBLISH_DOCUMENTS)
    document, row = _lock_version(act, version)
    if row.proposed_by_id == user_id:
        raise Rejected(Refusal.OWN_REQUEST)
    return document, row


def _lock_version(act: Act, version: str) -> tuple[Document, DocumentVersion]:
    """Return a proposal with its document, which is locked; ``Conflict`` where it was decided."""
    slug = act.session.scalars(
        select(Document.slug)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.public_id == version, Document.published_by == act.distributor.nit)
    ).one_or_none()
    if slug is None:
        raise NotFound
    document = _lock(act, slug)
    row = act.session.scalars(
        select(DocumentVersion).where(DocumentVersion.public_id == version).execution_options(populate_existing=True)
    ).one()
    if row.state is not PublicationState.PROPOSED:
        raise Conflict("document-decided")
    return document, row


def _decide(act: Act, row: DocumentVersion) -> None:
    row.decided_at, row.decided_by_id = act.now, act.actor.user_id
    act.session.flush()


def _record(act: Act, event: AuditEvent, document: Document, row: DocumentVersion) -> None:
    file = act.session.get(DocumentFile, row.id)
    points = act.session.execute(
        select(DocumentPoint.section, DocumentPoint.text, DocumentPoint.clause)
        .where(DocumentPoint.version_id == row.id)
        .order_by(DocumentPoint.place)
    )
    said = write_summary([SummaryPoint(each.section, each.text, each.clause) for each in points])
    audit.record(
        act,
        event=event,
        subject=document.slug,
        details={
            "version": row.number,
            "valid_from": row.valid_from.isoformat(),
            "valid_through": None if row.valid_through is None else row.valid_through.isoformat(),
            "sha256": None if file is None else file.digest.hex(),
            "summary_sha256": hashlib.sha256(said.encode()).hexdigest(),
            "reason": row.reason,
        },
    )
