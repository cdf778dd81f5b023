"""Claims of before become cases: nothing that was said, promised, decided, numbered or sealed is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.cases import CaseState, EntryKind, Outcome
from portal.domain.gas_day import GasDay
from portal.migrations import runner
from portal.models import CarriedMessage, Case, CaseEntry
from portal.models.engine import WRITES, make_engine
from portal.services.cases import pqr
from portal.services.cases.pqr import day_claims
from portal.services.ops import cross_checks
from portal.services.store import filing
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit_trail, sealed_rows
from portal.web.database import session_factory
from tests import factories
from tests.factories import NOW
from tests.migrations.catalog import describe
from tests.migrations.test_schema import script_of_the_base

CUSTOMER, OPERATOR = "ana@cliente.example", "olga@llanogas.example"
DAY = date(2026, 11, 20)
OPENED = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)


class Old(NamedTuple):
    """A claim as the former tables had it; ``said`` by customer (0) or staff (1), and when, in minutes."""

    number: str
    public_id: str
    day: date
    state: str
    said: Sequence[tuple[int, str]]
    outcome: str | None = None


OLD = (
    Old("RB-2026-000001", "abierto1", DAY, "open", [(0, "El medidor estuvo parado.\nVa el acta.")]),
    Old(
        "RB-2026-000002",
        "revision2",
        DAY - timedelta(days=1),
        "in_review",
        [(0, "No es lo que medimos."), (1, "¿Tiene el acta?"), (0, "Sí: acta 14.")],
    ),
    Old("RB-2026-000003", "procede3", DAY - timedelta(days=2), "upheld", [(0, "Fue de más.")], "Se corrige.\nAsí fue."),
    Old("RB-2026-000004", "niega4", DAY - timedelta(days=2), "dismissed", [(0, "Otra vez."), (1, "Lo vemos.")], "No."),
    # A day may have any number of decided claims, and one that is open.
    Old("RB-2026-000005", "abierto5", DAY - timedelta(days=2), "open", [(0, "Una tercera vez.")]),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of the first revision, with the people and the point of the claims."""
    engine = make_engine(database_url)
    # Written by today's models, and taken back with the schema: a former one lacks columns that they write.
    with Session(engine) as session, transaction(session):
        factories.user(session, name="Ana Gas", email=CUSTOMER)
        factories.user(session, role=Role.OPERATOR, name="Olga Toro", email=OPERATOR)
        factories.delivery_point(session)
    runner.downgrade(engine, script_of_the_base())
    yield engine
    engine.dispose()


class Stage(NamedTuple):
    """Who and what the old claims are about, by row id."""

    customer: int
    operator: int
    point: int


def fill(engine: Engine, claims: Sequence[Old] = OLD) -> Stage:
    """Write claims as the former program did."""
    with engine.connect() as connection:
        who = {row.email: row.id for row in connection.execute(text("SELECT email, id FROM users"))}
        customer, operator = who[CUSTOMER], who[OPERATOR]
        point = connection.execute(text("SELECT id FROM delivery_points")).scalar_one()
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        message = 0
        for number, old in enumerate(claims, 1):
            decided = old.outcome is not None
            _insert(
                connection,
                "claims",
                id=number,
                public_id=old.public_id,
                filing_number=old.number,
                delivery_point_id=point,
                gas_day=old.day,
                state=old.state,
                opened_at=OPENED,
                opened_by_id=customer,
                outcome=old.outcome,
                closed_at=OPENED + timedelta(days=1) if decided else None,
                decided_by_id=operator if decided else None,
            )
            for place, (by_staff, said) in enumerate(old.said):
                message += 1
                _insert(
                    connection,
                    "claim_messages",
                    id=message,
                    claim_id=number,
                    author_id=operator if by_staff else customer,
                    by_staff=bool(by_staff),
                    text=said,
                    written_at=OPENED + timedelta(minutes=place),
                )
        _insert(
            connection,
            "audit_events",
            sequence=9_000_001,
            at=OPENED,
            event="claim:reviewed",
            actor_id=operator,
            actor="olga@llanogas.example",
            channel="web",
            subject="revision2",
            details="{}",
            mac=bytes(32),
        )
        _insert(connection, "filing_counters", series="RB", year=2026, last=len(claims))
        connection.commit()
    return Stage(customer, operator, point)


def _insert(connection: sa.Connection, table: str, **values: Any) -> None:
    found = sa.Table(table, sa.MetaData(), autoload_with=connection)
    zoneless = connection.dialect.name == "sqlite"
    plain = {
        name: value.astimezone(UTC).replace(tzinfo=None) if zoneless and isinstance(value, datetime) else value
        for name, value in values.items()
    }
    connection.execute(found.insert().values(**plain))


