"""Enums of accounts: roles, and purposes of mailed links with their lifetimes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from .distributor import Distributor


class Role(StrEnum):
    """Role of an account (docs/security.md, "Roles")."""

    CUSTOMER = "customer"
    AGENT = "agent"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class LinkPurpose(StrEnum):
    """Purpose of a single-use link that is mailed."""

    VERIFY = "verify"
    RESET = "reset"
    INVITE = "invite"


LINK_LIFE = {
    LinkPurpose.VERIFY: timedelta(hours=24),
    LinkPurpose.RESET: timedelta(minutes=30),
    LinkPurpose.INVITE: timedelta(hours=72),
}


class Function(StrEnum):
    """Something that a role of the consoles may do."""

    SEE_BALANCES = "see-balances"
    OPEN_ACCOUNTS = "open-accounts"
    SEE_OVERVIEW = "see-overview"
    ADJUST_BALANCES = "adjust-balances"
    APPROVE_ADJUSTMENTS = "approve-adjustments"
    TAKE_CALLS = "take-calls"
    SEE_CALLS = "see-calls"
    SUPERVISE_CALLS = "supervise-calls"
    NOMINATE_FOR_CALLERS = "nominate-for-callers"
    ASK_KEYS_FOR_CALLERS = "ask-keys-for-callers"
    READ_CASES = "read-cases"
    FILE_CASES = "file-cases"
    ANSWER_CASES = "answer-cases"
    SEE_DISPUTED_DAYS = "see-disputed-days"
    MANAGE_COMPANY_USERS = "manage-company-users"
    REQUEST_KEYS = "request-keys"
    APPROVE_KEYS = "approve-keys"
    REQUEST_MORE_LETTERS = "request-more-letters"
    REVOKE_KEYS = "revoke-keys"
    LOAD_READINGS = "load-readings"
    CORRECT_CLOSED_MONTHS = "correct-closed-months"
    CORRECT_OLD_DAYS = "correct-old-days"
    APPROVE_VALUES = "approve-values"
    KEEP_REGISTRY = "keep-registry"
    SEE_DAY_BOOK = "see-day-book"
    AUTHORISE = "authorise"
    KEEP_TIMETABLE = "keep-timetable"
    PUBLISH_NOTICES = "publish-notices"
    SEE_TARIFFS = "see-tariffs"
    PROPOSE_TARIFFS = "propose-tariffs"
    PUBLISH_TARIFFS = "publish-tariffs"
    SEE_DOCUMENTS = "see-documents"
    PROPOSE_DOCUMENTS = "propose-documents"
    PUBLISH_DOCUMENTS = "publish-documents"
    MAKE_TOKENS = "make-tokens"
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
    # The balances of all points on one page; not for agents, likewise.
    Function.SEE_OVERVIEW: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.ADJUST_BALANCES: frozenset({_OPERATOR, _SUPERVISOR}),
    # Above the limit, what somebody else proposed.
    Function.APPROVE_ADJUSTMENTS: frozenset({_SUPERVISOR}),
    # An operator calls those who are missing from the day's book; only an agent acts for a caller.
    Function.TAKE_CALLS: frozenset({_AGENT, _OPERATOR}),
    # Their own calls; supervisors see all of them.
    Function.SEE_CALLS: frozenset({_AGENT, _OPERATOR, _SUPERVISOR}),
    Function.SUPERVISE_CALLS: frozenset({_SUPERVISOR}),
    Function.NOMINATE_FOR_CALLERS: frozenset({_AGENT}),
    # In a verified call; a supervisor approves the letter, as every other.
    Function.ASK_KEYS_FOR_CALLERS: frozenset({_AGENT}),
    Function.READ_CASES: frozenset({_AGENT, _OPERATOR, _SUPERVISOR, _AUDITOR}),
    # Those spoken by telephone or at the office.
    Function.FILE_CASES: frozenset({_AGENT, _OPERATOR, _SUPERVISOR}),
    Function.ANSWER_CASES: frozenset({_OPERATOR, _SUPERVISOR}),
    # The figures of the day that a case is about; an agent sees an account only in an open call.
    Function.SEE_DISPUTED_DAYS: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.MANAGE_COMPANY_USERS: frozenset({_SUPERVISOR}),
    Function.REQUEST_KEYS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.APPROVE_KEYS: frozenset({_SUPERVISOR}),
    # More than the limit by point (docs/security.md, "Letters of keys").
    Function.REQUEST_MORE_LETTERS: frozenset({_SUPERVISOR}),
    Function.REVOKE_KEYS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.LOAD_READINGS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.CORRECT_CLOSED_MONTHS: frozenset({_OPERATOR, _SUPERVISOR}),
    # More than five months back, and stating an exception to it.
    Function.CORRECT_OLD_DAYS: frozenset({_SUPERVISOR}),
    # Of heating values, in closed months.
    Function.APPROVE_VALUES: frozenset({_SUPERVISOR}),
    Function.KEEP_REGISTRY: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.SEE_DAY_BOOK: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.AUTHORISE: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.KEEP_TIMETABLE: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.PUBLISH_NOTICES: frozenset({_OPERATOR, _SUPERVISOR}),
    # Proposed, published and rejected ones, with their differences.
    Function.SEE_TARIFFS: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.PROPOSE_TARIFFS: frozenset({_OPERATOR, _SUPERVISOR}),
    # Publish or reject what somebody else proposed.
    Function.PUBLISH_TARIFFS: frozenset({_SUPERVISOR}),
    # Likewise the versions of documents.
    Function.SEE_DOCUMENTS: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR}),
    Function.PROPOSE_DOCUMENTS: frozenset({_OPERATOR, _SUPERVISOR}),
    Function.PUBLISH_DOCUMENTS: frozenset({_SUPERVISOR}),
    # For the distributor's own systems, which read no more than their maker.
    Function.MAKE_TOKENS: frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR, _ADMIN}),
    Function.READ_AUDIT: frozenset({_SUPERVISOR, _AUDITOR, _ADMIN}),
    Function.EXPORT_EVIDENCE: frozenset({_SUPERVISOR, _AUDITOR}),
    Function.ADMINISTER: frozenset({_ADMIN}),
}

CONSOLE_ROLES = frozenset(Role) - {Role.CUSTOMER}


def may(role: Role | None, function: Function) -> bool:
    """Tell whether ``role`` has ``function``; closed by default."""
    return role in MAY[function]


# Stored with each consent. Raise it with every change of the text; git keeps the old text, and the audit the changes of
# the distributor that it names.
CONSENT_VERSION = "2026-11"

# Paragraphs: who, which data and purposes, rights, how to use them (article 12 of the law).
_TEXT = (
    (
        "Autorizo a {distributor.legal_name} (NIT {distributor.nit}), responsable del tratamiento, a recolectar, "
        "guardar y usar mi nombre, mi correo, la empresa para la que trabajo y el registro de lo que hago en "
        "este portal."
    ),
    (
        "Para qué: crear y proteger mi cuenta, mostrar las cuentas de balance, recibir y probar las nominaciones, "
        "avisarme de ellas y cumplir los deberes que la ley impone a la empresa. Para nada más, y sin entregarlos a "
        "terceros, salvo a la autoridad que los pida con derecho."
    ),
    (
        "Mis derechos: conocer, actualizar y rectificar mis datos, pedir prueba de esta autorización, saber qué uso "
        "se les da, revocarla o pedir que se supriman cuando ningún deber legal o contractual lo impida, y quejarme "
        "ante la Superintendencia de Industria y Comercio."
    ),
    "Cómo los ejerzo: por el PBX {distributor.telephone} o en la {distributor.place_within}.",
)


def consent_text(distributor: Distributor) -> tuple[str, ...]:
    """Return the paragraphs of the authorisation that ``distributor`` asks for."""
    return tuple([paragraph.format(distributor=distributor) for paragraph in _TEXT])


class BindingState(StrEnum):
    """Waits for approval (may read); nominates; reads only; no access."""

    AWAITING = "awaiting"
    NOMINATES = "nominates"
    CONSULTS = "consults"
    DISABLED = "disabled"


class BindingAct(StrEnum):
    """Decision of the distributor, or of the company's manager, about a binding."""

    APPROVE = "approve"
    CONSULT_ONLY = "consult-only"
    DISABLE = "disable"
    ENABLE = "enable"
    MAKE_MANAGER = "make-manager"
    END_MANAGER = "end-manager"


