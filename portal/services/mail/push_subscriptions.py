"""Browsers in which an account receives messages by web push: closed by default, ended one by one (adr/0176).

A subscription is of use while its account is active and has access to a contract of the company whose business a
message tells. What reaches the browser is sealed in its row and gone with its end.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.ports import Port
from portal.domain.web_push import (
    BadSubscription,
    UnknownService,
    hash_endpoint,
    name_thread,
    read_subscription,
)
from portal.models import Binding, Contract, OutboxMessage, PushMessage, PushSubscription, PushTopic, User
from portal.services.store import counters, identity
from portal.services.store.acts import Act
from portal.services.store.permissions import require_account
from portal.services.store.refusals import NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import letters, outbox
from .contacts import TOPICS_OF_PORTS, Topic
from .letters import Letter

# Topics that the page proposes to a browser that receives nothing yet.
PROPOSED = frozenset({Topic.REMINDERS, Topic.CUTS, Topic.CONTINGENCIES})
MOST = 10
# Subscribing and trying again and again: a browser that is broken, or nobody's own.
MOST_SUBSCRIBED, SUBSCRIBED_PERIOD = 20, timedelta(days=1)
MOST_TRIED, TRIED_PERIOD = 5, timedelta(hours=1)
TRIAL = "push-trial"
# A trial that comes later would puzzle.
TRIAL_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OwnBrowser:
    """Browser of the account, as its page lists it, with its topics."""

    public_id: str
    browser: str
    created_at: datetime
    last_sent_at: datetime | None
    topics: frozenset[Topic]


@dataclass(frozen=True, slots=True)
class Destination:
    """Browser to which a message goes: where, for which push key, in which thread, until when it is true.

    ``subscription`` is the text that ``read_subscription`` takes; ``seconds`` is how long the push service may keep
    the message.
    """

    subscription: str = field(repr=False)
    key_mark: bytes
    thread: str
    is_urgent: bool
    until: datetime | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Browser that wants a topic, and a company whose business its account may hear of."""

    subscription_id: int
    company_id: int
    email: str


# A push service forgets what it could not deliver in this time.
LONGEST_LIFE = timedelta(days=1)


def owner_of(public_id: str) -> str:
    """Return the owner that the sealed address of a browser is bound to."""
    return f"push:{public_id}"


def list_own(act: Act) -> list[OwnBrowser]:
    """Return the browsers in which the signed-in account receives, the newest first."""
    found = act.session.scalars(
        select(PushSubscription)
        .where(PushSubscription.user_id == act.actor.user_id, PushSubscription.ended_at.is_(None))
        .order_by(PushSubscription.id.desc())
    ).all()
    topics: dict[int, set[Topic]] = {each.id: set() for each in found}
    for row in act.session.execute(
        select(PushTopic.push_subscription_id, PushTopic.topic).where(PushTopic.push_subscription_id.in_(topics))
    ):
        topics[row.push_subscription_id].add(Topic(row.topic))
    return [
        OwnBrowser(each.public_id, each.browser, each.created_at, each.last_sent_at, frozenset(topics[each.id]))
        for each in found
    ]


