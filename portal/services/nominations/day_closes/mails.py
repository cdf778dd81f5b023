"""The mail about a close: which points nobody nominated, and what their rule nominated instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.calendar import day_words
from portal.domain.close_policies import ClosePolicy
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, in_digits_and_words
from portal.models import DeliveryPoint
from portal.services import mail
from portal.services.mail import Letter, Topic
from portal.services.store.acts import Act

RULE_WORDS = {
    ClosePolicy.FORECAST: "el pronóstico",
    ClosePolicy.LAST: "se repitió la última nominación",
    ClosePolicy.ZERO: "cero",
}


class Filled(NamedTuple):
    """A point that nobody nominated, its rule, and what the rule nominated, in the unit of the point."""

    point: DeliveryPoint
    policy: ClosePolicy
    quantity: Quantity


def tell(act: Act, *, gas_day: GasDay, filled: Sequence[Filled]) -> None:
    """Write to the contacts of each company whose points were filled, inside the caller's transaction."""
    by_company: dict[int, list[Filled]] = defaultdict(list)
    for each in filled:
        by_company[each.point.contract.company_id].append(each)
    for company_id, points in by_company.items():
        recipients = mail.addresses(act.session, company_id=company_id, topic=Topic.REMINDERS)
        if recipients:
            letter = _letter(act, points, gas_day=gas_day)
            mail.post(act, letter=letter, kind="close", recipients=recipients)


def _letter(act: Act, points: Sequence[Filled], *, gas_day: GasDay) -> Letter:
    day = day_words(gas_day.date)
    what = points[0].point.name if len(points) == 1 else f"{len(points)} puntos"
    return Letter(
        subject=f"Sin nominación para el {day}: {what}",
        says=(f"El plazo cerró y no recibimos nominación para el {day}. Se nominó por usted:",),
        facts=[(each.point.name, _quantity(each)) for each in points],
        then=(
            "Si necesita otra cantidad, envíe una re-nominación: llega como tardía y el operador decide si la acepta.",
        ),
        link=("Ver sus puntos", act.link("/inicio")),
    )


def _quantity(filled: Filled) -> str:
    return f"{in_digits_and_words(filled.quantity)}: {RULE_WORDS[filled.policy]}"
