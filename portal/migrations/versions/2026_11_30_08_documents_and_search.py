"""Documents are versions with their files and summaries (adr/0128); public texts are searched (adr/0127)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a84c1f0e67d2"
down_revision = "f3a6d81b20c9"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("published_by", sa.String(12), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('contract', 'regulation', 'resolution', 'form', 'report')", name=op.f("ck_documents_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("published_by", "slug", name=op.f("uq_documents_published_by_slug")),
    )
    op.create_table(
        "document_versions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("document_id", WHOLE, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=True),
        sa.Column("changes", sa.String(2000), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'published', 'rejected')", name=op.f("ck_document_versions_state")),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_document_versions_decided_when_not_proposed")
        ),
        sa.CheckConstraint(
            "valid_through IS NULL OR valid_through >= valid_from",
            name=op.f("ck_document_versions_through_after_from"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_document_versions_proposed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_document_versions_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_versions_document_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_document_versions_public_id")),
    )
    op.create_index("ix_document_versions_state", "document_versions", ["state"])
    op.create_table(
        "document_files",
        sa.Column("version_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["document_versions.id"], name=op.f("fk_document_files_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_document_files")),
    )
    op.create_table(
        "document_points",
        sa.Column("version_id", WHOLE, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(80), nullable=False),
        sa.Column("text", sa.String(900), nullable=False),
        sa.Column("clause", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["document_versions.id"], name=op.f("fk_document_points_version_id")),
        sa.PrimaryKeyConstraint("version_id", "place", name=op.f("pk_document_points")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("published_by", sa.String(12), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("shown_from", MOMENT, nullable=True),
        sa.Column("shown_until", MOMENT, nullable=True),
        sa.Column("title_stems", sa.Text(), nullable=False),
        sa.Column("text_stems", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('summary', 'document', 'guide', 'question', 'term', 'notice', 'page')",
            name=op.f("ck_passages_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
        sa.UniqueConstraint("source", "place", name=op.f("uq_passages_source_place")),
    )


def downgrade() -> None:
    for table in ("passages", "document_points", "document_files", "document_versions", "documents"):
        op.drop_table(table)
