"""Cases that come by mail (adr/0118): what was taken is kept once, an answer is an entry, consent may be missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d2f08b6c37e5"
down_revision = "7b21d40c95fe"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OLD_ENTRIES = (
    "kind IN ('filed', 'written', 'told', 'assigned', 'note', 'answered', 'extended', 'passed_on', 'closed', "
    "'reopened', 'lapsed', 'notified', 'alarm')"
)
NEW_ENTRIES = OLD_ENTRIES.replace("'notified'", "'mailed', 'notified'")
OLD_CONSENT = "consent_version IS NOT NULL OR gas_day IS NOT NULL"
NEW_CONSENT = f"{OLD_CONSENT} OR channel = 'mail'"


def upgrade() -> None:
    op.create_table(
        "case_mails",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("said", sa.LargeBinary(32), nullable=False),
        sa.Column("entry_id", WHOLE, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_mails")),
        sa.ForeignKeyConstraint(["entry_id"], ["case_entries.id"], name=op.f("fk_case_mails_entry_id")),
        sa.UniqueConstraint("digest", name=op.f("uq_case_mails_digest")),
    )
    _check("cases", "ck_cases_consent_of_strangers", NEW_CONSENT)
    _check("case_entries", "ck_case_entries_kind", NEW_ENTRIES)


def downgrade() -> None:
    """Fail, changing nothing, where there is an entry or a case by mail: the former schema has no place for it."""
    op.drop_table("case_mails")
    _check("case_entries", "ck_case_entries_kind", OLD_ENTRIES)
    _check("cases", "ck_cases_consent_of_strangers", OLD_CONSENT)


def _check(table: str, name: str, said: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), said)
