"""A setting from a gas day on lets one code and an authenticator sign all points of a contract (adr/0163)."""

from __future__ import annotations

from alembic import op

revision = "b3e6a84d15c7"
down_revision = "b2d9f31a6c08"
branch_labels = None
depends_on = None

NAME = "ck_setting_rows_name"
OLD = (
    "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high', "
    "'adjustment-limit', 'cut-priority', 'daily-maximum', 'keep-files', 'keep-sessions', 'keep-attempts', "
    "'keep-mails', 'keep-drafts', 'purge-daily')"
)
NEW = OLD.replace("'purge-daily'", "'purge-daily', 'one-code'")


def upgrade() -> None:
    _check(NEW)


def downgrade() -> None:
    """Fail, changing nothing, where it was set: the former schema has no place for it."""
    _check(OLD)


def _check(said: str) -> None:
    with op.batch_alter_table("setting_rows") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), said)
