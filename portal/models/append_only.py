"""Triggers that refuse changes and deletions in append-only tables."""

from __future__ import annotations

APPEND_ONLY = (
    "nominations",
    "authorisations",
    "readings",
    "reading_imports",
    "heating_values",
    "adjustments",
    "audit_events",
    "consents",
    "month_closings",
    "case_entries",
    "case_files",
    "carried_messages",
    "case_mails",
    "seasonal_patterns",
    "investigation_entries",
    "late_decisions",
    "late_heating_effects",
    "close_policies",
    "standing_orders",
    "standing_order_uses",
    "day_books",
    "day_book_files",
    "day_book_lines",
    "day_book_sendings",
    "shift_notes",
    "shift_entries",
    "setting_rows",
    "account_views",
    "anchors",
    "tariff_figures",
    "gate_terms",
    "gate_readings",
    "gate_confirmations",
    "gate_allocation_days",
    "meter_changes",
    "index_readings",
    "point_successions",
    "document_files",
    "document_points",
)

REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'restrict_violation'; END $$"
)
EVERY_CHANGE = "BEFORE UPDATE OR DELETE OR TRUNCATE"
PER_STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"


def protect(dialect: str, table: str) -> list[str]:
    """Return the statements that make ``table`` append-only on ``dialect`` (sqlite or postgresql)."""
    if dialect == "sqlite":
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refusal}"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        REFUSE_CHANGE,
        f"CREATE TRIGGER {table}_append_only {EVERY_CHANGE} ON {table} {PER_STATEMENT}",
    ]


def unprotect(dialect: str, table: str) -> list[str]:
    """Return the statements that drop the protection (migrations only)."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
    return [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"]
