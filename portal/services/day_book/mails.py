"""The mail that tells a customer of a cut: what was asked, what is given, why, and what can still be done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.authorisations import CUT_WORDS
from portal.domain.calendar import day_words
from portal.domain.quantities import spell_out
from portal.models import Authorisation, Contact, Nomination, User
from portal.services import outbox

from .lines import Line


def tell_cut(session: Session, *, line: Line, authorisation: Authorisation, base_url: str, now: datetime) -> None:
    """Post one plain mail about a cut to who signed the nomination and to the company's contacts for cuts."""
    asked = line.asked
    if asked is None or authorisation.cut_reason is None:
        return
    given = authorisation.gas.in_unit(line.unit)
    day = day_words(authorisation.gas_day.date)
    reason = authorisation.cut_reason
    account = f"{base_url}/cuentas-de-balance/{line.modality_word}/{line.point_public_id}"
    body = (
        "Buen día:\n\n"
        f"Para el {day} Llanogas autorizó en {line.point} menos de lo pedido.\n\n"
        f"Pidió: {spell_out(asked.in_unit(line.unit))}\n"
        f"Autorizado: {spell_out(given)}\n"
        f"Motivo: {CUT_WORDS[reason]} ({reason.value})\n\n"
        f"En la cuenta del punto cuenta lo autorizado: {account}\n\n"
        "Si necesita otra cosa, envíe una re-nominación mientras su plazo esté abierto, o llame al (608) 681 9130.\n\n"
        "Llanogas S.A. E.S.P. BIC\nPortal de clientes no regulados\n"
    )
    for recipient in _recipients(session, line):
        outbox.post(
            session,
            kind="cut",
            recipient=recipient,
            subject=f"Recorte para el {day}: {line.point}"[:200],
            body=body,
            now=now,
        )


def _recipients(session: Session, line: Line) -> list[str]:
    signer = session.scalar(
        select(User.email)
        .join(Nomination, Nomination.signed_by_id == User.id)
        .where(Nomination.id == line.nomination_id)
    )
    contacts = session.scalars(
        select(Contact.email)
        .where(Contact.company_id == line.company_id, Contact.wants_cuts, Contact.removed_at.is_(None))
        .order_by(Contact.id)
    )
    return list(dict.fromkeys(filter(None, [signer, *contacts])))
