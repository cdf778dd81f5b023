"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from portal.models import Binding
from portal.services.store.statements import Statement

# Prepared 96 µs, plain 279 µs: 0.9 % of a signature.
MAY_NOMINATE = Statement(
    select(Binding.may_nominate).where(
        Binding.user_id == bindparam("user_id"),
        Binding.contract_id == bindparam("contract_id"),
        Binding.disabled_at.is_(None),
    )
)
