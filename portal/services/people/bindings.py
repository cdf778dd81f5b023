"""Bindings: the person who opened a contract, and whether they may nominate (docs/security.md, "Bindings")."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.accounts import BindingState
from portal.domain.audit_events import AuditEvent
from portal.domain.typed_text import as_typed
from portal.models import Binding, Contract, User
from portal.services.mail import outbox
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import end_sentence
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import hot

# Two addresses at one of these do not show a common company.
PUBLIC_MAIL = frozenset(
    {
        "gmail.com",
        "hotmail.com",
        "outlook.com",
        "outlook.es",
        "hotmail.es",
        "yahoo.com",
        "yahoo.es",
        "icloud.com",
        "live.com",
        "proton.me",
        "protonmail.com",
    }
)


def bind(act: Act, *, contract: Contract) -> Binding:
    """Bind the person to the contract at its first right web key, inside the caller's transaction.

    The first account is bound at once. Writes to the contact on file and to the accounts that manage others. A later
    account of the same mail domain as one that may nominate may do so too; one of another domain may only look until
    approved. The first one decides what colleagues may do (``company_users``). Refuses (``Rejected``) a person who was
    disabled under this contract.
    """
    session, actor = act.session, act.actor
    session.get(Contract, contract.id, with_for_update={"key_share": True})
    existing = session.scalars(select(Binding).where(Binding.contract_id == contract.id)).unique().all()
    own = next((binding for binding in existing if binding.user_id == actor.user_id), None)
    if own is not None:
        if own.disabled_at is not None:
            raise Rejected(Refusal.BINDING_DISABLED, "web_key")
        return own
    domain = _domain(actor.email)
    colleagues = {_domain(binding.user.email) for binding in existing if binding.state is BindingState.NOMINATES}
    first = not existing
    may_nominate = first or (domain in colleagues and domain not in PUBLIC_MAIL)
    binding = Binding(
        user_id=actor.user_id,
        contract_id=contract.id,
        may_nominate=may_nominate,
        manages=first,
        created_at=act.now,
        approved_at=act.now if may_nominate else None,
    )
    session.add(binding)
    audit.record(
        act,
        event=AuditEvent.BINDING_CREATED,
        subject=contract.public_id,
        company_id=contract.company_id,
        details={"first": first, "may_nominate": may_nominate},
    )
    for recipient in _who_hears(contract, existing):
        outbox.post(
            act,
            kind="binding-created",
            recipient=recipient,
            subject="Una cuenta abrió su contrato en el portal de clientes no regulados",
            body=_told(act.distributor.name, actor, contract, may_nominate),
        )
    return binding


def _who_hears(contract: Contract, existing: Sequence[Binding]) -> list[str]:
    """Return the contact on file and the addresses of the accounts that manage colleagues', each once."""
    deciding = [
        each.user.email
        for each in existing
        if each.manages and each.state is BindingState.NOMINATES and each.user.disabled_at is None
    ]
    on_file = contract.company.contact_email
    return list(dict.fromkeys([*([on_file.lower()] if on_file else []), *deciding]))


def approve(act: Act, *, email: str, contract_number: str) -> Binding:
    """Let the account of ``email`` nominate under the contract; ``NotFound`` if they are not bound. Commits."""
    session = act.session
    with transaction(session):
        binding = session.scalars(
            select(Binding)
            .join(User, User.id == Binding.user_id)
            .join(Contract, Contract.id == Binding.contract_id)
            .where(User.email == as_typed(email).lower(), Contract.number == contract_number)
        ).one_or_none()
        if binding is None:
            raise NotFound
        if not binding.may_nominate:
            binding.may_nominate, binding.consult_only = True, False
            binding.approved_at, binding.approved_by_id = act.now, act.actor.user_id
            contract = session.get_one(Contract, binding.contract_id)
            audit.record(
                act,
                event=AuditEvent.BINDING_APPROVED,
                subject=contract.public_id,
                company_id=contract.company_id,
                details={"account": binding.user.email},
            )
        return binding


def may_nominate(session: Session, *, user_id: int, contract_id: int) -> bool:
    """Tell whether the account is bound to the contract, approved and not disabled."""
    found = hot.MAY_NOMINATE.first(session, user_id=user_id, contract_id=contract_id)
    return found is not None and bool(found.may_nominate)


def select_may_nominate() -> Select[bool]:
    """Return the SELECT of ``may_nominate``, as a part of another statement; no row for who is not bound."""
    return hot.OF_BINDING


def is_bound(session: Session, *, user_id: int | None, contract_id: int) -> bool:
    """Tell whether the account is bound to the contract and not disabled, including one that may only look."""
    return user_id is not None and (
        hot.MAY_NOMINATE.first(session, user_id=user_id, contract_id=contract_id) is not None
    )


def _domain(email: str) -> str:
    return email.rpartition("@")[2]


def _told(distributor: str, actor: Actor, contract: Contract, may_nominate: bool) -> str:
    effect = (
        "Puede ver los puntos de entrega del contrato y enviar nominaciones con la clave numérica de cada punto."
        if may_nominate
        else "Puede ver los puntos de entrega del contrato. Para enviar nominaciones necesita que la apruebe quien "
        f"administra las cuentas de la empresa, en «Cuentas de su empresa», o {distributor}: su correo es de "
        f"otro dominio."
    )
    return (
        f"{actor.name} ({actor.email}) abrió con la clave web el contrato {contract.number} de "
        f"{end_sentence(contract.company.name)}\n\n"
        f"{effect}\n\nSi usted no reconoce esta cuenta, llame a {distributor} para cambiar la clave web.\n"
    )
