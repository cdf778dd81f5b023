"""By which clause of the contract a correction is charged after five months, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "91d83f0b6a72"
down_revision = "91a4c7e2d05b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("late_corrections") as table:
        table.add_column(sa.Column("exception_clause", sa.String(40), nullable=True))
        table.add_column(sa.Column("exception_reason", sa.String(300), nullable=True))
        table.create_check_constraint(
            op.f("ck_late_corrections_exception"), "exception_clause IS NULL OR exception_clause IN ('51', '68')"
        )
        table.create_check_constraint(
            op.f("ck_late_corrections_exception_whole"), "(exception_clause IS NULL) = (exception_reason IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("late_corrections") as table:
        table.drop_constraint(op.f("ck_late_corrections_exception_whole"), type_="check")
        table.drop_constraint(op.f("ck_late_corrections_exception"), type_="check")
        table.drop_column("exception_reason")
        table.drop_column("exception_clause")
