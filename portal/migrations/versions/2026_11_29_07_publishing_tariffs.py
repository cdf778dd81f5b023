"""Tariffs are proposed from a file (adr/0121): its kind, and why its large changes are right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f3a6d81b20c9"
down_revision = "d2f08b6c37e5"
branch_labels = None
depends_on = None

KIND = "ck_uploads_kind"
OLD_KINDS = "kind IN ('readings', 'heating-values', 'registry', 'authorised')"
NEW_KINDS = "kind IN ('readings', 'heating-values', 'registry', 'authorised', 'tariffs')"


def upgrade() -> None:
    op.add_column("tariff_publications", sa.Column("note", sa.String(500), nullable=True))
    _check(NEW_KINDS)


def downgrade() -> None:
    """Fail, changing nothing, where a file of tariffs was sent: the former schema has no place for it."""
    _check(OLD_KINDS)
    op.drop_column("tariff_publications", "note")


def _check(said: str) -> None:
    with op.batch_alter_table("uploads") as batch:
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.create_check_constraint(op.f(KIND), said)
