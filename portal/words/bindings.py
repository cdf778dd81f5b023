"""Words for the rights of an account under a contract, shared by the console and the company's page."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.accounts import BindingAct, BindingState, acts_on
from portal.models import Binding
from portal.services.store.refusals import Refusal

BINDING_STATES: Mapping[BindingState, tuple[str, str]] = {
    BindingState.NOMINATES: ("success", "Puede ver y nominar"),
    BindingState.AWAITING: ("warning", "Puede ver; para nominar falta la aprobación"),
    BindingState.CONSULTS: ("neutral", "Solo consulta"),
    BindingState.DISABLED: ("error", "Sin acceso"),
}
ACT_WORDS: Mapping[BindingAct, str] = {
    BindingAct.APPROVE: "Aprobar para nominar",
    BindingAct.CONSULT_ONLY: "Dejar solo en consulta",
    BindingAct.DISABLE: "Quitar el acceso",
    BindingAct.ENABLE: "Devolver el acceso",
    BindingAct.MAKE_MANAGER: "Que administre las cuentas",
    BindingAct.END_MANAGER: "Que no administre más",
}
DONE_WORDS: Mapping[BindingAct, str] = {
    BindingAct.APPROVE: "{name} puede nominar desde ahora.",
    BindingAct.CONSULT_ONLY: "{name} puede consultar y no nomina desde ahora.",
    BindingAct.DISABLE: "{name} no tiene acceso al contrato desde ahora.",
    BindingAct.ENABLE: "{name} tiene de nuevo su acceso.",
    BindingAct.MAKE_MANAGER: "{name} administra las cuentas del contrato.",
    BindingAct.END_MANAGER: "{name} ya no administra las cuentas del contrato.",
}
BINDING_WORDS: Mapping[Refusal, str] = {
    Refusal.BINDING_OTHER_STATE: "Alguien cambió ese acceso antes que usted. Vea cómo está ahora y decida de nuevo.",
    Refusal.OWN_BINDING: "Nadie cambia su propio acceso. Pídalo a {distributor.name}.",
    Refusal.COLLEAGUE_MANAGES: (
        "Esa persona también administra las cuentas: su acceso solo lo cambia {distributor.name}."
    ),
    Refusal.DISABLED_BY_STAFF: (
        "Ese acceso lo quitó {distributor.name}. Llame al PBX {distributor.telephone} para pedirlo de nuevo."
    ),
}


def offered(binding: Binding, *, by_staff: bool) -> list[tuple[str, str]]:
    """Return the buttons of a binding, as (value, words)."""
    acts = acts_on(binding.state, manages=binding.manages, by_staff=by_staff)
    return [(act.value, ACT_WORDS[act]) for act in acts]


def done_words(binding: Binding, act: BindingAct) -> str:
    """Return the message after a decision."""
    return DONE_WORDS[act].format(name=binding.user.name)
