"""Which version of a key an attempt fitted, so that what was proved with it ends when that version does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5a3c1e90d750"
down_revision = "c4d81f6a2e40"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Of before it was noted: certain where one version alone opened the point at that moment. Where two did, the key is
# asked for once more.
_FILL = sa.text(
    """
    UPDATE key_attempts SET access_key_id = (
        SELECT min(access_keys.id) FROM access_keys
        WHERE access_keys.delivery_point_id = key_attempts.delivery_point_id
          AND access_keys.issued_at <= key_attempts.at
          AND (access_keys.ended_at IS NULL OR access_keys.ended_at > key_attempts.at)
        HAVING count(*) = 1
    )
    WHERE outcome = 'right' AND kind = 'numeric'
    """
)


def upgrade() -> None:
    with op.batch_alter_table("key_attempts") as table:
        table.add_column(sa.Column("access_key_id", WHOLE, nullable=True))
        table.create_foreign_key(op.f("fk_key_attempts_access_key_id"), "access_keys", ["access_key_id"], ["id"])
    op.execute(_FILL)


def downgrade() -> None:
    with op.batch_alter_table("key_attempts") as table:
        table.drop_constraint(op.f("fk_key_attempts_access_key_id"), type_="foreignkey")
        table.drop_column("access_key_id")
