"""What a company's own system may do with its token."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """Read balances, nominations and receipts; nominate, which also needs the point's security code."""

    READ = "read"
    NOMINATE = "nominate"
