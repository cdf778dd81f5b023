"""City gates: terms, measurements, confirmations, allocations; to whom a book was sent (adr/0139)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b72d04e91c5f"
down_revision = "b36e0d94f7c2"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SETTING = ("setting_rows", "name")
OLD_SETTINGS = (
    "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high', "
    "'adjustment-limit')"
)
NEW_SETTINGS = OLD_SETTINGS.replace("'adjustment-limit'", "'adjustment-limit', 'cut-priority'")
KINDS = ("uploads", "held_rows", "file_layouts")
OLD_KINDS = "kind IN ('readings', 'heating-values', 'registry', 'authorised', 'tariffs')"
NEW_KINDS = OLD_KINDS.replace("'tariffs'", "'tariffs', 'gate-readings', 'confirmations'")


def _gate(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f(f"fk_{table}_exit_point_id"))


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "gate_terms",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("capacity_m3", sa.BigInteger(), nullable=True),
        sa.Column("band_basis_points", sa.Integer(), nullable=False),
        sa.Column("allocation", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("band_basis_points BETWEEN 0 AND 10000", name=op.f("ck_gate_terms_band_range")),
        sa.CheckConstraint("capacity_m3 IS NULL OR capacity_m3 > 0", name=op.f("ck_gate_terms_capacity_positive")),
        sa.CheckConstraint("allocation IN ('none', 'pro-rata', 'by-priority')", name=op.f("ck_gate_terms_allocation")),
        _gate("gate_terms"),
        _person("gate_terms", "recorded_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_terms")),
    )
    op.create_index(op.f("ix_gate_terms_exit_point_id"), "gate_terms", ["exit_point_id"])
    op.create_table(
        "gate_readings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("volume_m3", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.CheckConstraint("volume_m3 >= 0", name=op.f("ck_gate_readings_volume_not_negative")),
        _gate("gate_readings"),
        _person("gate_readings", "recorded_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_readings")),
        sa.UniqueConstraint(
            "exit_point_id", "gas_day", "version", name=op.f("uq_gate_readings_exit_point_id_gas_day_version")
        ),
    )
    op.create_index(op.f("ix_gate_readings_gas_day"), "gate_readings", ["gas_day"])
    op.create_table(
        "gate_confirmations",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("book_id", WHOLE, nullable=True),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("nominated_micro", WHOLE, nullable=True),
        sa.Column("confirmed_micro", WHOLE, nullable=False),
        sa.Column("cut_reason", sa.String(40), nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("confirmed_micro >= 0", name=op.f("ck_gate_confirmations_confirmed_not_negative")),
        sa.CheckConstraint(
            "nominated_micro IS NULL OR nominated_micro >= 0",
            name=op.f("ck_gate_confirmations_nominated_not_negative"),
        ),
        sa.CheckConstraint("unit IN ('m3', 'MBTU')", name=op.f("ck_gate_confirmations_unit")),
        _gate("gate_confirmations"),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_gate_confirmations_book_id")),
        _person("gate_confirmations", "recorded_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_confirmations")),
        sa.UniqueConstraint(
            "exit_point_id", "gas_day", "version", name=op.f("uq_gate_confirmations_exit_point_id_gas_day_version")
        ),
    )
    op.create_index(op.f("ix_gate_confirmations_gas_day"), "gate_confirmations", ["gas_day"])
    op.create_table(
        "gate_allocations",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_gate_allocations_decided_once")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR NOT needs_second OR decided_by_id <> requested_by_id",
            name=op.f("ck_gate_allocations_second_person"),
        ),
        _gate("gate_allocations"),
        _person("gate_allocations", "requested_by_id"),
        _person("gate_allocations", "decided_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_allocations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_gate_allocations_public_id")),
    )
    op.create_index(op.f("ix_gate_allocations_exit_point_id"), "gate_allocations", ["exit_point_id"])
    op.create_table(
        "gate_allocation_days",
        sa.Column("exit_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("allocation_id", WHOLE, nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("measured_m3", sa.BigInteger(), nullable=False),
        sa.Column("counted_m3", sa.BigInteger(), nullable=False),
        _gate("gate_allocation_days"),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["gate_allocations.id"], name=op.f("fk_gate_allocation_days_allocation_id")
        ),
        sa.PrimaryKeyConstraint("exit_point_id", "gas_day", name=op.f("pk_gate_allocation_days")),
    )
    op.create_index(op.f("ix_gate_allocation_days_allocation_id"), "gate_allocation_days", ["allocation_id"])
    op.add_column("day_book_sendings", sa.Column("sent_to", sa.String(200), nullable=True))
    _check(*SETTING, NEW_SETTINGS)
    for table in KINDS:
        _check(table, "kind", NEW_KINDS)


def downgrade() -> None:
    """Fail, changing nothing, where a priority was set or a file of gates sent: the former schema has no place."""
    for table in KINDS:
        _check(table, "kind", OLD_KINDS)
    _check(*SETTING, OLD_SETTINGS)
    op.drop_column("day_book_sendings", "sent_to")
    for table in ("gate_allocation_days", "gate_allocations", "gate_confirmations", "gate_readings", "gate_terms"):
        op.drop_table(table)


def _check(table: str, column: str, said: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, said)
