"""Published documents of the distributor: versions, validity, files and summaries (adr/0128)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeAlias

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from portal.domain.documents import (
    DocumentKind,
    Edition,
    PointChange,
    Span,
    SummaryPoint,
    compare_summaries,
    compute_spans,
    parse_summary,
)
from portal.domain.gas_day import GasDay
from portal.domain.passages import Passage, PassageKind
from portal.domain.publications import PublicationState
from portal.models import Document, DocumentFile, DocumentPoint, DocumentVersion, User
from portal.services.store import passages
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound

PACKAGED = Path(__file__).parent / "published" / "documents"


class Validity(StrEnum):
    """State of a published version today."""

    TO_COME = "to-come"
    IN_FORCE = "in-force"
    OVER = "over"
    # Another one that begins on the same day took its place.
    REPLACED = "replaced"


class StoredFile(NamedTuple):
    """PDF of a version without its content: name, size in bytes, SHA-256."""

    name: str
    size: int
    digest: bytes


class Version(NamedTuple):
    """Version of a document; ``spans`` are the days in which it is in force, none for one that was replaced before."""

    public_id: str
    number: int
    state: PublicationState
    valid_from: date
    valid_through: date | None
    spans: tuple[Span, ...]
    validity: Validity
    changes: str
    file: StoredFile | None
    proposed_at: datetime
    proposed_by: str | None
    proposed_by_id: int | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Shelved:
    """Document with its published versions, the newest first."""

    slug: str
    kind: DocumentKind
    title: str
    versions: Sequence[Version]

    @property
    def current(self) -> Version | None:
        """The version in force today; None between two, before the first, and after the last."""
        return next((each for each in self.versions if each.validity is Validity.IN_FORCE), None)


@dataclass(frozen=True, slots=True)
class Opened:
    """Version of a document with its summary, what it is compared with (None: nothing), and every difference."""

    document: Shelved
    version: Version
    points: Sequence[SummaryPoint]
    base: Version | None
    changes: Sequence[PointChange]


def list_documents(act: Act) -> list[Shelved]:
    """Return the documents with a published version: the contract first, then by title. Two queries."""
    rows = act.session.execute(
        select(Document.id, Document.slug, Document.kind, Document.title)
        .where(Document.published_by == act.distributor.nit)
        .order_by(Document.title, Document.id)
    ).all()
    versions = _versions(act, select_versions().where(DocumentVersion.state == PublicationState.PUBLISHED))
    found = [Shelved(row.slug, row.kind, row.title, versions[row.id]) for row in rows if versions.get(row.id)]
    return sorted(found, key=lambda each: each.kind is not DocumentKind.CONTRACT)


def open_document(act: Act, *, slug: str, number: int | None = None, base: int | None = None) -> Opened:
    """Return a published version of a document, compared with ``base``, or with the one before it.

    Without a number the one in force, else the next to come, else the last one. ``NotFound`` for any other.
    """
    document = next((each for each in list_documents(act) if each.slug == slug), None)
    if document is None:
        raise NotFound
    return open_version(act, document=document, number=number, base=base)


def open_version(act: Act, *, document: Shelved, number: int | None = None, base: int | None = None) -> Opened:
    """Return a version of a document that was listed, as ``open_document`` does."""
    version = choose_version(document.versions, number)
    other = find_former(document.versions, version) if base is None else choose_version(document.versions, base)
    points = list_points(act.session, version)
    if other is None:
        return Opened(document, version, points, None, ())
    others = list_points(act.session, other)
    # From the older of the two to the newer one.
    is_newer = (version.valid_from, version.number) > (other.valid_from, other.number)
    changes = compare_summaries(others, points) if is_newer else compare_summaries(points, others)
    return Opened(document, version, points, other, changes)


def choose_version(versions: Sequence[Version], number: int | None) -> Version:
    """Return the version with a number; without one as ``open_document``."""
    if number is not None:
        found = next((each for each in versions if each.number == number), None)
        if found is None:
            raise NotFound
        return found
    # The list begins with the newest: the last of those to come is the next one.
    by_validity = {each.validity: each for each in versions}
    over = next((each for each in versions if each.validity is Validity.OVER), None)
    chosen = by_validity.get(Validity.IN_FORCE) or by_validity.get(Validity.TO_COME) or over
    if chosen is None:
        raise NotFound
    return chosen


def find_former(versions: Sequence[Version], version: Version) -> Version | None:
    """Return the published version that came into force before another one; None for the first."""
    own = (version.valid_from, version.number)
    return next((each for each in versions if (each.valid_from, each.number) < own), None)


def load_file(act: Act, *, slug: str, number: int) -> tuple[StoredFile, bytes]:
    """Return the PDF of a published version; ``NotFound`` where it has none."""
    row = act.session.scalars(
        select(DocumentFile)
        .join(DocumentVersion, DocumentVersion.id == DocumentFile.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            Document.published_by == act.distributor.nit,
            Document.slug == slug,
            DocumentVersion.number == number,
            DocumentVersion.state == PublicationState.PUBLISHED,
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return StoredFile(row.name, row.size, row.digest), row.content


def list_points(session: Session, version: Version) -> tuple[SummaryPoint, ...]:
    """Return the summary of a version."""
    rows = session.execute(
        select(DocumentPoint.section, DocumentPoint.text, DocumentPoint.clause)
        .join(DocumentVersion, DocumentVersion.id == DocumentPoint.version_id)
        .where(DocumentVersion.public_id == version.public_id)
        .order_by(DocumentPoint.place)
    )
    return tuple(SummaryPoint(row.section, row.text, row.clause) for row in rows)


_PROPOSER, _DECIDER = aliased(User), aliased(User)
_Row: TypeAlias = Row[DocumentVersion, str, str, str, int, bytes]


def select_versions() -> Select[DocumentVersion, str, str, str, int, bytes]:
    """Select versions with who proposed and decided, and the file without its content; newest first."""
    return (
        select(
            DocumentVersion,
            _PROPOSER.name.label("proposed_by"),
            _DECIDER.name.label("decided_by"),
            DocumentFile.name,
            DocumentFile.size,
            DocumentFile.digest,
        )
        .outerjoin(_PROPOSER, _PROPOSER.id == DocumentVersion.proposed_by_id)
        .outerjoin(_DECIDER, _DECIDER.id == DocumentVersion.decided_by_id)
        .outerjoin(DocumentFile, DocumentFile.version_id == DocumentVersion.id)
        .order_by(DocumentVersion.document_id, DocumentVersion.valid_from.desc(), DocumentVersion.number.desc())
    )


def _versions(act: Act, query: Select[DocumentVersion, str, str, str, int, bytes]) -> Mapping[int, Sequence[Version]]:
    """Return published versions by the id of their document, each list newest first."""
    rows: dict[int, list[_Row]] = {}
    for row in act.session.execute(query):
        rows.setdefault(row.DocumentVersion.document_id, []).append(row)
    today = GasDay.of(act.now).date
    return {document_id: build_versions(found, today=today) for document_id, found in rows.items()}


def build_versions(rows: Sequence[_Row], *, today: date) -> list[Version]:
    """Return the versions of a document in the order of their rows, each in the days that its published ones leave it.

    What is not published is shown as if it were, beside those that are.
    """
    published = [_edition(row) for row in rows if row.DocumentVersion.state is PublicationState.PUBLISHED]
    spans = compute_spans(published)
    built = []
    for row in rows:
        own = _edition(row)
        of_own = spans.get(own.number)
        built.append(
            _build_version(row, compute_spans([*published, own])[own.number] if of_own is None else of_own, today)
        )
    return built


def _edition(row: _Row) -> Edition:
    version: DocumentVersion = row.DocumentVersion
    return Edition(version.number, version.valid_from, version.valid_through)


def _build_version(row: _Row, spans: tuple[Span, ...], today: date) -> Version:
    version: DocumentVersion = row.DocumentVersion
    return Version(
        version.public_id,
        version.number,
        version.state,
        version.valid_from,
        version.valid_through,
        spans,
        _validity(spans, today),
        version.changes,
        StoredFile(row.name, row.size, row.digest) if row.digest is not None else None,
        version.proposed_at,
        row.proposed_by,
        version.proposed_by_id,
        version.decided_at,
        row.decided_by,
        version.reason,
    )


def _validity(spans: Sequence[Span], today: date) -> Validity:
    if not spans:
        return Validity.REPLACED
    if any(span.first <= today and (span.last is None or span.last >= today) for span in spans):
        return Validity.IN_FORCE
    return Validity.TO_COME if any(span.first > today for span in spans) else Validity.OVER


class NewVersion(NamedTuple):
    """Contents of a version: validity (both days included), what changed, summary, and its PDF, if any."""

    valid_from: date
    valid_through: date | None
    changes: str
    points: Sequence[SummaryPoint]
    file_name: str = ""
    content: bytes = b""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the PDF."""
        return hashlib.sha256(self.content).digest()


