"""Keys revoked at once."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.access import KeyKind, KeyState
from portal.domain.audit_events import AuditEvent
from portal.domain.roles import Function
from portal.models import AccessKey, Contract, DeliveryPoint
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.reasons import checked_reason
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .permissions import person
from .requests import LONGEST_REASON

_ALIVE = (KeyState.ISSUED, KeyState.ACTIVE)


def revoke(act: Act, *, point: str, kind: KeyKind, reason: str) -> int:
    """End every version of a point's numeric key, or of its contract's web key, at once; return how many; commits.

    What was opened with them closes with the next request. The company is told by mail. Refuses (``Rejected``) without
    a reason and when no key is good; ``NotFound``.
    """
    session = act.session
    person(act.actor, Function.REVOKE_KEYS)
    words = checked_reason(reason, most=LONGEST_REASON)
    with transaction(session):
        found = point_of(session, point)
        contract = session.get_one(Contract, found.contract_id)
        owner = AccessKey.contract_id == contract.id if kind is KeyKind.WEB else AccessKey.delivery_point_id == found.id
        ended = session.scalars(
            update(AccessKey)
            .where(owner, AccessKey.state.in_(_ALIVE))
            .values(state=KeyState.REVOKED, ended_at=act.now)
            .returning(AccessKey.id)
        ).all()
        if not ended:
            raise Rejected(Refusal.NO_KEY_TO_REVOKE)
        what = "la clave web de su contrato" if kind is KeyKind.WEB else f"la clave numérica de {found.name}"
        audit.record(
            act,
            event=AuditEvent.WEB_KEY_REVOKED if kind is KeyKind.WEB else AuditEvent.NUMERIC_KEY_REVOKED,
            subject=found.public_id if kind is KeyKind.NUMERIC else contract.public_id,
            company_id=contract.company_id,
            details={"versions": len(ended), "reason": words},
        )
        if contract.company.contact_email:
            outbox.post(
                act,
                kind="key-revoked",
                recipient=contract.company.contact_email,
                subject="Anulamos una clave de su contrato",
                body=f"Desde ahora {what} ({contract.number}) no abre nada. La nueva llega por carta.\n\n"
                f"Si no esperaba este aviso, llame al {act.distributor.telephone}.\n",
            )
        return len(ended)


def point_of(session: Session, public_id: str) -> DeliveryPoint:
    """Return the point; ``NotFound``."""
    found = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    return found
