"""Indexes of heads by their day and of mails that wait, so that no page reads whole tables (adr/0142)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a90d5c13e78b"
down_revision = "c90f5a2e71d8"
branch_labels = None
depends_on = None

WAITING = sa.text("sent_at IS NULL")
OF_A_CASE = sa.text("case_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(op.f("ix_nomination_heads_gas_day"), "nomination_heads", ["gas_day"])
    op.create_index(
        "ix_outbox_messages_waiting",
        "outbox_messages",
        ["next_attempt_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_outbox_messages_case",
        "outbox_messages",
        ["case_id"],
        sqlite_where=OF_A_CASE,
        postgresql_where=OF_A_CASE,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_messages_case", "outbox_messages")
    op.drop_index("ix_outbox_messages_waiting", "outbox_messages")
    op.drop_index(op.f("ix_nomination_heads_gas_day"), "nomination_heads")
