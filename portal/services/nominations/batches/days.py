"""Days of a batch as given, kept on the server until they are signed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity
from portal.models import DeliveryPoint, Nomination, NominationBatch, NominationBatchLine, NominationHead
from portal.services.keys import grants
from portal.services.nominations import rules
from portal.services.nominations.versions import write_at_version
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

BATCH_LIFE = timedelta(days=7)
# Nominations open thirty-one days ahead: not all of a longer list can be open.
MOST_DAYS = 62
LONGEST_TYPED = 60
LONGEST_LEFT_OUT = 20_000


@dataclass(frozen=True, slots=True)
class Given:
    """A day and its quantity in the unit of the point; None with ``typed``, the text that is no quantity.

    ``cell`` is its place in a file or in pasted text, such as "B7".
    """

    gas_day: GasDay
    quantity: Quantity | None
    typed: str | None = None
    cell: str | None = None

    @classmethod
    def of_text(cls, gas_day: GasDay, text: str, unit: Unit, *, cell: str | None = None) -> Given:
        """Return a day with the quantity that a text is in ``unit``, or with the text where it is none."""
        try:
            return cls(gas_day, parse_quantity(text, unit), cell=cell)
        except BadQuantity:
            return cls(gas_day, None, text, cell)


def start(act: Act, *, modality: Modality, point: str, lines: Sequence[Given], left_out: str = "") -> NominationBatch:
    """Open a batch for the delivery point with public id ``point``; ``left_out`` are lines without a day. Commits.

    Refuses (``Rejected``) an inactive contract, an account that may not nominate yet, no day, and more than 62;
    ``NotFound`` for a point that is not of a contract this session holds open.
    """
    session = act.session
    found = grants.require_reachable_point(act, modality=modality, public_id=point)
    rules.may_ask(act, point=found)
    _check(lines)
    point_id = found.id
    with transaction(session):
        batch = NominationBatch(
            public_id=secrets.token_urlsafe(12),
            user_id=act.actor.user_id,
            modality=modality,
            delivery_point_id=point_id,
            submission_id=secrets.token_urlsafe(24),
            created_at=act.now,
            updated_at=act.now,
            left_out=left_out[:LONGEST_LEFT_OUT],
        )
        session.add(batch)
        session.flush()
        write_lines(session, batch.id, lines)
        return batch


def load(act: Act, *, public_id: str) -> NominationBatch:
    """Return a batch of this person.

    ``NotFound`` when it is absent, old or somebody else's; ``StepMissing`` when its contract is no longer open here.
    """
    batch = act.session.scalars(
        select(NominationBatch).where(
            NominationBatch.public_id == public_id,
            NominationBatch.user_id == act.actor.user_id,
            NominationBatch.created_at > act.now - BATCH_LIFE,
            # Those of a group are given and signed with it alone.
            or_(NominationBatch.group_id.is_(None), NominationBatch.signed_at.is_not(None)),
        )
    ).one_or_none()
    if batch is None:
        raise NotFound
    point = batch.delivery_point
    grants.require_reachable_point(act, modality=batch.modality, public_id=point.public_id)
    return batch


def set_lines(
    act: Act, *, batch: NominationBatch, lines: Sequence[Given], version: int, left_out: str | None = None
) -> None:
    """Replace the days of the batch, if it still is at ``version``; a confirmation of the old days no longer counts.

    Commits. ``Conflict`` when another tab changed or signed it. Refuses as ``start``.
    """
    session = act.session
    _check(lines)
    batch_id = batch.id
    kept = {} if left_out is None else {"left_out": left_out[:LONGEST_LEFT_OUT]}
    with transaction(session):
        write_at_version(
            session,
            NominationBatch,
            row_id=batch_id,
            version=version,
            values={"version": version + 1, "confirmed_unusual": False, "updated_at": act.now, **kept},
        )
        session.execute(delete(NominationBatchLine).where(NominationBatchLine.batch_id == batch_id))
        write_lines(session, batch_id, lines)
    session.refresh(batch)


def confirm_unusual(act: Act, *, batch: NominationBatch) -> None:
    """Store that the person confirmed the unusual lines of the batch as it is; commits. ``Conflict`` as above."""
    session = act.session
    batch_id, version = batch.id, batch.version
    with transaction(session):
        write_at_version(
            session,
            NominationBatch,
            row_id=batch_id,
            version=version,
            values={"confirmed_unusual": True, "updated_at": act.now},
        )
    session.refresh(batch)


def list_lines(session: Session, *, batch: NominationBatch) -> Sequence[NominationBatchLine]:
    """Return the days of a batch, in order."""
    return session.scalars(
        select(NominationBatchLine)
        .where(NominationBatchLine.batch_id == batch.id)
        .order_by(NominationBatchLine.gas_day)
    ).all()


def fill_range(*, first: GasDay, last: GasDay, quantity: Quantity | None, typed: str | None) -> list[Given]:
    """Return every day from ``first`` to ``last`` with the same quantity, to be edited day by day.

    Refuses (``Rejected``) a range that ends before it begins, and one of more than 62 days.
    """
    if last < first:
        raise Rejected(Refusal.RANGE_BACKWARDS, "last")
    days = (last.date - first.date).days + 1
    if days > MOST_DAYS:
        raise Rejected(Refusal.TOO_MANY_DAYS, "last", most=MOST_DAYS)
    return [Given(first.plus(day), quantity, typed) for day in range(days)]


def copy_week(act: Act, *, point: DeliveryPoint, source: GasDay, target: GasDay) -> list[Given]:
    """Return the seven days from ``target`` on with the quantities in force in those from ``source`` on, in their unit.

    Refuses (``Rejected``) a week without any nomination in force; its days without nomination are left out.
    ``StepMissing`` while this person may not see the figures of the point: the copy would reveal them.
    """
    grants.require_proved(act, point=point)
    rows = act.session.execute(
        select(NominationHead.gas_day, Nomination)
        .join(Nomination, Nomination.id == NominationHead.nomination_id)
        .where(
            NominationHead.delivery_point_id == point.id,
            NominationHead.gas_day.between(source, source.plus(6)),
        )
        .order_by(NominationHead.gas_day)
    )
    found = [
        Given(target.plus((day.date - source.date).days), nomination.gas.in_unit(nomination.delivery_point.unit))
        for day, nomination in rows
    ]
    if not found:
        raise Rejected(Refusal.EMPTY_WEEK, "source")
    return found


def _check(lines: Sequence[Given]) -> None:
    if not lines:
        raise Rejected(Refusal.NO_DAYS)
    if len(lines) > MOST_DAYS:
        raise Rejected(Refusal.TOO_MANY_DAYS, most=MOST_DAYS)


def write_lines(session: Session, batch_id: int, lines: Sequence[Given]) -> None:
    """Write the days of a batch that has none, inside the caller's transaction."""
    session.add_all(
        NominationBatchLine(
            batch_id=batch_id,
            gas_day=line.gas_day,
            quantity_micro=None if line.quantity is None else line.quantity.micro,
            typed=None if line.typed is None else line.typed[:LONGEST_TYPED],
            cell=line.cell,
        )
        for line in lines
    )
    session.flush()
