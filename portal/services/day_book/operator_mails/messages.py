"""Mails to operators: all news in one mail, put in the outbox together with a note of each occurrence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.authorisations import OperatorTopic
from portal.models import OperatorMailChoice, OperatorMailTold, User
from portal.services.mail import post
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.constraints import name_of
from portal.services.store.permissions import require
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import occurrences, words
from .occurrences import OF_NOMINATIONS, Occurrence

# Wait this long after the first occurrence, so that the next ones go in the same mail.
GATHERED = timedelta(minutes=1)
# Longest look-back for occurrences.
KEPT = timedelta(days=60)


def post_due(act: Act) -> int:
    """Put in the outbox the chosen occurrences not mailed yet; return the number of mails. Commits.

    One query when nobody chose anything. When two workers find the same occurrence, one mails it: a note beside each
    occurrence is written in the transaction that posts its mail.
    """
    session = act.session
    people = _people(session)
    if not people:
        session.rollback()
        return 0
    choices = _choices(session, [user.id for user in people])
    first = min(at for wanted in choices.values() for at in wanted.values())
    topics = {topic for wanted in choices.values() for topic in wanted}
    there = list(occurrences.find_occurrences(act, topics=topics, since=first))
    told = _told(session, list(choices), there)
    session.rollback()
    posted = 0
    for user in people:
        wanted = choices[user.id]
        news = [
            each
            for each in there
            if each.topic in wanted
            and (each.topic not in OF_NOMINATIONS or each.since >= wanted[each.topic])
            and (user.id, each.topic, each.key) not in told
        ]
        if news and any(act.now - each.since >= GATHERED for each in news):
            posted += _tell(act, user.id, user.email, news)
    return posted


class _Person:
    """A recipient, independent of the session that may be rolled back."""

    __slots__ = ("email", "id")

    def __init__(self, user_id: int, email: str) -> None:
        self.id, self.email = user_id, email


def _people(session: Session) -> list[_Person]:
    rows = session.execute(
        select(User.id, User.email, User.role)
        .where(User.id.in_(select(OperatorMailChoice.user_id)), *identity.IN_USE)
        .order_by(User.id)
    )
    return [_Person(row.id, row.email) for row in rows if may(row.role, Function.AUTHORISE)]


def _choices(session: Session, user_ids: Sequence[int]) -> dict[int, dict[OperatorTopic, datetime]]:
    found: dict[int, dict[OperatorTopic, datetime]] = {}
    for row in session.scalars(select(OperatorMailChoice).where(OperatorMailChoice.user_id.in_(user_ids))):
        found.setdefault(row.user_id, {})[row.topic] = row.chosen_at
    return found


def _told(
    session: Session, user_ids: Sequence[int], there: Sequence[Occurrence]
) -> set[tuple[int, OperatorTopic, str]]:
    if not there:
        return set()
    rows = session.execute(
        select(OperatorMailTold.user_id, OperatorMailTold.topic, OperatorMailTold.occurrence).where(
            OperatorMailTold.user_id.in_(user_ids),
            OperatorMailTold.topic.in_({each.topic for each in there}),
            OperatorMailTold.occurrence.in_({each.key for each in there}),
        )
    )
    return {(row.user_id, row.topic, row.occurrence) for row in rows}


def _tell(act: Act, user_id: int, email: str, news: Sequence[Occurrence]) -> int:
    session, now = act.session, act.now
    try:
        with transaction(session):
            session.add_all(
                [OperatorMailTold(user_id=user_id, topic=each.topic, occurrence=each.key, told_at=now) for each in news]
            )
            session.flush()
            session.execute(
                delete(OperatorMailTold).where(
                    OperatorMailTold.user_id == user_id, OperatorMailTold.told_at < now - KEPT
                )
            )
            letter = words.write_letter(act, news)
            post(act, letter=letter, kind="operator", recipients=[email])
    except IntegrityError as error:
        # Another worker mailed some of it: the rest goes out in the next round.
        if name_of(error) == "pk_operator_mails_told":
            return 0
        raise
    return 1


def list_chosen(act: Act) -> frozenset[OperatorTopic]:
    """Return the topics that the person chose; ``NotAllowed`` for a role that may not authorise."""
    return frozenset(_topics(act.session, require(act, Function.AUTHORISE)))


def choose(act: Act, *, topics: Collection[OperatorTopic]) -> None:
    """Replace the topics of the person from now on; commits. ``NotAllowed`` for a role that may not authorise.

    Topics chosen before keep their state: nothing is mailed twice, and nothing that waits is lost.
    """
    session = act.session
    user_id = require(act, Function.AUTHORISE)
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
