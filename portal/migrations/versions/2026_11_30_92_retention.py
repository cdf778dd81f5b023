"""For how many days rows are kept is a setting from a gas day on (adr/0156)."""

from __future__ import annotations

from alembic import op

revision = "5c8e1f09b7d2"
down_revision = "d4a71f6e20b9"
branch_labels = None
depends_on = None

NAME = "ck_setting_rows_name"
OLD = (
    "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high', "
    "'adjustment-limit', 'cut-priority', 'daily-maximum')"
)
NEW = OLD.replace(
    "'daily-maximum'",
    "'daily-maximum', 'keep-files', 'keep-sessions', 'keep-attempts', 'keep-mails', 'keep-drafts', 'purge-daily'",
)


def upgrade() -> None:
    _check(NEW)


def downgrade() -> None:
    """Fail, changing nothing, where a retention was set: the former schema has no place for it."""
    _check(OLD)


def _check(said: str) -> None:
    with op.batch_alter_table("setting_rows") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), said)
