"""Mails about signed nominations: receipts, decisions about late ones, withdrawals at a point's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from portal.domain.calendar import day_words
from portal.domain.calls import METHOD_WORDS
from portal.domain.counts import agree, counted
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import Quantity, in_digits_and_words
from portal.domain.timetable import KIND_WORDS, NoWindow, RequestKind, find_window
from portal.models import Call, Nomination
from portal.services import mail, timetable
from portal.services.mail import Letter, Topic
from portal.services.people import bindings
from portal.services.store.acts import Act
from portal.services.trace import receipts

_WAITS = "Llegó después del cierre: vale solo si el operador la acepta. Le avisaremos por este medio apenas decida."


def post_receipt(act: Act, *, nomination: Nomination, contacts: Sequence[str] | None = None, follows: str = "") -> None:
    """Mail the receipt to the signer and to the contacts who want receipts, inside the caller's transaction.

    ``contacts`` are their addresses, from a caller that has just read them; ``follows`` says what becomes of a day that
    is withdrawn. The worker renders the mail and typesets
    its PDF.
    """
    signer = act.actor.email
    if contacts is None:
        recipients = _interested(act.session, nomination, besides=[signer])
    else:
        recipients = mail.deduplicate([signer, *contacts])
    mail.post_as_data(
        act,
        letter=write_receipt_letter(act, nomination, signed_by=act.actor.name, follows=follows),
        kind="receipt",
        recipients=recipients,
        attaches_nomination_id=nomination.id,
    )


def post_batch(act: Act, *, batch: str, nominations: Sequence[Nomination]) -> None:
    """Mail one receipt for many days of a point signed at once, a line for each, inside the caller's transaction.

    ``batch`` is the public id of the batch, whose page has the receipts.
    """
    session, actor = act.session, act.actor
    first = nominations[0]
    until = _until(act, first, again=f"corregir la del {day_words(first.gas_day.date)}")
    total = sum([each.quantity for each in nominations], Quantity.zero(first.unit))
    letter = Letter(
        subject=f"Nominación de {counted(len(nominations), 'día', 'días')} recibida: {first.delivery_point.name}",
        says=(f"Recibimos su nominación de {first.delivery_point.name} para estos días, firmada por {actor.name}.",),
        facts=[
            (f"{day_words(each.gas_day.date)}, {each.filing_number}", in_digits_and_words(each.quantity))
            for each in nominations
        ],
        then=(
            f"En total: {in_digits_and_words(total)}.",
            "Cada día tiene su propio radicado; el comprobante de cada uno está en el portal.",
            f"Cada día se puede corregir hasta su cierre. {until}",
            _not_mine(act),
        ),
        link=("Ver el comprobante de todos los días", act.link(f"/nominacion/lotes/{batch}/comprobante")),
    )
    recipients = _interested(session, first, besides=[actor.email])
    mail.post(act, letter=letter, kind="receipt", recipients=recipients, about=[each.id for each in nominations])


def post_group(act: Act, *, group: str, nominations: Sequence[Nomination]) -> None:
    """Mail one receipt for points of a contract signed together, a line for each point and day, as ``post_batch``.

    ``group`` is the public id of the group, whose page has the receipts.
    """
    session, actor = act.session, act.actor
    first = min(nominations, key=lambda each: each.gas_day)
    until = _until(act, first, again=f"corregir lo del {day_words(first.gas_day.date)}")
    points = counted(len({each.delivery_point_id for each in nominations}), "punto", "puntos")
    in_order = sorted(nominations, key=lambda each: (each.gas_day, each.delivery_point.sort_name))
    letter = Letter(
        subject=f"Nominación de {points} recibida: {first.delivery_point.contract.company.name}",
        says=(f"Recibimos su nominación de {points}, firmada por {actor.name}.",),
        facts=[
            (
                f"{each.delivery_point.name}, {day_words(each.gas_day.date)}, {each.filing_number}",
                in_digits_and_words(each.quantity),
            )
            for each in in_order
        ],
        then=(
            "Cada punto y día tiene su propio radicado; el comprobante de cada uno está en el portal.",
            f"Cada día se puede corregir hasta su cierre. {until}",
            _not_mine(act),
        ),
        link=("Ver el comprobante de todos los puntos", act.link(f"/nominacion/grupos/{group}/comprobante")),
    )
    recipients = _interested(session, first, besides=[actor.email])
    mail.post(act, letter=letter, kind="receipt", recipients=recipients, about=[each.id for each in nominations])


def post_for_caller(act: Act, *, nomination: Nomination, call: Call, follows: str = "") -> None:
    """Mail the receipt of a request that an agent signed for a caller, inside the caller's transaction.

    To every contact of the company, whatever each wants to hear of, and to the account whose code verified the call:
    so that a company that did not ask for it can say so at once (docs/security.md, "On behalf").
    """
    company = nomination.delivery_point.contract.company
    vouched = [call.vouched_by.email] if call.vouched_by is not None else []
    on_file = [company.contact_email] if company.contact_email else []
    contacts = [contact.email for contact in mail.list_contacts(act.session, company_id=company.id)]
    letter = write_receipt_letter(
        act, nomination, signed_by=f"{act.actor.name}, de {act.distributor.name}, por teléfono", follows=follows
    )
    how = METHOD_WORDS[call.method] if call.method is not None else ""
    letter = replace(
        letter,
        says=(*letter.says, f"La pidió {call.caller} en una llamada, {how}."),
        then=(
            *[line for line in letter.then if line != _not_mine(act)],
            "Si nadie de su empresa la pidió, díganoslo ya: detenemos la llamada y la revisamos.",
        ),
        other_link=("No fui yo", act.link(build_protest_path(act, nomination))),
    )
    mail.post(
        act,
        letter=letter,
        kind="receipt",
        recipients=mail.deduplicate([*vouched, *on_file, *contacts]),
        attaches_nomination_id=nomination.id,
    )


def build_protest_path(act: Act, nomination: Nomination) -> str:
    """Return the path of "No fui yo" for a nomination; its code is the receipt's, which nobody can make up."""
    return f"/no-fui-yo/{nomination.public_id}/{receipts.seal(act.vault, nomination=nomination)}"


