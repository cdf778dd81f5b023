"""Contact, telephone, address and shift of each delivery point (adr/0134)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b3d47f10a9c6"
down_revision = "f19d36a0b7e4"
branch_labels = None
depends_on = None

COLUMNS = (("contact_name", 120), ("contact_phone", 40), ("address", 200), ("shift_hours", 120))


def upgrade() -> None:
    for name, length in COLUMNS:
        op.add_column("delivery_points", sa.Column(name, sa.String(length), nullable=True))


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("delivery_points", name)
