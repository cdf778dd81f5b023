"""Words of the pages about tokens."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.accounts import Scope
from portal.services.store.refusals import Refusal

SCOPE_WORDS: Mapping[Scope, str] = {Scope.READ: "Consultar", Scope.NOMINATE: "Consultar y nominar"}
SCOPE_HINTS = {
    Scope.READ.value: "Puntos de entrega, cuentas de balance, nominaciones y comprobantes.",
    Scope.NOMINATE.value: "Cada nominación lleva además la clave numérica del punto.",
}
# In days, empty for no end, as the form carries them.
LIVES: Mapping[str, str] = {"30": "30 días", "90": "90 días", "365": "Un año", "": "Sin vencimiento"}

WORDS: Mapping[Refusal, str] = {
    Refusal.NOT_APPROVED: (
        "Su cuenta puede consultar los contratos de esta empresa, pero todavía no puede nominar; tampoco sus tokens. "
        "Elija «Consultar», o llame al PBX {distributor.telephone} para que aprobemos su cuenta."
    ),
    Refusal.TOKENS_SPENT: (
        "Esta empresa ya tiene {most} tokens vigentes, el máximo. Revoque uno que no use y cree el nuevo."
    ),
}
