"""A printed letter that was damaged or lost: its keys end, and another letter may be asked for at once."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.access import KeyKind, KeyState
from portal.domain.audit_events import AuditEvent
from portal.domain.letters import LetterEvent, LetterState
from portal.domain.roles import Function
from portal.models import AccessKey, KeyLetter
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.reasons import checked_reason
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .decisions import locked, move
from .permissions import person
from .requests import LONGEST_REASON


def report_lost(act: Act, *, public_id: str, reason: str) -> KeyLetter:
    """Give a printed letter up as damaged or lost and end the keys that it carries; commits.

    The keys before them stay good as long as they would have been. Of a letter that had left, the company is told by
    mail. Refuses (``Rejected``) without a reason, and when a key of the letter was used already: then it arrived, and
    is stopped by ``revoke``. ``Conflict`` when it is not printed or given up already.
    """
    session = act.session
    person(act.actor, Function.REVOKE_KEYS)
    words = checked_reason(reason, most=LONGEST_REASON)
    with transaction(session):
        letter = locked(session, public_id)
        left = letter.state is LetterState.DISPATCHED
        carried = [each for each in (letter.web_key_id, letter.numeric_key_id) if each is not None]
        keys = session.scalars(
            select(AccessKey).where(AccessKey.id.in_(carried)).order_by(AccessKey.id).with_for_update(key_share=True)
        ).all()
        if any(key.activated_at is not None for key in keys):
            raise Rejected(Refusal.LETTER_ARRIVED)
        move(act, letter=letter, event=LetterEvent.LOSE, reason=words)
        for key in keys:
            if key.state is KeyState.ISSUED:
                key.state, key.ended_at = KeyState.REVOKED, act.now
        session.flush()
        contract = letter.delivery_point.contract
        for key in keys:
            audit.record(
                act,
                event=AuditEvent.WEB_KEY_REVOKED if key.kind is KeyKind.WEB else AuditEvent.NUMERIC_KEY_REVOKED,
                subject=contract.public_id if key.contract_id else letter.delivery_point.public_id,
                company_id=contract.company_id,
                details={"versions": 1, "reason": words, "letter": letter.public_id},
            )
        if left and contract.company.contact_email:
            outbox.post(
                act,
                kind="letter-lost",
                recipient=contract.company.contact_email,
                subject="Una carta con claves no llegó",
                body=f"La carta con claves para {letter.delivery_point.name} (contrato {contract.number}) se dio por "
                "perdida. Sus claves no abren nada; las anteriores siguen como estaban. Enviaremos otra carta.\n\n"
                f"Si usted la recibió, o no esperaba este aviso, llame al {act.distributor.telephone}.\n",
            )
        return letter
