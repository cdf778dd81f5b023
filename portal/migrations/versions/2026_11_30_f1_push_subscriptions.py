"""Browsers that receive messages by web push, their topics, and the messages for them (adr/0176)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f1d83b60c7e4"
down_revision = "e5f19a63c0b8"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("key_mark", sa.LargeBinary(8), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_sent_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_push_subscriptions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_push_subscriptions_public_id")),
    )
    op.create_index(op.f("ix_push_subscriptions_user_id"), "push_subscriptions", ["user_id"])
    op.create_index(
        "ix_push_subscriptions_endpoint",
        "push_subscriptions",
        ["endpoint_hash"],
        unique=True,
        sqlite_where=sa.text("endpoint_hash IS NOT NULL"),
        postgresql_where=sa.text("endpoint_hash IS NOT NULL"),
    )
    op.create_table(
        "push_topics",
        sa.Column("push_subscription_id", WHOLE, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["push_subscription_id"], ["push_subscriptions.id"], name=op.f("fk_push_topics_push_subscription_id")
        ),
        sa.PrimaryKeyConstraint("push_subscription_id", "topic", name=op.f("pk_push_topics")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "push_messages",
        sa.Column("outbox_message_id", WHOLE, nullable=False, autoincrement=False),
        sa.Column("push_subscription_id", WHOLE, nullable=False),
        sa.Column("company_id", WHOLE, nullable=True),
        sa.Column("thread", sa.String(32), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_message_id"], ["outbox_messages.id"], name=op.f("fk_push_messages_outbox_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["push_subscription_id"], ["push_subscriptions.id"], name=op.f("fk_push_messages_push_subscription_id")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_push_messages_company_id")),
        sa.PrimaryKeyConstraint("outbox_message_id", name=op.f("pk_push_messages")),
    )
    op.create_index(op.f("ix_push_messages_push_subscription_id"), "push_messages", ["push_subscription_id"])


def downgrade() -> None:
    """Forget every subscription; the revision above has taken its messages."""
    op.drop_table("push_messages")
    op.drop_table("push_topics")
    op.drop_table("push_subscriptions")
