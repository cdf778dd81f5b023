"""A contact chooses contingencies apart from other announcements, and may hear of full authorisations (adr/0165)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c2e95b18f4c6"
down_revision = "c1d84a07e3b5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what each contact chose: critical announcements go to the contacts for announcements."""
    with op.batch_alter_table("contacts") as batch:
        batch.add_column(sa.Column("wants_contingencies", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch.add_column(sa.Column("wants_in_full", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE contacts SET wants_contingencies = wants_notices")


def downgrade() -> None:
    """Forget both choices: a critical announcement goes to who wants announcements."""
    with op.batch_alter_table("contacts") as batch:
        batch.drop_column("wants_in_full")
        batch.drop_column("wants_contingencies")
