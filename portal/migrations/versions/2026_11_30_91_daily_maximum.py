"""The daily maximum of a contract may be set from a gas day on (adr/0143)."""

from __future__ import annotations

from alembic import op

revision = "d4a71f6e20b9"
down_revision = "a90d5c13e78b"
branch_labels = None
depends_on = None

NAME = "ck_setting_rows_name"
OLD = (
    "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high', "
    "'adjustment-limit', 'cut-priority')"
)
NEW = OLD.replace("'cut-priority'", "'cut-priority', 'daily-maximum'")


def upgrade() -> None:
    _check(NEW)


def downgrade() -> None:
    """Fail, changing nothing, where a maximum was set: the former schema has no place for it."""
    _check(OLD)


def _check(said: str) -> None:
    with op.batch_alter_table("setting_rows") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), said)