@pytest.fixture
def stage(engine: Engine) -> Stage:
    """The old claims, carried over."""
    filled = fill(engine)
    runner.upgrade(engine)
    return filled


@pytest.fixture
def session(engine: Engine, vault: Vault) -> Iterator[Session]:
    """A session of today's program on the carried database."""
    with session_factory(engine, vault)() as opened:
        yield opened


def case_of(session: Session, number: str) -> Case:
    return session.scalars(select(Case).where(Case.filing_number == number)).one()


def record_of(session: Session, number: str) -> list[tuple[EntryKind, int | None, str, datetime]]:
    rows = session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case_of(session, number).id).order_by(CaseEntry.id)
    )
    return [(row.kind, row.author_id, row.text, row.written_at) for row in rows]


def test_a_carried_database_is_what_the_models_say(engine: Engine, stage: Stage):
    assert runner.differences(engine) == []
    assert {"claims", "claim_messages"} & set(sa.inspect(engine).get_table_names()) == set()


def test_every_state_becomes_the_state_of_a_case_and_a_decision_its_outcome(stage: Stage, session: Session):
    rows = session.execute(select(Case.filing_number, Case.state, Case.outcome).order_by(Case.id)).all()
    assert [tuple(row) for row in rows] == [
        ("RB-2026-000001", CaseState.FILED, None),
        ("RB-2026-000002", CaseState.IN_PROGRESS, None),
        ("RB-2026-000003", CaseState.ANSWERED, Outcome.UPHELD),
        ("RB-2026-000004", CaseState.ANSWERED, Outcome.DISMISSED),
        ("RB-2026-000005", CaseState.FILED, None),
    ]


def test_number_day_point_person_and_moments_stay_and_the_term_is_the_one_that_was_promised(
    stage: Stage, session: Session
):
    case = case_of(session, "RB-2026-000001")
    assert (case.public_id, case.gas_day, case.delivery_point_id) == ("abierto1", GasDay(DAY), stage.point)
    assert (case.account_id, case.name, case.email) == (stage.customer, "Ana Gas", "ana@cliente.example")
    assert (case.filed_at, case.electronic_notice, case.consent_version) == (OPENED, True, None)
    # 22:30 on Sunday in Colombia: counted from Sunday, over the holiday of 8 December.
    assert case.due_on == date(2026, 12, 14)


def test_a_holiday_that_was_withdrawn_is_counted_in_the_term(engine: Engine, vault: Vault):
    with engine.begin() as connection:
        connection.execute(text("UPDATE holidays SET is_observed = false WHERE day = '2026-12-08'"))
    fill(engine)
    runner.upgrade(engine)
    with session_factory(engine, vault)() as session:
        assert case_of(session, "RB-2026-000001").due_on == date(2026, 12, 11)


def test_what_was_said_and_decided_is_the_record_with_its_authors_and_moments(stage: Stage, session: Session):
    minutes = [OPENED + timedelta(minutes=n) for n in range(3)]
    assert record_of(session, "RB-2026-000002") == [
        (EntryKind.FILED, stage.customer, "No es lo que medimos.", minutes[0]),
        (EntryKind.TOLD, stage.operator, "¿Tiene el acta?", minutes[1]),
        (EntryKind.WRITTEN, stage.customer, "Sí: acta 14.", minutes[2]),
    ]
    assert record_of(session, "RB-2026-000003") == [
        (EntryKind.FILED, stage.customer, "Fue de más.", minutes[0]),
        (EntryKind.ANSWERED, stage.operator, "Se corrige.\nAsí fue.", OPENED + timedelta(days=1)),
    ]


def test_who_took_a_claim_or_decided_it_has_the_case(stage: Stage, session: Session):
    wanted = {"RB-2026-000002": stage.operator, "RB-2026-000003": stage.operator, "RB-2026-000001": None}
    assert {number: case_of(session, number).assigned_to_id for number in wanted} == wanted


def test_the_old_number_leads_to_the_case_wherever_it_is_asked_for(stage: Stage, session: Session):
    user = session.get_one(factories.User, stage.operator)
    act = Act.at(session, Actor(user.id, user.email, user.name, user.role, None, "", "web"), NOW)
    found = pqr.desk.list_cases(act, states=CaseState, searched="rb-2026-000003")
    assert [case.filing_number for case in found.cases] == ["RB-2026-000003"]
    assert pqr.desk.find_number(act, public_id="procede3") == "RB-2026-000003"
    record = pqr.desk.load(act, filing_number="RB-2026-000003")
    assert record.decision is not None
    assert (record.decision.text, record.decision.by) == ("Se corrige.\nAsí fue.", "Olga Toro")
    matched = audit_trail.match_subject(session, text="RB-2026-000002")
    assert session.scalars(select(audit_trail.AuditEvent.event).where(matched)).all() == ["claim:reviewed"]
    thread = day_claims.find(session, delivery_point_id=stage.point, public_id="niega4")
    assert (thread.claim.filing_number, thread.claim.outcome) == ("RB-2026-000004", Outcome.DISMISSED)


