"""Uploaded files, jobs and duties of the worker, and the facts of the installation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("uploaded_by_id", WHOLE, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answers", sa.String(200), nullable=True),
        sa.Column("gas_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_uploads_uploaded_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_uploads_public_id")),
        sa.CheckConstraint(
            "kind IN ('readings', 'heating-values', 'registry', 'authorised')", name=op.f("ck_uploads_kind")
        ),
        sa.CheckConstraint("state IN ('waiting', 'confirmed', 'discarded')", name=op.f("ck_uploads_state")),
    )
    op.create_table(
        "file_senders",
        sa.Column("sender", sa.String(200), nullable=False),
        sa.Column("stamp_ends", sa.Boolean(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_file_senders")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_file_senders_decided_by_id")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("upload_id", WHOLE, nullable=True),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("failure", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_jobs_requested_by_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_jobs_upload_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_jobs_public_id")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_jobs_upload_id")),
        sa.CheckConstraint(
            "kind IN ('import-readings', 'import-heating-values', 'import-registry', 'certify-readings')",
            name=op.f("ck_jobs_kind"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
    )
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"])
    op.create_table(
        "job_leases",
        sa.Column("job_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(300), nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("stage", sa.String(20), nullable=True),
        sa.Column("stage_done", sa.Integer(), nullable=False),
        sa.Column("stage_total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_leases")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_leases_job_id")),
    )
    op.create_table(
        "duty_runs",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty_runs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "worker_heartbeats",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("last_duty_at", MOMENT, nullable=True),
        sa.Column("last_mail_at", MOMENT, nullable=True),
        sa.Column("last_job_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_heartbeats")),
        sa.UniqueConstraint("host", "pid", name=op.f("uq_worker_heartbeats_host_pid")),
    )
    op.create_table(
        "pepper_marks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("marked_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pepper_marks")),
        sa.CheckConstraint("id = 1", name=op.f("ck_pepper_marks_single")),
    )


def drop() -> None:
    op.drop_table("pepper_marks")
    op.drop_table("worker_heartbeats")
    op.drop_table("duty_runs")
    op.drop_table("job_leases")
    op.drop_table("jobs")
    op.drop_table("file_senders")
    op.drop_table("uploads")
