"""Files that wait for a confirmation, work behind the page, settings, notices, and who looked at an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "71c4e8b2d605"
down_revision = "3f0d52c7a91e"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("modality", sa.String(length=40), nullable=True),
        sa.Column("exit_point_id", WHOLE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by_id", WHOLE, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", WHOLE, nullable=True),
        sa.Column("mailed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "modality IS NULL OR modality IN ('gnv-suministro', 'gnv-atr', 'industrial')",
            name=op.f("ck_notices_modality"),
        ),
        sa.CheckConstraint("severity IN ('critical', 'maintenance', 'information')", name=op.f("ck_notices_severity")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_notices_validity")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_notices_created_by_id")),
        sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f("fk_notices_exit_point_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["users.id"], name=op.f("fk_notices_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notices_public_id")),
    )
    op.create_index(op.f("ix_notices_starts_at"), "notices", ["starts_at"])
    op.create_table(
        "uploads",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("uploaded_by_id", WHOLE, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.CheckConstraint("kind IN ('readings', 'heating-values', 'registry')", name=op.f("ck_uploads_kind")),
        sa.CheckConstraint("state IN ('waiting', 'confirmed', 'discarded')", name=op.f("ck_uploads_state")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_uploads_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_uploads_public_id")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("upload_id", WHOLE, nullable=True),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "kind IN ('import-readings', 'import-heating-values', 'import-registry', 'certify-readings')",
            name=op.f("ck_jobs_kind"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_jobs_requested_by_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_jobs_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_jobs_public_id")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_jobs_upload_id")),
    )
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"])
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_reads_notice_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_reads_user_id")),
        sa.PrimaryKeyConstraint("notice_id", "user_id", name=op.f("pk_notice_reads")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account_views",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("session_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_account_views_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_account_views_session_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_views")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_views_public_id")),
    )
    op.create_index("ix_account_views_delivery_point_id_opened_at", "account_views", ["delivery_point_id", "opened_at"])
    op.create_index(
        "ix_account_views_session_id_delivery_point_id", "account_views", ["session_id", "delivery_point_id"]
    )
    op.create_table(
        "setting_rows",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("modality", sa.String(length=40), nullable=True),
        sa.Column("contract_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint(
            "modality IS NULL OR modality IN ('gnv-suministro', 'gnv-atr', 'industrial')",
            name=op.f("ck_setting_rows_modality"),
        ),
        sa.CheckConstraint(
            "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high')",
            name=op.f("ck_setting_rows_name"),
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_setting_rows_contract_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_setting_rows_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_setting_rows_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_rows")),
    )
    op.create_index("ix_setting_rows_name_valid_from", "setting_rows", ["name", "valid_from"])


def downgrade() -> None:
    op.drop_table("setting_rows")
    op.drop_table("account_views")
    op.drop_table("notice_reads")
    op.drop_table("jobs")
    op.drop_table("uploads")
    op.drop_table("notices")
