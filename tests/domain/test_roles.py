"""The table of roles: deny by default, and what docs/security.md, "Roles" says of each."""

from __future__ import annotations

import pytest

from portal.domain.accounts import CONSOLE_ROLES, MAY, Function, Role, may


def test_every_function_has_somebody_and_no_customer():
    assert MAY.keys() == set(Function)
    for function in Function:
        assert MAY[function]
        assert MAY[function] <= CONSOLE_ROLES


def test_nobody_and_customers_may_nothing():
    assert frozenset(Role) - CONSOLE_ROLES == {Role.CUSTOMER}
    assert not any(may(Role.CUSTOMER, function) for function in Function)
    for function in Function:
        assert not may(None, function)


@pytest.mark.parametrize(
    ("role", "functions"),
    [
        (
            Role.AGENT,
            {
                Function.SEE_BALANCES,
                Function.TAKE_CALLS,
                Function.SEE_CALLS,
                Function.NOMINATE_FOR_CALLERS,
                Function.ASK_KEYS_FOR_CALLERS,
                Function.READ_CASES,
                Function.FILE_CASES,
            },
        ),
        (Role.ADMIN, {Function.MAKE_TOKENS, Function.READ_AUDIT, Function.ADMINISTER}),
        (
            Role.AUDITOR,
            {
                Function.SEE_BALANCES,
                Function.OPEN_ACCOUNTS,
                Function.SEE_OVERVIEW,
                Function.READ_CASES,
                Function.SEE_DISPUTED_DAYS,
                Function.SEE_DAY_BOOK,
                Function.SEE_TARIFFS,
                Function.SEE_DOCUMENTS,
                Function.MAKE_TOKENS,
                Function.READ_AUDIT,
                Function.EXPORT_EVIDENCE,
            },
        ),
        (
            Role.OPERATOR,
            set(Function)
            - {
                Function.SUPERVISE_CALLS,
                Function.NOMINATE_FOR_CALLERS,
                Function.ASK_KEYS_FOR_CALLERS,
                Function.MANAGE_COMPANY_USERS,
                Function.APPROVE_KEYS,
                Function.REQUEST_MORE_LETTERS,
                Function.APPROVE_ADJUSTMENTS,
                Function.CORRECT_OLD_DAYS,
                Function.APPROVE_VALUES,
                Function.PUBLISH_TARIFFS,
                Function.PUBLISH_DOCUMENTS,
                Function.READ_AUDIT,
                Function.EXPORT_EVIDENCE,
                Function.ADMINISTER,
            },
        ),
        (
            Role.SUPERVISOR,
            set(Function)
            - {
                Function.TAKE_CALLS,
                Function.NOMINATE_FOR_CALLERS,
                Function.ASK_KEYS_FOR_CALLERS,
                Function.ADMINISTER,
            },
        ),
    ],
)
def test_each_role_may_what_the_table_says(role: Role, functions: set[Function]):
    assert {function for function in Function if may(role, function)} == functions
