"""One clear mail for each cut, and one when it is lifted: what was asked, what is given, why, what can be done."""

from __future__ import annotations

from urllib.parse import urlencode

from portal.domain.authorisations import CUT_WORDS
from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import Quantity, in_digits_and_words, plain
from portal.domain.timetable import NoWindow, RequestKind, window_for
from portal.models import Authorisation, DeliveryPoint
from portal.services import timetable
from portal.services.mail import contacts
from portal.services.mail.contacts import Topic
from portal.services.mail.layout import Letter
from portal.services.mail.letters import post
from portal.services.store.acts import Act


def post_cut(act: Act, *, authorisation: Authorisation, asked: Quantity) -> None:
    """Tell the contacts who want it that less was authorised than ``asked``, inside the caller's transaction.

    ``asked`` is what is nominated, in the unit of the point. Nothing is said of what is no cut.
    """
    if authorisation.cut_reason is None:
        return
    point = act.session.get_one(DeliveryPoint, authorisation.delivery_point_id)
    given, day = authorisation.gas.in_unit(asked.unit), authorisation.gas_day
    letter = Letter(
        subject=f"Recorte para el {day_words(day.date)}: {point.name}",
        says=(f"Para el {day_words(day.date)} se autorizó menos gas del que usted pidió.",),
        facts=(
            ("Punto de entrega", point.name),
            ("Pidió", in_digits_and_words(asked)),
            ("Se autorizó", in_digits_and_words(given)),
            ("Recorte", in_digits_and_words(asked - given)),
            ("Razón", f"{CUT_WORDS[authorisation.cut_reason]} ({authorisation.cut_reason.value})"),
        ),
        then=(_what_can_be_done(act, point=point, authorisation=authorisation),),
        link=_way_on(act, point=point, day=day, given=given),
    )
    recipients = contacts.addresses(act.session, company_id=point.contract.company_id, topic=Topic.CUTS)
    post(act, letter=letter, kind="cut", recipients=recipients)


def post_lifted(act: Act, *, authorisation: Authorisation, cut_to: Quantity) -> None:
    """Tell those who were told of a cut that all of what they asked is given now, inside the caller's transaction.

    ``cut_to`` is what was authorised before, in the unit of the point.
    """
    session = act.session
    point = session.get_one(DeliveryPoint, authorisation.delivery_point_id)
    given, day = authorisation.gas.in_unit(cut_to.unit), authorisation.gas_day
    letter = Letter(
        subject=f"Sin recorte para el {day_words(day.date)}: {point.name}",
        says=(f"Para el {day_words(day.date)} ya se autorizó todo el gas que usted pidió.",),
        facts=(
            ("Punto de entrega", point.name),
            ("Antes se autorizó", in_digits_and_words(cut_to)),
            ("Ahora se autoriza", in_digits_and_words(given)),
        ),
        then=(f"No tiene que hacer nada. Si tiene dudas, llame al PBX {act.distributor.telephone}.",),
        link=("Ver sus puntos", act.link("/inicio")),
    )
    recipients = contacts.addresses(session, company_id=point.contract.company_id, topic=Topic.CUTS)
    post(act, letter=letter, kind="cut", recipients=recipients)


def _way_on(act: Act, *, point: DeliveryPoint, day: GasDay, given: Quantity) -> tuple[str, str]:
    """Return a re-nomination of what is still possible, begun and not sent; once it is too late, where things stand."""
    session = act.session
    modality = point.contract.modality
    try:
        window = window_for(timetable.windows(session), modality, RequestKind.RENOMINATION, day)
    except NoWindow:
        window = None
    if window is None or act.now > window.closes_at(day):
        return "Ver sus puntos", act.link("/inicio")
    asked = {
        "punto": point.public_id,
        "tipo": RequestKind.RENOMINATION.value,
        "dia": day.isoformat(),
        "cantidad": plain(given).replace(".", ","),
    }
    return "Preparar una re-nominación", act.link(f"/nominacion/{modality.value}/nueva?{urlencode(asked)}")


def _what_can_be_done(act: Act, *, point: DeliveryPoint, authorisation: Authorisation) -> str:
    session = act.session
    help_line = f"Si tiene dudas, llame al PBX {act.distributor.telephone}."
    try:
        window = window_for(
            timetable.windows(session), point.contract.modality, RequestKind.RENOMINATION, authorisation.gas_day
        )
    except NoWindow:
        return help_line
    closes_at = window.closes_at(authorisation.gas_day)
    if act.now > closes_at:
        return f"El plazo para cambiar ese día ya cerró. {help_line}"
    local = closes_at.astimezone(BOGOTA)
    return (
        "Hasta la cantidad autorizada no tiene que hacer nada. Si prefiere pedir otro total, puede enviar una "
        f"re-nominación hasta el {day_words(local.date())} a las {local:%H:%M}; rige {window.notice_hours} horas "
        f"después de recibida. {help_line}"
    )
