"""Who is at work on a job and how far it is, when each worker was last seen, and which pepper the database is under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c5d20b7e4f19"
down_revision = "5c7a1e94d2f0"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "job_leases",
        sa.Column("job_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=300), nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("stage_done", sa.Integer(), nullable=False),
        sa.Column("stage_total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_leases_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_leases")),
    )
    op.create_table(
        "worker_heartbeats",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
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
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("marked_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_pepper_marks_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pepper_marks")),
    )


def downgrade() -> None:
    op.drop_table("pepper_marks")
    op.drop_table("worker_heartbeats")
    op.drop_table("job_leases")