def add_version(
    session: Session, document: Document, *, number: int, said: NewVersion, now: datetime
) -> DocumentVersion:
    """Add a version that is proposed, with its file and points, inside the caller's transaction."""
    row = DocumentVersion(
        public_id=secrets.token_urlsafe(12),
        document_id=document.id,
        number=number,
        state=PublicationState.PROPOSED,
        valid_from=said.valid_from,
        valid_through=said.valid_through,
        changes=said.changes,
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    if said.content:
        session.add(
            DocumentFile(
                version_id=row.id,
                name=said.file_name,
                size=len(said.content),
                digest=said.digest,
                content=said.content,
            )
        )
    session.add_all(
        DocumentPoint(version_id=row.id, place=place, **point._asdict()) for place, point in enumerate(said.points)
    )
    session.flush()
    return row


def index_document(session: Session, document: Document, *, now: datetime) -> None:
    """Write what the search finds of a document anew: each published version in its days."""
    rows = session.execute(
        select_versions().where(
            DocumentVersion.document_id == document.id, DocumentVersion.state == PublicationState.PUBLISHED
        )
    )
    found: list[Passage] = []
    for version in build_versions(rows.all(), today=GasDay.of(now).date):
        found += _passages(document, version, list_points(session, version))
    passages.rewrite(session, source=f"document:{document.id}", passages=found, published_by=document.published_by)


def _passages(document: Document, version: Version, points: Sequence[SummaryPoint]) -> list[Passage]:
    """Return the passages of a version: one for itself, which is found also before its validity, one for each point."""
    is_contract = document.kind is DocumentKind.CONTRACT
    address = f"/documentos/{document.slug}"
    kind = PassageKind.SUMMARY if is_contract else PassageKind.DOCUMENT
    if not version.spans:
        return []
    first, last = version.spans[0].first, version.spans[-1].last
    found = [
        Passage(
            PassageKind.DOCUMENT,
            f"{document.title}, versión {version.number} (desde el {first:%d/%m/%Y})",
            version.changes or "Su vigencia, su archivo y su resumen.",
            f"{address}?version={version.number}",
            None,
            None if last is None else GasDay(last).end,
        )
    ]
    for span in version.spans:
        until = None if span.last is None else GasDay(span.last).end
        found += [
            Passage(
                kind,
                f"{document.title}: {point.section}",
                f"{point.text} ({point.clause})",
                f"{address}?version={version.number}#punto-{place}",
                GasDay(span.first).start,
                until,
            )
            for place, point in enumerate(points, start=1)
        ]
    return found


def index_documents(session: Session, *, now: datetime) -> None:
    """Write what the search finds of every document anew, in the caller's transaction."""
    for document in session.scalars(select(Document)):
        index_document(session, document, now=now)


def seed_documents(session: Session, *, now: datetime) -> None:
    """Write the documents that the program brings along and the database lacks, inside the caller's transaction."""
    for path in sorted(PACKAGED.glob("*.txt")):
        head, _, summary = path.read_text(encoding="utf-8").partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines())
        known = select(Document.id).where(Document.published_by == fields["nit"], Document.slug == fields["slug"])
        if session.scalars(known).one_or_none() is not None:
            continue
        document = Document(
            published_by=fields["nit"],
            slug=fields["slug"],
            kind=DocumentKind(fields["kind"]),
            title=fields["title"],
            created_at=now,
        )
        session.add(document)
        session.flush()
        said = NewVersion(date.fromisoformat(fields["valid_from"]), None, fields["changes"], parse_summary(summary))
        version = add_version(session, document, number=1, said=said, now=now)
        version.state, version.decided_at = PublicationState.PUBLISHED, now
        session.flush()
