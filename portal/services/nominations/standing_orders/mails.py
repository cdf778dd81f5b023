"""Mails about standing orders: signed, ended, used at a close or left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.accounts import Role
from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, in_digits_and_words
from portal.models import DeliveryPoint, Nomination, StandingOrder
from portal.services import mail
from portal.services.mail import Letter, Topic
from portal.services.people import bindings
from portal.services.store import identity
from portal.services.store.acts import Act

from .kept import pattern_of


class Left(NamedTuple):
    """An order that nominated nothing at a close: its point, and why, in the words of a mail."""

    point: DeliveryPoint
    order: StandingOrder
    reason: str


def post_signed(act: Act, *, order: StandingOrder) -> None:
    """Mail a signed order to its signer and to the contacts who want receipts, inside the caller's transaction."""
    point, pattern = order.delivery_point, pattern_of(order)
    facts = [("Punto de entrega", point.name), ("Cada día", in_digits_and_words(pattern.every_day))]
    if pattern.sundays is not None:
        facts.append(("Domingos", in_digits_and_words(pattern.sundays)))
    if pattern.holidays is not None:
        facts.append(("Festivos", in_digits_and_words(pattern.holidays)))
    last = "hasta que alguien la termine" if pattern.last_day is None else day_words(pattern.last_day.date)
    facts += [("Último día", last), ("Firmada por", act.actor.name)]
    letter = Letter(
        subject=f"Orden permanente firmada: {point.name}",
        says=("Desde el próximo cierre se nomina esto cada día que nadie nomine.",),
        facts=facts,
        then=(
            "Cualquier nominación del día vale en lugar de la orden. La orden se termina en el portal con un toque.",
            f"Si usted no la firmó, llame de inmediato al PBX {act.distributor.telephone}.",
        ),
        link=("Ver la orden permanente", _address(act, point)),
    )
    _post(act, letter, point)


def post_ended(act: Act, *, order: StandingOrder) -> None:
    """Mail the end of an order to the same people, inside the caller's transaction."""
    point = order.delivery_point
    letter = Letter(
        subject=f"Orden permanente terminada: {point.name}",
        says=(f"{act.actor.name} terminó la orden permanente de {point.name}.",),
        facts=[("Punto de entrega", point.name), ("Cada día pedía", in_digits_and_words(pattern_of(order).every_day))],
        then=(
            (
                "Lo que ya nominó sigue en firme. Desde el próximo cierre, un día sin nominación vuelve a lo que el "
                "punto tiene fijado: el pronóstico, la última nominación o cero."
            ),
            f"Si nadie de su empresa la terminó, llame de inmediato al PBX {act.distributor.telephone}.",
        ),
        link=("Ver la orden permanente", _address(act, point)),
    )
    _post(act, letter, point)


def post_used(act: Act, *, gas_day: GasDay, used: Sequence[tuple[Nomination, StandingOrder]]) -> None:
    """Mail one company what its orders nominated at the close of a day, inside the caller's transaction."""
    day, points = day_words(gas_day.date), [nomination.delivery_point for nomination, _ in used]
    what = points[0].name if len(points) == 1 else counted(len(points), "punto", "puntos")
    letter = Letter(
        subject=f"Nominado por su orden permanente para el {day}: {what}",
        says=(f"El plazo cerró y nadie nominó el {day}. Se nominó por su orden permanente:",),
        facts=[
            (f"{nomination.delivery_point.name}, {nomination.filing_number}", in_digits_and_words(nomination.quantity))
            for nomination, _ in used
        ],
        then=("Si necesita otra cantidad, envíe una re-nominación.",),
        link=("Ver sus puntos", act.link("/inicio")),
    )
    signers = _bound_signers(act, [order for _, order in used])
    company_id = points[0].contract.company_id
    recipients = mail.list_addresses(act.session, company_id=company_id, topic=Topic.RECEIPTS, besides=signers)
    about = [nomination.id for nomination, _ in used]
    mail.post(act, letter=letter, kind="close", recipients=recipients, about=about)


def post_left(act: Act, *, gas_day: GasDay, left: Sequence[Left]) -> None:
    """Mail one company which orders nominated nothing at the close of a day and why; their signers too."""
    letter = _letter_of_left(act, gas_day, left, of_staff=False)
    signers = _bound_signers(act, [each.order for each in left])
    company_id = left[0].point.contract.company_id
    recipients = mail.list_addresses(act.session, company_id=company_id, topic=Topic.RECEIPTS, besides=signers)
    mail.post(act, letter=letter, kind="close", recipients=recipients)


def post_left_to_staff(act: Act, *, gas_day: GasDay, left: Sequence[Left]) -> None:
    """Mail the operators all orders that nominated nothing at the close of a day, and why."""
    recipients = identity.list_addresses_of_role(act.session, role=Role.OPERATOR)
    mail.post(act, letter=_letter_of_left(act, gas_day, left, of_staff=True), kind="close", recipients=recipients)


def above_words(quantity: Quantity, maximum: Quantity) -> str:
    """Return that an order asks for more than its contract allows, in the words of a mail."""
    return (
        f"pide {in_digits_and_words(quantity)}, y con los otros puntos del contrato supera el máximo diario "
        f"({in_digits_and_words(maximum)}), que no admite más"
    )


def _letter_of_left(act: Act, gas_day: GasDay, left: Sequence[Left], *, of_staff: bool) -> Letter:
    day = day_words(gas_day.date)
    what = left[0].point.name if len(left) == 1 else counted(len(left), "punto", "puntos")
    whose = "del cliente" if of_staff else "de su empresa"
    then = (
        ("El cliente lo sabe por correo.",)
        if of_staff
        else (
            (
                "Se nominó lo que el punto tiene fijado: el pronóstico, la última nominación o cero. Si necesita otra "
                "cantidad, envíe una re-nominación: llega como tardía y el operador decide si la acepta."
            ),
            "Firme una orden nueva o termine la que hay.",
        )
    )
    return Letter(
        subject=f"La orden permanente no nominó el {day}: {what}",
        says=(f"Una orden permanente {whose} no se pudo usar al cierre del {day}:",),
        facts=[
            (f"{each.point.name}, {each.point.contract.company.name}" if of_staff else each.point.name, each.reason)
            for each in left
        ],
        then=then,
        link=("Ver el libro del día", act.link(f"/consola/libro/{gas_day.isoformat()}"))
        if of_staff
        else ("Ver la orden permanente", _address(act, left[0].point)),
    )


def _post(act: Act, letter: Letter, point: DeliveryPoint) -> None:
    recipients = mail.list_addresses(
        act.session, company_id=point.contract.company_id, topic=Topic.RECEIPTS, besides=[act.actor.email]
    )
    mail.post(act, letter=letter, kind="standing-order", recipients=recipients)


def _bound_signers(act: Act, orders: Sequence[StandingOrder]) -> list[str]:
    """Return the addresses of the signers who may still see the contract."""
    return [
        order.recorded_by.email
        for order in orders
        if bindings.is_bound(act.session, user_id=order.recorded_by_id, contract_id=order.delivery_point.contract_id)
    ]


def _address(act: Act, point: DeliveryPoint) -> str:
    return act.link(f"/nominacion/{point.contract.modality.value}/{point.public_id}/orden-permanente")
