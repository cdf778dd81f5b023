"""Functions of each role of the consoles: the one table for code, tests and documents.

Source: docs/security.md, "Roles".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .accounts import Role


class Function(StrEnum):
    """Something that a role of the consoles may do."""

    SEE_BALANCES = "see-balances"
    OPEN_ACCOUNTS = "open-accounts"
    NOMINATE_FOR_CALLERS = "nominate-for-callers"
    READ_CLAIMS = "read-claims"
    ANSWER_CLAIMS = "answer-claims"
    MANAGE_COMPANY_USERS = "manage-company-users"
    REQUEST_KEYS = "request-keys"
    APPROVE_KEYS = "approve-keys"
    REVOKE_KEYS = "revoke-keys"
    LOAD_READINGS = "load-readings"
    CORRECT_CLOSED_MONTHS = "correct-closed-months"
    KEEP_REGISTRY = "keep-registry"
    SEE_DAY_BOOK = "see-day-book"
    AUTHORISE = "authorise"
    KEEP_TIMETABLE = "keep-timetable"
    PUBLISH_NOTICES = "publish-notices"
    READ_AUDIT = "read-audit"
    EXPORT_EVIDENCE = "export-evidence"
    ADMINISTER = "administer"


_AGENT, _OPERATOR, _SUPERVISOR, _AUDITOR, _ADMIN = (
    Role.AGENT,
    Role.OPERATOR,
    Role.SUPERVISOR,
    Role.AUDITOR,
    Role.ADMIN,
)

# Customers have none: keys open what they see, not a role. Further limits (an open call, never one's own request, a
# second person) belong to the use cases.
MAY: Mapping[Function, frozenset[Role]] = {
    Function.SEE_BALANCES: frozenset({_AGENT, _OPERATOR, _SUPERVISOR, _AUDITOR}),
    # An agent sees an account only in an open call, a use case of its own.
    Function.OPEN_ACCOUNTS: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.NOMINATE_FOR_CALLERS: frozenset({_AGENT}),
    Function.READ_CLAIMS: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.ANSWER_CLAIMS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.MANAGE_COMPANY_USERS: frozenset({_SUPERVISOR}),
    Function.REQUEST_KEYS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.APPROVE_KEYS: frozenset({_SUPERVISOR}),
    Function.REVOKE_KEYS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.LOAD_READINGS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.CORRECT_CLOSED_MONTHS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.KEEP_REGISTRY: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.SEE_DAY_BOOK: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.AUTHORISE: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.KEEP_TIMETABLE: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.PUBLISH_NOTICES: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.READ_AUDIT: frozenset({_SUPERVISOR, _AUDITOR, _ADMIN}),
    Function.EXPORT_EVIDENCE: frozenset({_SUPERVISOR, _AUDITOR}),
    Function.ADMINISTER: frozenset({_ADMIN}),
}

CONSOLE_ROLES = frozenset(Role) - {Role.CUSTOMER}


def may(role: Role | None, function: Function) -> bool:
    """Tell whether ``role`` has ``function``; closed by default."""
    return role in MAY[function]
