"""Steps of the investigations of significant deviations (adr/0172)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c7e2490b18fd"
down_revision = "b3e6a84d15c7"
branch_labels = None
depends_on = None

TABLE = "investigation_entries"
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investigation_entries")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_investigation_entries_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_investigation_entries_written_by_id")),
        sa.CheckConstraint(
            "step IN ('opened', 'desk', 'visit', 'missed-visit', 'record', 'decision', 'notice')",
            name=op.f("ck_investigation_entries_step"),
        ),
        sa.UniqueConstraint(
            "delivery_point_id", "month", "number", name=op.f("uq_investigation_entries_delivery_point_id_month_number")
        ),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
