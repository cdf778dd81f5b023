"""Versions of a month's tariffs: proposed by one person from a file, published or rejected by another (adr/0121)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import aliased

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.publications import PublicationState
from portal.domain.tariffs import Difference, Figure, TariffSheet, build_sheet, compare_figures
from portal.models import TariffFigure, TariffPublication, User
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .tariffs import add_publication, digest_figures, index_tariffs, list_figures, make_publication, select_shown

MOST_REASON = 500


class Publication(NamedTuple):
    """Version of a month's tariffs: who proposed and who decided, when, and from which day it is shown.

    ``note`` says why its large changes are right, ``reason`` why it was rejected. What the program brought along was
    proposed and decided by nobody.
    """

    public_id: str
    month: Month
    version: int
    state: PublicationState
    title: str
    file_name: str
    digest: bytes
    proposed_at: datetime
    proposed_by: str | None
    proposed_by_id: int | None
    shown_from: date | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A publication with its sheet and figures, what it is compared with (None: nothing), and every difference."""

    publication: Publication
    sheet: TariffSheet
    figures: Sequence[Figure]
    base: Publication | None
    differences: Sequence[Difference]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what a person sees who decides about it."""
        return fingerprint_of(self.publication.digest, self.base)


class Value(NamedTuple):
    """Figure of a month that is shown today."""

    month: Month
    figure: Figure


def list_publications(act: Act) -> list[Publication]:
    """Return every version of every month, the newest month and its newest version first."""
    require(act, Function.SEE_TARIFFS)
    rows = act.session.execute(
        _select(act).order_by(TariffPublication.month.desc(), TariffPublication.version.desc())
    ).all()
    return [_view(row) for row in rows]


def list_versions(act: Act, *, month: Month) -> list[Publication]:
    """Return the versions of a month that are or were shown by today, the first one first."""
    today = GasDay.of(act.now).date
    found = _published_of(act).where(TariffPublication.month == month.first.date, TariffPublication.shown_from <= today)
    return [_view(row) for row in act.session.execute(found.order_by(TariffPublication.version))]


def compare(act: Act, *, publication: str, base: str | None = None) -> Comparison:
    """Return a version compared with ``base``, or with what it replaces (``find_base``); ``NotFound`` for neither."""
    require(act, Function.SEE_TARIFFS)
    found = _load(act, publication)
    other = find_base(act, month=found.month, before=found.version) if base is None else _load(act, base)
    row_id = _row_id(act, publication)
    figures = list_figures(act.session, publication_id=row_id)
    before = () if other is None else list_figures(act.session, publication_id=_row_id(act, other.public_id))
    differences = () if other is None else compare_figures(before, figures)
    return Comparison(found, build_sheet(found.month, figures), figures, other, differences)


def find_base(act: Act, *, month: Month, before: int | None = None) -> Publication | None:
    """Return what a version of ``month`` replaces: its last published version, else that of the last month before.

    Also one that is shown only from a later day on. ``before`` leaves out this version and those after it; None: none.
    """
    versions = [] if before is None else [TariffPublication.version < before]
    same = _published_of(act).where(TariffPublication.month == month.first.date, *versions)
    earlier = _published_of(act).where(TariffPublication.month < month.first.date)
    for wanted in (same, earlier):
        newest = wanted.order_by(TariffPublication.month.desc(), TariffPublication.version.desc()).limit(1)
        if (row := act.session.execute(newest).one_or_none()) is not None:
            return _view(row)
    return None


def figures_of(act: Act, publication: Publication) -> list[Figure]:
    """Return the figures of a version of this distributor."""
    return list_figures(act.session, publication_id=_row_id(act, publication.public_id))


def compute_next_version(act: Act, *, month: Month) -> int:
    """Return the number of the next version of a month."""
    return (act.session.scalar(select(func.max(TariffPublication.version)).where(*_of_month(act, month))) or 0) + 1


def is_pending(act: Act, *, month: Month) -> bool:
    """Tell whether somebody has to decide about a version of a month."""
    waiting = select(TariffPublication.id).where(
        *_of_month(act, month), TariffPublication.state == PublicationState.PROPOSED
    )
    return act.session.scalars(waiting.limit(1)).one_or_none() is not None


class Proposal(NamedTuple):
    """Proposed tariffs: the sheet with its figures, the version, what it replaces, and how it differs."""

    sheet: TariffSheet
    figures: Sequence[Figure]
    version: int
    base: Publication | None
    differences: Sequence[Difference]
    file_name: str
    note: str | None


def add_proposal(act: Act, proposal: Proposal) -> str:
    """Add a version that waits for another person, inside the caller's transaction; return its public id."""
    user_id = require(act, Function.PROPOSE_TARIFFS)
    row = make_publication(
        proposal.sheet, proposal.figures, version=proposal.version, file_name=proposal.file_name, now=act.now
    )
    row.proposed_by_id, row.note = user_id, proposal.note
    add_publication(act.session, row, figures=proposal.figures)
    base = proposal.base
    _record(
        act,
        AuditEvent.TARIFFS_PROPOSED,
        row,
        {
            "file": row.file_name,
            "base": None if base is None else base.month.isoformat(),
            "base_version": None if base is None else base.version,
            "changed": len(proposal.differences),
            "large": sum(each.is_large for each in proposal.differences),
            "note": proposal.note,
        },
    )
    return row.public_id


