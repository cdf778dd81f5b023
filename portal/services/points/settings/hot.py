"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from portal.domain.settings import SettingName
from portal.models import SettingRow
from portal.services.store.statements import Statement

# Prepared 119 µs, plain 273 µs: 1.1 % of the day book.
ROWS = Statement(
    select(
        SettingRow.name,
        SettingRow.modality,
        SettingRow.contract_id,
        SettingRow.delivery_point_id,
        SettingRow.value,
        SettingRow.valid_from,
    ).order_by(SettingRow.id)
)
# Not measured apart: runs in the same transactions.
STEPS = Statement(
    select(SettingRow.valid_from, SettingRow.value)
    .where(SettingRow.name == SettingName.TOLERANCE, SettingRow.contract_id == bindparam("contract_id"))
    .order_by(SettingRow.id)
)
