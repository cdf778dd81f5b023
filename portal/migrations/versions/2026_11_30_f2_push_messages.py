"""A message of the outbox may leave by web push (adr/0176)."""

from __future__ import annotations

from alembic import op

revision = "f2a94e17d05b"
down_revision = "f1d83b60c7e4"
branch_labels = None
depends_on = None

TABLES = ("outbox_messages", "contact_ports")
BEFORE, SINCE = "'mail', 'sms', 'whatsapp'", "'mail', 'sms', 'whatsapp', 'push'"


def upgrade() -> None:
    for table in TABLES:
        _allow(table, SINCE)


def downgrade() -> None:
    """Forget the messages by web push: the program before knows no such port."""
    op.execute("DELETE FROM push_messages")
    op.execute(
        "DELETE FROM nomination_mails WHERE outbox_message_id IN (SELECT id FROM outbox_messages WHERE port = 'push')"
    )
    op.execute("DELETE FROM outbox_messages WHERE port = 'push'")
    op.execute("DELETE FROM contact_ports WHERE port = 'push'")
    for table in TABLES:
        _allow(table, BEFORE)


def _allow(table: str, ports: str) -> None:
    """Let ``port`` hold these words."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_port"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_port"), f"port IN ({ports})")
