"""The letter that says what an account may do under a contract from now on."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.bindings import BindingAct
from portal.models import Binding, Contract
from portal.services import mail
from portal.services.mail import Letter
from portal.services.mail.contacts import once
from portal.services.store.acts import Act

_SAYS: Mapping[BindingAct, str] = {
    BindingAct.APPROVE: "Desde ahora puede enviar nominaciones con la clave numérica de cada punto.",
    BindingAct.CONSULT_ONLY: "Desde ahora puede consultar el contrato y no enviar nominaciones.",
    BindingAct.DISABLE: "Desde ahora no tiene acceso al contrato.",
    BindingAct.ENABLE: "Desde ahora tiene de nuevo el acceso que tenía antes.",
    BindingAct.MAKE_MANAGER: "Desde ahora administra las cuentas de sus colegas en ese contrato.",
    BindingAct.END_MANAGER: "Desde ahora no administra las cuentas de sus colegas en ese contrato.",
}


def told(act: Act, *, binding: Binding, contract: Contract, decision: BindingAct) -> None:
    """Write to the person and to the contact on file, inside the caller's transaction."""
    user, company = binding.user, contract.company
    letter = Letter(
        subject="Cambió un acceso en el portal de clientes no regulados",
        says=(_SAYS[decision],),
        facts=(("Persona", f"{user.name} ({user.email})"), ("Contrato", f"{contract.number}, {company.name}")),
        then=("Si no esperaba este cambio, llámenos.",),
        link=("Ver su cuenta", act.link("/cuenta")),
    )
    recipients = once([user.email, *([company.contact_email] if company.contact_email else [])])
    mail.post(act, letter=letter, kind="binding-changed", recipients=recipients)
