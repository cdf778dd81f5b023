"""A mail says which nominations it is about, so that a receipt shows its state (adr/0164)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c1d84a07e3b5"
down_revision = "b3d80e61f5a4"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RECEIPTS = sa.text("attaches_nomination_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "nomination_mails",
        sa.Column("nomination_id", WHOLE, nullable=False),
        sa.Column("outbox_message_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_mails_nomination_id")),
        sa.ForeignKeyConstraint(
            ["outbox_message_id"], ["outbox_messages.id"], name=op.f("fk_nomination_mails_outbox_message_id")
        ),
        sa.PrimaryKeyConstraint("nomination_id", "outbox_message_id", name=op.f("pk_nomination_mails")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_nomination_mails_outbox_message_id"), "nomination_mails", ["outbox_message_id"])
    op.create_index(
        "ix_outbox_messages_receipt",
        "outbox_messages",
        ["attaches_nomination_id"],
        sqlite_where=RECEIPTS,
        postgresql_where=RECEIPTS,
    )


def downgrade() -> None:
    """Forget which nominations a mail without their receipt is about."""
    op.drop_index("ix_outbox_messages_receipt", table_name="outbox_messages")
    op.drop_table("nomination_mails")