def add(
    act: Act,
    *,
    text: str,
    services: Sequence[str],
    key_mark: bytes,
    browser: str,
    topics: Collection[Topic],
    former: str | None = None,
) -> str:
    """Let this browser receive the topics for the signed-in account; return its public id. Commits.

    ``text`` is what the browser says of its subscription, ``key_mark`` that of the push key for which it was made,
    ``browser`` what it calls itself, ``former`` the public id of the subscription that it carries. A browser receives
    for one account: its earlier subscriptions end. The owner is told by mail. Refuses (``Rejected``) what is no
    subscription, another push service than the known, no topic and more than ten browsers; ``TooManyAttempts`` above
    twenty a day.
    """
    chosen = _demand_topics(topics)
    try:
        found = read_subscription(text, services=services)
    except UnknownService:
        raise Rejected(Refusal.PUSH_SERVICE_UNKNOWN) from None
    except BadSubscription:
        raise Rejected(Refusal.PUSH_MALFORMED) from None
    session = act.session
    _charge(act, scope="push-subscribe", limit=MOST_SUBSCRIBED, period=SUBSCRIBED_PERIOD)
    with transaction(session):
        user = identity.lock(session, user_id=require_account(act))
        hashed = hash_endpoint(found.endpoint)
        of_browser = or_(PushSubscription.endpoint_hash == hashed, PushSubscription.public_id == former)
        ended = _end_rows(act, of_browser)
        own = and_(PushSubscription.user_id == user.id, PushSubscription.ended_at.is_(None))
        if (session.scalar(select(func.count()).select_from(PushSubscription).where(own)) or 0) >= MOST:
            raise Rejected(Refusal.PUSH_TOO_MANY, most=MOST)
        public_id = secrets.token_urlsafe(12)
        row = PushSubscription(
            public_id=public_id,
            user_id=user.id,
            browser=browser[:60],
            key_mark=key_mark,
            endpoint_hash=hashed,
            sealed=act.vault.seal_secret(found.as_text(), owner_of(public_id)),
            created_at=act.now,
        )
        session.add(row)
        session.flush()
        session.add_all([PushTopic(push_subscription_id=row.id, topic=each.value) for each in chosen])
        _record_ended(act, ended, reason="subscribed-again")
        _record(act, AuditEvent.PUSH_SUBSCRIBED, user, push=public_id, browser=row.browser, wants=_names(chosen))
        _tell_owner(act, to=user.email, browser=row.browser)
        return public_id


def change_topics(act: Act, *, public_id: str, topics: Collection[Topic]) -> None:
    """Set the topics of a browser of the signed-in account; commits. Refuses none; ``NotFound`` for another's."""
    chosen = _demand_topics(topics)
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        row = require(act, public_id=public_id)
        before = act.session.scalars(
            select(PushTopic.topic).where(PushTopic.push_subscription_id == row.id).order_by(PushTopic.topic)
        ).all()
        act.session.execute(delete(PushTopic).where(PushTopic.push_subscription_id == row.id))
        act.session.add_all([PushTopic(push_subscription_id=row.id, topic=each.value) for each in chosen])
        _record(
            act,
            AuditEvent.PUSH_CHANGED,
            user,
            push=public_id,
            old_wants=" ".join(before),
            new_wants=_names(chosen),
        )


def end(act: Act, *, public_id: str) -> str:
    """End a browser of the signed-in account; return what it calls itself. Commits. ``NotFound`` for another's."""
    with transaction(act.session):
        identity.lock(act.session, user_id=require_account(act))
        row = require(act, public_id=public_id)
        _end(act, PushSubscription.id == row.id, reason="own")
        return row.browser


def end_here(act: Act, *, public_id: str, but_of: int | None = None) -> bool:
    """End the subscription that a browser carries, at its sign-out or another account's sign-in; tell whether it did.

    ``but_of`` is the account of which it stays. Commits when it ends one.
    """
    found = act.session.scalars(
        select(PushSubscription.user_id).where(
            PushSubscription.public_id == public_id, PushSubscription.ended_at.is_(None)
        )
    ).one_or_none()
    if found is None or found == but_of:
        return False
    with transaction(act.session):
        reason = "signed-out" if but_of is None else "other-account"
        return _end(act, PushSubscription.public_id == public_id, reason=reason) > 0


def end_all(act: Act, *, user_id: int) -> int:
    """End every browser of an account, inside the caller's transaction; return how many."""
    return _end(act, PushSubscription.user_id == user_id, reason="account")


def end_former_keys(act: Act, *, key_mark: bytes) -> int:
    """End the subscriptions made for another push key than this one, inside the caller's transaction."""
    return _end(act, PushSubscription.key_mark != key_mark, reason="push-key")


def end_gone(act: Act, *, message_id: int) -> None:
    """End the browser of a message, which its push service knows no more, inside the caller's transaction."""
    gone = select(PushMessage.push_subscription_id).where(PushMessage.outbox_message_id == message_id)
    _end(act, PushSubscription.id.in_(gone), reason="gone")


