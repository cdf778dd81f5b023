"""What a member of the staff wants by mail: chosen by that person alone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.day_book import OperatorTopic
from portal.domain.roles import Function, may
from portal.models import OperatorMailChoice
from portal.services.store.actors import Actor
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from portal.services.trace import audit


def chosen(act: Act) -> frozenset[OperatorTopic]:
    """Return what the person wants; ``NotAllowed`` for who authorises nothing."""
    return frozenset(_topics(act.session, _person(act.actor)))


def choose(act: Act, *, topics: Collection[OperatorTopic]) -> None:
    """Keep what the person wants from now on, and nothing else; commits. ``NotAllowed`` for who authorises nothing.

    What was chosen before stays as it was: nothing is told anew, and nothing that waits is forgotten.
    """
    session = act.session
    user_id = _person(act.actor)
    with transaction(session):
        before, wanted = set(_topics(session, user_id)), set(topics)
        if before == wanted:
            return
        of_person = OperatorMailChoice.user_id == user_id
        session.execute(delete(OperatorMailChoice).where(of_person, OperatorMailChoice.topic.in_(before - wanted)))
        session.add_all(
            [OperatorMailChoice(user_id=user_id, topic=each, chosen_at=act.now) for each in wanted - before]
        )
        audit.record(
            act,
            event=AuditEvent.OPERATOR_MAILS_CHOSEN,
            subject=act.actor.email or "",
            details={"wants": " ".join([each.value for each in OperatorTopic if each in wanted])},
        )


def _topics(session: Session, user_id: int) -> list[OperatorTopic]:
    return list(session.scalars(select(OperatorMailChoice.topic).where(OperatorMailChoice.user_id == user_id)))


def _person(actor: Actor) -> int:
    if actor.user_id is None or not may(actor.role, Function.AUTHORISE):
        raise NotAllowed
    return actor.user_id
