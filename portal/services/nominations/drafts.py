"""Draft of the wizard: each answer is checked by the rules and kept on the server (guide steps 18 to 21)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, select

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import Gas, Quantity
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, Nomination, NominationDraft
from portal.services.keys import caller_grants, grants
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import rules
from .open_drafts import DRAFT_LIFE
from .requests import Request, request_of
from .rules import Weighed
from .signing_facts import SigningFacts
from .versions import write_at_version

# Refusals of these fields are shown on the page of the quantity.
NEEDS_TICK = "confirm_unusual"
OF_QUANTITY = ("quantity", NEEDS_TICK)


def start(act: Act, *, modality: Modality, point: str) -> NominationDraft:
    """Open a draft for the delivery point with public id ``point``; commits.

    Refuses (``Rejected``) an inactive contract or an account that may not nominate yet; ``NotFound`` for a point that
    is not of a contract this session holds open.
    """
    session = act.session
    found = grants.require_reachable_point(act, modality=modality, public_id=point)
    rules.may_ask(act, point=found)
    with transaction(session):
        draft = NominationDraft(
            public_id=secrets.token_urlsafe(12),
            user_id=act.actor.user_id,
            modality=modality,
            delivery_point_id=found.id,
            unit=found.unit,
            submission_id=secrets.token_urlsafe(24),
            created_at=act.now,
            updated_at=act.now,
        )
        session.add(draft)
        session.flush()
        return draft


_OWN_DRAFT = select(NominationDraft).where(
    NominationDraft.public_id == bindparam("public_id"),
    NominationDraft.user_id == bindparam("user_id"),
    NominationDraft.created_at > bindparam("oldest"),
)
_OPEN_DRAFT = _OWN_DRAFT.where(grants.open_for_draft)
_CALLERS_DRAFT = _OWN_DRAFT.where(caller_grants.open_for_draft)


def load(act: Act, *, public_id: str) -> NominationDraft:
    """Return a draft of this person.

    ``NotFound`` when it is absent, old or somebody else's; ``StepMissing`` when its contract is no longer open here,
    ``CallNeeded`` when an agent's call is over.
    """
    this = {**grants.build_parameters(act.actor, act.now), "public_id": public_id, "oldest": act.now - DRAFT_LIFE}
    if caller_grants.is_by_agent(act):
        draft = act.session.scalars(_CALLERS_DRAFT, {**this, **caller_grants.name_holder(act)}).one_or_none()
    else:
        draft = act.session.scalars(_OPEN_DRAFT, this).one_or_none()
    if draft is not None:
        return draft
    # Query again only to name the missing step.
    draft = act.session.scalars(_OWN_DRAFT, this).one_or_none()
    if draft is None:
        raise NotFound
    grants.require_reachable_point(act, modality=draft.modality, public_id=draft.delivery_point.public_id)
    return draft


def set_kind(act: Act, *, draft: NominationDraft, kind: RequestKind, version: int | None) -> None:
    """Store the kind of request (guide step 19); another kind clears the day. Commits."""
    changed = kind is not draft.kind
    _store(act, draft, version, kind=kind, **{"gas_day": None} if changed else {})


def set_day(act: Act, *, draft: NominationDraft, gas_day: GasDay, version: int | None) -> None:
    """Store the gas day (guide step 20). Refuses a day outside of the window or of the contract. Commits."""
    rules.weigh(Act.of_system(act.session, act.now), request_of(draft, gas_day=gas_day)).demand()
    _store(act, draft, version, gas_day=gas_day, confirmed_unusual=False)


def set_quantity(
    act: Act, *, draft: NominationDraft, quantity: Quantity, confirmed_unusual: bool, version: int | None
) -> None:
    """Store the quantity, in the unit of the point (guide step 21). Commits.

    Refuses one below the floor of a renomination or above a maximum that blocks; an unusual one until it is confirmed.
    """
    asked = replace(request_of(draft), quantity=quantity, confirmed=confirmed_unusual)
    rules.weigh(Act.of_system(act.session, act.now), asked).demand()
    _store(act, draft, version, quantity_micro=quantity.micro, confirmed_unusual=confirmed_unusual)


def _store(act: Act, draft: NominationDraft, version: int | None, **answers: object) -> None:
    """Write answers if the draft still is at ``version`` (that of the page; None when the page had none)."""
    session = act.session
    draft_id, seen = draft.id, draft.version if version is None else version
    with transaction(session):
        write_at_version(
            session,
            NominationDraft,
            row_id=draft_id,
            version=seen,
            values={"version": seen + 1, "updated_at": act.now, **answers},
        )
    session.refresh(draft)


@dataclass(frozen=True, slots=True)
class Review:
    """Document to sign. ``digest`` is the SHA-256 (hex) of its content; the page sends it back."""

    draft: NominationDraft
    weighed: Weighed
    digest: str

    @property
    def kind(self) -> RequestKind:
        """The kind of request."""
        return self.weighed.request.kind

    @property
    def gas_day(self) -> GasDay:
        """The gas day."""
        return self.weighed.request.gas_day

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return self.weighed.gas

    @property
    def heating_value(self) -> HeatingValueInForce:
        """The heating value that converts it."""
        return self.weighed.heating_value

    @property
    def warnings(self) -> tuple[QuantityWarning, ...]:
        """Warnings about an unusual quantity."""
        return self.weighed.warnings

    @property
    def quantity(self) -> Quantity:
        """The quantity in the unit of the point."""
        return self.weighed.quantity

    @property
    def replaces(self) -> Nomination | None:
        """The nomination in force that the signature replaces."""
        return self.weighed.in_force

    @property
    def closes_at(self) -> datetime:
        """The end of the period in which this request is accepted."""
        return self.weighed.closes_at

    @property
    def percent_of_maximum(self) -> Decimal:
        """The quantity as a share of the contract's daily maximum, percent."""
        return 100 * self.quantity.amount / self.weighed.maximum.amount

    @property
    def percent_of_mean(self) -> Decimal | None:
        """The quantity as a share of the mean of the last 28 measured days, percent; None without a mean."""
        mean = self.weighed.mean
        return None if mean is None or not mean.micro else 100 * self.quantity.amount / mean.amount


