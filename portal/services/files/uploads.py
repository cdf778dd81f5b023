"""Uploads: files stored as they were sent, previewed, and imported by a job only after confirmation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.jobs import JobKind, JobState, UploadKind, UploadState
from portal.models import Job, Upload, User
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import jobs, questions
from .questions import NOTHING_KNOWN, Answers, answers_of

# How long a file waits for its confirmation: a week later its effect would be another one.
LIFE = timedelta(days=7)


class Use(NamedTuple):
    """Roles that may hand over a kind of file, and the job that imports it; None for a kind imported by its page."""

    function: Function
    job: JobKind | None


USES: Mapping[UploadKind, Use] = {
    UploadKind.READINGS: Use(Function.LOAD_READINGS, JobKind.IMPORT_READINGS),
    UploadKind.HEATING_VALUES: Use(Function.LOAD_READINGS, JobKind.IMPORT_HEATING_VALUES),
    UploadKind.REGISTRY: Use(Function.KEEP_REGISTRY, JobKind.IMPORT_REGISTRY),
    UploadKind.AUTHORISED: Use(Function.AUTHORISE, None),
    UploadKind.TARIFFS: Use(Function.PROPOSE_TARIFFS, None),
    UploadKind.GATE_READINGS: Use(Function.LOAD_READINGS, None),
    UploadKind.CONFIRMATIONS: Use(Function.AUTHORISE, None),
}


class UploadView(NamedTuple):
    """A stored file; ``job`` is the public id of the job that imports it, once it was confirmed.

    ``gas_day`` is the day of a file whose rows need not name one.
    """

    public_id: str
    kind: UploadKind
    file_name: str
    digest: bytes
    uploaded_at: datetime
    uploaded_by: str
    state: UploadState
    job: str | None
    answers: Answers = NOTHING_KNOWN
    gas_day: GasDay | None = None
    sender: str | None = None

    @property
    def waits_until(self) -> datetime:
        """The moment when an unconfirmed file is deleted."""
        return self.uploaded_at + LIFE


def keep(
    act: Act,
    *,
    kind: UploadKind,
    name: str,
    content: bytes,
    answers: Answers = NOTHING_KNOWN,
    gas_day: GasDay | None = None,
    sender: str | None = None,
) -> str:
    """Store a valid file, or one with an open question, and return its public id. Commits.

    Nothing of it is imported yet. The parts of ``answers`` that hold for every file of the sender are remembered; the
    sender is the account unless another one is given.
    """
    session = act.session
    sender = sender or questions.sender_of(act.actor)
    user_id = require(act, USES[kind].function)
    with transaction(session):
        upload = Upload(
            public_id=secrets.token_urlsafe(12),
            kind=kind,
            file_name=name[-200:],
            content=content,
            digest=hashlib.sha256(content).digest(),
            uploaded_at=act.now,
            uploaded_by_id=user_id,
            state=UploadState.WAITING,
            answers=" ".join(answers.words),
            gas_day=gas_day,
            sender=sender,
        )
        session.add(upload)
        for word in answers.words:
            questions.remember(act, sender=sender, word=word)
        session.flush()
        _record(act, AuditEvent.FILE_UPLOADED, upload)
        return upload.public_id


def answer(act: Act, *, public_id: str, word: str) -> None:
    """Store an answer about a waiting file, and for all files of the sender where it holds for them. Commits.

    ``ValueError`` for an unknown word; ``Conflict`` if the file was confirmed or discarded already.
    """
    with transaction(act.session):
        upload = _waiting(act, public_id)
        upload.answers = " ".join(answers_of((upload.answers or "").split()).plus(word).words)
        questions.remember(act, sender=upload.sender or questions.sender_of(act.actor), word=word)


def load(act: Act, *, public_id: str) -> UploadView:
    """Return a file without its bytes; ``NotFound`` for none, and for a kind that this role does not handle."""
    row = act.session.execute(
        select(Upload, User.name.label("sender"), Job.public_id.label("job"))
        .join(User, User.id == Upload.uploaded_by_id)
        .outerjoin(Job, Job.upload_id == Upload.id)
        .where(Upload.public_id == public_id, Upload.kind.in_(_handled(act)))
    ).one_or_none()
    if row is None:
        raise NotFound
    found = row.Upload
    return UploadView(
        found.public_id,
        found.kind,
        found.file_name,
        found.digest,
        found.uploaded_at,
        row.sender,
        found.state,
        row.job,
        answers_of((found.answers or "").split()),
        found.gas_day,
        found.sender,
    )


def load_content(act: Act, *, public_id: str) -> bytes:
    """Return the bytes of a file as they were sent; ``NotFound`` as ``load``."""
    content = act.session.scalar(
        select(Upload.content).where(Upload.public_id == public_id, Upload.kind.in_(_handled(act)))
    )
    if content is None:
        raise NotFound
    return content


def take_over(act: Act, *, public_id: str, reviewed: Mapping[str, str | int] | None = None) -> Upload:
    """Mark a waiting file as confirmed, inside the transaction that imports it at once; return it.

    ``Conflict`` if it was confirmed or discarded already.
    """
    upload = _waiting(act, public_id)
    upload.state = UploadState.CONFIRMED
    _record(act, AuditEvent.FILE_CONFIRMED, upload, reviewed)
    return upload


def confirm(
    act: Act, *, public_id: str, shown: str, partly: bool = False, reviewed: Mapping[str, str | int] | None = None
) -> str:
    """Request a job that imports the file, and return the job's public id. Commits.

    ``shown`` is the fingerprint of the preview: the job gives up if the file would do something else by then.
    ``partly`` keeps its bad rows to be mended. ``reviewed`` says for the audit what a person looked at, and why it is
    right. ``Conflict`` if the file was confirmed or discarded already.
    """
    with transaction(act.session):
        upload = take_over(act, public_id=public_id, reviewed=reviewed)
        job = USES[upload.kind].job
        if job is None:
            raise ValueError(f"no job takes in a file of the kind {upload.kind.value}")
        return jobs.add(
            act,
            kind=job,
            upload_id=upload.id,
            parameters={"shown": shown, "answers": upload.answers or "", "sender": upload.sender or ""}
            | ({"partly": "1"} if partly else {}),
        )


def discard(act: Act, *, public_id: str) -> None:
    """Discard a file and its bytes; ``Conflict`` if it was confirmed or discarded already. Commits."""
    with transaction(act.session):
        upload = _waiting(act, public_id)
        upload.state, upload.content = UploadState.DISCARDED, b""
        _record(act, AuditEvent.FILE_DISCARDED, upload)


def expire(act: Act) -> int:
    """Delete the files that were not confirmed within seven days, with their bytes; return how many. Commits."""
    session = act.session
    late = Upload.state == UploadState.WAITING, Upload.uploaded_at <= act.now - LIFE
    if session.scalar(select(Upload.id).where(*late).limit(1)) is None:
        return 0
    with transaction(session):
        # A file being confirmed at this moment is locked: one of the two waits, and finds it gone.
        found = session.scalars(select(Upload).where(*late).order_by(Upload.id).with_for_update(key_share=True)).all()
        for upload in found:
            upload.state, upload.content = UploadState.DISCARDED, b""
            _record(act.by(Actor.system("worker")), AuditEvent.FILE_EXPIRED, upload)
        return len(found)


def list_uploads(act: Act, *, most: int = 20) -> list[UploadView]:
    """Return the newest files of the kinds that this role handles."""
    rows = act.session.execute(
        select(Upload, User.name, Job.public_id)
        .join(User, User.id == Upload.uploaded_by_id)
        .outerjoin(Job, Job.upload_id == Upload.id)
        .where(Upload.kind.in_(_handled(act)))
        .order_by(Upload.id.desc())
        .limit(most)
    )
    return [
        UploadView(
            each.public_id,
            each.kind,
            each.file_name,
            each.digest,
            each.uploaded_at,
            name,
            each.state,
            job,
            gas_day=each.gas_day,
        )
        for each, name, job in rows
    ]


class Sent(NamedTuple):
    """A file as commands list it: without its content, with the job that takes it in."""

    public_id: str
    kind: UploadKind
    state: UploadState
    file_name: str
    uploaded_at: datetime
    uploaded_by: str
    job: str | None
    job_state: JobState | None
    failure: str | None


def list_recent(
    session: Session, *, state: UploadState | None = None, kind: UploadKind | None = None, most: int
) -> list[Sent]:
    """Return the newest files, of one state and one kind or all; for commands, without a permission."""
    rows = _sent().order_by(Upload.id.desc()).limit(most)
    if state is not None:
        rows = rows.where(Upload.state == state)
    if kind is not None:
        rows = rows.where(Upload.kind == kind)
    return [_sent_of(row) for row in session.execute(rows)]


def find_sent(session: Session, *, public_id: str) -> Sent:
    """Return a file as commands list it; ``NotFound`` for an unknown one."""
    row = session.execute(_sent().where(Upload.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return _sent_of(row)


def _sent_of(row: Row[*tuple[Any, ...]]) -> Sent:
    return Sent(
        row.public_id,
        row.kind,
        row.state,
        row.file_name,
        row.uploaded_at,
        row.uploaded_by,
        row.job,
        row.job_state,
        row.failure,
    )


def _sent() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Upload.public_id,
            Upload.kind,
            Upload.state,
            Upload.file_name,
            Upload.uploaded_at,
            User.name.label("uploaded_by"),
            Job.public_id.label("job"),
            Job.state.label("job_state"),
            Job.failure,
        )
        .join(User, User.id == Upload.uploaded_by_id)
        .outerjoin(Job, Job.upload_id == Upload.id)
    )


def _waiting(act: Act, public_id: str) -> Upload:
    upload = act.session.scalars(
        select(Upload).where(Upload.public_id == public_id).with_for_update(key_share=True)
    ).one_or_none()
    if upload is None:
        raise NotFound
    require(act, USES[upload.kind].function)
    if upload.state is not UploadState.WAITING:
        raise Conflict("upload-decided", state=upload.state)
    return upload


def _handled(act: Act) -> list[UploadKind]:
    return [kind for kind, use in USES.items() if may(act.actor.role, use.function)]


def _record(act: Act, event: AuditEvent, upload: Upload, reviewed: Mapping[str, str | int] | None = None) -> None:
    audit.record(
        act,
        event=event,
        subject=upload.public_id,
        details={
            "kind": upload.kind.value,
            "file": upload.file_name,
            "sha256": upload.digest.hex(),
            **(reviewed or {}),
        },
    )
