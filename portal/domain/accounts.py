"""Words for accounts: roles and the purposes of a mailed link."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a person is to the portal (docs/security.md, "Roles")."""

    CUSTOMER = "customer"
    AGENT = "agent"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class LinkPurpose(StrEnum):
    """Why a single-use link was mailed."""

    VERIFY = "verify"
    RESET = "reset"
    INVITE = "invite"


LINK_LIFE = {
    LinkPurpose.VERIFY: timedelta(hours=24),
    LinkPurpose.RESET: timedelta(minutes=30),
    LinkPurpose.INVITE: timedelta(hours=72),
}
