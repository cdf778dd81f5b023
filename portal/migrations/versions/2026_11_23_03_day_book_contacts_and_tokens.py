"""The day's book, contacts and their mail, tokens of feeds and of the API."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "5e1c9a37bd42"
down_revision = "d30f7f9a78f0"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("company_id", WHOLE, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=40), nullable=False),
        sa.Column("created_by_id", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_api_tokens_company_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_api_tokens_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_tokens_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_company_id"), "api_tokens", ["company_id"])

    op.create_table(
        "contacts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("company_id", WHOLE, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("is_deputy", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("wants_receipts", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("wants_reminders", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("wants_cuts", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("wants_notices", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_contacts_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contacts_public_id")),
    )
    op.create_index(op.f("ix_contacts_company_id"), "contacts", ["company_id"])
    op.create_index(
        "ix_contacts_one_address",
        "contacts",
        ["company_id", "email"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

    op.create_table(
        "day_books",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("frozen_by_id", WHOLE, nullable=False),
        sa.Column("file_hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_day_books_version_positive")),
        sa.ForeignKeyConstraint(["frozen_by_id"], ["users.id"], name=op.f("fk_day_books_frozen_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_books")),
        sa.UniqueConstraint("gas_day", "version", name=op.f("uq_day_books_gas_day_version")),
    )
    op.create_table(
        "feed_tokens",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feed_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feed_tokens_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_tokens_token_hash")),
    )
    op.create_index(op.f("ix_feed_tokens_user_id"), "feed_tokens", ["user_id"])

    op.create_table(
        "authorisation_drafts",
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("cut_reason", sa.String(length=40), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint(
            "cut_reason IS NULL OR cut_reason IN "
            "('CPR', 'CRN', 'PCC', 'CCD', 'EPM', 'EPS', 'FMJ', 'NGU', 'CNA', 'GQS')",
            name=op.f("ck_authorisation_drafts_cut_reason"),
        ),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_authorisation_drafts_quantity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_authorisation_drafts_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_authorisation_drafts_recorded_by_id")),
        sa.PrimaryKeyConstraint("delivery_point_id", "gas_day", name=op.f("pk_authorisation_drafts")),
    )
    op.create_table(
        "api_requests",
        sa.Column("token_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nomination_id", WHOLE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_api_requests_nomination_id")),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name=op.f("fk_api_requests_token_id")),
        sa.PrimaryKeyConstraint("token_id", "idempotency_key", name=op.f("pk_api_requests")),
    )
    op.create_table(
        "day_book_lines",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("nomination_id", WHOLE, nullable=True),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=True),
        sa.CheckConstraint("origin IN ('I', 'P', '-')", name=op.f("ck_day_book_lines_origin")),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_day_book_lines_book_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_day_book_lines_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_day_book_lines_nomination_id")),
        sa.PrimaryKeyConstraint("book_id", "delivery_point_id", name=op.f("pk_day_book_lines")),
    )
    with op.batch_alter_table("outbox_messages") as table:
        table.add_column(sa.Column("html", sa.Text(), nullable=True))
        table.add_column(sa.Column("dedup_key", sa.String(length=120), nullable=True))
        table.add_column(sa.Column("attaches_nomination_id", WHOLE, nullable=True))
        table.create_unique_constraint(op.f("uq_outbox_messages_dedup_key"), ["dedup_key"])
        table.create_foreign_key(
            op.f("fk_outbox_messages_attaches_nomination_id"), "nominations", ["attaches_nomination_id"], ["id"]
        )
    _copy_contacts()


def downgrade() -> None:
    with op.batch_alter_table("outbox_messages") as table:
        table.drop_constraint(op.f("fk_outbox_messages_attaches_nomination_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_outbox_messages_dedup_key"), type_="unique")
        table.drop_column("attaches_nomination_id")
        table.drop_column("dedup_key")
        table.drop_column("html")
    for name in (
        "day_book_lines",
        "api_requests",
        "authorisation_drafts",
        "feed_tokens",
        "day_books",
        "contacts",
        "api_tokens",
    ):
        op.drop_table(name)


def _copy_contacts() -> None:
    """Tell the person each company named so far: from now on contacts are rows of their own."""
    connection = op.get_bind()
    companies = connection.execute(
        sa.text(
            "SELECT id, contact_name, contact_email, contact_phone, created_at FROM companies "
            "WHERE contact_email IS NOT NULL"
        )
    ).all()
    for company in companies:
        connection.execute(
            sa.text(
                "INSERT INTO contacts (public_id, company_id, name, email, phone, created_at) "
                "VALUES (:public_id, :company_id, :name, :email, :phone, :created_at)"
            ),
            {
                "public_id": secrets.token_urlsafe(12),
                "company_id": company.id,
                "name": company.contact_name or company.contact_email,
                "email": company.contact_email,
                "phone": company.contact_phone,
                "created_at": company.created_at,
            },
        )
