"""Mails of cases: to the petitioner, and to who is in charge of a term that ends.

None repeats what a petitioner typed: the form is open to everybody, and so is the address in it (adr/0117).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.calendar import day_words
from portal.domain.cases import (
    APPEAL_WITHIN,
    KIND_WORDS,
    LARGEST_FILE,
    LAST_CALL,
    LAST_CALL_AFTER,
    MOST_FILES,
    PENDING,
    RECOGNISE_WITHIN,
    CaseKind,
    CaseState,
    recognise_until,
)
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay, in_bogota
from portal.domain.keys import print_code
from portal.domain.spans import few, span_words
from portal.models import Case, DeliveryPoint, User
from portal.services.mail import Letter, outbox, post_once
from portal.services.mail.inbox import Apart
from portal.services.mail.letters import write_closing
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal

from .attachments import LeftOut
from .records import code_of, is_mailed, is_out_of_term

STATE_PAGE = "/pqr/estado"
# Files that an acknowledgement names one by one.
MOST_NAMED = 20
_ENDING = re.compile(r"\.[a-z0-9]{1,5}")
# Why a file was not kept, as the record and the acknowledgement say it.
LEFT_OUT: Mapping[Refusal, str] = {
    Refusal.CASE_FILES_TOO_MANY: f"ya había {few(MOST_FILES)}, que es lo que cabe.",
    Refusal.CASE_FILE_TOO_LARGE: f"pesa más de {LARGEST_FILE // 1024**2} MiB.",
    Refusal.CASE_FILE_KIND: "no es un PDF, un JPEG o un PNG completo.",
}
# Why a mail is set apart, after a colon.
APART_WORDS: Mapping[Apart, str] = {
    Apart.TOO_LARGE: "pesa demasiado",
    Apart.EMPTY: "llegó vacío",
    Apart.UNREADABLE: "no se puede leer",
    Apart.NO_SENDER: "no dice de qué dirección viene",
    Apart.AUTOMATIC: "es una respuesta automática o un envío masivo",
    Apart.ID_TWICE: "repite la identificación de otro correo, con otro contenido",
    Apart.TOO_MANY: "su dirección ya envió hoy todos los que se radican por sí solos",
}
OUT_OF_TERM = {
    CaseKind.CLAIM: (
        "La factura que indica tiene más de cinco meses y el contrato no admite reclamos contra facturas de más de "
        "cinco meses (cláusula 69). Lo leemos y le respondemos igual."
    ),
    CaseKind.APPEAL: (
        f"Por la fecha que indica, el recurso llegó después de los {few(APPEAL_WITHIN)} días que da el contrato "
        "para interponerlo "
        "(cláusula 71). Lo leemos y le respondemos igual."
    ),
}


DAY_TERM = "El contrato admite reclamos contra facturas de hasta cinco meses (cláusula 69)."
DAY_OUT_OF_TERM = (
    "Ese día tiene más de cinco meses y el contrato no admite reclamos contra facturas de más de cinco meses "
    "(cláusula 69). Lo leemos y le respondemos, pero no cambia por sí solo lo facturado."
)


def acknowledge(act: Act, *, case: Case, left_out: Sequence[LeftOut] = ()) -> None:
    """Acknowledge a filed case: number, date, last day of the answer, and the code of its page.

    The code is sealed in the outbox until the mail leaves. ``left_out`` are the files of a mail that were not kept.
    """
    email, number = case.email, case.filing_number
    if email is None:
        raise ValueError("a case without an address has no acknowledgement")
    filed = in_bogota(case.filed_at)
    # Of a mail that somebody wrote down the day is known, and no hour.
    hour = "" if case.filed_at == GasDay.of(case.filed_at).start else f" a las {filed:%H:%M}, hora de Colombia"
    says = [
        (
            f"Recibimos su {KIND_WORDS[case.kind].lower()} el {day_words(filed.date())}{hour}. "
            f"Quedó con el radicado {number}."
        ),
        f"La respondemos a más tardar el {day_words(case.due_on)}. {outbox.PAPER_WORDS}",
        (
            f"Para ver cómo va y leer la respuesta, abra la página con el radicado y este código: {outbox.LINK_PLACE}\n"
            f"{act.link(STATE_PAGE)}"
        ),
    ]
    if is_out_of_term(act, case):
        says.append(OUT_OF_TERM[case.kind])
    if is_mailed(case):
        says += _of_mail(act, case, left_out)
    says.append(_emergency_words(act))
    says.append("Si usted no envió esta solicitud, no tiene que hacer nada: llámenos y la retiramos de su correo.")
    outbox.post(
        act,
        kind=outbox.CASE_FILED,
        recipient=email,
        subject=f"Radicado {number}: recibimos su {KIND_WORDS[case.kind].lower()}",
        body=_body(act, says),
        secret=print_code(code_of(act.vault, public_id=case.public_id)),
        case_id=case.id,
    )


def acknowledge_claim(act: Act, *, case: Case) -> None:
    """Acknowledge a claim about a day: its number, the last day of the answer, and the contract's term (cl. 69)."""
    number = case.filing_number
    filer = act.session.get_one(User, case.account_id)
    point = act.session.get_one(DeliveryPoint, case.delivery_point_id)
    says = [
        (
            f"Recibimos el reclamo {number}. Lo presentó {filer.name} ({filer.email}) "
            f"por {point.contract.company.name}, sobre el punto de entrega {point.name}."
        ),
        (
            f"Lo respondemos a más tardar el {day_words(case.due_on)}. Mientras tanto puede agregar lo que haga falta. "
            f"{outbox.PAPER_WORDS}"
        ),
        DAY_OUT_OF_TERM if is_out_of_term(act, case) else DAY_TERM,
        *_day_facts(act, case),
        _emergency_words(act),
    ]
    subject, body = f"Recibimos su reclamo {number}", _body(act, says)
    for recipient in _recipients(act, case):
        outbox.post(act, kind=outbox.CASE_FILED, recipient=recipient, subject=subject, body=body, case_id=case.id)


