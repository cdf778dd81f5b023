"""A carrier's code, and a name within its contract, may pass on to another delivery point from a day on."""

from __future__ import annotations

from alembic import op

revision = "e3a7915c08d4"
down_revision = "b95e2d7a4c60"
branch_labels = None
depends_on = None

_BEFORE = {
    "uq_delivery_points_carrier_code": ["carrier_code"],
    "uq_delivery_points_contract_id_name": ["contract_id", "name"],
}
_AFTER = {
    "uq_delivery_points_carrier_code_starts_on": ["carrier_code", "starts_on"],
    "uq_delivery_points_contract_id_name_starts_on": ["contract_id", "name", "starts_on"],
}


def upgrade() -> None:
    _exchange(_BEFORE, _AFTER)


def downgrade() -> None:
    # Fails, and changes nothing, once a code has passed on: the rows before and after cannot both keep it.
    _exchange(_AFTER, _BEFORE)


def _exchange(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    with op.batch_alter_table("delivery_points") as table:
        for name in old:
            table.drop_constraint(op.f(name), type_="unique")
        for name, columns in new.items():
            table.create_unique_constraint(op.f(name), columns)