def find_end(act: Act, *, public_id: str) -> datetime | None:
    """Return when a browser of the signed-in account ended; None for one that did not, or another's."""
    return act.session.scalars(
        select(PushSubscription.ended_at).where(
            PushSubscription.public_id == public_id, PushSubscription.user_id == act.actor.user_id
        )
    ).one_or_none()


def may_receive(act: Act) -> bool:
    """Tell whether the signed-in account has access to a contract: without one no message is for it."""
    bound = select(Binding.id).where(Binding.user_id == act.actor.user_id, Binding.disabled_at.is_(None)).limit(1)
    return act.session.scalar(bound) is not None


def count_live(session: Session) -> int:
    """Return how many browsers receive messages."""
    live = select(func.count()).select_from(PushSubscription).where(PushSubscription.ended_at.is_(None))
    return session.scalar(live) or 0


def require(act: Act, *, public_id: str) -> PushSubscription:
    """Return a live subscription of the signed-in account; ``NotFound`` for any other."""
    row = act.session.scalars(
        select(PushSubscription).where(
            PushSubscription.public_id == public_id,
            PushSubscription.user_id == act.actor.user_id,
            PushSubscription.ended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def post_trial(act: Act, *, public_id: str) -> None:
    """Post a trial message to a browser of the signed-in account; commits.

    ``TooManyAttempts`` above five an hour, ``NotFound`` for another's.
    """
    require(act, public_id=public_id)
    _charge(act, scope="push-trial", limit=MOST_TRIED, period=TRIED_PERIOD)
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        row = require(act, public_id=public_id)
        message = outbox.post(
            act,
            kind=TRIAL,
            recipient=user.email,
            subject="Aviso de prueba",
            body=f"Este equipo recibe los avisos de {act.distributor.name}.\n{act.link('/cuenta/avisos')}",
            port=Port.PUSH,
            expires_at=act.now + TRIAL_LIFE,
        )
        act.session.flush()
        act.session.add(
            PushMessage(
                outbox_message_id=message.id,
                push_subscription_id=row.id,
                thread=name_thread(TRIAL, public_id),
                is_urgent=True,
            )
        )
        _record(act, AuditEvent.PUSH_TRIED, user, push=public_id)


def list_receivers(session: Session, *, topic: Topic, company_ids: Iterable[int]) -> list[Receiver]:
    """Return the browsers that want a topic, once for each of these companies that their account may hear of."""
    rows = session.execute(
        select(PushSubscription.id, Contract.company_id, User.email)
        .join(PushTopic, PushTopic.push_subscription_id == PushSubscription.id)
        .join(User, User.id == PushSubscription.user_id)
        .join(Binding, Binding.user_id == User.id)
        .join(Contract, Contract.id == Binding.contract_id)
        .where(
            PushTopic.topic == topic.value,
            PushSubscription.ended_at.is_(None),
            User.disabled_at.is_(None),
            Binding.disabled_at.is_(None),
            Contract.company_id.in_(list(company_ids)),
        )
        .distinct()
        .order_by(PushSubscription.id, Contract.company_id)
    )
    return [Receiver(row.id, row.company_id, row.email) for row in rows]


def find_destination(act: Act, message: OutboxMessage) -> Destination | None:
    """Return where a message goes; None when its browser is of no use any more.

    That is: ended, its account disabled or without access to the company, or sealed under another pepper.
    """
    row = act.session.execute(
        select(PushMessage, PushSubscription, User.disabled_at)
        .join(PushSubscription, PushSubscription.id == PushMessage.push_subscription_id)
        .join(User, User.id == PushSubscription.user_id)
        .where(PushMessage.outbox_message_id == message.id)
    ).one_or_none()
    if row is None:
        return None
    how, browser = row.PushMessage, row.PushSubscription
    if browser.ended_at is not None or browser.sealed is None or row.disabled_at is not None:
        return None
    if how.company_id is not None and not _has_access(act.session, browser.user_id, how.company_id):
        return None
    text = act.vault.open_secret(browser.sealed, owner_of(browser.public_id))
    if text is None:
        return None
    until = message.expires_at
    life = LONGEST_LIFE if until is None else min(LONGEST_LIFE, until - act.now)
    return Destination(
        text,
        browser.key_mark,
        how.thread,
        how.is_urgent,
        until,
        max(0, int(life.total_seconds())),
    )


def note_sent(session: Session, *, message_id: int, now: datetime) -> None:
    """Record that the push service took a message, inside the caller's transaction."""
    its = select(PushMessage.push_subscription_id).where(PushMessage.outbox_message_id == message_id)
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.id.in_(its), PushSubscription.ended_at.is_(None))
        .values(last_sent_at=now)
        .execution_options(synchronize_session=False)
    )


