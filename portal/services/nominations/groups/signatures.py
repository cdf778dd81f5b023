"""Signature of a group: the code of each of its points, then one transaction that puts all in force, or none.

The codes are compared one after another, outside of any lock, each charged before and given back at once when it is
right: what stands open at a time is one attempt, whatever the number of points (adr/0163).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint, Nomination, NominationBatch, NominationGroup, NominationHead
from portal.services import keys
from portal.services.keys import grants, key_attempts, remembered_keys
from portal.services.nominations.batches import LineState, put_all_in_force
from portal.services.nominations.requests import GroupKeys
from portal.services.nominations.signatures import is_same, require_same_content, require_signed_in
from portal.services.people.accounts import second_factor
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import repeat_after_deadlock, transaction

from .lists import load, require_may_nominate
from .reviews import GroupReview, review

# Beside a point's public id: the field of its code.
CODE = "codigo-"


class SignedLine(NamedTuple):
    """A nomination of a signed group, and whether it still is the one in force."""

    nomination: Nomination
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes that a signature asks for; with ``is_short`` that of any of ``anchors`` stands for the others.

    ``own`` are the points that are signed with their own code in any case.
    """

    own: tuple[DeliveryPoint, ...]
    anchors: tuple[DeliveryPoint, ...] = ()

    @property
    def is_short(self) -> bool:
        """True when one code and the signer's authenticator sign the points whose keys this person proved."""
        return bool(self.anchors)


def list_codes(act: Act, *, reviewed: GroupReview) -> Codes:
    """Return which codes sign a group: that of each point, or where staff set it for the contract one of them.

    The short way is for points whose keys this account proved, and for accounts with an authenticator of their own; it
    takes two points at least.
    """
    points = tuple([row.point for row in reviewed.signing])
    proved = grants.list_proved_point_ids(act)
    anchors = tuple([point for point in points if point.id in proved])
    if (
        len(anchors) < 2
        or not may_sign_with_one_code(act, group=reviewed.group)
        or not remembered_keys.has_authenticator(act)
    ):
        return Codes(points)
    return Codes(tuple([point for point in points if point.id not in proved]), anchors)


def may_sign_with_one_code(act: Act, *, group: NominationGroup) -> bool:
    """Tell whether staff set for the contract, from today or before, that one code signs all its points."""
    return settings.read(act.session).takes_one_code(group.contract, GasDay.of(act.now))


def sign(act: Act, *, group: str, shown: str, codes: Mapping[str, str]) -> NominationGroup:
    """Put every point and day of the group in force that is new or changed, in one transaction; commits.

    ``codes`` are the security codes by the points' public ids; ``shown`` and moments as for ``nominations.sign``. The
    same submission sent again returns the same group. Refuses (``Rejected``) the first wrong code, its field naming the
    point, and what cannot be signed as it is; ``Conflict`` when the content differs from the one shown.
    """
    found = load(act, public_id=group)
    if found.signed_at is not None:
        return _replay(found, shown)
    reviewed = _begin(act, found, shown)
    proof = GroupKeys(_prove_each(act, [row.point for row in reviewed.signing], codes))

    def put() -> NominationGroup:
        with meaning_of_constraints(), transaction(act.session):
            return _put_in_force(act, public_id=group, shown=shown, proof=proof)

    return repeat_after_deadlock(put)


def sign_with_authenticator(
    act: Act,
    *,
    group: str,
    shown: str,
    anchor: str,
    codes: Mapping[str, str],
    typed: str,
    moments: Sequence[datetime],
) -> NominationGroup:
    """Sign a group by the code of ``anchor`` and ``typed``, that of the signer's authenticator; commits.

    ``codes`` also has those of the points whose keys this person did not prove; ``moments`` are what the
    authenticator's clock may show. Otherwise as ``sign``. Refuses a wrong code of the authenticator, which is spent
    with the signature alone; ``Conflict`` where the contract, the account or a point does not take the short way.
    """
    found = load(act, public_id=group)
    if found.signed_at is not None:
        return _replay(found, shown)
    second_factor.parse_code(typed)
    asked = list_codes(act, reviewed=_begin(act, found, shown))
    chosen = [point for point in asked.anchors if point.public_id == anchor]
    if not chosen:
        raise Conflict("shown")
    signing = [*chosen, *asked.own]
    key_ids = _prove_each(act, signing, codes)
    own = frozenset(point.id for point in signing)

    def put(give_back: Callable[[], None]) -> NominationGroup:
        with meaning_of_constraints():
            return _put_in_force(act, public_id=group, shown=shown, proof=GroupKeys(key_ids, give_back), own=own)

    return repeat_after_deadlock(lambda: second_factor.sign_once(act, typed=typed, moments=moments, then=put))


