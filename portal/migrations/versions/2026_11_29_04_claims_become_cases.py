"""Claims about a gas day become cases (adr/0116).

A case gets a day and an outcome. Each claim is carried over with its public id, its number, its messages, its moments
and their authors, and ``carried_messages`` says where each message went: earlier anchors seal the old rows. The
tables ``claims`` and ``claim_messages`` go, and so does the series of their numbers.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "b7d1c94e3a60"
down_revision = "c4e7a05d91b2"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PENDING = "'filed', 'in_progress', 'reopened', 'lapsed'"
OPEN_DAY = f"gas_day IS NOT NULL AND state IN ({PENDING})"
ANSWER_WITHIN = 15
BOGOTA = timedelta(hours=-5)
DECIDED = ("upheld", "dismissed")

OLD_ENTRIES = (
    "kind IN ('filed', 'assigned', 'note', 'answered', 'extended', 'passed_on', 'closed', 'reopened', 'lapsed', "
    "'notified', 'alarm')"
)
NEW_ENTRIES = OLD_ENTRIES.replace("'filed', ", "'filed', 'written', 'told', ")
NEW_CHECKS = {
    "ck_cases_consent_whole": "(consent_version IS NULL) = (consented_at IS NULL)",
    "ck_cases_consent_of_strangers": "consent_version IS NOT NULL OR gas_day IS NOT NULL",
    "ck_cases_outcome": "outcome IN ('upheld', 'dismissed')",
    "ck_cases_day_of_a_point": (
        "gas_day IS NULL OR (kind = 'reclamo' AND delivery_point_id IS NOT NULL AND account_id IS NOT NULL)"
    ),
    "ck_cases_outcome_of_a_day": f"outcome IS NULL OR (gas_day IS NOT NULL AND state NOT IN ({PENDING}))",
    "ck_cases_outcome_when_answered": "gas_day IS NULL OR state <> 'answered' OR outcome IS NOT NULL",
}

claims = sa.table(
    "claims",
    sa.column("id", WHOLE),
    sa.column("public_id", sa.String),
    sa.column("filing_number", sa.String),
    sa.column("delivery_point_id", WHOLE),
    sa.column("gas_day", sa.Date),
    sa.column("state", sa.String),
    sa.column("opened_at", MOMENT),
    sa.column("opened_by_id", WHOLE),
    sa.column("outcome", sa.String),
    sa.column("closed_at", MOMENT),
    sa.column("decided_by_id", WHOLE),
)
messages = sa.table(
    "claim_messages",
    sa.column("id", WHOLE),
    sa.column("claim_id", WHOLE),
    sa.column("author_id", WHOLE),
    sa.column("by_staff", sa.Boolean),
    sa.column("text", sa.String),
    sa.column("written_at", MOMENT),
)
cases = sa.table(
    "cases",
    sa.column("id", WHOLE),
    sa.column("public_id", sa.String),
    sa.column("filing_number", sa.String),
    sa.column("kind", sa.String),
    sa.column("state", sa.String),
    sa.column("channel", sa.String),
    sa.column("name", sa.String),
    sa.column("document", sa.String),
    sa.column("email", sa.String),
    sa.column("delivery_point_id", WHOLE),
    sa.column("account_id", WHOLE),
    sa.column("electronic_notice", sa.Boolean),
    sa.column("filed_at", MOMENT),
    sa.column("due_on", sa.Date),
    sa.column("alarmed", sa.Integer),
    sa.column("assigned_to_id", WHOLE),
    sa.column("gas_day", sa.Date),
    sa.column("outcome", sa.String),
)
entries = sa.table(
    "case_entries",
    sa.column("id", WHOLE),
    sa.column("case_id", WHOLE),
    sa.column("kind", sa.String),
    sa.column("author_id", WHOLE),
    sa.column("text", sa.String),
    sa.column("written_at", MOMENT),
)
files = sa.table("case_files", sa.column("entry_id", WHOLE))
mails = sa.table("outbox_messages", sa.column("case_id", WHOLE))
carried = sa.table(
    "carried_messages", sa.column("id", WHOLE), sa.column("claim_id", WHOLE), sa.column("entry_id", WHOLE)
)
users = sa.table("users", sa.column("id", WHOLE), sa.column("name", sa.String), sa.column("email", sa.String))
points = sa.table("delivery_points", sa.column("id", WHOLE), sa.column("contract_id", WHOLE))
contracts = sa.table("contracts", sa.column("id", WHOLE), sa.column("company_id", WHOLE))
companies = sa.table("companies", sa.column("id", WHOLE), sa.column("nit", sa.String))
holidays = sa.table("holidays", sa.column("day", sa.Date), sa.column("is_observed", sa.Boolean))
events = sa.table(
    "audit_events",
    sa.column("sequence", WHOLE),
    sa.column("event", sa.String),
    sa.column("subject", sa.String),
    sa.column("actor_id", WHOLE),
)


def upgrade() -> None:
    _change_tables()
    _carry_over(op.get_bind())
    op.drop_table("claim_messages")
    op.drop_table("claims")
    op.drop_column("distributor", "claim_series")


def _change_tables() -> None:
    op.create_table(
        "carried_messages",
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("claim_id", WHOLE, nullable=False),
        sa.Column("entry_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_messages")),
        sa.ForeignKeyConstraint(["entry_id"], ["case_entries.id"], name=op.f("fk_carried_messages_entry_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_carried_messages_entry_id")),
    )
    with op.batch_alter_table("cases") as batch:
        batch.add_column(sa.Column("gas_day", sa.Date(), nullable=True))
        batch.add_column(sa.Column("outcome", sa.String(40), nullable=True))
        batch.alter_column("consent_version", existing_type=sa.String(20), nullable=True)
        batch.alter_column("consented_at", existing_type=MOMENT, nullable=True)
        for name, said in NEW_CHECKS.items():
            batch.create_check_constraint(op.f(name), said)
    op.create_index(op.f("ix_cases_delivery_point_id_gas_day"), "cases", ["delivery_point_id", "gas_day"])
    op.create_index(
        op.f("ix_cases_one_open_of_a_day"),
        "cases",
        ["delivery_point_id", "gas_day"],
        unique=True,
        sqlite_where=sa.text(OPEN_DAY),
        postgresql_where=sa.text(OPEN_DAY),
    )
    _check_entries(NEW_ENTRIES)


def _check_entries(kinds: str) -> None:
    name = "ck_case_entries_kind"
    with op.batch_alter_table("case_entries") as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), kinds)


def _carry_over(connection: sa.Connection) -> None:
    observed = set(connection.scalars(sa.select(holidays.c.day).where(holidays.c.is_observed)))
    rows = connection.execute(
        sa.select(claims, users.c.name, users.c.email, companies.c.nit)
        .select_from(claims)
        .join(users, users.c.id == claims.c.opened_by_id)
        .join(points, points.c.id == claims.c.delivery_point_id)
        .join(contracts, contracts.c.id == points.c.contract_id)
        .join(companies, companies.c.id == contracts.c.company_id)
        .order_by(claims.c.id)
    ).all()
    for claim in rows:
        case_id = connection.execute(
            sa.insert(cases)
            .values(
                public_id=claim.public_id,
                # Papers, mails and the audit name it: it stays, and the series of cases has no gap.
                filing_number=claim.filing_number,
                kind="reclamo",
                state={"open": "filed", "in_review": "in_progress"}.get(claim.state, "answered"),
                channel="web",
                name=claim.name,
                document=claim.nit,
                email=claim.email,
                delivery_point_id=claim.delivery_point_id,
                account_id=claim.opened_by_id,
                electronic_notice=True,
                filed_at=claim.opened_at,
                due_on=_answer_due(claim.opened_at, observed),
                alarmed=0,
                assigned_to_id=claim.decided_by_id or _reviewer(connection, claim.public_id),
                gas_day=claim.gas_day,
                outcome=claim.state if claim.state in DECIDED else None,
            )
            .returning(cases.c.id)
        ).scalar_one()
        _carry_messages(connection, claim, case_id)


def _carry_messages(connection: sa.Connection, claim: Any, case_id: int) -> None:
    said = connection.execute(sa.select(messages).where(messages.c.claim_id == claim.id).order_by(messages.c.id)).all()
    for place, message in enumerate(said):
        kind = "told" if message.by_staff else "written" if place else "filed"
        entry_id = _enter(connection, case_id, kind, message.author_id, message.text, message.written_at)
        connection.execute(sa.insert(carried).values(id=message.id, claim_id=claim.id, entry_id=entry_id))
    if claim.state in DECIDED:
        _enter(connection, case_id, "answered", claim.decided_by_id, claim.outcome, claim.closed_at)


def _enter(
    connection: sa.Connection, case_id: int, kind: str, author_id: int | None, text: str, written_at: datetime
) -> int:
    values = {"case_id": case_id, "kind": kind, "author_id": author_id, "text": text, "written_at": written_at}
    found: int = connection.execute(sa.insert(entries).values(**values).returning(entries.c.id)).scalar_one()
    return found


def _reviewer(connection: sa.Connection, public_id: str) -> int | None:
    """Return who took a claim into review, as the audit says it."""
    return connection.scalar(
        sa.select(events.c.actor_id)
        .where(events.c.subject == public_id, events.c.event == "claim:reviewed")
        .order_by(events.c.sequence.desc())
        .limit(1)
    )


def _answer_due(opened_at: datetime, observed: set[date]) -> date:
    """Return the fifteenth business day after the Colombian day of a moment (SQLite gives it without its zone)."""
    moment = opened_at if opened_at.tzinfo is None else opened_at.astimezone(UTC)
    day, left = (moment + BOGOTA).date(), ANSWER_WITHIN
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in observed
    return day


def downgrade() -> None:
    """Make the former claims from what they had: notes, files, and acts that only a case has are lost."""
    connection = op.get_bind()
    op.add_column("distributor", sa.Column("claim_series", sa.String(6), nullable=True))
    op.execute("UPDATE distributor SET claim_series = 'RB'")
    with op.batch_alter_table("distributor") as batch:
        batch.alter_column("claim_series", existing_type=sa.String(6), nullable=False)
    _create_claims()
    _carry_back(connection)
    op.drop_table("carried_messages")
    if connection.dialect.name == "postgresql":
        op.execute("DROP TRIGGER IF EXISTS case_entries_append_only ON case_entries")
        op.execute("DROP TRIGGER IF EXISTS case_files_append_only ON case_files")
    else:
        for table in ("case_entries", "case_files"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
    of_days = sa.select(cases.c.id).where(cases.c.gas_day.is_not(None))
    connection.execute(sa.update(mails).values(case_id=None).where(mails.c.case_id.in_(of_days)))
    theirs = sa.select(entries.c.id).where(entries.c.case_id.in_(of_days))
    connection.execute(sa.delete(files).where(files.c.entry_id.in_(theirs)))
    connection.execute(sa.delete(entries).where(entries.c.case_id.in_(of_days)))
    connection.execute(sa.delete(cases).where(cases.c.gas_day.is_not(None)))
    _check_entries(OLD_ENTRIES)
    op.drop_index(op.f("ix_cases_one_open_of_a_day"), "cases")
    op.drop_index(op.f("ix_cases_delivery_point_id_gas_day"), "cases")
    with op.batch_alter_table("cases") as batch:
        for name in NEW_CHECKS:
            batch.drop_constraint(op.f(name), type_="check")
        batch.drop_column("outcome")
        batch.drop_column("gas_day")
        batch.alter_column("consent_version", existing_type=sa.String(20), nullable=False)
        batch.alter_column("consented_at", existing_type=MOMENT, nullable=False)


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("filing_number", sa.String(20), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", WHOLE, nullable=False),
        sa.Column("outcome", sa.String(2000), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_claims_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_claims_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_claims_opened_by_id")),
        sa.UniqueConstraint("filing_number", name=op.f("uq_claims_filing_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_claims_public_id")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_claims_outcome_when_closed")),
        sa.CheckConstraint("state IN ('open', 'in_review', 'upheld', 'dismissed')", name=op.f("ck_claims_state")),
    )
    op.create_index(op.f("ix_claims_delivery_point_id_gas_day"), "claims", ["delivery_point_id", "gas_day"])
    op.create_index(
        op.f("ix_claims_one_open"),
        "claims",
        ["delivery_point_id", "gas_day"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'in_review')"),
        postgresql_where=sa.text("state IN ('open', 'in_review')"),
    )
    op.create_index(op.f("ix_claims_state"), "claims", ["state"])
    op.create_table(
        "claim_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("claim_id", WHOLE, nullable=False),
        sa.Column("author_id", WHOLE, nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_messages")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_claim_messages_author_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_messages_claim_id")),
    )
    op.create_index(op.f("ix_claim_messages_claim_id"), "claim_messages", ["claim_id"])


def _carry_back(connection: sa.Connection) -> None:
    """Write each case about a day as a claim; a carried one under its old ids, so that its anchors hold again."""
    former = {row.entry_id: row for row in connection.execute(sa.select(carried))}
    claim_id = max([row.claim_id for row in former.values()], default=0)
    message_id = max([row.id for row in former.values()], default=0)
    for case in connection.execute(sa.select(cases).where(cases.c.gas_day.is_not(None)).order_by(cases.c.id)).all():
        of_case = sa.select(entries).where(entries.c.case_id == case.id).order_by(entries.c.id)
        record = connection.execute(of_case).all()
        said = [entry for entry in record if entry.kind in ("filed", "written", "told")]
        is_over = case.state in ("answered", "passed_on", "closed")
        endings = ("answered", "passed_on", "closed") if case.outcome is None else ("answered",)
        answer = next((entry for entry in reversed(record) if is_over and entry.kind in endings), None)
        known = former.get(said[0].id)
        if known is None:
            claim_id += 1
        own_id = claim_id if known is None else known.claim_id
        undecided = "open" if case.state == "filed" else "in_review"
        connection.execute(
            sa.insert(claims).values(
                id=own_id,
                public_id=case.public_id,
                filing_number=case.filing_number,
                delivery_point_id=case.delivery_point_id,
                gas_day=case.gas_day,
                state=undecided if answer is None else case.outcome or "dismissed",
                opened_at=case.filed_at,
                opened_by_id=case.account_id,
                outcome=None if answer is None else answer.text[:2000],
                closed_at=None if answer is None else answer.written_at,
                decided_by_id=None if answer is None else answer.author_id,
            )
        )
        for entry in said:
            message = former.get(entry.id)
            if message is None:
                message_id += 1
            connection.execute(
                sa.insert(messages).values(
                    id=message_id if message is None else message.id,
                    claim_id=own_id,
                    author_id=entry.author_id,
                    by_staff=entry.kind == "told",
                    text=entry.text[:2000],
                    written_at=entry.written_at,
                )
            )
    if connection.dialect.name == "postgresql":
        for table, last in (("claims", claim_id), ("claim_messages", message_id)):
            if last:
                op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
