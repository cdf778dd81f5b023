"""Points and days of a group as given, kept on the server until they are signed (adr/0163)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.suggestions import Basis
from portal.domain.timetable import RequestKind, list_eligible_days
from portal.models import Contract, DeliveryPoint, NominationBatch, NominationBatchLine, NominationGroup, NominationHead
from portal.services import timetable
from portal.services.keys import grants
from portal.services.nominations import suggestions
from portal.services.nominations.batches import BATCH_LIFE, Given, write_lines
from portal.services.nominations.versions import write_at_version
from portal.services.people import bindings
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import pasted
from .left_out import LeftOut, Missed, keep_left_out
from .limits import MOST_DAYS, MOST_POINTS

# What a table says, by the row id of the point; a day without quantity and text is not there.
Cells = Mapping[int, Sequence[Given]]


def get_open_contract(act: Act, *, contract: Contract) -> Contract:
    """Return a contract that this session holds open; ``NotFound`` or ``StepMissing("web-key")`` for another."""
    opened = {each.id for each in grants.list_opened_contracts(act, modality=contract.modality)}
    if contract.id not in opened:
        raise NotFound
    return contract


def list_open_days(act: Act, *, contract: Contract) -> list[GasDay]:
    """Return the gas days that a group can be for now, nearest first: at most a week of those open."""
    rows = timetable.list_windows(act.session)
    return list_eligible_days(rows, contract.modality, RequestKind.NOMINATION, act.now)[:MOST_DAYS]


def list_group_points(act: Act, *, contract: Contract, days: Sequence[GasDay]) -> list[DeliveryPoint]:
    """Return the points of an open contract that are served on one of the days, by name.

    Of more than fifty, those without a nomination on the first day come first.
    """
    points = grants.list_askable_points(act, contracts=[contract])
    served = [point for point in points if any(point.in_force_on(day) for day in days)]
    if len(served) <= MOST_POINTS:
        return served
    nominated = set(
        act.session.scalars(
            select(NominationHead.delivery_point_id)
            .join(DeliveryPoint, DeliveryPoint.id == NominationHead.delivery_point_id)
            .where(DeliveryPoint.contract_id == contract.id, NominationHead.gas_day == days[0])
        )
    )
    return sorted(served, key=lambda point: point.id in nominated)


def require_may_nominate(act: Act, *, contract: Contract) -> None:
    """Refuse (``Rejected``) an account that may only look."""
    if act.actor.user_id is None or not bindings.may_nominate(
        act.session, user_id=act.actor.user_id, contract_id=contract.id
    ):
        raise Rejected(Refusal.NOT_APPROVED)


def start(
    act: Act,
    *,
    contract: Contract,
    points: Sequence[DeliveryPoint],
    days: Sequence[GasDay],
    cells: Cells,
    left_out: str | None = None,
) -> NominationGroup:
    """Open a group of ``points`` of an open contract, a batch each; its table has the ``days``, in order. Commits.

    Refuses (``Rejected``) an account that may not nominate yet, no point and no day.
    """
    session = act.session
    require_may_nominate(act, contract=contract)
    if not points or not days:
        raise Rejected(Refusal.NO_DAYS)
    chosen = points[:MOST_POINTS]
    contract_id, modality, ids = contract.id, contract.modality, [point.id for point in chosen]
    with transaction(session):
        group = NominationGroup(
            public_id=secrets.token_urlsafe(12),
            user_id=act.actor.user_id,
            contract_id=contract_id,
            first_day=days[0],
            last_day=days[-1],
            created_at=act.now,
            updated_at=act.now,
            left_out=left_out,
        )
        session.add(group)
        session.flush()
        batches = [
            NominationBatch(
                public_id=secrets.token_urlsafe(12),
                user_id=act.actor.user_id,
                modality=modality,
                delivery_point_id=point_id,
                submission_id=secrets.token_urlsafe(24),
                created_at=act.now,
                updated_at=act.now,
                group_id=group.id,
            )
            for point_id in ids
        ]
        session.add_all(batches)
        session.flush()
        for batch in batches:
            write_lines(session, batch.id, cells.get(batch.delivery_point_id, ()))
        return group


def start_filled(act: Act, *, contract: Contract, basis: Basis | None, days: int) -> NominationGroup:
    """Open a group for the next ``days`` open days, filled by ``basis`` where a point needs something. Commits.

    Filled are the points whose key this person proved, on days without a nomination; without a basis none. Refuses as
    ``start``.
    """
    session = act.session
    open_days = list_open_days(act, contract=contract)[: max(1, days)]
    points = list_group_points(act, contract=contract, days=open_days)[:MOST_POINTS]
    proved = grants.list_proved_point_ids(act)
    known = [point for point in points if point.id in proved]
    cells: dict[int, list[Given]] = {}
    if basis is not None:
        filled = suggestions.fill_days(session, points=known, days=open_days, basis=basis, today=GasDay.of(act.now))
        for (point_id, day), quantity in filled.items():
            cells.setdefault(point_id, []).append(Given(day, quantity))
    return start(act, contract=contract, points=points, days=open_days, cells=cells)


def start_pasted(act: Act, *, contract: Contract, text: str) -> NominationGroup:
    """Open a group of what a pasted table says for the points of the contract; its days are those of the table.

    What names no point or no open day is left out and told on the page of the group. Commits. Refuses (``Rejected``) as
    ``start``, and a text that gives nothing.
    """
    rows = timetable.list_windows(act.session)
    open_days = list_eligible_days(rows, contract.modality, RequestKind.NOMINATION, act.now)
    points = [
        point
        for point in grants.list_askable_points(act, contracts=[contract])
        if any(point.in_force_on(day) for day in open_days)
    ]
    read = pasted.parse_table(text, points=points, open_days=open_days, today=GasDay.of(act.now))
    # The pasted ones first, and as many of the others as the table takes.
    chosen = sorted(points, key=lambda point: point.id not in read.cells)
    without_room = [LeftOut(point.name, Missed.OTHER_LIST) for point in chosen[MOST_POINTS:] if point.id in read.cells]
    return start(
        act,
        contract=contract,
        points=chosen,
        days=read.days,
        cells=read.cells,
        left_out=keep_left_out([*read.left_out, *without_room]),
    )


def load(act: Act, *, public_id: str) -> NominationGroup:
    """Return a group of this person.

    ``NotFound`` when it is absent, old or somebody else's; ``StepMissing`` when its contract is no longer open here.
    """
    group = act.session.scalars(
        select(NominationGroup).where(
            NominationGroup.public_id == public_id,
            NominationGroup.user_id == act.actor.user_id,
            NominationGroup.created_at > act.now - BATCH_LIFE,
        )
    ).one_or_none()
    if group is None:
        raise NotFound
    get_open_contract(act, contract=group.contract)
    return group


def list_batches(session: Session, *, group: NominationGroup) -> list[NominationBatch]:
    """Return the batches of a group with their points, by the points' names."""
    found = session.scalars(
        select(NominationBatch)
        .join(DeliveryPoint, DeliveryPoint.id == NominationBatch.delivery_point_id)
        .where(NominationBatch.group_id == group.id)
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    return list(found.unique())


def list_lines(session: Session, *, batch_ids: Iterable[int]) -> dict[int, list[NominationBatchLine]]:
    """Return the days of these batches, in order, by the row id of the batch."""
    found: dict[int, list[NominationBatchLine]] = {}
    lines = session.scalars(
        select(NominationBatchLine)
        .where(NominationBatchLine.batch_id.in_(list(batch_ids)))
        .order_by(NominationBatchLine.batch_id, NominationBatchLine.gas_day)
    )
    for line in lines:
        found.setdefault(line.batch_id, []).append(line)
    return found


def set_cells(
    act: Act,
    *,
    group: NominationGroup,
    cells: Cells,
    version: int,
    confirmed: bool = False,
    left_out: str | None = None,
) -> None:
    """Replace what the table of the group says, if it still is at ``version``. Commits.

    ``confirmed`` is true once its unusual quantities were ticked. ``Conflict`` when another tab changed or signed it.
    """
    session = act.session
    group_id, kept = group.id, {} if left_out is None else {"left_out": left_out}
    batches = {batch.delivery_point_id: batch.id for batch in list_batches(session, group=group)}
    with transaction(session):
        write_at_version(
            session,
            NominationGroup,
            row_id=group_id,
            version=version,
            values={"version": version + 1, "confirmed_unusual": confirmed, "updated_at": act.now, **kept},
        )
        session.execute(
            update(NominationBatch)
            .where(NominationBatch.group_id == group_id)
            .values(updated_at=act.now)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            delete(NominationBatchLine)
            .where(NominationBatchLine.batch_id.in_(batches.values()))
            .execution_options(synchronize_session=False)
        )
        for point_id, batch_id in batches.items():
            write_lines(session, batch_id, cells.get(point_id, ()))
    session.expire_all()