_FROM: Mapping[BindingAct, frozenset[BindingState]] = {
    BindingAct.APPROVE: frozenset({BindingState.AWAITING, BindingState.CONSULTS}),
    BindingAct.CONSULT_ONLY: frozenset({BindingState.AWAITING, BindingState.NOMINATES}),
    BindingAct.DISABLE: frozenset(BindingState) - {BindingState.DISABLED},
    BindingAct.ENABLE: frozenset({BindingState.DISABLED}),
    BindingAct.MAKE_MANAGER: frozenset({BindingState.NOMINATES}),
    BindingAct.END_MANAGER: frozenset({BindingState.NOMINATES}),
}
# Only the distributor appoints managers.
OF_STAFF = frozenset({BindingAct.MAKE_MANAGER, BindingAct.END_MANAGER})


def acts_on(state: BindingState, *, manages: bool, by_staff: bool) -> tuple[BindingAct, ...]:
    """Return the decisions open for a binding in ``state``, in the order in which they are offered.

    A manager decides about colleagues who do not manage; only the distributor changes who manages.
    """
    if manages and not by_staff:
        return ()
    found = [act for act, states in _FROM.items() if state in states and (by_staff or act not in OF_STAFF)]
    superfluous = BindingAct.MAKE_MANAGER if manages else BindingAct.END_MANAGER
    return tuple(act for act in found if act is not superfluous)


class Scope(StrEnum):
    """``READ``: balances, nominations and receipts. ``NOMINATE``: also needs the point's security code."""

    READ = "read"
    NOMINATE = "nominate"


class StaffScope(StrEnum):
    """Scopes of the distributor's own systems. ``READ``: book, authorised quantities, gaps, balances of a day.

    ``AUDIT``: the events of the audit.
    """

    READ = "staff:read"
    AUDIT = "staff:audit"


# Without one of these a scope opens nothing to the maker of a token.
NEEDED: Mapping[StaffScope, Function] = {
    StaffScope.READ: Function.SEE_DAY_BOOK,
    StaffScope.AUDIT: Function.READ_AUDIT,
}
