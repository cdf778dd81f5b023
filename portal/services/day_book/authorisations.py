"""Authorised quantities recorded for a day, one by one or all as asked, before customers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.authorisations import AuthorisationProblem, LineState, find_problem
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity
from portal.models import AuthorisationDraft
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from .blocks import Blocks
from .checks import Questioned, list_questioned
from .lines import Line, find_line, list_lines

REFUSALS = {
    AuthorisationProblem.NOTHING_NOMINATED: (Refusal.NOTHING_NOMINATED, None),
    AuthorisationProblem.ABOVE_ASKED: (Refusal.ABOVE_ASKED, "quantity"),
    AuthorisationProblem.REASON_MISSING: (Refusal.CUT_REASON_MISSING, "cut_reason"),
    AuthorisationProblem.REASON_NOT_WANTED: (Refusal.CUT_REASON_NOT_WANTED, "cut_reason"),
}


class Recorded(NamedTuple):
    """A quantity to authorise at a line, in both units, and the reason when it is less than asked."""

    line: Line
    gas: Gas
    cut_reason: CutReason | None


def record(
    act: Act, *, gas_day: GasDay, point: str, quantity: Quantity, cut_reason: CutReason | None, revision: int | None
) -> None:
    """Record the authorised quantity of a point, in its unit; the newest record replaces the one before. Commits.

    ``revision`` is the one that the page showed. Refuses (``Rejected``) more than asked, less without a reason, a
    reason without a cut, a point without nomination, a quantity already published, and closed months; ``Conflict``
    when another revision is in force by now; ``NotFound`` for an unknown point.
    """
    session = act.session
    user_id = require(act, Function.AUTHORISE)
    with transaction(session):
        line = find_line(session, gas_day=gas_day, point=point)
        if line is None:
            raise NotFound
        if line.revision != revision:
            raise Conflict("revision")
        recorded = require_acceptable(line, quantity, cut_reason)
        closings.require_open(session, delivery_point_id=line.point_id, gas_day=gas_day, field="quantity")
        write(act, gas_day=gas_day, recorded=[recorded], user_id=user_id)


def require_acceptable(line: Line, quantity: Quantity, cut_reason: CutReason | None) -> Recorded:
    """Return the record that answers the line with ``quantity``, in the unit of the point; refuses as ``record``."""
    problem = find_problem(asked=line.asked_micro, allowed=quantity.micro, cut_reason=cut_reason)
    asked = line.asked
    if problem is not None or asked is None:
        refusal, field = REFUSALS[problem or AuthorisationProblem.NOTHING_NOMINATED]
        raise Rejected(refusal, field, asked=None if asked is None else asked.in_unit(line.unit))
    if is_published(line, quantity, cut_reason):
        raise Rejected(Refusal.ALREADY_AUTHORISED, "quantity")
    # A full authorisation repeats the nomination in both units; a part is converted with the nomination's value.
    whole = quantity == asked.in_unit(line.unit)
    return Recorded(line, asked if whole else Gas.of(quantity, line.heating_value), cut_reason)


def is_published(line: Line, quantity: Quantity, cut_reason: CutReason | None) -> bool:
    """Tell whether the same was published for the revision in force, and nothing else is recorded since."""
    published = line.published
    return (
        published is not None
        and line.recorded_m3 is None
        and line.is_answered
        and published.in_unit(line.unit) == quantity
        and line.published_cut == cut_reason
    )


class Confirmed(NamedTuple):
    """Number of quantities recorded as asked, and the lines left for a decision of their own."""

    points: int
    left: tuple[Questioned, ...]


def confirm_all(act: Act, *, gas_day: GasDay, ticked: Mapping[str, int] | None = None) -> Confirmed:
    """Record the asked quantity for every waiting point, but not for questioned lines that are not ticked. Commits.

    Lines of ``list_questioned`` are above the maximum of their contract or far from the usual figures of their
    point; ``ticked`` has public id of the point and the revision that the page showed. Records and publications stay,
    outdated records too: a person decided those. Refuses (``NOTHING_TO_CONFIRM``) when nothing is left to record,
    and closed months as ``record``; ``Conflict`` when a ticked line has another revision by now.
    """
    session = act.session
    user_id = require(act, Function.AUTHORISE)
    ticked = ticked or {}
    with transaction(session):
        lines = list_lines(session, gas_day=gas_day)
        waiting = [line for line in lines if line.state is LineState.TO_AUTHORISE]
        shown = {line.point_public_id: line.revision for line in waiting}
        if any(shown.get(point) != revision for point, revision in ticked.items()):
            raise Conflict("revision")
        left = [
            each
            for each in list_questioned(session, gas_day=gas_day, blocks=Blocks.of(lines))
            if each.line.state is LineState.TO_AUTHORISE and each.line.point_public_id not in ticked
        ]
        apart = {each.line.point_id for each in left}
        taken = [line for line in waiting if line.point_id not in apart]
        if not taken:
            raise Rejected(Refusal.ALL_QUESTIONED if left else Refusal.NOTHING_TO_CONFIRM)
        require_open(session, lines=taken, gas_day=gas_day)
        recorded = [Recorded(line, line.asked, None) for line in taken if line.asked is not None]
        write(act, gas_day=gas_day, recorded=recorded, user_id=user_id)
        return Confirmed(len(recorded), tuple(left))


def take_back(act: Act, *, gas_day: GasDay, point: str) -> None:
    """Delete the unpublished record of a point; without one, do nothing. Commits."""
    session = act.session
    require(act, Function.AUTHORISE)
    with transaction(session):
        line = find_line(session, gas_day=gas_day, point=point)
        if line is None:
            raise NotFound
        forget(session, gas_day=gas_day, point_ids=[line.point_id])


def require_open(session: Session, *, lines: Sequence[Line], gas_day: GasDay) -> None:
    """Refuse (``MONTH_CLOSED``) when the day is closed at any of the lines, by one query."""
    closed = closings.find_closed_months(session, delivery_point_ids=[line.point_id for line in lines])
    frozen = [month for month in closed.values() if gas_day <= month.last]
    if frozen:
        raise Rejected(Refusal.MONTH_CLOSED, month=max(frozen))


def forget(session: Session, *, gas_day: GasDay, point_ids: Iterable[int]) -> None:
    """Delete the records of these points, inside the caller's transaction."""
    session.execute(
        delete(AuthorisationDraft)
        .where(AuthorisationDraft.gas_day == gas_day, AuthorisationDraft.delivery_point_id.in_(list(point_ids)))
        .execution_options(synchronize_session=False)
    )


def write(act: Act, *, gas_day: GasDay, recorded: Sequence[Recorded], user_id: int) -> None:
    """Replace the records of these points, inside the caller's transaction; ``Conflict`` when another process did."""
    forget(act.session, gas_day=gas_day, point_ids=[each.line.point_id for each in recorded])
    rows = [
        {
            "delivery_point_id": each.line.point_id,
            "gas_day": gas_day,
            "revision": each.line.revision,
            "quantity_m3": each.gas.m3,
            "quantity_mbtu": each.gas.mbtu,
            "cut_reason": each.cut_reason,
            "recorded_at": act.now,
            "recorded_by_id": user_id,
        }
        for each in recorded
    ]
    if not rows:
        return
    with meaning_of_constraints():
        act.session.execute(insert(AuthorisationDraft), rows)
