"""Mails about a point that is merged into another, or divided, to the contacts of its company (adr/0135)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.domain.quantities import in_digits_and_words
from portal.models import DeliveryPoint, Nomination
from portal.services import mail
from portal.services.mail import Letter
from portal.services.store.acts import Act

from .succession_mails import balance_words, find_recipients

if TYPE_CHECKING:
    from .divisions import Division
    from .mergers import Merger


def post_merger(
    act: Act,
    *,
    done: Merger,
    point: DeliveryPoint,
    into: DeliveryPoint,
    withdrawn: Sequence[tuple[Nomination, Nomination]],
) -> None:
    """Mail from which day the gas of a point is counted at the other, inside the caller's transaction."""
    open_days = set(done.nominated)
    facts = [
        (
            f"{day_words(each.gas_day.date)}, {each.filing_number}",
            f"sin nominación: {in_digits_and_words(before.quantity)} quedó sin efecto",
        )
        for before, each in withdrawn
        if each.gas_day in open_days
    ]
    if done.accounts.carried is not None:
        facts.append(("Saldo que pasa", balance_words(done.accounts.carried.in_unit(done.unit))))
    then = f"Nomine el gas de los dos puntos en {into.name} ({into.carrier_code}), con su clave de siempre."
    own, other = f"{point.name} ({point.carrier_code})", f"{into.name} ({into.carrier_code})"
    says = (
        f"Desde el {day_words(done.day.date)}, el gas de {own} se cuenta en {other}.",
        f"La cuenta de {point.name} termina el {day_words(done.day.plus(-1).date)}.",
    )
    _post(act, into, f"{point.name} se une a {into.name}", says, facts, then)


def post_division(act: Act, *, done: Division, point: DeliveryPoint, made: DeliveryPoint, day: GasDay) -> None:
    """Mail from which day a share of the gas of a point is counted at a new one, inside the caller's transaction."""
    facts = [("Punto nuevo", f"{made.name} ({made.carrier_code})")]
    if done.moved.in_unit(made.unit).micro:
        facts.append(("Saldo que pasa al punto nuevo", balance_words(done.moved.in_unit(made.unit))))
    own, other = f"{point.name} ({point.carrier_code})", f"{made.name} ({made.carrier_code})"
    says = (
        f"Desde el {day_words(day.date)}, una parte del gas de {own} se cuenta en {other}.",
        f"{point.name} sigue con su cuenta y su clave.",
    )
    then = "La clave numérica del punto nuevo llega por carta. Nomine en cada punto lo suyo."
    _post(act, made, f"{point.name} se divide", says, facts, then)


def _post(
    act: Act, point: DeliveryPoint, subject: str, says: Sequence[str], facts: Sequence[tuple[str, str]], then: str
) -> None:
    owner, modality = point.contract.company_id, point.contract.modality.value
    letter = Letter(
        subject=subject,
        says=says,
        facts=facts,
        then=(then, f"Si algo de esto no es así, llame al PBX {act.distributor.telephone}."),
        link=("Ir a nominar", act.link(f"/nominacion/{modality}")),
    )
    recipients = find_recipients(act.session, company_id=owner, besides=[act.actor.email])
    mail.post(act, letter=letter, kind="receipt", recipients=recipients)