def _emergency_words(act: Act) -> str:
    """Return the sentence about the one thing that waits for no answer."""
    return (
        f"Si huele a gas, no espere esta respuesta: llame a la línea de emergencias {act.distributor.emergency_line}."
    )


def _of_mail(act: Act, case: Case, left_out: Sequence[LeftOut]) -> list[str]:
    """Return the sentences for the sender of a mail, who filled in no form."""
    lacks = "sin la autorización" if case.document else "sin su documento y sin la autorización"
    notice = "La respuesta se publica por aviso en la página y le llega también a este correo."
    if case.electronic_notice:
        notice = "La respuesta le llega a este correo, como lo pidió."
    says = [
        (
            f"Llegó por correo, {lacks} de datos del formulario. Usamos lo que envió "
            f"solo para tramitar esta solicitud, responderla y probar que se hizo a tiempo: {act.link('/privacidad')}"
        ),
        f"{notice} Para agregar algo, responda a este mensaje desde la misma dirección.",
    ]
    if left_out:
        says.insert(0, _left_out_words(left_out))
    return says


def _left_out_words(left_out: Sequence[LeftOut]) -> str:
    """Return which files were not kept, by their place and ending: a name is what a stranger typed."""
    lines = []
    for file in left_out[:MOST_NAMED]:
        ending = PurePosixPath(file.name).suffix.lower()
        shown = ending if _ENDING.fullmatch(ending) else "sin extensión"
        lines.append(f"- Adjunto {file.place} ({shown}, {_size(file.size)}): {LEFT_OUT[file.why]}")
    if len(left_out) > MOST_NAMED:
        lines.append(f"- {agree(len(left_out) - MOST_NAMED, 'Otro más.', 'Otros {}.')}")
    return "\n".join(["Del correo no guardamos estos adjuntos. Envíelos de nuevo, si hacen falta:", *lines])


