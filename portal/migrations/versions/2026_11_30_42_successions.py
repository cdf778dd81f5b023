"""Succession of points: what follows what, from which day on, and whether the balance goes along (adr/0135)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c81e5a2f70d4"
down_revision = "d81b6c30f5e2"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "ck_adjustments_reason"
OLD = "reason IN ('netting', 'payback', 'compensation', 'correction', 'opening')"
NEW = OLD.replace("'opening'", "'opening', 'transfer'")


def upgrade() -> None:
    op.add_column("delivery_points", sa.Column("handed_on", sa.Date(), nullable=True))
    op.create_table(
        "point_successions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("before_id", WHOLE, nullable=False),
        sa.Column("after_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("kind IN ('change', 'merger', 'division')", name=op.f("ck_point_successions_kind")),
        sa.CheckConstraint("before_id <> after_id", name=op.f("ck_point_successions_two_points")),
        sa.ForeignKeyConstraint(["before_id"], ["delivery_points.id"], name=op.f("fk_point_successions_before_id")),
        sa.ForeignKeyConstraint(["after_id"], ["delivery_points.id"], name=op.f("fk_point_successions_after_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_point_successions_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_successions")),
        sa.UniqueConstraint(
            "before_id", "after_id", "gas_day", name=op.f("uq_point_successions_before_id_after_id_gas_day")
        ),
    )
    op.create_index(op.f("ix_point_successions_after_id"), "point_successions", ["after_id"])
    _check(NEW)


def downgrade() -> None:
    """Fail, changing nothing, where a balance was carried: the former schema has no place for it."""
    _check(OLD)
    op.drop_table("point_successions")
    op.drop_column("delivery_points", "handed_on")


def _check(said: str) -> None:
    with op.batch_alter_table("adjustments") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), said)
