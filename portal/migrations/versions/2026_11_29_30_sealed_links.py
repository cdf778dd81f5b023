"""The token of a mailed link sealed beside the mail, no longer in its words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "3b0f6d2c9e51"
down_revision = "a90e4d17c3b8"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
# The longest life of a link.
LONGEST = timedelta(hours=72)
LINK = re.compile(r"(/(?:verificar|restablecer|invitacion)/)[\w-]{20,}")
MAILS = sa.table(
    "outbox_messages",
    sa.column("id", WHOLE),
    sa.column("kind", sa.String),
    sa.column("body", sa.Text),
    sa.column("created_at", MOMENT),
    sa.column("sent_at", MOMENT),
)


def upgrade() -> None:
    with op.batch_alter_table("outbox_messages") as table:
        table.add_column(sa.Column("link_id", WHOLE, nullable=True))
        table.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        table.create_foreign_key(op.f("fk_outbox_messages_link_id"), "email_links", ["link_id"], ["id"])
    op.create_index(
        "ix_outbox_messages_sealed",
        "outbox_messages",
        ["link_id"],
        sqlite_where=sa.text("sealed IS NOT NULL"),
        postgresql_where=sa.text("sealed IS NOT NULL"),
    )
    _blank_old_links()


def _blank_old_links() -> None:
    """Take the tokens out of mails that were sent or waited too long; one that waits still goes as it is."""
    connection = op.get_bind()
    old = sa.select(MAILS.c.id, MAILS.c.body).where(
        MAILS.c.kind.in_(("verify-email", "reset-password", "invitation")),
        sa.or_(MAILS.c.sent_at.is_not(None), MAILS.c.created_at < datetime.now(UTC) - LONGEST),
    )
    for row in connection.execute(old).all():
        blanked = LINK.sub(r"\1[enlace-sellado]", row.body)
        connection.execute(sa.update(MAILS).where(MAILS.c.id == row.id).values(body=blanked))


def downgrade() -> None:
    op.drop_index("ix_outbox_messages_sealed", table_name="outbox_messages")
    with op.batch_alter_table("outbox_messages") as table:
        table.drop_constraint(op.f("fk_outbox_messages_link_id"), type_="foreignkey")
        table.drop_column("sealed")
        table.drop_column("link_id")