def test_the_series_of_cases_begins_without_a_gap_and_every_old_number_is_accounted_for(stage: Stage, session: Session):
    assert cross_checks.verify_receipts(session) is None
    with transaction(session):
        assert filing.take_next_number(session, series="PQR", year=2026) == "PQR-2026-000001"


def test_what_the_anchors_of_before_sealed_is_read_where_it_was_carried_to(
    engine: Engine, stage: Stage, session: Session
):
    moments = [f"{OPENED + timedelta(minutes=n):%Y-%m-%d %H:%M:%S.%f}" for n in range(3)]
    sealed = [
        [1, 1, stage.customer, 0, OLD[0].said[0][1], moments[0]],
        [2, 2, stage.customer, 0, "No es lo que medimos.", moments[0]],
        [3, 2, stage.operator, 1, "¿Tiene el acta?", moments[1]],
        [4, 2, stage.customer, 0, "Sí: acta 14.", moments[2]],
    ]
    (block,) = sealed_rows.list_blocks(session, table="claim_messages", after=0, until=4)
    assert (block.number, block.count, block.digest) == (0, 4, sealed_rows.digest(sealed))
    assert sealed_rows.find_last_id(session, "claim_messages") == 8
    session.rollback()
    forged = engine.connect().execution_options(**{WRITES: True})
    with forged:
        for verb in ("update", "append_only", "no_update"):
            place = "" if engine.dialect.name == "sqlite" else " ON case_entries"
            forged.execute(text(f"DROP TRIGGER IF EXISTS case_entries_{verb}{place}"))
        forged.execute(text("UPDATE case_entries SET text = 'Sí: acta 15.' WHERE text = 'Sí: acta 14.'"))
        forged.commit()
    (block,) = sealed_rows.list_blocks(session, table="claim_messages", after=0, until=4)
    assert block.digest != sealed_rows.digest(sealed)


def test_a_day_with_an_open_carried_claim_takes_no_second_one(stage: Stage, session: Session):
    with pytest.raises(Rejected) as found:
        day_claims.refuse_second(session, delivery_point_id=stage.point, gas_day=GasDay(DAY))
    assert found.value.refusal is Refusal.CLAIM_ALREADY_OPEN
    point = session.get_one(factories.DeliveryPoint, stage.point)
    with pytest.raises(IntegrityError), transaction(session):
        factories.claim(session, point, GasDay(DAY))


def test_the_records_stay_append_only(engine: Engine, stage: Stage):
    for table in ("case_entries", "carried_messages"):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_going_back_makes_the_claims_of_before_and_forward_again_the_same_cases(engine: Engine, vault: Vault):
    filled = fill(engine)
    before = describe(engine)
    old = rows_of(engine)
    runner.upgrade(engine)
    with session_factory(engine, vault)() as session:
        carried = shown(session)
        with transaction(session):
            point = session.get_one(factories.DeliveryPoint, filled.point)
            factories.claim(session, point, GasDay(DAY - timedelta(days=9)), filing_number="PQR-2026-000001")
    runner.downgrade(engine, script_of_the_base())
    assert describe(engine) == before
    again = rows_of(engine)
    assert again[0][: len(old[0])] == old[0]
    assert again[1][: len(old[1])] == old[1]
    assert again[0][-1][2] == "PQR-2026-000001"
    runner.upgrade(engine)
    with session_factory(engine, vault)() as session:
        assert shown(session)[:-1] == carried
        assert session.scalars(select(CarriedMessage.id).order_by(CarriedMessage.id)).all() == list(range(1, 10))


def rows_of(engine: Engine) -> list[list[tuple[Any, ...]]]:
    """Every claim and every message of the former tables."""
    with engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))]
            for table in ("claims", "claim_messages")
        ]


def shown(session: Session) -> list[tuple[Any, ...]]:
    """Every case and its record, without row ids."""
    cases = session.scalars(select(Case).order_by(Case.id)).all()
    return [
        (case.filing_number, case.state, case.outcome, case.due_on, record_of(session, case.filing_number))
        for case in cases
    ]
