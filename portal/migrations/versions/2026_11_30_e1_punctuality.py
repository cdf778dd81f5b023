"""Deadlines that the distributor kept, month by month (adr/0169)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b3d80e61f5a4"
down_revision = "f27c95e0a4b1"
branch_labels = None
depends_on = None

MONTHS, CUTS = "punctuality_months", "punctuality_cuts"
COUNTS = (
    "days",
    "days_kept",
    "requests",
    "points",
    "readings",
    "readings_kept",
    "corrections",
    "terms",
    "terms_kept",
)


def upgrade() -> None:
    op.create_table(
        MONTHS,
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS],
        sa.PrimaryKeyConstraint("month", name=op.f("pk_punctuality_months")),
        sa.CheckConstraint(
            "days_kept <= days AND readings_kept <= readings AND terms_kept <= terms",
            name=op.f("ck_punctuality_months_kept_of_what_was_due"),
        ),
    )
    op.create_table(
        CUTS,
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("cut_reason", sa.String(40), nullable=False),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in ("days", "requests", "points")],
        sa.PrimaryKeyConstraint("month", "cut_reason", name=op.f("pk_punctuality_cuts")),
        sa.CheckConstraint(
            "cut_reason IN ('CPR', 'CRN', 'PCC', 'CCD', 'EPM', 'EPS', 'FMJ', 'NGU', 'CNA', 'GQS')",
            name=op.f("ck_punctuality_cuts_cut_reason"),
        ),
    )


def downgrade() -> None:
    op.drop_table(CUTS)
    op.drop_table(MONTHS)
