"""What a corrected heating value did to a point is only ever added, by numbers that grow, so that anchors seal it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f6c81d2a9e35"
down_revision = "e3a7915c08d4"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE, KEPT = "late_heating_effects", "late_heating_effects_kept"
COLUMNS = (
    "late_heating_value_id, delivery_point_id, treatment, days, last_day, kept_until, effect_m3, effect_mbtu, "
    "adjustment_id"
)


def upgrade() -> None:
    _make_anew(
        sa.Column("id", WHOLE, nullable=False),
        keys=(
            sa.PrimaryKeyConstraint("id", name=op.f("pk_late_heating_effects")),
            sa.UniqueConstraint(
                "late_heating_value_id",
                "delivery_point_id",
                name=op.f("uq_late_heating_effects_late_heating_value_id_delivery_point_id"),
            ),
        ),
    )


def downgrade() -> None:
    _make_anew(
        keys=(
            sa.PrimaryKeyConstraint("late_heating_value_id", "delivery_point_id", name=op.f("pk_late_heating_effects")),
        )
    )


def _make_anew(*first: sa.Column[int], keys: tuple[sa.Constraint, ...]) -> None:
    """Make the table with these keys and put back what it had, in the order in which it was written."""
    op.execute(f"CREATE TABLE {KEPT} AS SELECT {COLUMNS} FROM {TABLE}")  # noqa: S608
    op.drop_table(TABLE)
    op.create_table(
        TABLE,
        *first,
        sa.Column("late_heating_value_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("treatment", sa.String(40), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("effect_m3", sa.BigInteger(), nullable=False),
        sa.Column("effect_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_id", WHOLE, nullable=True),
        sa.CheckConstraint(
            "treatment IS NULL OR treatment IN ('adjustment', 'restatement')",
            name=op.f("ck_late_heating_effects_treatment"),
        ),
        sa.CheckConstraint(
            "(kept_until IS NULL) = (treatment IS NOT NULL AND treatment = 'restatement')",
            name=op.f("ck_late_heating_effects_kept_unless_restated"),
        ),
        sa.ForeignKeyConstraint(
            ["adjustment_id"], ["adjustments.id"], name=op.f("fk_late_heating_effects_adjustment_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_late_heating_effects_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["late_heating_value_id"],
            ["late_heating_values.id"],
            name=op.f("fk_late_heating_effects_late_heating_value_id"),
        ),
        *keys,
    )
    op.execute(
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {KEPT} "  # noqa: S608
        "ORDER BY late_heating_value_id, delivery_point_id"
    )
    op.drop_table(KEPT)