def post_decision(act: Act, *, nomination: Nomination, accepted: bool, reason: str) -> None:
    """Mail the operator's decision about a late nomination, to the same people."""
    contract_id = nomination.delivery_point.contract_id
    # A signer disabled since gets no more mail about the point.
    bound = bindings.is_bound(act.session, user_id=nomination.signed_by_id, contract_id=contract_id)
    signer = [nomination.signed_by.email] if nomination.signed_by is not None and bound else []
    mail.post(
        act,
        letter=write_decision_letter(act, nomination, accepted=accepted, reason=reason),
        kind="late-decision",
        recipients=_interested(act.session, nomination, besides=signer),
        about=[nomination.id],
    )


def post_ended(act: Act, *, withdrawn: Sequence[tuple[Nomination, Nomination]], ends_on: GasDay) -> None:
    """Mail the days withdrawn because their point ends, all in one: quantity in force and new radicado of each.

    To the signers still bound, to the contacts who want receipts, and to the person who ended the point.
    """
    session = act.session
    point = withdrawn[0][0].delivery_point
    signers = {before.signed_by for before, _ in withdrawn if before.signed_by is not None}
    bound = [who.email for who in signers if bindings.is_bound(session, user_id=who.id, contract_id=point.contract_id)]
    what = agree(len(withdrawn), "Nominación anulada", "Nominaciones anuladas")
    letter = Letter(
        subject=f"{what}: {point.name} termina",
        says=(
            f"El último día de {point.name} es el {day_words(ends_on.plus(-1).date)}.",
            f"{act.distributor.name} anuló lo que estaba nominado para después.",
        ),
        facts=[
            (
                f"{day_words(each.gas_day.date)}, {each.filing_number}",
                f"sin nominación: {in_digits_and_words(before.quantity)} quedó sin efecto",
            )
            for before, each in withdrawn
        ],
        then=(f"Si el punto no termina ese día, llame de inmediato al PBX {act.distributor.telephone}.",),
        link=("Ver el comprobante", _receipt_address(act, withdrawn[0][1])),
    )
    mail.post(
        act,
        letter=letter,
        kind="receipt",
        recipients=_interested(session, withdrawn[0][1], besides=[act.actor.email, *sorted(bound)]),
        about=[each.id for _, each in withdrawn],
    )