def _has_access(session: Session, user_id: int, company_id: int) -> bool:
    bound = (
        select(Binding.id)
        .join(Contract, Contract.id == Binding.contract_id)
        .where(Binding.user_id == user_id, Binding.disabled_at.is_(None), Contract.company_id == company_id)
        .limit(1)
    )
    return session.scalar(bound) is not None


def _demand_topics(topics: Collection[Topic]) -> list[Topic]:
    chosen: list[Topic] = [each for each in TOPICS_OF_PORTS if each in topics]
    if not chosen:
        raise Rejected(Refusal.PUSH_WITHOUT_TOPIC)
    return chosen


def _charge(act: Act, *, scope: str, limit: int, period: timedelta) -> None:
    """Charge one of what an account may do in a period; commits. ``TooManyAttempts`` above it."""
    with transaction(act.session):
        subject = str(require_account(act))
        taken = counters.take(act, scope=scope, subject=subject, limit=limit, period=period)
        again_at = counters.lock_one(act, scope=scope, subject=subject).window_started_at + period
    if not taken:
        raise TooManyAttempts(again_at, most=limit)


def _end(act: Act, which: ColumnElement[bool], *, reason: str) -> int:
    ended = _end_rows(act, which)
    _record_ended(act, ended, reason=reason)
    return len(ended)


def _end_rows(act: Act, which: ColumnElement[bool]) -> list[tuple[int, str]]:
    """End these subscriptions and forget how they are reached; return the account and public id of each."""
    ended = act.session.execute(
        update(PushSubscription)
        .where(which, PushSubscription.ended_at.is_(None))
        .values(ended_at=act.now, endpoint_hash=None, sealed=None)
        .returning(PushSubscription.user_id, PushSubscription.public_id)
        .execution_options(synchronize_session=False)
    ).all()
    return [(row.user_id, row.public_id) for row in ended]


def _record_ended(act: Act, ended: Sequence[tuple[int, str]], *, reason: str) -> None:
    for user_id, public_id in ended:
        owner = act.session.get_one(User, user_id).public_id
        details = {"push": public_id, "reason": reason}
        audit.record(act, event=AuditEvent.PUSH_ENDED, subject=owner, details=details)


def _record(act: Act, event: AuditEvent, user: User, **details: str) -> None:
    audit.record(act, event=event, subject=user.public_id, details=dict(details))


def _names(topics: Sequence[Topic]) -> str:
    return " ".join(sorted(topic.value for topic in topics))


def _tell_owner(act: Act, *, to: str, browser: str) -> None:
    """Tell the owner by mail that a browser receives messages from now on."""
    letter = Letter(
        subject="Un equipo recibe sus avisos",
        says=(f"Desde ahora {browser} recibe avisos de su cuenta del portal.",),
        then=(
            "Dicen qué pasó y de qué día, nunca cantidades ni puntos. En esa página termina el equipo que quiera.",
            f"Si no fue usted, escoja otra contraseña de inmediato y llámenos: {act.link('/olvido')}",
        ),
        link=("Ver sus equipos", act.link("/cuenta/avisos")),
    )
    letters.post(act, letter=letter, kind="push-subscribed", recipients=[to])