def review(act: Act, *, draft: NominationDraft, hold: bool = False, read: SigningFacts | None = None) -> Review:
    """Return the effect of a signature now; refuses (``Rejected``) as each step does.

    ``actor`` is the signer, None to skip the permission check. With ``hold`` the account and the head of the day stay
    locked until the caller's transaction ends; ``read`` are their facts, from a caller that holds both already.
    """
    if draft.kind is None or draft.gas_day is None or draft.quantity is None:
        raise Rejected(Refusal.DRAFT_EMPTY)
    weighed = rules.weigh(act, request_of(draft), hold=hold, read=read).demand()
    return Review(draft, weighed, rules.digest_of([weighed]))


@dataclass(frozen=True, slots=True)
class Filled:
    """A draft, and whether it can be signed as it is; else the quantity needs a look first."""

    draft: NominationDraft
    is_ready: bool


def start_filled(
    act: Act, *, modality: Modality, point: str, kind: RequestKind, gas_day: GasDay, quantity: Quantity
) -> Filled:
    """Open a draft for the point with public id ``point`` with kind, day and quantity (in its unit) set; commits.

    Refuses as ``start`` and ``set_day`` do. A quantity that the rules refuse, or that needs a tick, is stored all the
    same: the draft is then not ready.
    """
    with transaction(act.session):
        found = grants.require_reachable_point(act, modality=modality, public_id=point)
        draft, refusal = _fill(act, point=found, kind=kind, gas_day=gas_day, quantity=quantity)
        if refusal is not None and refusal.field not in OF_QUANTITY:
            raise refusal
        return Filled(draft, is_ready=refusal is None)


def refuse_day(act: Act, *, point: DeliveryPoint, kind: RequestKind, gas_day: GasDay) -> Rejected | None:
    """Return why a day takes no request of this kind for the point now, as ``start_filled`` would; writes nothing."""
    asked = Request(point=point, kind=kind, gas_day=gas_day)
    return rules.weigh(Act.at(act.session, act.actor, act.now), asked).refusal


def prepare(
    act: Act, *, point: DeliveryPoint, kind: RequestKind, gas_day: GasDay, quantity: Quantity, call_id: int
) -> Filled:
    """Prepare a draft of the actor in a call, inside the caller's transaction; only its own account signs it.

    Refuses (``Rejected``) what the rules refuse to this account, but for a quantity that needs a tick: the draft is
    then not ready.
    """
    draft, refusal = _fill(act, point=point, kind=kind, gas_day=gas_day, quantity=quantity, call_id=call_id)
    if refusal is not None and refusal.field != NEEDS_TICK:
        raise refusal
    return Filled(draft, is_ready=refusal is None)


def needs_tick(act: Act, *, draft: NominationDraft) -> bool:
    """Tell whether the quantity of a complete draft is unusual and was not confirmed yet."""
    refusal = rules.weigh(act, request_of(draft)).refusal
    return refusal is not None and refusal.field == NEEDS_TICK


def _fill(
    act: Act,
    *,
    point: DeliveryPoint,
    kind: RequestKind,
    gas_day: GasDay,
    quantity: Quantity,
    call_id: int | None = None,
) -> tuple[NominationDraft, Rejected | None]:
    """Write a draft with every answer, inside the caller's transaction; return it with what the rules say of it."""
    session, now = act.session, act.now
    draft = NominationDraft(
        public_id=secrets.token_urlsafe(12),
        user_id=act.actor.user_id,
        modality=point.contract.modality,
        delivery_point_id=point.id,
        kind=kind,
        gas_day=gas_day,
        quantity_micro=quantity.micro,
        unit=point.unit,
        submission_id=secrets.token_urlsafe(24),
        created_at=now,
        updated_at=now,
        prepared_in_id=call_id,
    )
    session.add(draft)
    session.flush()
    return draft, rules.weigh(Act.at(session, act.actor, now), request_of(draft)).refusal