def write_receipt_letter(act: Act, nomination: Nomination, *, signed_by: str, follows: str = "") -> Letter:
    """Return the receipt: request, day, moment of arrival, signer, what follows and deadline for corrections."""
    arrived = nomination.received_at.astimezone(BOGOTA)
    return Letter(
        subject=_receipt_subject(nomination),
        says=(f"Recibimos su solicitud con el radicado {nomination.filing_number}.",),
        facts=(
            ("Tipo", f"{name_kind(nomination)} (versión {nomination.revision} del día)"),
            ("Punto de entrega", nomination.delivery_point.name),
            ("Día de gas", day_words(nomination.gas_day.date)),
            ("Cantidad", _asked(nomination)),
            ("Recibida", f"{day_words(arrived.date())}, {arrived:%H:%M:%S} (hora de Colombia)"),
            ("Firmada por", signed_by),
        ),
        then=tuple(
            filter(
                None,
                (
                    _WAITS if nomination.is_late else follows,
                    _until(act, nomination, again="nominar otra vez" if nomination.cancels else "corregirla"),
                    _not_mine(act),
                ),
            )
        ),
        link=("Ver el comprobante", _receipt_address(act, nomination)),
    )


def write_decision_letter(act: Act, nomination: Nomination, *, accepted: bool, reason: str) -> Letter:
    """Return the operator's decision with its reason."""
    words = "aceptada" if accepted else "no aceptada"
    facts = [
        ("Punto de entrega", nomination.delivery_point.name),
        ("Día de gas", day_words(nomination.gas_day.date)),
        ("Pidió", in_digits_and_words(nomination.quantity)),
    ]
    if reason:
        facts.append(("Razón", reason))
    return Letter(
        subject=f"Nominación tardía {words}: {nomination.filing_number}",
        says=(f"El operador {'aceptó' if accepted else 'no aceptó'} su nominación tardía {nomination.filing_number}.",),
        facts=facts,
        then=tuple(
            filter(
                None,
                (
                    "Ya está en firme." if accepted else "Para ese día sigue en firme lo que había antes.",
                    _until(act, nomination, again="pedir otra cantidad"),
                ),
            )
        ),
        link=("Ver el comprobante", _receipt_address(act, nomination)),
    )


def _asked(nomination: Nomination) -> str:
    if nomination.cancels:
        return "Anulada: con esta solicitud, ese día quedó sin nominación"
    return in_digits_and_words(nomination.quantity)


def _receipt_address(act: Act, nomination: Nomination) -> str:
    return act.link(f"/nominacion/comprobantes/{nomination.public_id}")


def _until(act: Act, nomination: Nomination, *, again: str) -> str:
    """Return the deadline for changes of the day in words; blank when it has passed."""
    rows, day = timetable.list_windows(act.session), nomination.gas_day
    for kind in RequestKind:
        try:
            window = find_window(rows, nomination.delivery_point.contract.modality, kind, day)
        except NoWindow:
            continue
        closes_at = window.closes_at(day).astimezone(BOGOTA)
        if act.now <= closes_at:
            with_what = "" if kind is RequestKind.NOMINATION else " con una re-nominación"
            return f"Puede {again}{with_what} hasta el {day_words(closes_at.date())} a las {closes_at:%H:%M}."
    return ""


def name_kind(nomination: Nomination) -> str:
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
    return mail.list_addresses(session, company_id=company_id, topic=Topic.RECEIPTS, besides=besides)


def _not_mine(act: Act) -> str:
    return f"Si usted no la firmó, llame de inmediato al PBX {act.distributor.telephone}."
