"""Tokens of a company's own system: given once, kept as a hash, ended by hand or by time (adr/0021)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role, Scope
from portal.domain.audit_events import AuditEvent
from portal.models import ApiToken, Binding, Company, Contract, User
from portal.services.mail import outbox
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import end_sentence
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import tokens
from .sessions import hash_token

LIVE_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Caller:
    """A calling system of a company; ``actor`` is the person who made its token."""

    token_id: int
    company_id: int
    scopes: frozenset[Scope]
    last_used_at: datetime | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token in its list; ``is_live`` while it opens something, ``may_revoke`` for the present person."""

    token: ApiToken
    created_by: str
    scopes: frozenset[Scope]
    is_live: bool
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class CompanyTokens:
    """A company of this person, whether they may nominate for it, and its tokens, newest first."""

    company: Company
    may_nominate: bool
    tokens: list[TokenRow]


def list_tokens(act: Act) -> list[CompanyTokens]:
    """Return the companies of ``actor`` by name, each with every token it ever had."""
    found = _companies(act)
    rows = act.session.execute(
        select(ApiToken, User.name)
        .join(User, User.id == ApiToken.created_by_id)
        .where(ApiToken.company_id.in_([company.id for company, _ in found]))
        .order_by(ApiToken.id.desc())
    ).all()
    return [
        CompanyTokens(
            company,
            may_nominate,
            [
                TokenRow(
                    token=token,
                    created_by=name,
                    scopes=scopes_of(token.scopes),
                    is_live=tokens.is_live(token, act.now),
                    may_revoke=may_nominate or token.created_by_id == act.actor.user_id,
                )
                for token, name in rows
                if token.company_id == company.id
            ],
        )
        for company, may_nominate in found
    ]


def create(act: Act, *, company: str, name: str, scopes: Collection[Scope], expires_at: datetime | None) -> str:
    """Create a token for the company with public id ``company`` and return its plain text, which cannot be read again.

    ``NotFound`` for a company that ``actor`` is not bound to. Refuses (``Rejected``) the scope to nominate while the
    account may only look, and more than twenty live tokens. Writes to the company's contact. Commits.
    """
    # The prefix identifies a leaked token in a log or a repository searched for secrets.
    session = act.session
    plain = act.distributor.token_prefix + secrets.token_urlsafe(32)
    with transaction(session):
        owner, may_nominate = _company(act, company)
        if Scope.NOMINATE in scopes and not may_nominate:
            raise Rejected(Refusal.NOT_APPROVED, "scope")
        # Locked, so that two requests at once cannot exceed the limit.
        session.get(Company, owner.id, with_for_update={"key_share": True})
        theirs = session.scalars(select(ApiToken).where(ApiToken.company_id == owner.id, ApiToken.revoked_at.is_(None)))
        if sum(tokens.is_live(token, act.now) for token in theirs) >= LIVE_TOKENS:
            raise Rejected(Refusal.TOKENS_SPENT, most=LIVE_TOKENS)
        token = ApiToken(
            public_id=secrets.token_urlsafe(12),
            company_id=owner.id,
            name=name,
            token_hash=hash_token(plain),
            scopes=" ".join(scope.value for scope in Scope if scope in {Scope.READ, *scopes}),
            created_by_id=act.actor.user_id,
            created_at=act.now,
            expires_at=expires_at,
        )
        session.add(token)
        session.flush()
        tokens.leave_trace(act, token=token, event=AuditEvent.API_TOKEN_CREATED)
        _tell(act, company=owner, token=token)
    return plain


def revoke(act: Act, *, public_id: str) -> ApiToken:
    """End a token at once; an ended one stays unchanged. Commits.

    ``NotFound`` for a token that is absent, of another company, or a colleague's while this account may only look.
    """
    with transaction(act.session):
        token = act.session.scalars(
            select(ApiToken).where(ApiToken.public_id == public_id).with_for_update(key_share=True)
        ).one_or_none()
        bound = {company.id: may_nominate for company, may_nominate in _companies(act)}
        if token is None or token.company_id not in bound:
            raise NotFound
        if not bound[token.company_id] and token.created_by_id != act.actor.user_id:
            raise NotFound
        if token.revoked_at is None:
            tokens.end(act, token)
        return token