def list_left_out(left_out: Sequence[LeftOut]) -> str:
    """Return every file that was not kept, by its name, for the record of the case."""
    lines = [f"- {file.name} ({_size(file.size)}): {LEFT_OUT[file.why]}" for file in left_out]
    return "\n".join(["Nota del portal. Del correo no se guardaron:", *lines])


def _size(length: int) -> str:
    return f"{max(1, length // 1024)} KiB"


def add_received(act: Act, *, case: Case, left_out: Sequence[LeftOut]) -> None:
    """Acknowledge a mail that was added to a case: its number, and nothing of the case."""
    if case.email is None:
        raise ValueError("a case without an address gets no mail")
    number = case.filing_number
    says = [f"Agregamos su correo al radicado {number}."]
    if case.state not in PENDING:
        says.append(
            "El caso ya no espera respuesta. Quien lo tuvo a cargo lee su correo y decide si se abre de nuevo; para "
            "una solicitud distinta, escriba un correo nuevo en vez de responder."
        )
    if left_out:
        says.append(_left_out_words(left_out))
    if case.gas_day is None:
        says.append(f"El expediente, con su radicado y su código: {act.link(STATE_PAGE)}")
    outbox.post(
        act,
        kind="case-mail-added",
        recipient=case.email,
        subject=f"Radicado {number}: agregamos su correo",
        body=_body(act, says),
        case_id=case.id,
    )


def tell_written(act: Act, *, case: Case) -> None:
    """Mail who is in charge that the petitioner wrote; for a case without one, the supervisors."""
    number = case.filing_number
    says = [f"Llegó por correo algo más para el radicado {number}, de la dirección de quien lo presentó."]
    if case.state not in PENDING:
        says.append("El caso no espera respuesta: léalo y decida si se abre de nuevo.")
    says.append(f"El caso: {act.link(f'/consola/casos/{number}')}")
    for email in _in_charge(act, case):
        outbox.post(
            act, kind="case-alarm", recipient=email, subject=f"{number}: llegó un correo", body=_body(act, says)
        )


def tell_apart(
    act: Act, *, key: str, reason: Apart, place: str, heads: Sequence[tuple[str, str]], arrived_at: datetime
) -> None:
    """Tell the supervisors, once for each ``key``, that a mail is set apart; inside the caller's transaction."""
    came = in_bogota(arrived_at)
    letter = Letter(
        subject="Un correo quedó apartado y no se radicó",
        says=[
            (
                f"Al buzón de PQR llegó un correo el {day_words(came.date())} a las {came:%H:%M} que el portal no "
                f"radicó: {APART_WORDS[reason]}."
            ),
            (
                f"Está apartado en el buzón, donde puede haber otros: {place}. Léalo allí; si es una solicitud, "
                "radíquela: su término corre desde que llegó."
            ),
        ],
        facts=list(heads),
        link=("Radicarla", act.link("/consola/casos/nueva")),
    )
    for email in identity.list_addresses_of_role(act.session, role=Role.SUPERVISOR):
        dedup_key = f"case-mail-apart:{key[:40]}:{hashlib.sha256(email.encode()).hexdigest()[:20]}"
        post_once(act, letter=letter, kind="case-mail-apart", recipient=email, dedup_key=dedup_key)


def changed(act: Act, *, case: Case, subject: str, says: Sequence[str]) -> None:
    """Mail news of the case to a petitioner who accepted notice by mail, or who wrote a mail; nothing to any other.

    News of a claim about a day go to who filed it and to the company's contact.
    """
    if case.gas_day is None:
        words = [*says, f"El expediente completo, con su radicado y su código: {act.link(STATE_PAGE)}"]
    else:
        words = [*says, *_day_facts(act, case)]
    if not case.electronic_notice:
        words.append("La notificación se hace por aviso en la página, porque no se aceptó recibirla por correo.")
    body = _body(act, words)
    for recipient in _recipients(act, case):
        outbox.post(act, kind="case-changed", recipient=recipient, subject=subject, body=body, case_id=case.id)


