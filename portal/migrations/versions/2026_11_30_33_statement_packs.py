"""Packs of the statements of a company in a month, made by a job (adr/0129)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f19d36a0b7e4"
down_revision = "e07b42c8d51f"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NAME = "ck_jobs_kind"
OLD = "kind IN ('import-readings', 'import-heating-values', 'import-registry', 'certify-readings')"
NEW = OLD.replace("'certify-readings'", "'certify-readings', 'pack-statements'")


def upgrade() -> None:
    op.create_table(
        "statement_packs",
        sa.Column("job_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("company_id", WHOLE, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_statement_packs_job_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_statement_packs_company_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_statement_packs")),
    )
    op.create_index(op.f("ix_statement_packs_company_id"), "statement_packs", ["company_id"])
    _check(NEW)


def downgrade() -> None:
    """Fail, changing nothing, where a pack was asked for: the former schema has no place for it."""
    op.drop_table("statement_packs")
    _check(OLD)


def _check(said: str) -> None:
    with op.batch_alter_table("jobs") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), said)
