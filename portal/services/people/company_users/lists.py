"""Lists of customers' accounts for the distributor: by pending decision, name, company or contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from portal.domain.accounts import Function, Role
from portal.domain.searched import MOST_WORDS
from portal.models import Binding, Company, Contract, User
from portal.services.store import keyset, point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Place, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound


class Shown(StrEnum):
    """Selections of accounts for a list."""

    AWAITING = "awaiting"
    NOMINATING = "nominating"
    CONSULTING = "consulting"
    DISABLED = "disabled"
    WITHOUT_CONTRACT = "without-contract"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer's account with its bindings, by company."""

    user: User
    bindings: Sequence[Binding]


@dataclass(frozen=True, slots=True)
class Holders:
    """A page of accounts, and the count of each kind."""

    holders: Sequence[Holder]
    counts: Mapping[Shown, int]
    next: Place | None


_OWN = Binding.user_id == User.id
_ENABLED = Binding.disabled_at.is_(None)
_FILTERS: Mapping[Shown, ColumnElement[bool]] = {
    Shown.AWAITING: exists().where(_OWN, _ENABLED, ~Binding.may_nominate, ~Binding.consult_only),
    Shown.NOMINATING: exists().where(_OWN, _ENABLED, Binding.may_nominate),
    Shown.CONSULTING: exists().where(_OWN, _ENABLED, Binding.consult_only),
    Shown.DISABLED: or_(User.disabled_at.is_not(None), exists().where(_OWN, Binding.disabled_at.is_not(None))),
    Shown.WITHOUT_CONTRACT: ~exists().where(_OWN),
    Shown.ALL: true(),
}
_CUSTOMER = User.role == Role.CUSTOMER
_COUNTS = select(
    *[
        select(func.count()).select_from(User).where(_CUSTOMER, condition).scalar_subquery().label(shown.name)
        for shown, condition in _FILTERS.items()
    ]
)


def list_accounts(act: Act, *, shown: Shown, words: str, after: int | None = None) -> Holders:
    """Return a page of customers' accounts by name, after the one with a row id.


    ``words`` are searched in name, mail, company and contract. Three queries, whatever their number.
    """
    session = act.session
    require(act, Function.MANAGE_COMPANY_USERS)
    wanted = select(User).where(_CUSTOMER, _FILTERS[shown])
    for word in words.split()[:MOST_WORDS]:
        wanted = wanted.where(_matches(word))
    if after is not None:
        wanted = wanted.where(keyset.match_later([User.name], row_id=User.id, after=after))
    users = session.scalars(wanted.order_by(User.name, User.id).limit(PAGE + 1)).all()
    found = take_page(users, length=PAGE, place=lambda user: (user.id,))
    counted = session.execute(_COUNTS).one()
    counts = {each: getattr(counted, each.name) for each in Shown}
    return Holders(_with_bindings(session, found.rows), counts, found.next)


def load(act: Act, *, account: str) -> Holder:
    """Return one customer's account with its bindings; ``NotFound`` for an absent one and for a console account."""
    require(act, Function.MANAGE_COMPANY_USERS)
    user = act.session.scalars(select(User).where(User.public_id == account, _CUSTOMER)).one_or_none()
    if user is None:
        raise NotFound
    return _with_bindings(act.session, [user])[0]


def _with_bindings(session: Session, users: Sequence[User]) -> list[Holder]:
    rows = session.scalars(
        select(Binding)
        .where(Binding.user_id.in_([user.id for user in users]))
        .options(joinedload(Binding.contract).joinedload(Contract.company))
        .order_by(Binding.id)
    ).unique()
    kept: dict[int, list[Binding]] = {user.id: [] for user in users}
    for row in rows:
        kept[row.user_id].append(row)
    return [Holder(user, kept[user.id]) for user in users]


def _matches(word: str) -> ColumnElement[bool]:
    of_contract = (
        exists()
        .where(_OWN, Contract.id == Binding.contract_id, Company.id == Contract.company_id)
        .where(point_search.match_word(word, Contract, Company))
    )
    return or_(
        func.lower(User.name).contains(word.casefold(), autoescape=True),
        User.email.contains(word.casefold(), autoescape=True),
        of_contract,
    )
