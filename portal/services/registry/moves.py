"""Figures that go on in another account from a day on, and the balance with them (adr/0135)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.keys import UNDER_WAY, KeyState
from portal.domain.quantities import Gas
from portal.models import (
    AccessKey,
    Authorisation,
    AuthorisationDraft,
    DeliveryPoint,
    IndexReading,
    KeyLetter,
    MeterChange,
    Nomination,
    Reading,
    StandingOrder,
)
from portal.services import ledger
from portal.services.ledger import heating_values
from portal.services.ledger.moves import DayToMove, Move
from portal.services.nominations import standing_orders
from portal.services.store.acts import Act
from portal.services.trace import audit, sealed_rows


@dataclass(frozen=True, slots=True)
class Accounts:
    """Both accounts, in both units, as the act leaves them.

    ``now`` is the account of the row that ends, ``left`` the same without the days that go on. ``carried`` is what goes
    along at once; None where the balance stays, or goes later: once every day before the change is measured.
    """

    now: Gas
    left: Gas
    gained: Gas
    carried: Gas | None
    goes_later: bool

    @property
    def before(self) -> Gas:
        """Account of the row that ends, after the act."""
        return self.left - (self.carried or Gas.zero())

    @property
    def after(self) -> Gas:
        """Account of the row that goes on, after the act."""
        return self.gained + (self.carried or Gas.zero())


class Touched(NamedTuple):
    """Things that hang on the row that ends: working keys, letters under way, and whether a standing order is kept."""

    keys: int
    letters: int
    order: bool


def preview_accounts(session: Session, *, point: DeliveryPoint, move: Move, carries: bool, begun: bool) -> Accounts:
    """Return both accounts as they will be; ``begun`` tells whether the day of the change has begun."""
    now = ledger.moves.find_account(session, delivery_point_id=point.id)
    left = now - move.left
    return Accounts(now, left, move.gained, left if carries and begun else None, carries and not begun)


def find_touched(session: Session, *, point: DeliveryPoint) -> Touched:
    """Return what hangs on the row of a point; three queries."""
    working = session.scalar(
        select(func.count()).where(
            AccessKey.delivery_point_id == point.id, AccessKey.state.in_([KeyState.ISSUED, KeyState.ACTIVE])
        )
    )
    letters = session.scalar(
        select(func.count()).where(KeyLetter.delivery_point_id == point.id, KeyLetter.state.in_(list(UNDER_WAY)))
    )
    order: StandingOrder | None = standing_orders.find_newest(session, point_id=point.id)
    return Touched(working or 0, letters or 0, order is not None and order.every_day_micro is not None)


def move_figures(
    act: Act,
    *,
    point: DeliveryPoint,
    to: DeliveryPoint,
    first: GasDay,
    days: Sequence[DayToMove],
    nominated: Mapping[GasDay, Nomination],
) -> None:
    """Copy readings, authorised quantities and meters from ``first`` on to another point, and count both anew.

    Inside the caller's transaction, which holds both accounts and has set ``handed_on`` of the point: its own rows of
    these days stay as they were written, and count no more. ``days`` are as the other account has them, ``nominated``
    the nominations that were put in force there.
    """
    session = act.session
    made: dict[str, list[int]] = {
        "readings": _copy_readings(act, point, to, first),
        "authorisations": _copy_authorisations(act, to, days, nominated),
    }
    _hand_drafts(session, point, to, nominated)
    for each in sorted((point, to), key=lambda each: each.id):
        ledger.rebuild_point(session, delivery_point=each)
    for table, ids in made.items():
        if ids:
            audit.record(
                act,
                event=AuditEvent.FIGURES_MOVED,
                subject=to.public_id,
                company_id=to.contract.company_id,
                details={
                    "from": first.isoformat(),
                    "days": len(ids),
                    sealed_rows.DETAIL: sealed_rows.of_ids(session, table=table, ids=ids),
                },
            )


def _copy_readings(act: Act, point: DeliveryPoint, to: DeliveryPoint, first: GasDay) -> list[int]:
    session = act.session
    rows = session.execute(
        select(Reading, IndexReading.meter_index)
        .outerjoin(IndexReading, IndexReading.reading_id == Reading.id)
        .where(Reading.delivery_point_id == point.id, Reading.gas_day >= first)
        .order_by(Reading.gas_day, Reading.version)
    )
    # The newest version of a day comes last and replaces earlier ones.
    newest = {row.Reading.gas_day: row for row in rows}
    meters = _copy_meters(act, point, to, first)
    ids: list[int] = []
    for day, row in newest.items():
        reading = Reading(
            delivery_point_id=to.id,
            gas_day=day,
            version=1,
            state=row.Reading.state,
            volume_m3=row.Reading.volume_m3,
            reason=row.Reading.reason,
            recorded_at=act.now,
            recorded_by_id=act.actor.user_id,
        )
        session.add(reading)
        session.flush()
        ids.append(reading.id)
        meter = next((each for each in reversed(meters) if each.gas_day <= day), None)
        if row.meter_index is not None and meter is not None:
            session.add(IndexReading(reading_id=reading.id, meter_id=meter.id, meter_index=row.meter_index))
    session.flush()
    return ids


def _copy_meters(act: Act, point: DeliveryPoint, to: DeliveryPoint, first: GasDay) -> list[MeterChange]:
    """Give the other row the meter of ``first`` and the later ones, in order; none whose index then is not known."""
    session = act.session
    known = session.scalars(
        select(MeterChange).where(MeterChange.delivery_point_id == point.id).order_by(MeterChange.gas_day)
    ).all()
    before = session.scalar(
        select(IndexReading.meter_index)
        .join(Reading, Reading.id == IndexReading.reading_id)
        .where(Reading.delivery_point_id == point.id, Reading.gas_day == first.plus(-1))
        .order_by(Reading.version.desc())
        .limit(1)
    )
    made: list[MeterChange] = []
    current = [each for each in known if each.gas_day <= first]
    if current and (current[-1].gas_day == first or before is not None):
        index = current[-1].first_index if current[-1].gas_day == first else before
        made.append(_meter_of(act, current[-1], to, day=first, first_index=index, former=None))
    if made or not current:
        for each in known:
            if each.gas_day > first:
                former = each.former_index if made else None
                made.append(_meter_of(act, each, to, day=each.gas_day, first_index=each.first_index, former=former))
    session.add_all(made)
    session.flush()
    return made


def _meter_of(
    act: Act, known: MeterChange, to: DeliveryPoint, *, day: GasDay, first_index: object, former: object
) -> MeterChange:
    return MeterChange(
        delivery_point_id=to.id,
        gas_day=day,
        serial=known.serial,
        first_index=first_index,
        former_index=former,
        factor_micro=known.factor_micro,
        digits=known.digits,
        maximum_m3=known.maximum_m3,
        note=known.note,
        recorded_at=act.now,
        recorded_by_id=act.actor.user_id,
    )


def _copy_authorisations(
    act: Act, to: DeliveryPoint, days: Sequence[DayToMove], nominated: Mapping[GasDay, Nomination]
) -> list[int]:
    session = act.session
    ids: list[int] = []
    for day in days:
        if day.authorised is None:
            continue
        value = heating_values.find_in_force(session, exit_point_id=to.exit_point_id, gas_day=day.gas_day).value
        answered = nominated.get(day.gas_day)
        # A full one in the unit that its nomination was signed in, else it would be a millionth less.
        gas = Gas.of(answered.quantity if day.is_full and answered is not None else day.authorised, value)
        row = Authorisation(
            delivery_point_id=to.id,
            gas_day=day.gas_day,
            version=1,
            quantity_m3=gas.m3,
            quantity_mbtu=gas.mbtu,
            cut_reason=day.cut,
            revision=None if answered is None else answered.revision,
            recorded_at=act.now,
            recorded_by_id=act.actor.user_id,
        )
        session.add(row)
        session.flush()
        ids.append(row.id)
    return ids


def _hand_drafts(
    session: Session, point: DeliveryPoint, to: DeliveryPoint, nominated: Mapping[GasDay, Nomination]
) -> None:
    """Move what staff recorded and did not publish yet to the nominations that were put in force."""
    for draft in session.scalars(
        select(AuthorisationDraft).where(
            AuthorisationDraft.delivery_point_id == point.id, AuthorisationDraft.gas_day.in_(list(nominated))
        )
    ).all():
        session.add(
            AuthorisationDraft(
                delivery_point_id=to.id,
                gas_day=draft.gas_day,
                revision=nominated[draft.gas_day].revision,
                quantity_m3=draft.quantity_m3,
                quantity_mbtu=draft.quantity_mbtu,
                cut_reason=draft.cut_reason,
                recorded_at=draft.recorded_at,
                recorded_by_id=draft.recorded_by_id,
            )
        )
    session.execute(
        delete(AuthorisationDraft).where(
            AuthorisationDraft.delivery_point_id == point.id, AuthorisationDraft.gas_day.in_(list(nominated))
        )
    )
    session.flush()
