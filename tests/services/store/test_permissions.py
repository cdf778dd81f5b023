"""The one place where a use case asks who may do it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from portal.domain.accounts import Function, Role, may
from portal.services.store.acts import Act, Actor
from portal.services.store.permissions import require
from portal.services.store.refusals import NotAllowed, Refusal, Rejected

NOW = datetime(2026, 11, 29, 17, 30, tzinfo=UTC)


def act_of(role: Role | None, user_id: int | None = 7) -> Act:
    actor = replace(Actor.system("web"), role=role, user_id=user_id)
    return Act.at(cast("Any", None), actor, NOW)


@pytest.mark.parametrize(("role", "function"), list(itertools.product([*Role, None], Function)))
def test_who_may_is_told_its_account_and_everybody_else_is_refused(role: Role | None, function: Function):
    if may(role, function):
        assert require(act_of(role), function) == 7
        return
    with pytest.raises(NotAllowed):
        require(act_of(role), function)


def test_who_is_not_signed_in_is_refused_whatever_the_role():
    with pytest.raises(NotAllowed):
        require(act_of(Role.SUPERVISOR, user_id=None), Function.AUTHORISE)


def test_who_may_ask_and_not_decide_is_told_why():
    refused = Rejected(Refusal.EXCEPTION_BY_SUPERVISOR, "exception_clause")
    with pytest.raises(Rejected) as raised:
        require(act_of(Role.OPERATOR), Function.CORRECT_OLD_DAYS, otherwise=refused)
    assert raised.value is refused
    assert require(act_of(Role.SUPERVISOR), Function.CORRECT_OLD_DAYS, otherwise=refused) == 7
