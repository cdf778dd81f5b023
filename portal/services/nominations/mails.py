"""The mails about what was signed: its receipt, and what the operator decided when it came late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA
from portal.domain.offices import PBX
from portal.domain.quantities import spell_out
from portal.domain.timetable import KIND_WORDS
from portal.models import Nomination
from portal.services import notices
from portal.services.actors import Actor
from portal.services.notices import Letter, Topic

_WAITS = "Llegó después del cierre: vale solo si el operador la acepta. Le avisaremos por este medio apenas decida."
_NOT_MINE = f"Si usted no la firmó, llame de inmediato al PBX {PBX}."


def post_receipt(session: Session, *, nomination: Nomination, actor: Actor, now: datetime) -> None:
    """Send the receipt to who signed and to the contacts who want receipts, inside the caller's transaction.

    Its PDF is typeset when the mail leaves.
    """
    notices.post(
        session,
        letter=receipt_letter(nomination, signed_by=actor.name),
        kind="receipt",
        recipients=_interested(session, nomination, besides=[actor.email]),
        attaches_nomination_id=nomination.id,
        now=now,
    )


def post_batch(session: Session, *, nominations: Sequence[Nomination], actor: Actor, now: datetime) -> None:
    """Send one mail for many days of a point signed at once, a line for each, inside the caller's transaction."""
    first = nominations[0]
    letter = Letter(
        subject=f"Nominación de {len(nominations)} días recibida: {first.delivery_point.name}",
        says=(f"Recibimos su nominación de {first.delivery_point.name} para estos días, firmada por {actor.name}.",),
        facts=[
            (f"{day_words(each.gas_day.date)}, {each.filing_number}", spell_out(each.quantity)) for each in nominations
        ],
        then=("Cada día tiene su propio radicado; el comprobante de cada uno está en el portal.", _NOT_MINE),
    )
    notices.post(
        session,
        letter=letter,
        kind="receipt",
        recipients=_interested(session, first, besides=[actor.email]),
        now=now,
    )


def post_decision(session: Session, *, nomination: Nomination, accepted: bool, reason: str, now: datetime) -> None:
    """Send what the operator decided about a late nomination, to the same people."""
    signer = [] if nomination.signed_by is None else [nomination.signed_by.email]
    notices.post(
        session,
        letter=decision_letter(nomination, accepted=accepted, reason=reason),
        kind="late-decision",
        recipients=_interested(session, nomination, besides=signer),
        now=now,
    )


def receipt_letter(nomination: Nomination, *, signed_by: str) -> Letter:
    """Return what was asked, for when, when it arrived and who signed it."""
    arrived = nomination.received_at.astimezone(BOGOTA)
    return Letter(
        subject=_receipt_subject(nomination),
        says=(f"Recibimos su solicitud con el radicado {nomination.filing_number}.",),
        facts=(
            ("Tipo", f"{what_it_is(nomination)} (versión {nomination.revision} del día)"),
            ("Punto de entrega", nomination.delivery_point.name),
            ("Día de gas", day_words(nomination.gas_day.date)),
            ("Cantidad", "nada queda pedido" if nomination.cancels else spell_out(nomination.quantity)),
            ("Recibida", f"{day_words(arrived.date())}, {arrived:%H:%M:%S} (hora de Colombia)"),
            ("Firmada por", signed_by),
        ),
        then=(_WAITS, _NOT_MINE) if nomination.is_late else (_NOT_MINE,),
    )


def decision_letter(nomination: Nomination, *, accepted: bool, reason: str) -> Letter:
    """Return what the operator decided, and why."""
    words = "aceptada" if accepted else "no aceptada"
    facts = [
        ("Punto de entrega", nomination.delivery_point.name),
        ("Día de gas", day_words(nomination.gas_day.date)),
        ("Pedida", spell_out(nomination.quantity)),
    ]
    if reason:
        facts.append(("Razón", reason))
    return Letter(
        subject=f"Nominación tardía {words}: {nomination.filing_number}",
        says=(f"El operador {'aceptó' if accepted else 'no aceptó'} su nominación tardía {nomination.filing_number}.",),
        facts=facts,
        then=("Ya está en firme." if accepted else "Para ese día sigue en firme lo que había antes.",),
    )


def what_it_is(nomination: Nomination) -> str:
    """Return the kind of a request in words."""
    if nomination.cancels:
        return "Anulación"
    return "Nominación tardía" if nomination.is_late else KIND_WORDS[nomination.kind]


def _receipt_subject(nomination: Nomination) -> str:
    if nomination.cancels:
        return f"Nominación anulada: {nomination.filing_number}"
    if nomination.is_late:
        return f"Nominación tardía recibida, por aceptar: {nomination.filing_number}"
    return f"{KIND_WORDS[nomination.kind]} recibida: {nomination.filing_number}"


def _interested(session: Session, nomination: Nomination, *, besides: list[str]) -> list[str]:
    company_id = nomination.delivery_point.contract.company_id
    return notices.addresses(session, company_id=company_id, topic=Topic.RECEIPTS, besides=besides)
