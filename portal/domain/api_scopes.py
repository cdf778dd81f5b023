"""Scopes of an API token."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """``READ``: balances, nominations and receipts. ``NOMINATE``: also needs the point's security code."""

    READ = "read"
    NOMINATE = "nominate"
