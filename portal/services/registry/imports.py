"""Files of the registry: kept when they can be read, previewed, then done whole or thrown away."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.jobs import UploadKind, UploadState
from portal.models import Company, Contract, DeliveryPoint, ExitPoint, Upload
from portal.services import audit, ledger
from portal.services.actors import Actor
from portal.services.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.transactions import transaction

from .columns import Thing
from .files import read
from .permissions import keeper
from .planning import Plan, Planned, plan
from .writing import Author, put_company, put_contract, put_point, taken_refused


class Preview(NamedTuple):
    """A file that waits for its confirmation, and what it would do now."""

    public_id: str
    file_name: str
    uploaded_at: datetime
    plan: Plan


def keep_file(session: Session, *, actor: Actor, name: str, content: bytes, now: datetime) -> str:
    """Keep a CSV or workbook that can be read and judged right, and return its public id; commits.

    Raises ``BadFile`` or ``BadEntries`` with everything that is wrong with it, and keeps nothing then; refuses
    (``Rejected``) one that says nothing new.
    """
    user_id = keeper(actor)
    if not plan(session, read(content)).planned:
        raise Rejected(Refusal.NOTHING_TO_IMPORT, "file")
    with transaction(session):
        upload = Upload(
            public_id=secrets.token_urlsafe(12),
            kind=UploadKind.REGISTRY,
            file_name=name[-200:] or "archivo",
            content=content,
            digest=hashlib.sha256(content).digest(),
            uploaded_at=now,
            uploaded_by_id=user_id,
            state=UploadState.WAITING,
        )
        session.add(upload)
        session.flush()
        _record(session, "file:uploaded", actor, upload, now)
        return upload.public_id


def preview_file(session: Session, *, actor: Actor, upload: str) -> Preview:
    """Return what a waiting file would do by now; writes nothing. Raises as ``keep_file``.

    Refuses (``FILE_DECIDED``) one that was imported or thrown away; ``NotFound`` for none.
    """
    keeper(actor)
    row = _waiting(session, upload)
    return Preview(row.public_id, row.file_name, row.uploaded_at, plan(session, read(row.content)))


def take_file(session: Session, *, actor: Actor, upload: str, shown: str, now: datetime) -> Plan:
    """Do all that a file says, in one transaction; commits.

    ``shown`` is the fingerprint of the plan that the preview showed: ``Conflict`` when it would do something else now.
    Refuses as ``preview_file``.
    """
    keeper(actor)
    said = read(_waiting(session, upload).content)
    with taken_refused(), transaction(session):
        row = _waiting(session, upload, lock=True)
        for point_id in session.scalars(select(DeliveryPoint.id).order_by(DeliveryPoint.id)).all():
            # No figures come in between the judging and the writing.
            ledger.lock(session, point_id)
        agreed = plan(session, said)
        if agreed.fingerprint != shown:
            raise Conflict("registry-changed")
        _Writer(session, Author(actor, now, row.file_name)).write(agreed)
        row.state = UploadState.CONFIRMED
        _record(session, "file:confirmed", actor, row, now)
        return agreed


def discard_file(session: Session, *, actor: Actor, upload: str, now: datetime) -> None:
    """Throw a waiting file away, its bytes too; refuses one that was decided already. Commits."""
    keeper(actor)
    with transaction(session):
        row = _waiting(session, upload, lock=True)
        row.state, row.content = UploadState.DISCARDED, b""
        _record(session, "file:discarded", actor, row, now)


class _Writer:
    """Finds the rows of what a plan speaks of, those it has just made too."""

    def __init__(self, session: Session, author: Author) -> None:
        self._session, self._author = session, author
        self._companies = {row.nit: row for row in session.scalars(select(Company))}
        self._contracts = {row.number: row for row in session.scalars(select(Contract)).unique()}
        self._points = {row.carrier_code: row for row in session.scalars(select(DeliveryPoint)).unique()}
        self._gates = {row.code: row for row in session.scalars(select(ExitPoint))}

    def write(self, agreed: Plan) -> None:
        """Put everything into its rows: what others belong to first."""
        order = list(Thing)
        for each in sorted(agreed.planned, key=lambda planned: order.index(planned.thing)):
            self._put(each)

    def _put(self, each: Planned) -> None:
        session, author = self._session, self._author
        if each.thing is Thing.COMPANY:
            row = self._companies.get(each.key)
            self._companies[each.key] = put_company(session, row, each.after, author=author)
        elif each.thing is Thing.CONTRACT:
            owner = self._companies[each.owner]
            self._contracts[each.key] = put_contract(
                session, self._contracts.get(each.key), each.after, company_id=owner.id, author=author
            )
        else:
            contract = self._contracts[each.owner]
            self._points[each.key] = put_point(
                session,
                self._points.get(each.key),
                each.after,
                contract_id=contract.id,
                company_id=contract.company_id,
                exit_point=self._gates[each.after.exit_point],
                author=author,
            )


def _waiting(session: Session, public_id: str, *, lock: bool = False) -> Upload:
    question = select(Upload).where(Upload.public_id == public_id, Upload.kind == UploadKind.REGISTRY)
    found = session.scalars(question.with_for_update() if lock else question).one_or_none()
    if found is None:
        raise NotFound
    if found.state is not UploadState.WAITING:
        raise Rejected(Refusal.FILE_DECIDED)
    return found


def _record(session: Session, event: str, actor: Actor, upload: Upload, now: datetime) -> None:
    audit.record(
        session,
        event=event,
        actor=actor,
        now=now,
        subject=upload.public_id,
        details={"kind": upload.kind.value, "file": upload.file_name, "sha256": upload.digest.hex()},
    )
