"""Which frozen version of a day's book was sent upstream, by whom and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "70b3c5d1e8fa"
down_revision = "7d2e94b0c6a1"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "day_book_sendings",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_day_book_sendings_book_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_day_book_sendings_sent_by_id")),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_day_book_sendings")),
    )


def downgrade() -> None:
    op.drop_table("day_book_sendings")
