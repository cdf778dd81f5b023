"""Signature of a batch: one code puts all days in force, each with its own radicado, or none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel, find_warnings
from portal.domain.quantities import Quantity
from portal.models import Nomination, NominationBatch, NominationBatchLine, NominationGroup
from portal.services.keys import grants
from portal.services.nominations import rules
from portal.services.nominations.entry import put_in_force
from portal.services.nominations.requests import NumericKey, Proof, run_with_code
from portal.services.nominations.rules import Weighed
from portal.services.nominations.signatures import is_same, require_same_content, require_signed_in
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from .days import load
from .reviews import WarnedLine, review


def sign(act: Act, *, batch: str, shown: str, typed: str) -> NominationBatch:
    """Sign every day of the batch that is new or changed, in one transaction; commits.

    Arguments as for ``nominations.sign``. The same submission sent again returns the same batch. Refuses (``Rejected``)
    a wrong code, an invalid day, nothing to sign and unconfirmed unusual quantities; ``Conflict`` when the content
    differs from the one shown.
    """
    found = load(act, public_id=batch)
    if found.signed_at is not None:
        return _replay(found, shown)

    return run_with_code(
        act,
        delivery_point=found.delivery_point,
        typed=typed,
        channel=Channel.WEB,
        put_in_force=lambda proof: _put_in_force(act, public_id=batch, shown=shown, proof=proof),
    )


def list_receipt_lines(act: Act, *, batch: NominationBatch) -> Sequence[Nomination]:
    """Return the nominations that the batch put in force, by day; ``StepMissing`` without the point's key."""
    grants.require_proved(act, point=batch.delivery_point)
    return _signed(act.session, batch)


def _signed(session: Session, batch: NominationBatch) -> Sequence[Nomination]:
    return session.scalars(select(Nomination).where(Nomination.batch_id == batch.id).order_by(Nomination.gas_day)).all()


def list_warned_lines(session: Session, *, batch: NominationBatch) -> list[WarnedLine]:
    """Return the unusual days of a signed batch, by day, with the figures known at its signature."""
    if batch.signed_at is None:
        return []
    point, signed_on = batch.delivery_point, GasDay.of(batch.signed_at)
    mean = rules.find_usual_quantity(session, point=point, unit=point.unit, before=signed_on)
    found = []
    for nomination in _signed(session, batch):
        day, quantity = nomination.gas_day, nomination.gas.in_unit(point.unit)
        maximum = rules.find_daily_maximum(session, point=point, unit=point.unit, gas_day=day)
        others = rules.sum_others_of_contract(session, point=point, unit=point.unit, gas_day=day)
        warnings = find_warnings(quantity, maximum, others, mean, rules.find_factors(session, point=point, gas_day=day))
        if warnings:
            found.append(WarnedLine(day, quantity, warnings, maximum, mean))
    return found


def list_unchanged_days(session: Session, *, batch: NominationBatch) -> list[tuple[GasDay, Quantity]]:
    """Return the days of a signed batch that already had their quantity and stayed unchanged, by day."""
    sent = exists().where(Nomination.batch_id == batch.id, Nomination.gas_day == NominationBatchLine.gas_day)
    lines = select(NominationBatchLine).where(
        NominationBatchLine.batch_id == batch.id, NominationBatchLine.quantity_micro.is_not(None), ~sent
    )
    return [
        (line.gas_day, Quantity.from_micro(line.quantity_micro or 0, batch.delivery_point.unit))
        for line in session.scalars(lines.order_by(NominationBatchLine.gas_day))
    ]


def _put_in_force(act: Act, *, public_id: str, shown: str, proof: NumericKey) -> NominationBatch:
    session, actor, now = act.session, act.actor, act.now
    with meaning_of_constraints(), transaction(session):
        require_signed_in(Act.at(session, actor, now))
        batch = _locked(Act.at(session, actor, now), public_id=public_id)
        if batch.signed_at is not None:
            proof.release(Act.at(session, actor, now))
            return _replay(batch, shown)
        rules.may_ask(Act.at(session, actor, now), point=batch.delivery_point)
        reviewed = review(Act.of_system(session, now), batch=batch, hold=True)
        if not is_same(reviewed.digest, shown):
            raise Conflict("shown")
        if not reviewed.may_sign:
            raise Rejected(Refusal.BATCH_NOT_READY)
        asked = [line.weighed for line in reviewed.lines if line.counts]
        put_all_in_force(act, asked, proof=proof, digest=reviewed.digest, batch=batch)
        batch.signed_at, batch.content_hash = now, bytes.fromhex(reviewed.digest)
        return batch


def put_all_in_force(
    act: Act,
    asked: Sequence[Weighed],
    *,
    proof: Proof,
    digest: str,
    batch: NominationBatch | None = None,
    group: NominationGroup | None = None,
) -> None:
    """Put a reviewed list in force as ``put_in_force``; a day that closed meanwhile refuses the list."""
    try:
        put_in_force(act, asked, proof=proof, digest=digest, batch=batch, group=group)
    except Rejected as refused:
        if refused.refusal is Refusal.TOO_LATE:
            raise Rejected(Refusal.BATCH_NOT_READY) from refused
        raise


def _locked(act: Act, *, public_id: str) -> NominationBatch:
    locked = act.session.scalar(
        select(NominationBatch.id).where(NominationBatch.public_id == public_id).with_for_update(key_share=True)
    )
    if locked is None:
        raise NotFound
    return load(act, public_id=public_id)


def _replay(batch: NominationBatch, shown: str) -> NominationBatch:
    """Return the batch of a repeated submission; ``Conflict`` when its content differs."""
    require_same_content(batch.content_hash, shown)
    return batch
