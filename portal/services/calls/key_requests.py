"""Requests about keys for a caller who lost them: a letter, which a supervisor approves, or the end of a block.

Only in a verified call; the letter goes to the address on file in any case. Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.models import KeyLetter
from portal.services import mail
from portal.services.keys import caller_grants, letters
from portal.services.keys.letters import Wanted
from portal.services.mail import Letter
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

from . import desk


def ask_for_letter(act: Act, *, public_id: str, wanted: Wanted) -> KeyLetter:
    """Ask for a letter of keys to the point of an own verified call; commits.

    Refuses (``Rejected``) as ``letters.ask``; ``CallNeeded`` when the agent may not act in the call any more.
    """
    point_id = desk.get_call_to_verify(act, public_id=public_id).delivery_point_id
    with transaction(act.session):
        call = caller_grants.lock_held(act, point_id=point_id)
        letter = letters.place_for_caller(act, point_id=point_id, wanted=wanted)
        desk.record(act, AuditEvent.CALL_LETTER_ASKED, call=call, letter=letter.public_id)
        return letter


def ask_for_unlock(act: Act, *, public_id: str) -> None:
    """Ask the supervisors to lift the blocks of the point of an own verified call, by mail; commits.

    ``CallNeeded`` when the agent may not act in the call any more.
    """
    point_id = desk.get_call_to_verify(act, public_id=public_id).delivery_point_id
    session = act.session
    with transaction(session):
        call = caller_grants.lock_held(act, point_id=point_id)
        point = call.delivery_point
        letter = Letter(
            subject=f"Piden desbloquear: {point.name}",
            says=(
                f"{call.caller}, de {point.contract.company.name}, pidió por teléfono levantar un bloqueo de claves.",
            ),
            facts=(("Punto de entrega", point.name), ("Atendió", act.actor.name), ("Llamó desde", call.telephone)),
            then=("La llamada está verificada. El bloqueo se levanta en la lista de bloqueos, si corresponde.",),
            link=("Ver los bloqueos", act.link("/consola/claves/bloqueos")),
        )
        supervisors = identity.list_addresses_of_role(session, role=Role.SUPERVISOR)
        mail.post(act, letter=letter, kind="call-unlock", recipients=supervisors)
        desk.record(act, AuditEvent.CALL_UNLOCK_ASKED, call=call)
