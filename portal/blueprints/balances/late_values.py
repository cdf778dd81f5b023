"""Corrections of a heating value after its month was closed, in the customer's words."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.domain.closings import LateTreatment
from portal.services.account.explanations import DayRecord
from portal.web.distributor import current
from portal.web.filters import clock_words, exact, exact_heating_value


def late_value_words(record: DayRecord) -> list[str]:
    """Return the outcome of each correction of the heating value that converts the day."""
    said = []
    for each in record.late_values:
        before = "sin valor propio" if each.replaced is None else f"de {exact_heating_value(each.replaced)}"
        asked = (
            f"Corrección del poder calorífico del {day_words(each.gas_day.date)}, pedida el "
            f"{clock_words(each.requested_at)}: {before} a {exact_heating_value(each.value)} BTU/ft³. {each.reason}"
        )
        if each.decided_at is None:
            said.append(f"{asked} Espera la decisión de un supervisor de {current().name}.")
        elif not each.approved:
            said.append(f"{asked} No se aprobó ({clock_words(each.decided_at)}).")
        elif each.treatment is None:
            said.append(
                f"{asked} Se aprobó el {clock_words(each.decided_at)} y queda anotada sin cobro: pasaron más de cinco "
                "meses (contrato, cláusulas 51 y 68). Su cuenta no cambia."
            )
        elif each.treatment is LateTreatment.ADJUSTMENT:
            moved = "no la mueve" if each.effect is None else f"entró como un ajuste de {exact(each.effect)} ese día"
            said.append(
                f"{asked} Se aprobó el {clock_words(each.decided_at)}; en su cuenta {moved}. Las cifras del mes "
                "cerrado siguen con el valor de antes."
            )
        else:
            said.append(f"{asked} Se aprobó el {clock_words(each.decided_at)} y el mes cerrado cambió.")
    return said