def _recipients(act: Act, case: Case) -> list[str]:
    if case.gas_day is None:
        return [case.email] if case.email is not None and (case.electronic_notice or is_mailed(case)) else []
    filer = act.session.get_one(User, case.account_id)
    company = act.session.get_one(DeliveryPoint, case.delivery_point_id).contract.company
    return list(dict.fromkeys([filer.email, company.contact_email or filer.email]))


def _day_facts(act: Act, case: Case) -> list[str]:
    """Return what a claim is about, and the address of its page under the point."""
    if case.gas_day is None:
        raise ValueError("a case without a day has no page under a point")
    point = act.session.get_one(DeliveryPoint, case.delivery_point_id)
    page = f"/cuentas-de-balance/{point.contract.modality.value}/{point.public_id}/reclamos/{case.public_id}"
    return [
        f"Punto de entrega: {point.name}\nDía de gas: {day_words(case.gas_day)}",
        f"El reclamo completo: {act.link(page)}",
    ]


def lapsed(act: Act, *, case: Case) -> None:
    """Tell the petitioner that the term passed unanswered, and until when its effects are recognised."""
    number, kind = case.filing_number, KIND_WORDS[case.kind].lower()
    until = in_bogota(recognise_until(case.due_on))
    says = [
        (
            f"El {day_words(case.due_on)} terminó el término para responder su {kind} con radicado "
            f"{number} y no la respondimos: se entiende resuelta a su favor (silencio administrativo positivo)."
        ),
        f"Reconocemos sus efectos a más tardar el {day_words(until.date())} a las {until:%H:%M}.",
    ]
    changed(act, case=case, subject=f"Su radicado {number} se entiende resuelto a su favor", says=says)


def alarm(act: Act, *, case: Case, day: int) -> None:
    """Mail who is in charge that the term of a case has come to ``day``, or lapsed."""
    number, due = case.filing_number, day_words(case.due_on)
    if case.state is CaseState.LAPSED:
        until = in_bogota(recognise_until(case.due_on))
        left = span_words(RECOGNISE_WITHIN - LAST_CALL_AFTER)
        subject = f"{number} venció sin respuesta: reconozca el silencio positivo"
        if day == LAST_CALL:
            subject = f"{number}: quedan {left} para reconocer el silencio positivo"
        says = [
            f"El término del radicado {number} terminó el {due} sin respuesta.",
            "Se entiende resuelto a favor de quien lo presentó (cláusula 72).",
            f"Reconozca sus efectos con una respuesta antes del {day_words(until.date())} a las {until:%H:%M}.",
        ]
    else:
        subject = f"{number}: día hábil {day} del término, vence el {due}"
        says = [
            f"El radicado {number} está en el día hábil {day} de su término, que termina el {due}.",
            "Si no se responde hasta ese día, se entiende resuelto a favor de quien lo presentó.",
        ]
    says.append(f"El caso: {act.link(f'/consola/casos/{number}')}")
    for email in _in_charge(act, case):
        outbox.post(act, kind="case-alarm", recipient=email, subject=subject, body=_body(act, says))


def _in_charge(act: Act, case: Case) -> list[str]:
    """Return the addresses of who has the case; of the supervisors too once it lapsed, or when nobody has it."""
    session = act.session
    found: list[str] = []
    if case.assigned_to_id is not None:
        found += session.scalars(select(User.email).where(User.id == case.assigned_to_id, *identity.IN_USE))
    if not found or case.state is CaseState.LAPSED:
        found += identity.list_addresses_of_role(session, role=Role.SUPERVISOR)
    return list(dict.fromkeys(found))


def _body(act: Act, says: Sequence[str]) -> str:
    return "\n\n".join(("Hola:", *says, "\n".join(write_closing(act.distributor)))) + "\n"