def end_all(act: Act) -> int:
    """End every token that this account made, inside the caller's transaction (after a reset); return how many."""
    mine = select(ApiToken).where(ApiToken.created_by_id == act.actor.user_id, ApiToken.revoked_at.is_(None))
    return tokens.end_live(act, act.session.scalars(mine.order_by(ApiToken.id).with_for_update(key_share=True)))


def look_up(session: Session, *, token: str, address: str, now: datetime) -> Caller | None:
    """Return the caller with this token; None if it is unknown, revoked or expired.

    A token reaches no further than the account that made it: it ends with the account and with its last binding to a
    contract of the company.
    """
    row = session.connection().execute(_LIVE, {"hash": hash_token(token), "now": now}).first()
    if row is None:
        return None
    return Caller(
        token_id=row.id,
        company_id=row.company_id,
        scopes=scopes_of(row.scopes),
        last_used_at=row.last_used_at,
        actor=Actor(row.user_id, row.email, row.name, Role.CUSTOMER, None, address, "api"),
    )


def charge(session: Session, *, caller: Caller, now: datetime) -> None:
    """Count a request of the token, and record its use at most once a minute; commits.

    Refuses (``TooManyAttempts``) beyond 120 a minute.
    """
    tokens.count_use(session, model=ApiToken, caller=caller, now=now)


def require_good(act: Act, *, caller: Caller) -> None:
    """Refuse (``NotFound``) if the token ended since the request began; for the transaction that writes."""
    if act.session.connection().execute(_STILL, {"token_id": caller.token_id, "now": act.now}).first() is None:
        raise NotFound


def scopes_of(words: str) -> frozenset[Scope]:
    """Return the scopes from their stored words."""
    return frozenset(Scope(word) for word in words.split())


_BOUND = exists().where(
    Binding.user_id == ApiToken.created_by_id,
    Binding.disabled_at.is_(None),
    Binding.contract_id == Contract.id,
    Contract.company_id == ApiToken.company_id,
)
_ALIVE = (
    ApiToken.revoked_at.is_(None),
    or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now")),
    User.disabled_at.is_(None),
    _BOUND,
)
_LIVE = (
    select(
        ApiToken.id,
        ApiToken.company_id,
        ApiToken.scopes,
        ApiToken.last_used_at,
        User.id.label("user_id"),
        User.email,
        User.name,
    )
    .join(User, User.id == ApiToken.created_by_id)
    .where(ApiToken.token_hash == bindparam("hash"), *_ALIVE)
)
_STILL = (
    select(ApiToken.id)
    .join(User, User.id == ApiToken.created_by_id)
    .where(ApiToken.id == bindparam("token_id"), *_ALIVE)
)


def _companies(act: Act) -> list[tuple[Company, bool]]:
    """Return the companies that the person is bound to, by name, and whether they may nominate for any contract."""
    rows = act.session.execute(
        select(Company, Binding.may_nominate)
        .join(Contract, Contract.company_id == Company.id)
        .join(Binding, Binding.contract_id == Contract.id)
        .where(Binding.user_id == act.actor.user_id, Binding.disabled_at.is_(None))
        .order_by(Company.sort_name)
    )
    found: dict[int, tuple[Company, bool]] = {}
    for company, may_nominate in rows:
        found[company.id] = (company, may_nominate or found.get(company.id, (company, False))[1])
    return list(found.values())


def _company(act: Act, public_id: str) -> tuple[Company, bool]:
    for company, may_nominate in _companies(act):
        if company.public_id == public_id:
            return company, may_nominate
    raise NotFound


def _tell(act: Act, *, company: Company, token: ApiToken) -> None:
    _session, actor = act.session, act.actor
    if not company.contact_email:
        return
    what = "consultar y nominar" if Scope.NOMINATE in scopes_of(token.scopes) else "consultar"
    outbox.post(
        act,
        kind="api-token-created",
        recipient=company.contact_email,
        subject="Se creó un token de la API en el portal de clientes no regulados",
        body=f"{actor.name} ({actor.email}) creó el token «{token.name}» de "
        f"{end_sentence(company.name)} Con él, un sistema de la empresa puede {what} en el portal. Para nominar se "
        "necesita además la clave numérica de cada punto.\n\n"
        "Si usted no lo reconoce, pida que lo revoquen en «Su cuenta», «Tokens de la API», o llame a "
        f"{end_sentence(act.distributor.name)}\n",
    )
