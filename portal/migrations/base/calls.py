"""Calls of customers, and the codes that verify a caller."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "calls",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("agent_id", WHOLE, nullable=False),
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("caller", sa.String(120), nullable=False),
        sa.Column("telephone", sa.String(40), nullable=False),
        sa.Column("about_day", sa.Date(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("method", sa.String(40), nullable=True),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("granted_until", MOMENT, nullable=True),
        sa.Column("vouched_by_id", WHOLE, nullable=True),
        sa.Column("reached_at", sa.String(254), nullable=True),
        sa.Column("asked_telephone", sa.String(40), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("approved_by_id", WHOLE, nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("reviewed_by_id", WHOLE, nullable=True),
        sa.Column("reviewed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_calls_agent_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_calls_approved_by_id")),
        sa.ForeignKeyConstraint(["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_calls_delivery_point_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["users.id"], name=op.f("fk_calls_reviewed_by_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_calls_session_id")),
        sa.ForeignKeyConstraint(["vouched_by_id"], ["users.id"], name=op.f("fk_calls_vouched_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calls_public_id")),
        sa.CheckConstraint(
            "method IS NULL OR method IN ('codigo', 'correo', 'devolucion')", name=op.f("ck_calls_method")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('attended', 'no-answer', 'abandoned')", name=op.f("ck_calls_outcome")
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_calls_outcome_when_closed")),
        sa.CheckConstraint(
            "(granted_until IS NULL) = (verified_at IS NULL)", name=op.f("ck_calls_granted_when_verified")
        ),
        sa.CheckConstraint("verified_at IS NULL OR method IS NOT NULL", name=op.f("ck_calls_verified_by_a_method")),
        sa.CheckConstraint(
            "(reviewed_by_id IS NULL) = (reviewed_at IS NULL)", name=op.f("ck_calls_reviewed_by_somebody")
        ),
    )
    op.create_index(op.f("ix_calls_agent_id"), "calls", ["agent_id"])
    op.create_index(op.f("ix_calls_session_id_delivery_point_id"), "calls", ["session_id", "delivery_point_id"])
    op.create_index(op.f("ix_calls_delivery_point_id_opened_at"), "calls", ["delivery_point_id", "opened_at"])
    op.create_index(op.f("ix_calls_opened_at"), "calls", ["opened_at"])
    op.create_index(
        op.f("ix_calls_about_day"),
        "calls",
        ["about_day"],
        sqlite_where=sa.text("about_day IS NOT NULL"),
        postgresql_where=sa.text("about_day IS NOT NULL"),
    )
    op.create_table(
        "followings",
        sa.Column("call_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("path", sa.String(300), nullable=True),
        sa.Column("title", sa.String(200), nullable=True),
        sa.Column("state", sa.String(120), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("discarded_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_followings")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_followings_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_followings_user_id")),
        sa.CheckConstraint("(path IS NULL) = (opened_at IS NULL)", name=op.f("ck_followings_opened_when_a_page")),
    )
    op.create_index(op.f("ix_followings_user_id"), "followings", ["user_id"])
    op.create_table(
        "call_codes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=True),
        sa.Column("call_id", WHOLE, nullable=True),
        sa.Column("sent_to", sa.String(254), nullable=True),
        sa.Column("sealed", sa.LargeBinary(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("spent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_codes")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_codes_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_codes_user_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_codes_public_id")),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (call_id IS NULL)", name=op.f("ck_call_codes_of_an_account_or_a_call")
        ),
        sa.CheckConstraint("(call_id IS NULL) = (sent_to IS NULL)", name=op.f("ck_call_codes_sent_in_a_call")),
    )
    op.create_index(op.f("ix_call_codes_user_id_expires_at"), "call_codes", ["user_id", "expires_at"])
    op.create_index(op.f("ix_call_codes_call_id_expires_at"), "call_codes", ["call_id", "expires_at"])


def drop() -> None:
    op.drop_table("call_codes")
    op.drop_table("followings")
    op.drop_table("calls")
