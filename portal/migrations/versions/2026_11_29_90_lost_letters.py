"""Letters that were printed and then damaged or lost."""

from __future__ import annotations

from alembic import op

revision = "7d2e94b0c6a1"
down_revision = "c80f1e5a9d27"
branch_labels = None
depends_on = None

_STATES = "'requested', 'approved', 'rejected', 'printed', 'dispatched', 'cancelled'"


def upgrade() -> None:
    with op.batch_alter_table("key_letters") as table:
        table.drop_constraint(op.f("ck_key_letters_state"), type_="check")
        table.create_check_constraint(op.f("ck_key_letters_state"), f"state IN ({_STATES}, 'lost')")


def downgrade() -> None:
    # Before, a letter could only have been left printed.
    op.execute("UPDATE key_letters SET state = 'printed' WHERE state = 'lost'")
    with op.batch_alter_table("key_letters") as table:
        table.drop_constraint(op.f("ck_key_letters_state"), type_="check")
        table.create_check_constraint(op.f("ck_key_letters_state"), f"state IN ({_STATES})")
