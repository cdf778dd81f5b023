"""Topics that a contact wants by another port than mail (adr/0166)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c4a17e3ab6e8"
down_revision = "c3f06d29a5d7"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contact_ports",
        sa.Column("contact_id", WHOLE, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("port", sa.String(40), nullable=False),
        sa.CheckConstraint("port IN ('mail', 'sms', 'whatsapp')", name=op.f("ck_contact_ports_port")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_ports_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "topic", "port", name=op.f("pk_contact_ports")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("contact_ports")
