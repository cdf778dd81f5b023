"""What happened, what must be told, and the rows that steer the day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c95f37e21a84"
down_revision = "b84e26d10f73"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("mac", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "outbox_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
    )
    op.create_index(op.f("ix_outbox_messages_next_attempt_at"), "outbox_messages", ["next_attempt_at"])
    op.create_table(
        "timetable",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("modality", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("opens_day", sa.Integer(), nullable=False),
        sa.Column("opens_time", sa.Time(), nullable=False),
        sa.Column("closes_day", sa.Integer(), nullable=False),
        sa.Column("closes_time", sa.Time(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("max_per_day", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable")),
        sa.CheckConstraint("kind IN ('nominacion', 'renominacion')", name=op.f("ck_timetable_kind")),
        sa.CheckConstraint(
            "modality IS NULL OR modality IN ('gnv-suministro', 'gnv-atr', 'industrial')",
            name=op.f("ck_timetable_modality"),
        ),
        sa.CheckConstraint("notice_hours >= 0", name=op.f("ck_timetable_notice_not_negative")),
    )
    op.create_table(
        "audit_events",
        sa.Column("sequence", WHOLE, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", sa.String(60), nullable=False),
        sa.Column("actor_id", WHOLE, nullable=True),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("company_id", WHOLE, nullable=True),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_events")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_events_actor_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_audit_events_company_id")),
    )
    op.create_index(op.f("ix_audit_events_actor_id"), "audit_events", ["actor_id"])
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"])
    op.create_index(op.f("ix_audit_events_company_id"), "audit_events", ["company_id"])
    op.create_index(op.f("ix_audit_events_event"), "audit_events", ["event"])

    # The chain begins here: without its head no event can be recorded.
    head = sa.table("audit_head", sa.column("id"), sa.column("sequence"), sa.column("mac", sa.LargeBinary))
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "mac": bytes(32)}])


def downgrade() -> None:
    op.drop_table("audit_events")
    op.drop_table("timetable")
    op.drop_table("outbox_messages")
    op.drop_table("holidays")
    op.drop_table("audit_head")
