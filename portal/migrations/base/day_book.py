"""Day books sent upstream, authorised quantities, and the mail topics of operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "day_books",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("frozen_by_id", WHOLE, nullable=False),
        sa.Column("file_hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_books")),
        sa.ForeignKeyConstraint(["frozen_by_id"], ["users.id"], name=op.f("fk_day_books_frozen_by_id")),
        sa.UniqueConstraint("gas_day", "version", name=op.f("uq_day_books_gas_day_version")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_day_books_version_positive")),
    )
    op.create_table(
        "day_book_files",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_day_book_files")),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_day_book_files_book_id")),
    )
    op.create_table(
        "day_book_lines",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("nomination_id", WHOLE, nullable=True),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book_id", "delivery_point_id", name=op.f("pk_day_book_lines")),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_day_book_lines_book_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_day_book_lines_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_day_book_lines_nomination_id")),
        sa.CheckConstraint("origin IN ('I', 'P', '-')", name=op.f("ck_day_book_lines_origin")),
    )
    op.create_table(
        "day_book_sendings",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("sent_by_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_day_book_sendings")),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_day_book_sendings_book_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_day_book_sendings_sent_by_id")),
    )
    op.create_table(
        "authorisation_drafts",
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("cut_reason", sa.String(40), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("delivery_point_id", "gas_day", name=op.f("pk_authorisation_drafts")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_authorisation_drafts_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_authorisation_drafts_recorded_by_id")),
        sa.CheckConstraint(
            "cut_reason IS NULL OR cut_reason IN ('CPR', 'CRN', 'PCC', 'CCD', 'EPM', 'EPS', 'FMJ', 'NGU', "
            "'CNA', 'GQS')",
            name=op.f("ck_authorisation_drafts_cut_reason"),
        ),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_authorisation_drafts_quantity_not_negative")
        ),
    )
    op.create_table(
        "authorisations",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("cut_reason", sa.String(40), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisations")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_authorisations_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_authorisations_recorded_by_id")),
        sa.UniqueConstraint(
            "delivery_point_id", "gas_day", "version", name=op.f("uq_authorisations_delivery_point_id_gas_day_version")
        ),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_authorisations_quantity_not_negative")
        ),
    )
    op.create_index(
        op.f("ix_authorisations_cut"),
        "authorisations",
        ["delivery_point_id", "recorded_at"],
        sqlite_where=sa.text("cut_reason IS NOT NULL"),
        postgresql_where=sa.text("cut_reason IS NOT NULL"),
    )
    op.create_table(
        "shift_notes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("written_by_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_notes")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_shift_notes_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_shift_notes_written_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shift_notes_public_id")),
    )
    op.create_index(op.f("ix_shift_notes_gas_day_delivery_point_id"), "shift_notes", ["gas_day", "delivery_point_id"])
    op.create_table(
        "operator_mail_choices",
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_operator_mail_choices")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operator_mail_choices_user_id")),
        sa.CheckConstraint(
            "topic IN ('renominations', 'cancellations', 'late', 'book-changed', 'book-not-frozen', 'book-not-sent')",
            name=op.f("ck_operator_mail_choices_topic"),
        ),
    )
    op.create_table(
        "operator_mails_told",
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("occurrence", sa.String(80), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "topic", "occurrence", name=op.f("pk_operator_mails_told")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operator_mails_told_user_id")),
    )
    op.create_index(op.f("ix_operator_mails_told_told_at"), "operator_mails_told", ["told_at"])


def drop() -> None:
    op.drop_table("operator_mails_told")
    op.drop_table("operator_mail_choices")
    op.drop_table("shift_notes")
    op.drop_table("authorisations")
    op.drop_table("authorisation_drafts")
    op.drop_table("day_book_sendings")
    op.drop_table("day_book_lines")
    op.drop_table("day_book_files")
    op.drop_table("day_books")
