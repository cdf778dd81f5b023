"""Enums of accounts: roles, and purposes of mailed links with their lifetimes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


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
