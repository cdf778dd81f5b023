"""Claims, cases (PQR), notices, mailed letters, and visits to accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "claims",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("filing_number", sa.String(20), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", WHOLE, nullable=False),
        sa.Column("outcome", sa.String(2000), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_claims_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_claims_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_claims_opened_by_id")),
        sa.UniqueConstraint("filing_number", name=op.f("uq_claims_filing_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_claims_public_id")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_claims_outcome_when_closed")),
        sa.CheckConstraint("state IN ('open', 'in_review', 'upheld', 'dismissed')", name=op.f("ck_claims_state")),
    )
    op.create_index(op.f("ix_claims_delivery_point_id_gas_day"), "claims", ["delivery_point_id", "gas_day"])
    op.create_index(
        op.f("ix_claims_one_open"),
        "claims",
        ["delivery_point_id", "gas_day"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'in_review')"),
        postgresql_where=sa.text("state IN ('open', 'in_review')"),
    )
    op.create_index(op.f("ix_claims_state"), "claims", ["state"])
    op.create_table(
        "claim_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("claim_id", WHOLE, nullable=False),
        sa.Column("author_id", WHOLE, nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_messages")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_claim_messages_author_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_messages_claim_id")),
    )
    op.create_index(op.f("ix_claim_messages_claim_id"), "claim_messages", ["claim_id"])
    _create_cases()
    op.create_table(
        "notices",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("modality", sa.String(40), nullable=True),
        sa.Column("exit_point_id", WHOLE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by_id", WHOLE, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", WHOLE, nullable=True),
        sa.Column("mailed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_notices_created_by_id")),
        sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f("fk_notices_exit_point_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["users.id"], name=op.f("fk_notices_withdrawn_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notices_public_id")),
        sa.CheckConstraint(
            "modality IS NULL OR modality IN ('gnv-suministro', 'gnv-atr', 'industrial')",
            name=op.f("ck_notices_modality"),
        ),
        sa.CheckConstraint("severity IN ('critical', 'maintenance', 'information')", name=op.f("ck_notices_severity")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_notices_validity")),
    )
    op.create_index(op.f("ix_notices_starts_at"), "notices", ["starts_at"])
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "user_id", name=op.f("pk_notice_reads")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_reads_notice_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_reads_user_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account_views",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("session_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_views")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_account_views_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_account_views_session_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_views_user_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_views_public_id")),
    )
    op.create_index(
        op.f("ix_account_views_delivery_point_id_opened_at"), "account_views", ["delivery_point_id", "opened_at"]
    )
    op.create_index(
        op.f("ix_account_views_session_id_delivery_point_id"), "account_views", ["session_id", "delivery_point_id"]
    )
    op.create_table(
        "account_visits",
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("seen_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "delivery_point_id", name=op.f("pk_account_visits")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_account_visits_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_visits_user_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("dedup_key", sa.String(120), nullable=True),
        sa.Column("attaches_nomination_id", WHOLE, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.Column("link_id", WHOLE, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.ForeignKeyConstraint(
            ["attaches_nomination_id"], ["nominations.id"], name=op.f("fk_outbox_messages_attaches_nomination_id")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["email_links.id"], name=op.f("fk_outbox_messages_link_id")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_outbox_messages_dedup_key")),
    )
    op.create_index(op.f("ix_outbox_messages_next_attempt_at"), "outbox_messages", ["next_attempt_at"])
    op.create_index(
        op.f("ix_outbox_messages_sealed"),
        "outbox_messages",
        ["link_id"],
        sqlite_where=sa.text("sealed IS NOT NULL"),
        postgresql_where=sa.text("sealed IS NOT NULL"),
    )


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("filing_number", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("document", sa.String(30), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("telephone", sa.String(30), nullable=True),
        sa.Column("place", sa.String(120), nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("account_id", WHOLE, nullable=True),
        sa.Column("about_on", sa.Date(), nullable=True),
        sa.Column("consent_version", sa.String(20), nullable=False),
        sa.Column("consented_at", MOMENT, nullable=False),
        sa.Column("electronic_notice", sa.Boolean(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.String(2000), nullable=True),
        sa.Column("alarmed", sa.Integer(), nullable=False),
        sa.Column("assigned_to_id", WHOLE, nullable=True),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column("submission_id", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.ForeignKeyConstraint(["account_id"], ["users.id"], name=op.f("fk_cases_account_id")),
        sa.ForeignKeyConstraint(["assigned_to_id"], ["users.id"], name=op.f("fk_cases_assigned_to_id")),
        sa.ForeignKeyConstraint(["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_cases_delivery_point_id")),
        sa.UniqueConstraint("filing_number", name=op.f("uq_cases_filing_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cases_public_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_cases_submission_id")),
        sa.CheckConstraint("channel IN ('web', 'telephone', 'mail', 'office')", name=op.f("ck_cases_channel")),
        sa.CheckConstraint("kind IN ('peticion', 'queja', 'reclamo', 'recurso')", name=op.f("ck_cases_kind")),
        sa.CheckConstraint("NOT electronic_notice OR email IS NOT NULL", name=op.f("ck_cases_notice_needs_email")),
        sa.CheckConstraint(
            "(extended_on IS NULL) = (extension_reason IS NULL)", name=op.f("ck_cases_reason_when_extended")
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'in_progress', 'answered', 'closed', 'reopened', 'passed_on', 'lapsed')",
            name=op.f("ck_cases_state"),
        ),
    )
    op.create_index(op.f("ix_cases_account_id"), "cases", ["account_id"])
    op.create_index(op.f("ix_cases_state_due_on"), "cases", ["state", "due_on"])
    op.create_table(
        "case_entries",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("case_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("author_id", WHOLE, nullable=True),
        sa.Column("text", sa.String(10000), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entries")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_case_entries_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_entries_case_id")),
        sa.CheckConstraint(
            "kind IN ('filed', 'assigned', 'note', 'answered', 'extended', 'passed_on', 'closed', 'reopened', "
            "'lapsed', 'notified', 'alarm')",
            name=op.f("ck_case_entries_kind"),
        ),
    )
    op.create_index(op.f("ix_case_entries_case_id"), "case_entries", ["case_id"])
    op.create_table(
        "case_files",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("entry_id", WHOLE, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_files")),
        sa.ForeignKeyConstraint(["entry_id"], ["case_entries.id"], name=op.f("fk_case_files_entry_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_files_public_id")),
        sa.CheckConstraint("kind IN ('pdf', 'jpeg', 'png')", name=op.f("ck_case_files_kind")),
    )
    op.create_index(op.f("ix_case_files_entry_id"), "case_files", ["entry_id"])


def drop() -> None:
    op.drop_table("outbox_messages")
    op.drop_table("account_visits")
    op.drop_table("account_views")
    op.drop_table("notice_reads")
    op.drop_table("notices")
    op.drop_table("case_files")
    op.drop_table("case_entries")
    op.drop_table("cases")
    op.drop_table("claim_messages")
    op.drop_table("claims")
