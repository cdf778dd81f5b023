"""What the worker did at its hour, so that nobody does it twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a90e4d17c3b8"
down_revision = "71c4e8b2d605"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_runs",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty_runs")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("duty_runs")