def _begin(act: Act, found: NominationGroup, shown: str) -> GroupReview:
    """Return what is to be signed; no attempt is spent on what cannot be."""
    require_may_nominate(act, contract=found.contract)
    return _require_ready(review(act, group=found), shown)


def list_signed_lines(act: Act, *, group: NominationGroup) -> Sequence[SignedLine]:
    """Return what the group put in force, by point and day, with whether it still holds."""
    found = act.session.execute(
        select(Nomination, NominationHead.nomination_id.is_not(None).label("holds"))
        .join(NominationBatch, NominationBatch.id == Nomination.batch_id)
        .join(DeliveryPoint, DeliveryPoint.id == Nomination.delivery_point_id)
        .outerjoin(
            NominationHead,
            (NominationHead.delivery_point_id == Nomination.delivery_point_id)
            & (NominationHead.gas_day == Nomination.gas_day)
            & (NominationHead.nomination_id == Nomination.id),
        )
        .where(NominationBatch.group_id == group.id)
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id, Nomination.gas_day)
    ).all()
    return [SignedLine(row.Nomination, bool(row.holds)) for row in found]


def _prove_each(act: Act, points: Sequence[DeliveryPoint], codes: Mapping[str, str]) -> tuple[int, ...]:
    """Return the row ids of the keys that the codes open, point by point; stops at the first wrong one."""
    proved: list[int] = []
    for point in points:
        name = point.public_id
        key_id, charge = keys.prove(act, delivery_point=point, typed=codes.get(name, ""), field=f"{CODE}{name}")
        # At once: dozens of open attempts would stand in the way of the account's own.
        key_attempts.give_back(act, charge=charge)
        proved.append(key_id)
    return tuple(proved)


def _put_in_force(
    act: Act, *, public_id: str, shown: str, proof: GroupKeys, own: frozenset[int] | None = None
) -> NominationGroup:
    """Put a group in force inside the caller's transaction; ``own`` are the points whose codes were typed.

    None where that of every point was: else what allows the short way is asked again.
    """
    session = act.session
    require_signed_in(act)
    group = _locked(act, public_id=public_id)
    if group.signed_at is not None:
        proof.release(act)
        return _replay(group, shown)
    require_may_nominate(act, contract=group.contract)
    reviewed = _require_ready(review(act, group=group, hold=True), shown)
    if own is not None:
        asked_now = list_codes(act, reviewed=reviewed)
        if not asked_now.is_short or any(point.id not in own for point in asked_now.own):
            raise Conflict("shown")
    asked = [line.weighed for line in reviewed.counted]
    asked.sort(key=lambda each: (each.request.point.id, each.request.gas_day))
    signed = {each.request.batch_id for each in asked}
    group.signed_at, group.content_hash = act.now, bytes.fromhex(reviewed.digest)
    session.flush()
    session.execute(
        update(NominationBatch)
        .where(NominationBatch.id.in_(sorted(each for each in signed if each is not None)))
        .values(signed_at=act.now, content_hash=group.content_hash)
        .execution_options(synchronize_session=False)
    )
    put_all_in_force(act, asked, proof=proof, digest=reviewed.digest, group=group)
    return group


def _require_ready(reviewed: GroupReview, shown: str) -> GroupReview:
    """Return a review that can be signed as it was shown; a day that closed meanwhile is told before a difference."""
    if reviewed.count(LineState.INVALID):
        raise Rejected(Refusal.BATCH_NOT_READY)
    if not is_same(reviewed.digest, shown):
        raise Conflict("shown")
    if not reviewed.may_sign:
        raise Rejected(Refusal.BATCH_NOT_READY)
    return reviewed


def _locked(act: Act, *, public_id: str) -> NominationGroup:
    session = act.session
    locked = session.scalar(
        select(NominationGroup.id).where(NominationGroup.public_id == public_id).with_for_update(key_share=True)
    )
    if locked is None:
        raise NotFound
    session.execute(
        select(NominationBatch.id)
        .where(NominationBatch.group_id == locked)
        .order_by(NominationBatch.id)
        .with_for_update(key_share=True)
    ).all()
    return load(act, public_id=public_id)


def _replay(group: NominationGroup, shown: str) -> NominationGroup:
    """Return the group of a repeated submission; ``Conflict`` when its content differs."""
    require_same_content(group.content_hash, shown)
    return group
