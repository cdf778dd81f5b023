"""What operators want by mail about the books, and what each was told; nominations by the moment they came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "91a4c7e2d05b"
down_revision = "5a3c1e90d750"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TOPICS = "'renominations', 'cancellations', 'late', 'book-changed', 'book-not-frozen', 'book-not-sent'"


def upgrade() -> None:
    op.create_table(
        "operator_mail_choices",
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"topic IN ({_TOPICS})", name=op.f("ck_operator_mail_choices_topic")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operator_mail_choices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_operator_mail_choices")),
    )
    op.create_table(
        "operator_mails_told",
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("occurrence", sa.String(80), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operator_mails_told_user_id")),
        sa.PrimaryKeyConstraint("user_id", "topic", "occurrence", name=op.f("pk_operator_mails_told")),
    )
    op.create_index(op.f("ix_operator_mails_told_told_at"), "operator_mails_told", ["told_at"])
    op.create_index(op.f("ix_nominations_received_at"), "nominations", ["received_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_nominations_received_at"), "nominations")
    op.drop_table("operator_mails_told")
    op.drop_table("operator_mail_choices")
