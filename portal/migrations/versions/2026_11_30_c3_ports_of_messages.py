"""A message of the outbox leaves by a port, until now always by mail (adr/0166)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c3f06d29a5d7"
down_revision = "d4c07a91be36"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox_messages") as batch:
        batch.add_column(sa.Column("port", sa.String(40), server_default="mail", nullable=False))
        batch.create_check_constraint(op.f("ck_outbox_messages_port"), "port IN ('mail', 'sms', 'whatsapp')")


def downgrade() -> None:
    """Forget the messages of other ports: the program before would send them as mails."""
    op.execute(
        "DELETE FROM nomination_mails WHERE outbox_message_id IN (SELECT id FROM outbox_messages WHERE port <> 'mail')"
    )
    op.execute("DELETE FROM outbox_messages WHERE port <> 'mail'")
    with op.batch_alter_table("outbox_messages") as batch:
        batch.drop_constraint(op.f("ck_outbox_messages_port"), type_="check")
        batch.drop_column("port")