def publish(act: Act, *, publication: str, shown: str, shown_from: date) -> Publication:
    """Publish what another person proposed, to be shown from a day on; its figures never change afterwards. Commits.

    ``shown_from`` is today or later, or the first day of a month that began. Refuses (``Rejected``) ``OWN_REQUEST`` and
    ``TARIFFS_SHOWN_FROM``; ``Conflict`` where it was decided, or is not what ``shown``, the fingerprint of its page,
    says; ``NotFound``; ``NotAllowed``.
    """
    with transaction(act.session):
        row = _lock_proposed(act, publication)
        found = compare(act, publication=publication)
        if found.fingerprint != shown or digest_figures(found.figures) != row.digest:
            raise Conflict("tariffs-changed")
        if shown_from != row.month and shown_from < GasDay.of(act.now).date:
            raise Rejected(Refusal.TARIFFS_SHOWN_FROM, "shown_from", first=row.month)
        row.state, row.shown_from = PublicationState.PUBLISHED, shown_from
        _decide(act, row)
        index_tariffs(act.session, nit=act.distributor.nit)
        _record(act, AuditEvent.TARIFFS_PUBLISHED, row, {"shown_from": shown_from.isoformat()})
    return _load(act, publication)


def reject(act: Act, *, publication: str, reason: str) -> Publication:
    """Reject what another person proposed, with a reason of up to 500 characters. Commits.

    Refuses (``Rejected``) ``OWN_REQUEST``, ``REASON_MISSING`` and ``REASON_TOO_LONG``; ``Conflict`` where it was
    decided; ``NotFound``; ``NotAllowed``.
    """
    with transaction(act.session):
        row = _lock_proposed(act, publication)
        row.reason = check_reason(reason, most=MOST_REASON)
        row.state = PublicationState.REJECTED
        _decide(act, row)
        _record(act, AuditEvent.TARIFFS_REJECTED, row, {"reason": row.reason})
    return _load(act, publication)


def list_component_values(act: Act, *, of: Figure) -> list[Value]:
    """Return a figure over the months that are shown today, the first month first; only those that have it."""
    require(act, Function.SEE_TARIFFS)
    shown = select_shown(act).subquery()
    rows = act.session.execute(
        select(shown.c.month, TariffFigure.last, TariffFigure.value)
        .join(TariffFigure, TariffFigure.publication_id == shown.c.id)
        .where(
            TariffFigure.market == of.market,
            TariffFigure.concept == of.concept,
            TariffFigure.rule.is_(None) if of.rule is None else TariffFigure.rule == of.rule,
            TariffFigure.stratum.is_(None) if of.stratum is None else TariffFigure.stratum == of.stratum,
            TariffFigure.first.is_(None) if of.first is None else TariffFigure.first == of.first,
            TariffFigure.value.is_not(None),
        )
        .order_by(shown.c.month)
    )
    return [Value(Month.of(GasDay(month)), of._replace(last=last, value=value)) for month, last, value in rows]


def fingerprint_of(digest: bytes, base: Publication | None, *said: object) -> str:
    """Return the SHA-256 of figures and of what they are compared with."""
    compared = None if base is None else base.public_id
    return hashlib.sha256(repr((digest.hex(), compared, *said)).encode()).hexdigest()


def _lock_proposed(act: Act, publication: str) -> TariffPublication:
    """Return a proposal of another person, locked; refuses as ``publish``."""
    user_id = require(act, Function.PUBLISH_TARIFFS)
    row = act.session.scalars(
        select(TariffPublication)
        .where(TariffPublication.public_id == publication, TariffPublication.published_by == act.distributor.nit)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.state is not PublicationState.PROPOSED:
        raise Conflict("tariffs-decided")
    if row.proposed_by_id == user_id:
        raise Rejected(Refusal.OWN_REQUEST)
    return row


def _decide(act: Act, row: TariffPublication) -> None:
    row.decided_at, row.decided_by_id = act.now, act.actor.user_id
    act.session.flush()


def _record(act: Act, event: AuditEvent, row: TariffPublication, details: Mapping[str, str | int | None]) -> None:
    audit.record(
        act,
        event=event,
        subject=Month.of(GasDay(row.month)).isoformat(),
        details={"publication": row.public_id, "version": row.version, "sha256": row.digest.hex(), **details},
    )


_PROPOSER, _DECIDER = aliased(User), aliased(User)


def _select(act: Act) -> Select[TariffPublication, str, str]:
    return (
        select(TariffPublication, _PROPOSER.name, _DECIDER.name)
        .outerjoin(_PROPOSER, _PROPOSER.id == TariffPublication.proposed_by_id)
        .outerjoin(_DECIDER, _DECIDER.id == TariffPublication.decided_by_id)
        .where(TariffPublication.published_by == act.distributor.nit)
    )


def _of_month(act: Act, month: Month) -> tuple[ColumnElement[bool], ...]:
    return (TariffPublication.published_by == act.distributor.nit, TariffPublication.month == month.first.date)


def _published_of(act: Act) -> Select[TariffPublication, str, str]:
    return _select(act).where(TariffPublication.state == PublicationState.PUBLISHED)


def _load(act: Act, public_id: str) -> Publication:
    row = act.session.execute(_select(act).where(TariffPublication.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return _view(row)


def _row_id(act: Act, public_id: str) -> int:
    return act.session.scalars(select(TariffPublication.id).where(TariffPublication.public_id == public_id)).one()


def _view(found: Row[TariffPublication, str, str]) -> Publication:
    row, proposed_by, decided_by = found
    return Publication(
        row.public_id,
        Month.of(GasDay(row.month)),
        row.version,
        row.state,
        row.title,
        row.file_name,
        row.digest,
        row.proposed_at,
        proposed_by,
        row.proposed_by_id,
        row.shown_from,
        row.decided_at,
        decided_by,
        row.reason,
        row.note,
    )
