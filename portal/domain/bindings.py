"""States of a binding and the decisions about it (docs/security.md, "Bindings", "Roles")."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class BindingState(StrEnum):
    """Waits for approval (may read); nominates; reads only; no access."""

    AWAITING = "awaiting"
    NOMINATES = "nominates"
    CONSULTS = "consults"
    DISABLED = "disabled"


class BindingAct(StrEnum):
    """Decision of the distributor, or of the company's manager, about a binding."""

    APPROVE = "approve"
    CONSULT_ONLY = "consult-only"
    DISABLE = "disable"
    ENABLE = "enable"
    MAKE_MANAGER = "make-manager"
    END_MANAGER = "end-manager"


_FROM: Mapping[BindingAct, frozenset[BindingState]] = {
    BindingAct.APPROVE: frozenset({BindingState.AWAITING, BindingState.CONSULTS}),
    BindingAct.CONSULT_ONLY: frozenset({BindingState.AWAITING, BindingState.NOMINATES}),
    BindingAct.DISABLE: frozenset(BindingState) - {BindingState.DISABLED},
    BindingAct.ENABLE: frozenset({BindingState.DISABLED}),
    BindingAct.MAKE_MANAGER: frozenset({BindingState.NOMINATES}),
    BindingAct.END_MANAGER: frozenset({BindingState.NOMINATES}),
}
# Only the distributor appoints managers.
OF_STAFF = frozenset({BindingAct.MAKE_MANAGER, BindingAct.END_MANAGER})


def acts_on(state: BindingState, *, manages: bool, by_staff: bool) -> tuple[BindingAct, ...]:
    """Return the decisions open for a binding in ``state``, in the order in which they are offered.

    A manager decides about colleagues who do not manage; only the distributor changes who manages.
    """
    if manages and not by_staff:
        return ()
    found = [act for act, states in _FROM.items() if state in states and (by_staff or act not in OF_STAFF)]
    superfluous = BindingAct.MAKE_MANAGER if manages else BindingAct.END_MANAGER
    return tuple(act for act in found if act is not superfluous)
