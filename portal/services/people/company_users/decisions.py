"""Decisions about a customer's account: its permissions under a contract, and whether it may sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import CONSOLE_ROLES, BindingAct, Function, Role, acts_on
from portal.domain.audit_events import AuditEvent
from portal.models import Binding, Contract, User
from portal.services import mail
from portal.services.mail import Letter
from portal.services.mail.contacts import deduplicate
from portal.services.people.accounts import standings, trusted_devices
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit


def decide(act: Act, *, account: str, contract: str, decision: BindingAct) -> Binding:
    """Apply ``decision`` to the binding of an account to a contract (public ids), for the distributor; commits.

    It takes effect at the next request: every check reads the present binding. Refuses (``Rejected``) a decision that
    does not fit its state; ``NotFound`` without such a binding.
    """
    require(act, Function.MANAGE_COMPANY_USERS)
    with transaction(act.session):
        binding = lock_binding(act.session, account=account, contract=contract)
        apply(act, binding=binding, decision=decision, by_staff=True)
        return binding


def disable_account(act: Act, *, account: str) -> User:
    """Disable a customer's account: its sessions and links end at once, its tokens open nothing; commits."""
    require(act, Function.MANAGE_COMPANY_USERS)
    with transaction(act.session):
        user = _locked_customer(act.session, account)
        if user.disabled_at is None:
            standings.disable(act, user=user)
        return user


def enable_account(act: Act, *, account: str) -> User:
    """Enable a disabled customer's account; commits."""
    require(act, Function.MANAGE_COMPANY_USERS)
    with transaction(act.session):
        user = _locked_customer(act.session, account)
        if user.disabled_at is not None:
            standings.enable(act, user=user)
        return user


