"""Records of a point's account after its new end: shown first, confirmed, then kept (adr/0095)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.models import DailyBalance, DeliveryPoint, MonthClosing, Nomination, NominationHead
from portal.services.store.refusals import Refusal, Rejected


class Later(NamedTuple):
    """Records after the end of a point, ``ends_on`` excluded from its validity.

    ``days`` have figures, the last of them ``last``; ``measured`` of them have a consumption. ``statements`` are the
    numbers of its closed months that reach beyond the end. ``nominated`` are the future days whose nomination is
    cancelled with the end, ``nominations`` their public ids.
    """

    carrier_code: str
    name: str
    ends_on: GasDay
    days: int
    measured: int
    last: GasDay | None
    statements: tuple[str, ...]
    nominated: tuple[GasDay, ...]
    nominations: tuple[str, ...]


def list_later(session: Session, *, ends: Mapping[int, GasDay | None], today: GasDay) -> tuple[Later, ...]:
    """Return the records after these new ends by point id, without points that have none; four queries at most.

    A day that is only nominated counts once it has begun: later nominations are cancelled with the end.
    """
    ended = {point_id: ends_on for point_id, ends_on in ends.items() if ends_on is not None}
    if not ended:
        return ()
    first = min(ended.values())
    days: dict[int, list[tuple[GasDay, bool]]] = {}
    for balance in session.execute(
        select(DailyBalance.delivery_point_id, DailyBalance.gas_day, DailyBalance.consumed_m3)
        .where(
            DailyBalance.delivery_point_id.in_(ended),
            DailyBalance.gas_day >= first,
            or_(
                DailyBalance.gas_day <= today,
                DailyBalance.consumed_m3.is_not(None),
                DailyBalance.authorised_m3.is_not(None),
            ),
        )
        .order_by(DailyBalance.gas_day)
    ):
        if balance.gas_day >= ended[balance.delivery_point_id]:
            days.setdefault(balance.delivery_point_id, []).append((balance.gas_day, balance.consumed_m3 is not None))
    statements: dict[int, list[str]] = {}
    for closing in session.execute(
        select(MonthClosing.delivery_point_id, MonthClosing.month, MonthClosing.statement_number)
        .where(MonthClosing.delivery_point_id.in_(ended), MonthClosing.month >= Month.of(first).first.date)
        .order_by(MonthClosing.month, MonthClosing.version)
    ):
        if Month.of(GasDay(closing.month)).last >= ended[closing.delivery_point_id]:
            statements.setdefault(closing.delivery_point_id, []).append(closing.statement_number)
    asked: dict[int, list[tuple[GasDay, str]]] = {}
    for head in session.execute(
        select(NominationHead.delivery_point_id, NominationHead.gas_day, Nomination.public_id)
        .join(Nomination, Nomination.id == NominationHead.nomination_id)
        .where(
            NominationHead.delivery_point_id.in_(ended), NominationHead.gas_day >= first, NominationHead.gas_day > today
        )
        .order_by(NominationHead.gas_day)
    ):
        if head.gas_day >= ended[head.delivery_point_id]:
            asked.setdefault(head.delivery_point_id, []).append((head.gas_day, head.public_id))
    touched = {*days, *statements, *asked}
    if not touched:
        return ()
    return tuple(
        [
            Later(
                row.carrier_code,
                row.name,
                ended[row.id],
                len(days.get(row.id, ())),
                sum([measured for _, measured in days.get(row.id, ())]),
                days[row.id][-1][0] if row.id in days else None,
                tuple(statements.get(row.id, ())),
                tuple([day for day, _ in asked.get(row.id, ())]),
                tuple([public_id for _, public_id in asked.get(row.id, ())]),
            )
            for row in session.execute(
                select(DeliveryPoint.id, DeliveryPoint.carrier_code, DeliveryPoint.name)
                .where(DeliveryPoint.id.in_(touched))
                .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
            )
        ]
    )


def fingerprint_later(later: Iterable[Later]) -> str:
    """Return the digest of these records; blank when there are none."""
    said = [tuple(map(str, each)) for each in later]
    return hashlib.sha256(repr(said).encode()).hexdigest() if said else ""


def agree(session: Session, *, ends: Mapping[int, GasDay | None], agreed: str, today: GasDay) -> None:
    """Refuse (``END_UNCONFIRMED``) ends with later records, unless ``agreed`` is the digest of these records.

    The refusal carries the records as ``later``, and their digest as ``agreed``.
    """
    found = list_later(session, ends=ends, today=today)
    fingerprint = fingerprint_later(found)
    if fingerprint and fingerprint != agreed:
        raise Rejected(Refusal.END_UNCONFIRMED, "ends_on", later=found, agreed=fingerprint)
