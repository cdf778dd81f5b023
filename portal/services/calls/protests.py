"""Protests against nominations by telephone ("No fui yo"): the grant ends, supervisors are alerted.

Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.keys import comparable_code
from portal.domain.nominations import Channel
from portal.models import Call, CallProtest, Nomination
from portal.services import mail
from portal.services.cases import pqr
from portal.services.mail import Letter
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.constraints import name_of
from portal.services.store.refusals import NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import receipts

from . import desk


class Protest(NamedTuple):
    """Nomination that a protest is about, its call, and the radicado of the complaint, None before it was raised."""

    nomination: Nomination
    call: Call
    case_number: str | None


def find_protest(act: Act, *, receipt: str, code: str) -> Protest:
    """Return the nomination of a call by its receipt and verification code; ``NotFound`` for any other pair."""
    nomination = act.session.scalars(
        select(Nomination).where(Nomination.public_id == receipt, Nomination.channel == Channel.CALL)
    ).one_or_none()
    if nomination is None or nomination.call is None:
        raise NotFound
    typed = comparable_code(code, receipts.chain.LENGTH)
    if not hmac.compare_digest(typed, receipts.seal(act.vault, nomination=nomination)):
        raise NotFound
    raised = act.session.get(CallProtest, nomination.id)
    return Protest(nomination, nomination.call, None if raised is None else raised.case_number)


def raise_protest(act: Act, *, receipt: str, code: str) -> Protest:
    """Open a complaint, end the grant of the call, and tell every supervisor; commits. A second time changes nothing.

    ``NotFound`` as ``find_protest``.
    """
    found = find_protest(act, receipt=receipt, code=code)
    if found.case_number is not None:
        return found
    session, call_id, nomination_id = act.session, found.call.id, found.nomination.id
    try:
        with transaction(session):
            call = desk.lock_call(session, call_id=call_id)
            if call.is_live_at(act.now):
                call.stopped_at = act.now
            nomination = session.get_one(Nomination, nomination_id)
            number = _open_complaint(act, nomination=nomination, call=call)
            protest = CallProtest(nomination_id=nomination_id, call_id=call_id, raised_at=act.now, case_number=number)
            session.add(protest)
            session.flush()
            _tell_supervisors(act, nomination=nomination, call=call, case_number=number)
            desk.record(act, AuditEvent.CALL_PROTESTED, call=call, filing_number=nomination.filing_number or "")
    except IntegrityError as error:
        session.rollback()
        # Two presses at once count as one.
        if name_of(error) != "pk_call_protests":
            raise
    return find_protest(act, receipt=receipt, code=code)


def _open_complaint(act: Act, *, nomination: Nomination, call: Call) -> str:
    """Open the complaint of the company, and return its radicado."""
    company = nomination.delivery_point.contract.company
    text = (
        f"Un contacto de la empresa avisó con el enlace «No fui yo» que nadie de ella pidió la solicitud "
        f"{nomination.filing_number}, del {day_words(nomination.gas_day.date)} para {nomination.delivery_point.name}. "
        f"La firmó {call.agent.name} en una llamada con quien dijo llamarse {call.caller}, desde {call.telephone}."
    )
    case = pqr.open_complaint(
        act,
        name=company.name,
        document=company.nit,
        text=text,
        email=company.contact_email,
        telephone=company.contact_phone,
        point_id=nomination.delivery_point_id,
    )
    return case.filing_number


def _tell_supervisors(act: Act, *, nomination: Nomination, call: Call, case_number: str) -> None:
    company = nomination.delivery_point.contract.company
    letter = Letter(
        subject=f"«No fui yo»: {nomination.filing_number}, {nomination.delivery_point.name}",
        says=(
            f"Un contacto de {company.name} dice que nadie de su empresa pidió esta solicitud por teléfono.",
            "Quien atendió ya no puede actuar en esa llamada.",
        ),
        facts=(
            ("Queja", case_number),
            ("Radicado", str(nomination.filing_number)),
            ("Punto de entrega", nomination.delivery_point.name),
            ("Día de gas", day_words(nomination.gas_day.date)),
            ("Atendió", call.agent.name),
            ("Dijo llamarse", f"{call.caller}, {call.telephone}"),
        ),
        then=("Llame a la empresa a un número registrado, revise la llamada y, si hace falta, corrija el día.",),
        link=("Ver la llamada", act.link(f"/llamadas/{call.public_id}")),
    )
    supervisors = identity.list_addresses_of_role(act.session, role=Role.SUPERVISOR)
    mail.post(act, letter=letter, kind="call-protest", recipients=supervisors)
