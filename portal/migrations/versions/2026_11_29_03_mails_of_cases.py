"""A mail of the outbox names the case that it is about (adr/0117)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c4e7a05d91b2"
down_revision = "2e485d1a849b"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "fk_outbox_messages_case_id"


def upgrade() -> None:
    with op.batch_alter_table("outbox_messages") as batch:
        batch.add_column(sa.Column("case_id", WHOLE, nullable=True))
        batch.create_foreign_key(op.f(NAME), "cases", ["case_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("outbox_messages") as batch:
        batch.drop_constraint(op.f(NAME), type_="foreignkey")
        batch.drop_column("case_id")
