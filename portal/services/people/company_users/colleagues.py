"""What a company's manager sees and decides: the other accounts of the contracts that he or she manages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.domain.bindings import BindingAct
from portal.domain.roles import CONSOLE_ROLES
from portal.models import Binding, Contract, User
from portal.services.store.actors import Actor
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import decisions


@dataclass(frozen=True, slots=True)
class Team:
    """A contract that the person manages, and everybody who opened it, the person included."""

    contract: Contract
    members: Sequence[Binding]


def teams_of(act: Act) -> list[Team]:
    """Return the contracts that ``actor`` manages by company, each with its accounts in their order; two queries."""
    mine = select(Binding.contract_id).where(_managed_by(act.actor))
    contracts = act.session.scalars(select(Contract).where(Contract.id.in_(mine))).unique().all()
    rows = act.session.scalars(select(Binding).where(Binding.contract_id.in_(mine)).order_by(Binding.id)).unique().all()
    return [
        Team(contract, [row for row in rows if row.contract_id == contract.id])
        for contract in sorted(contracts, key=lambda each: (each.company.sort_name, each.number))
    ]


def decide_on_colleague(act: Act, *, account: str, contract: str, decision: BindingAct) -> Binding:
    """Do ``decision`` to a colleague's binding; commits.

    ``NotFound`` for a contract that ``actor`` does not manage. Refuses (``Rejected``) one's own binding, that of
    another manager, what the distributor disabled, and what does not fit its state.
    """
    session = act.session
    with transaction(session):
        binding = decisions.locked(session, account=account, contract=contract)
        # Under the lock: whoever was disabled a moment ago decides nothing any more.
        own = select(Binding.id).where(Binding.contract_id == binding.contract_id, _managed_by(act.actor))
        if session.scalars(own).first() is None:
            raise NotFound
        if binding.user_id == act.actor.user_id:
            raise Rejected(Refusal.OWN_BINDING)
        if binding.manages:
            raise Rejected(Refusal.COLLEAGUE_MANAGES)
        if decision is BindingAct.ENABLE and _disabled_by_staff(session, binding):
            raise Rejected(Refusal.DISABLED_BY_STAFF)
        decisions.apply(act, binding=binding, decision=decision, by_staff=False)
        return binding


def _managed_by(actor: Actor) -> ColumnElement[bool]:
    return and_(Binding.user_id == actor.user_id, Binding.manages, Binding.may_nominate, Binding.disabled_at.is_(None))


def _disabled_by_staff(session: Session, binding: Binding) -> bool:
    role = session.scalars(select(User.role).where(User.id == binding.disabled_by_id)).first()
    return role in CONSOLE_ROLES
