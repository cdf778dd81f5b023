"""The balance before the first day of an account is an adjustment of its own kind, once a point (adr/0136)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b36e0d94f7c2"
down_revision = "b3d47f10a9c6"
branch_labels = None
depends_on = None

REASON = "ck_adjustments_reason"
OLD = "reason IN ('netting', 'payback', 'compensation', 'correction')"
NEW = OLD.replace("'correction'", "'correction', 'opening'")
ONE = "ix_adjustments_one_opening"
OPENING = "reason = 'opening'"


def upgrade() -> None:
    _check(NEW)
    op.create_index(
        op.f(ONE),
        "adjustments",
        ["delivery_point_id"],
        unique=True,
        sqlite_where=sa.text(OPENING),
        postgresql_where=sa.text(OPENING),
    )


def downgrade() -> None:
    """Fail, changing nothing, where an opening balance was loaded: the former schema has no place for it."""
    op.drop_index(op.f(ONE), table_name="adjustments")
    _check(OLD)


def _check(said: str) -> None:
    with op.batch_alter_table("adjustments") as batch:
        batch.drop_constraint(op.f(REASON), type_="check")
        batch.create_check_constraint(op.f(REASON), said)