def lock_binding(session: Session, *, account: str, contract: str) -> Binding:
    """Return a binding as it is now, with its contract locked until the transaction ends; ``NotFound`` for none.

    As in ``bindings.bind``: of two decisions about one contract the second sees the effect of the first.
    """
    held = session.scalars(
        select(Contract).where(Contract.public_id == contract).with_for_update(of=Contract, key_share=True)
    ).first()
    found = session.scalars(
        select(Binding)
        .join(User, User.id == Binding.user_id)
        .where(User.public_id == account, Binding.contract_id == (held.id if held else None))
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound
    return found


def apply(act: Act, *, binding: Binding, decision: BindingAct, by_staff: bool) -> None:
    """Apply ``decision`` inside the caller's transaction: row, trace and letters; refuses one against its state."""
    before, managed = binding.state, binding.manages
    if decision not in acts_on(before, manages=managed, by_staff=by_staff):
        raise Rejected(Refusal.BINDING_OTHER_STATE)
    match decision:
        case BindingAct.APPROVE:
            binding.may_nominate, binding.consult_only = True, False
            binding.approved_at, binding.approved_by_id = act.now, act.actor.user_id
        case BindingAct.CONSULT_ONLY:
            binding.may_nominate, binding.consult_only, binding.manages = False, True, False
        case BindingAct.DISABLE:
            binding.disabled_at, binding.disabled_by_id = act.now, act.actor.user_id
            trusted_devices.forget_contract(act.session, user_id=binding.user_id, contract_id=binding.contract_id)
        case BindingAct.ENABLE:
            binding.disabled_at = binding.disabled_by_id = None
        case BindingAct.MAKE_MANAGER | BindingAct.END_MANAGER:
            binding.manages = decision is BindingAct.MAKE_MANAGER
    contract = act.session.get_one(Contract, binding.contract_id)
    changed: dict[str, str | bool] = {}
    if binding.state is not before:
        changed |= {"old_access": before.value, "new_access": binding.state.value}
    if binding.manages is not managed:
        changed |= {"old_manages": managed, "new_manages": binding.manages}
    audit.record(
        act,
        event=AuditEvent.BINDING_CHANGED,
        subject=binding.user.public_id,
        company_id=contract.company_id,
        details={"contract": contract.number, "account": binding.user.email, **changed},
    )
    tell(act, binding=binding, contract=contract, decision=decision)


def _locked_customer(session: Session, account: str) -> User:
    found = session.scalars(select(User.id).where(User.public_id == account, User.role == Role.CUSTOMER)).first()
    if found is None:
        raise NotFound
    return identity.lock(session, user_id=found)


_SAYS: Mapping[BindingAct, str] = {
    BindingAct.APPROVE: "Desde ahora puede enviar nominaciones con la clave numérica de cada punto.",
    BindingAct.CONSULT_ONLY: "Desde ahora puede consultar el contrato y no enviar nominaciones.",
    BindingAct.DISABLE: "Desde ahora no tiene acceso al contrato.",
    BindingAct.ENABLE: "Desde ahora tiene de nuevo el acceso que tenía antes.",
    BindingAct.MAKE_MANAGER: "Desde ahora administra las cuentas de sus colegas en ese contrato.",
    BindingAct.END_MANAGER: "Desde ahora no administra las cuentas de sus colegas en ese contrato.",
}


def tell(act: Act, *, binding: Binding, contract: Contract, decision: BindingAct) -> None:
    """Write to the person and to the contact on file, inside the caller's transaction."""
    user, company = binding.user, contract.company
    letter = Letter(
        subject="Cambió un acceso en el portal de clientes no regulados",
        says=(_SAYS[decision],),
        facts=(("Persona", f"{user.name} ({user.email})"), ("Contrato", f"{contract.number}, {company.name}")),
        then=("Si no esperaba este cambio, llámenos.",),
        link=("Ver su cuenta", act.link("/cuenta")),
    )
    recipients = deduplicate([user.email, *([company.contact_email] if company.contact_email else [])])
    mail.post(act, letter=letter, kind="binding-changed", recipients=recipients)


@dataclass(frozen=True, slots=True)
class Team:
    """A contract that the person manages, and every account that opened it, the person's included."""

    contract: Contract
    members: Sequence[Binding]


def list_teams(act: Act) -> list[Team]:
    """Return the contracts that ``actor`` manages by company, each with its accounts in order; two queries."""
    mine = select(Binding.contract_id).where(_managed_by(act.actor))
    contracts = act.session.scalars(select(Contract).where(Contract.id.in_(mine))).unique().all()
    rows = act.session.scalars(select(Binding).where(Binding.contract_id.in_(mine)).order_by(Binding.id)).unique().all()
    return [
        Team(contract, [row for row in rows if row.contract_id == contract.id])
        for contract in sorted(contracts, key=lambda each: (each.company.sort_name, each.number))
    ]


def decide_on_colleague(act: Act, *, account: str, contract: str, decision: BindingAct) -> Binding:
    """Apply ``decision`` to a colleague's binding; commits.

    ``NotFound`` for a contract that ``actor`` does not manage. Refuses (``Rejected``) one's own binding, that of
    another manager, one disabled by the distributor, and a decision that does not fit its state.
    """
    session = act.session
    with transaction(session):
        binding = lock_binding(session, account=account, contract=contract)
        # Checked under the lock: a manager disabled a moment ago decides nothing any more.
        own = select(Binding.id).where(Binding.contract_id == binding.contract_id, _managed_by(act.actor))
        if session.scalars(own).first() is None:
            raise NotFound
        if binding.user_id == act.actor.user_id:
            raise Rejected(Refusal.OWN_BINDING)
        if binding.manages:
            raise Rejected(Refusal.COLLEAGUE_MANAGES)
        if decision is BindingAct.ENABLE and _disabled_by_staff(session, binding):
            raise Rejected(Refusal.DISABLED_BY_STAFF)
        apply(act, binding=binding, decision=decision, by_staff=False)
        return binding


def _managed_by(actor: Actor) -> ColumnElement[bool]:
    return and_(Binding.user_id == actor.user_id, Binding.manages, Binding.may_nominate, Binding.disabled_at.is_(None))


def _disabled_by_staff(session: Session, binding: Binding) -> bool:
    role = session.scalars(select(User.role).where(User.id == binding.disabled_by_id)).first()
    return role in CONSOLE_ROLES
