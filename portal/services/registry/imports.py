"""Files of the registry: kept when they can be read, previewed, then done whole or thrown away."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind, UploadState
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services import ledger, nominations
from portal.services.files import uploads
from portal.services.files.questions import NOTHING_KNOWN, Answers, Unanswered
from portal.services.store.actors import Actor
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from .columns import Thing
from .entries import PointEntry
from .files import read
from .permissions import keeper
from .plans import Plan, Planned, plan
from .rows import Author, put_company, put_contract, put_point, refuse_shared


class Preview(NamedTuple):
    """A file that waits for its confirmation, and what it would do now."""

    file_name: str
    plan: Plan


def keep_file(
    session: Session, *, actor: Actor, name: str, content: bytes, now: datetime, answers: Answers = NOTHING_KNOWN
) -> str:
    """Keep a CSV or workbook that can be read and judged right, and return its public id; commits.

    Raises ``BadFile`` or ``BadEntries`` with everything that is wrong with it, and keeps nothing then; refuses
    (``Rejected``) one that says nothing new. One that leaves something open is kept: its preview asks.
    """
    keeper(actor)
    with suppress(Unanswered):
        if not plan(session, read(content, answers), today=GasDay.of(now)).planned:
            raise Rejected(Refusal.NOTHING_TO_IMPORT, "file")
    return uploads.keep(
        session, actor=actor, kind=UploadKind.REGISTRY, name=name, content=content, now=now, answers=answers
    )


def preview_file(session: Session, *, actor: Actor, upload: str, now: datetime) -> Preview:
    """Return what a waiting file would do by now; writes nothing. Raises as ``keep_file``.

    Refuses (``FILE_DECIDED``) one that was imported or thrown away; ``NotFound`` for none.
    """
    name, content, answers = _waiting(session, actor, upload)
    return Preview(name, plan(session, read(content, answers), today=GasDay.of(now)))


def take_file(session: Session, *, actor: Actor, upload: str, shown: str, now: datetime) -> Plan:
    """Do all that a file says, in one transaction; commits.

    ``shown`` is the fingerprint of the plan that the preview showed: ``Conflict`` when it would do something else now.
    Refuses as ``preview_file``.
    """
    name, content, answers = _waiting(session, actor, upload)
    said = read(content, answers)
    with meaning_of_constraints(), transaction(session):
        _lock_everything(session)
        # From here on nothing else of the registry is committed: its changes are told to the audit, which this holds.
        uploads.take_over(session, actor=actor, public_id=upload, now=now)
        agreed = plan(session, said, today=GasDay.of(now))
        if agreed.fingerprint != shown:
            raise Conflict("registry-changed")
        _Writer(session, Author(actor, now, name)).write(agreed)
        return agreed


def discard_file(session: Session, *, actor: Actor, upload: str, now: datetime) -> None:
    """Throw a waiting file away, its bytes too; refuses one that was decided already. Commits."""
    _waiting(session, actor, upload)
    uploads.discard(session, actor=actor, public_id=upload, now=now)


def _waiting(session: Session, actor: Actor, upload: str) -> tuple[str, bytes, Answers]:
    """Return name and bytes of a file that waits, and what was answered about it."""
    keeper(actor)
    found = uploads.load(session, actor=actor, public_id=upload)
    if found.kind is not UploadKind.REGISTRY:
        raise NotFound
    if found.state is not UploadState.WAITING:
        raise Rejected(Refusal.FILE_DECIDED)
    return found.file_name, uploads.content_of(session, actor=actor, public_id=upload), found.answers


def _lock_everything(session: Session) -> None:
    """Lock the registry in the order of whoever changes one thing: no figures come in between judging and writing."""
    for model in (Company, Contract):
        session.execute(select(model.id).order_by(model.id).with_for_update(key_share=True, of=model))
    ledger.lock_all(session)


class _Writer:
    """Finds the rows of what a plan speaks of, those it has just made too."""

    def __init__(self, session: Session, author: Author) -> None:
        self._session, self._author = session, author
        self._companies = {row.nit: row for row in session.scalars(select(Company))}
        self._contracts = {row.number: row for row in session.scalars(select(Contract)).unique()}
        points = session.scalars(select(DeliveryPoint)).unique()
        self._points = {(row.carrier_code, row.starts_on): row for row in points}
        self._gates = {row.code: row for row in session.scalars(select(ExitPoint))}

    def write(self, agreed: Plan) -> None:
        """Put everything into its rows: what others belong to first."""
        order = list(Thing)
        for each in sorted(agreed.planned, key=lambda planned: order.index(planned.thing)):
            self._put(each)
        refuse_shared(self._session)

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
            contract, before = self._contracts[each.owner], each.before
            known = self._points[before.carrier_code, before.starts_on] if isinstance(before, PointEntry) else None
            if known is not None and known.ends_on != each.after.ends_on:
                ends_on = each.after.ends_on
                nominations.cancel_after_end(session, actor=author.actor, point=known, ends_on=ends_on, now=author.now)
            put_point(
                session,
                known,
                each.after,
                contract_id=contract.id,
                company_id=contract.company_id,
                exit_point=self._gates[each.after.exit_point],
                author=author,
            )
