"""Readings taken in: versions, states, corrections, the account brought up to date."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import (
    AuditEvent,
    DailyBalance,
    DeliveryPoint,
    MonthlyBalance,
    OutboxMessage,
    Reading,
    ReadingImport,
)
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.files.questions import Answers
from portal.services.files.sheet_tables import HISTORY, Limits
from portal.services.measures import readings
from portal.services.measures.readings import changes
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW, TODAY

CLERK = Actor.system()


@pytest.fixture
def points(session: Session) -> list[DeliveryPoint]:
    """Two points, M-1 and M-2, of one contract."""
    with transaction(session):
        contract = factories.contract(session)
        return [factories.delivery_point(session, contract=contract, carrier_code=f"M-{n}") for n in (1, 2)]


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, GasDay]]:
    """The days of the account that were brought up to date, in order."""
    days: list[tuple[int, GasDay]] = []
    monkeypatch.setattr(
        ledger,
        "rewrite_day",
        lambda _session, *, delivery_point, gas_day: days.append((delivery_point.id, gas_day)),
    )
    return days


def day(ago: int) -> GasDay:
    return TODAY.plus(-ago)


def take_in(session: Session, *lines: str, now=NOW) -> intake.Imported:
    content = "\n".join(lines).encode()
    # Telemetry whose totals of today are wanted as they stand.
    answers = Answers(today=True)
    return intake.import_file(
        Act.at(session, CLERK, now), readings.FILES, name="lecturas.csv", content=content, answers=answers
    )


def rules(session: Session, *lines: str) -> list[Rule]:
    with pytest.raises(BadFile) as caught:
        take_in(session, *lines)
    return [problem.rule for problem in caught.value.problems]


def versions(session: Session, point: DeliveryPoint, gas_day: GasDay) -> list[tuple[int, str, str]]:
    rows = session.scalars(
        select(Reading)
        .where(Reading.delivery_point_id == point.id, Reading.gas_day == gas_day)
        .order_by(Reading.version)
    )
    return [(row.version, row.state.value, str(row.volume_m3.amount.normalize())) for row in rows]


def test_each_touched_day_of_the_account_is_brought_up_to_date_once(session, points, rewritten):
    imported = take_in(session, f"M-1;{day(2)};100", f"M-2;{day(2)};200", f"M-1;{day(1)};300,5")
    assert imported == intake.Imported(rows=3, new=3, changed=0, unchanged=0)
    assert rewritten == [(points[0].id, day(2)), (points[0].id, day(1)), (points[1].id, day(2))]


def test_the_account_shows_the_consumption_of_the_file(session, points):
    take_in(session, f"M-1;{day(1)};300,5")
    row = session.get_one(DailyBalance, (points[0].id, day(1)))
    assert (row.consumed_m3, row.reading_state) == (Quantity.of("300.5", Unit.M3), ReadingState.PROVISIONAL)


@pytest.mark.parametrize("days", [3, 70], ids=["a few days", "many days"])
def test_the_account_is_what_the_readings_say_after_a_file_of(session, points, days):
    take_in(session, *(f"M-1;{day(ago)};{ago * 10};m3;C" for ago in range(1, days + 1)), f"M-2;{day(1)};5")
    assert session.scalar(select(func.count()).select_from(DailyBalance)) == days + 1
    assert ledger.verify(session) is None
    take_in(session, *(f"M-1;{day(ago)};{ago * 9};m3;A;Medidor" for ago in range(1, days + 1)))
    assert ledger.verify(session) is None


def test_a_reading_gets_a_version_only_where_value_or_state_changes(session, points, rewritten):
    take_in(session, f"M-1;{day(3)};100", f"M-1;{day(2)};200")
    rewritten.clear()
    again = take_in(session, f"M-1;{day(3)};100,0", f"M-1;{day(2)};210", f"M-1;{day(1)};0")
    assert again == intake.Imported(rows=3, new=1, changed=1, unchanged=1)
    assert versions(session, points[0], day(3)) == [(1, "provisional", "1E+2")]
    assert versions(session, points[0], day(2)) == [(1, "provisional", "2E+2"), (2, "provisional", "2.1E+2")]
    assert versions(session, points[0], day(1)) == [(1, "provisional", "0")]
    assert rewritten == [(points[0].id, day(2)), (points[0].id, day(1))]


def test_a_reading_is_provisional_then_certified_then_only_corrected_with_a_reason(session, points, rewritten):
    line = f"M-1;{day(1)};100;m3"
    take_in(session, line)
    take_in(session, f"{line};C")
    assert rules(session, f"M-1;{day(1)};101;m3;C") == [Rule.CLOSED]
    take_in(session, f"M-1;{day(1)};101;m3;A;Medidor cambiado")
    take_in(session, f"M-1;{day(1)};102;m3;A;Cambio mal anotado")
    assert [state for _, state, _ in versions(session, points[0], day(1))] == [
        "provisional",
        "certified",
        "corrected",
        "corrected",
    ]
    newest = session.scalars(select(Reading).order_by(Reading.version.desc()).limit(1)).one()
    assert (newest.reason, newest.import_line) == ("Cambio mal anotado", 1)


@pytest.mark.parametrize("state", ["P", "C"])
def test_the_value_that_is_certified_already_may_be_sent_again(session, points, rewritten, state):
    take_in(session, f"M-1;{day(1)};100;m3;C")
    assert take_in(session, "", f"M-1;{day(1)};100;m3;{state}") == intake.Imported(1, 0, 0, 1)


def test_an_estimate_fills_a_gap_and_gives_way_to_the_measurement(session, points, rewritten):
    take_in(session, f"M-1;{day(1)};100;m3;E")
    assert take_in(session, f"M-1;{day(1)};97;m3;P").changed == 1
    assert rules(session, f"M-1;{day(1)};99;m3;E") == [Rule.ALREADY_MEASURED]


def test_the_same_file_twice_has_no_effect(session, points, rewritten):
    content = (f"M-1;{day(1)};100",)
    take_in(session, *content)
    rewritten.clear()
    again = take_in(session, *content, now=NOW + timedelta(hours=1))
    assert (again.already, again.new, again.changed) == (NOW, 0, 0)
    assert rewritten == []
    for table in (Reading, ReadingImport, AuditEvent):
        assert session.scalar(select(func.count()).select_from(table)) == 1


def test_the_same_file_again_is_no_error_when_its_days_were_certified_since(session, points, rewritten):
    take_in(session, f"M-1;{day(1)};100")
    take_in(session, f"M-1;{day(1)};110;m3;C")
    assert take_in(session, f"M-1;{day(1)};100").already == NOW
    assert len(versions(session, points[0], day(1))) == 2


def test_a_delimiter_inside_of_quotes_is_text(session, points, rewritten):
    take_in(session, f"M-1;{day(1)};100;m3;C")
    take_in(session, f'M-1,{day(1)},90,m3,A,"Medidor; sello roto, visto en sitio"')
    newest = session.scalars(select(Reading).order_by(Reading.version.desc()).limit(1)).one()
    assert newest.reason == "Medidor; sello roto, visto en sitio"


def test_one_bad_row_keeps_the_good_ones_out(session, points, rewritten):
    assert rules(session, f"M-1;{day(1)};100", f"M-2;{day(1)};x") == [Rule.NOT_A_NUMBER]
    assert session.scalar(select(func.count()).select_from(Reading)) == 0
    assert rewritten == []


def test_nothing_stays_when_the_account_cannot_be_brought_up_to_date(session, points, monkeypatch):
    def fails(*_args, **_kwargs):
        raise RuntimeError("planted")

    monkeypatch.setattr(ledger, "rewrite_day", fails)
    with pytest.raises(RuntimeError, match="planted"):
        take_in(session, f"M-1;{day(1)};100")
    for table in (Reading, ReadingImport, AuditEvent):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_the_import_is_an_event_of_the_audit_chain(session, points, rewritten):
    take_in(session, f"M-1;{day(1)};100")
    event = session.scalars(select(AuditEvent)).one()
    assert (event.event, event.subject, event.actor) == ("readings:imported", "lecturas.csv", CLERK.email)
    details = json.loads(event.details)
    assert {key: details[key] for key in ("rows", "new", "changed", "unchanged")} == {
        "rows": 1,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
    }
    assert len(details["sha256"]) == 64
    assert audit.verify(session) is None


def test_the_customer_is_told_of_corrections_in_one_mail_and_of_nothing_else(session, points, rewritten):
    take_in(session, *(f"M-{n};{day(ago)};100;m3;C" for n in (1, 2) for ago in (1, 2)))
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    take_in(session, *(f"M-{n};{day(1)};90;m3;A;Medidor" for n in (1, 2)))
    mail = session.scalars(select(OutboxMessage)).one()
    company = points[0].contract.company
    assert (mail.kind, mail.recipient) == ("readings-corrected", company.contact_email)
    assert all(point.name in mail.body for point in points)
    assert "domingo 22 de noviembre de 2026" in mail.body


def test_a_preview_says_what_would_change_and_writes_nothing(session, points, rewritten):
    take_in(session, f"M-1;{day(2)};100")
    plan = intake.preview(
        Act.at(session, CLERK, NOW), readings.FILES, content=f"M-1;{day(2)};90\nM-1;{day(1)};80".encode()
    )
    assert (plan.new, plan.changed, len(plan.changes), plan.unchanged) == (1, 1, 2, 0)
    before = plan.changes[0].before
    assert before is not None
    assert before.volume == Quantity.of(100, Unit.M3)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Reading)) == 1


def test_today_may_be_provisional(session, points, rewritten):
    assert take_in(session, f"M-1;{TODAY};100").new == 1


def test_progress_counts_the_days_of_the_account(session, points, rewritten):
    seen: list[tuple[int, int]] = []
    content = f"M-1;{day(2)};1\nM-1;{day(1)};2".encode()
    intake.import_file(
        Act.at(session, CLERK, NOW),
        readings.FILES,
        name="a",
        content=content,
        told=intake.Told(days=lambda done, total: seen.append((done, total))),
    )
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("same", [True, False], ids=["the same file", "two files about one day"])
def test_imports_at_the_same_time_end_as_if_one_came_after_the_other(
    sessions: sessionmaker[Session], session: Session, points: list[DeliveryPoint], same: bool
):
    session.rollback()
    contents = [f"M-1;{day(1)};100", f"M-1;{day(1)};{'100' if same else '101'}"]

    def one(content: str) -> intake.Imported:
        with sessions() as own:
            return take_in(own, content)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(one, contents))
    assert sorted(outcome.new for outcome in outcomes) == [0, 1]
    assert [version for version, _, _ in versions(session, points[0], day(1))] == ([1] if same else [1, 2])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("order", ["point after point", "day after day"])
def test_a_file_read_in_parts_says_what_a_file_read_whole_says(session, points, monkeypatch, order):
    days = [day(ago) for ago in range(1, 71)]
    pairs = [(n, each) for n in (1, 2) for each in days]
    lines = [f"M-{n};{each};{each.date.day * n};m3;C" for n, each in pairs]
    if order == "day after day":
        lines = [line for pair in zip(lines[:70], lines[70:], strict=True) for line in pair]
    monkeypatch.setattr(changes, "CHUNK", 7)
    assert take_in(session, *lines) == intake.Imported(140, 140, 0, 0)
    assert session.scalar(select(func.count()).select_from(DailyBalance)) == 140
    assert ledger.verify(session) is None
    again = take_in(session, *lines, f"M-1;{TODAY};5")
    assert again == intake.Imported(141, 1, 0, 140)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_row_in_a_later_part_keeps_every_row_out_and_each_problem_is_told(session, points, monkeypatch):
    monkeypatch.setattr(changes, "CHUNK", 2)
    lines = [f"M-1;{day(ago)};5" for ago in range(1, 8)]
    with pytest.raises(BadFile) as caught:
        take_in(session, *lines, f"M-2;{day(1)};x", f"M-2;{day(2)};5", f"M-1;{day(1)};6", "M-9;2026-11-01;5")
    told = [(problem.line, problem.rule, problem.fact) for problem in caught.value.problems]
    assert told == [(8, Rule.NOT_A_NUMBER, None), (10, Rule.REPEATED_ROW, "1"), (11, Rule.UNKNOWN_POINT, None)]
    assert session.scalar(select(func.count()).select_from(Reading)) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_with_more_problems_than_anybody_reads_says_where_looking_stopped(session, points, monkeypatch):
    monkeypatch.setattr(changes, "CHUNK", 5)
    monkeypatch.setattr(changes, "MOST_PROBLEMS", 3)
    with pytest.raises(BadFile) as caught:
        take_in(session, *[f"M-1;{day(ago)};x" for ago in range(1, 30)])
    told = [(problem.line, problem.rule) for problem in caught.value.problems]
    assert told == [*[(line, Rule.NOT_A_NUMBER) for line in (1, 2, 3)], (5, Rule.TOO_MANY_PROBLEMS)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_history_may_be_longer_than_what_a_page_takes(session, points, monkeypatch):
    lines = "\n".join(f"M-1;{day(ago)};5" for ago in range(1, 6)).encode()
    few = Limits(10_000, 4)
    with pytest.raises(BadFile):
        intake.import_file(Act.at(session, CLERK, NOW), readings.FILES, name="a", content=lines, limits=few)
    many = intake.import_file(
        Act.at(session, CLERK, NOW), readings.FILES, name="a", content=io.BytesIO(lines), limits=HISTORY
    )
    assert many.new == 5


def test_a_correction_of_many_days_moves_every_later_month(session, points):
    take_in(session, *(f"M-1;{day(ago)};100;m3;C" for ago in range(1, 200)))
    revision = session.scalar(select(func.max(MonthlyBalance.revision)))
    assert take_in(session, *(f"M-1;{day(ago)};90;m3;A;Medidor" for ago in range(100, 180))).changed == 80
    assert ledger.verify(session) is None
    last = session.scalars(select(MonthlyBalance).order_by(MonthlyBalance.month.desc())).first()
    assert last is not None
    assert (last.closing_m3, last.revision) == (Quantity.of(-19_100, Unit.M3), revision + 1)
