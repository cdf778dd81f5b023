"""Many days in one signature: what is read, what would change, and all of it or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.quantities import BadQuantity, Quantity, QuantityProblem, Unit, parse_quantity
from portal.models import AttemptCounter, AuditEvent, Nomination, NominationBatch, NominationHead, OutboxMessage
from portal.services import ledger
from portal.services.files.problems import BadFile, Rule
from portal.services.nominations import batches
from portal.services.nominations.batches import Given, LineState, sources
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.vault import Vault
from portal.services.trace import audit, receipts
from tests.calls import count_calls
from tests.factories import NOW, TODAY
from tests.services.mail_stage import rendered
from tests.services.nominations.test_nominations import NOON, TOMORROW, m3, nominate, refusal_of
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


def begun(session: Session, way: Way, *amounts: int | None, first: int = 1, now: Any = NOW) -> NominationBatch:
    """A batch of days from tomorrow on, or from another day."""
    lines = [
        Given(TODAY.plus(first + place), None if amount is None else m3(amount), None if amount is not None else "x")
        for place, amount in enumerate(amounts)
    ]
    return batches.start(Act.at(session, way.actor, now), modality=way.modality, point=way.point.public_id, lines=lines)


def signed(session: Session, vault: Vault, way: Way, batch: NominationBatch, **given: Any) -> NominationBatch:
    now = given.pop("now", NOW)
    public_id = batch.public_id
    shown = given.pop("shown", None) or batches.review(Act.of_system(session, now), batch=batch).digest
    commits_at = given.pop("commits_at", now)
    return batches.sign(
        Act(session, way.actor, now, lambda: commits_at),
        batch=public_id,
        shown=shown,
        typed=given.pop("typed", way.numeric_key),
    )


def states(session: Session, batch: NominationBatch) -> list[LineState]:
    return [line.state for line in batches.review(Act.of_system(session, NOW), batch=batch).lines]


def nominations(session: Session) -> list[Nomination]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Nomination).order_by(Nomination.gas_day, Nomination.revision)))


def test_a_line_of_thousands_of_words_is_not_read_from_each_of_them(monkeypatch: pytest.MonkeyPatch):
    tried = count_calls(monkeypatch, sources, "read_day")
    with pytest.raises(BadFile):
        batches.read_text("mié 1 dic " * 2_000, unit=Unit.M3, today=TODAY)
    assert len(tried) < 50


def test_each_day_is_new_changed_equal_or_not_possible(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way, quantity=m3(9_000))
    nominate(session, vault, way, quantity=m3(9_100), gas_day=TOMORROW.plus(1))
    batch = begun(session, way, 5_000, 9_000, 9_500, 8_000, None, first=0)
    assert states(session, batch) == [
        LineState.INVALID,
        LineState.EQUAL,
        LineState.CHANGED,
        LineState.NEW,
        LineState.INVALID,
    ]
    reviewed = batches.review(Act.of_system(session, NOW), batch=batch)
    assert reviewed.lines[0].refusal is Refusal.TOO_LATE
    assert reviewed.lines[4].problem is QuantityProblem.NOT_A_NUMBER
    assert not reviewed.may_sign
    assert reviewed.total == m3(17_500)


def test_one_code_signs_all_days_each_with_its_own_radicado(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way, quantity=m3(9_000))
    done = signed(session, vault, way, begun(session, way, 9_000, 9_500, 8_000))
    lines = batches.list_receipt_lines(Act.at(session, way.actor, NOW), batch=done)
    assert [(line.gas_day, line.quantity, line.revision) for line in lines] == [
        (TOMORROW.plus(1), m3(9_500), 1),
        (TOMORROW.plus(2), m3(8_000), 1),
    ]
    assert [line.filing_number for line in lines] == ["N-2026-000002", "N-2026-000003"]
    heads = session.scalars(select(NominationHead.gas_day).order_by(NominationHead.gas_day)).all()
    assert heads == [TOMORROW, TOMORROW.plus(1), TOMORROW.plus(2)]
    assert ledger.verify(session) is None
    assert receipts.verify(session) is None
    assert audit.verify(session) is None
    assert session.scalars(select(AuditEvent.event)).all().count("nomination:signed") == 3
    mails = session.scalars(select(OutboxMessage).where(OutboxMessage.subject.contains("de 2 días"))).all()
    assert len(mails) == 1
    assert "N-2026-000003" in rendered(session, mails[0])[0]


def test_the_same_submission_sent_again_is_the_same_receipt(session: Session, vault: Vault, way: Way):
    batch = begun(session, way, 9_000, 9_500)
    shown = batches.review(Act.of_system(session, NOW), batch=batch).digest
    once = signed(session, vault, way, batch, shown=shown)
    again = signed(session, vault, way, once, shown=shown)
    assert again.public_id == once.public_id
    assert len(nominations(session)) == 2
    with pytest.raises(Conflict, match="submission"):
        signed(session, vault, way, once, shown="ab" * 32)


def test_the_same_submission_sent_four_times_at_once_is_one_list(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way
):
    batch = begun(session, way, 9_000, 9_500)
    shown, public_id = batches.review(Act.of_system(session, NOW), batch=batch).digest, batch.public_id
    session.rollback()

    def send(_number: int) -> str:
        with sessions() as own:
            return batches.sign(
                Act(own, way.actor, NOW, lambda: NOW), batch=public_id, shown=shown, typed=way.numeric_key
            ).public_id

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {public_id}
    assert [nomination.filing_number for nomination in nominations(session)] == ["N-2026-000001", "N-2026-000002"]
    assert receipts.verify(session) is None


def test_a_day_that_changed_since_it_was_shown_stops_all_of_them(session: Session, vault: Vault, way: Way):
    batch = begun(session, way, 9_000, 9_500)
    shown = batches.review(Act.of_system(session, NOW), batch=batch).digest
    nominate(session, vault, way, quantity=m3(1_000))
    with pytest.raises(Conflict, match="shown"):
        signed(session, vault, way, batch, shown=shown)
    assert [each.quantity for each in nominations(session)] == [m3(1_000)]


def test_one_day_that_closes_meanwhile_stops_all_of_them(session: Session, vault: Vault, way: Way):
    batch = begun(session, way, 9_000, 9_500)
    shown = batches.review(Act.of_system(session, NOW), batch=batch).digest
    open_contract(session, vault, way, now=NOON)
    with pytest.raises(Rejected) as slow:
        signed(session, vault, way, batch, shown=shown, now=NOON, commits_at=NOON + timedelta(seconds=11))
    assert refusal_of(slow) is Refusal.BATCH_NOT_READY
    late = NOON + timedelta(milliseconds=1)
    with pytest.raises(Conflict, match="shown"):
        signed(session, vault, way, batch, shown=shown, now=late)
    assert nominations(session) == []


def test_what_cannot_be_signed_is_not_signed(session: Session, vault: Vault, way: Way):
    invalid = begun(session, way, 9_000, None)
    with pytest.raises(Rejected) as refused:
        signed(session, vault, way, invalid)
    assert refusal_of(refused) is Refusal.BATCH_NOT_READY
    nominate(session, vault, way, quantity=m3(9_000))
    with pytest.raises(Rejected) as nothing:
        signed(session, vault, way, begun(session, way, 9_000))
    assert refusal_of(nothing) is Refusal.BATCH_NOT_READY
    assert len(nominations(session)) == 1


def test_an_unusual_day_asks_for_one_tick(session: Session, vault: Vault, way: Way):
    batch = begun(session, way, 9_000, 20_001)
    assert batches.review(Act.of_system(session, NOW), batch=batch).needs_tick
    batches.confirm_unusual(Act.of_system(session, NOW), batch=batch)
    assert batches.review(Act.of_system(session, NOW), batch=batch).may_sign
    done = signed(session, vault, way, batch)
    assert len(batches.list_receipt_lines(Act.at(session, way.actor, NOW), batch=done)) == 2


def test_a_wrong_code_writes_nothing_and_costs_an_attempt(session: Session, vault: Vault, way: Way):
    batch = begun(session, way, 9_000, 9_500)
    with pytest.raises(Rejected) as wrong:
        signed(session, vault, way, batch, typed=wrong_numeric_key(way))
    assert refusal_of(wrong) is Refusal.NUMERIC_KEY_WRONG
    assert nominations(session) == []
    assert session.scalar(select(func.count()).select_from(AttemptCounter)) > 0


def test_an_old_tab_is_told(session: Session, way: Way):
    batch = begun(session, way, 9_000)
    lines = [Given(TOMORROW, m3(8_000))]
    batches.set_lines(Act.of_system(session, NOW), batch=batch, lines=lines, version=1)
    with pytest.raises(Conflict, match="batch"):
        batches.set_lines(Act.of_system(session, NOW), batch=batch, lines=lines, version=1)


def test_somebody_elses_batch_is_not_there(session: Session, vault: Vault, way: Way):
    batch = begun(session, way, 9_000)
    stranger = open_contract(session, vault, set_out(session, vault))
    with pytest.raises(NotFound):
        batches.load(Act.at(session, stranger.actor, NOW), public_id=batch.public_id)


def test_a_range_is_single_days_and_a_backwards_or_endless_one_is_refused():
    lines = batches.fill_range(first=TOMORROW, last=TOMORROW.plus(2), quantity=m3(1), typed=None)
    assert [line.gas_day for line in lines] == [TOMORROW, TOMORROW.plus(1), TOMORROW.plus(2)]
    for last, refusal in ((TODAY, Refusal.RANGE_BACKWARDS), (TOMORROW.plus(62), Refusal.TOO_MANY_DAYS)):
        with pytest.raises(Rejected) as refused:
            batches.fill_range(first=TOMORROW, last=last, quantity=None, typed=None)
        assert refusal_of(refused) is refusal


def test_a_week_is_copied_day_by_day_and_gaps_stay_gaps(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way, quantity=m3(9_000))
    nominate(session, vault, way, quantity=m3(9_200), gas_day=TOMORROW.plus(2))
    act, point = Act.at(session, way.actor, NOW), way.point
    found = batches.copy_week(act, point=point, source=TOMORROW, target=TOMORROW.plus(7))
    assert [(line.gas_day, line.quantity) for line in found] == [
        (TOMORROW.plus(7), m3(9_000)),
        (TOMORROW.plus(9), m3(9_200)),
    ]
    with pytest.raises(Rejected) as empty:
        batches.copy_week(act, point=point, source=TOMORROW.plus(10), target=TOMORROW)
    assert refusal_of(empty) is Refusal.EMPTY_WEEK


@pytest.mark.parametrize(
    "text",
    [
        "24/11/2026\t12.500\n25/11/2026\t9.000\n",
        "fecha\tcantidad\n24/11/2026\t12500\n25/11/2026\t9000",
        "2026-11-24;12.500\r\n2026-11-25;9.000",
        "Día de gas;Nominación\n25/11/2026;9.000\n24/11/2026;12.500\n",
    ],
)
def test_what_is_pasted_is_read_as_a_sheet_copies_it(text: str):
    found = batches.read_text(text, unit=Unit.M3, today=TODAY).days
    assert [(line.gas_day, line.quantity) for line in found] == [(TOMORROW, m3(12_500)), (TOMORROW.plus(1), m3(9_000))]


def test_a_quantity_that_cannot_be_read_keeps_its_cell():
    found = batches.read_text("fecha;cantidad\n24/11/2026;doce mil\n25/11/2026;", unit=Unit.M3, today=TODAY).days
    assert [(line.quantity, line.typed, line.cell) for line in found] == [(None, "doce mil", "B2"), (None, "", "B3")]


def test_mbtu_keep_their_decimals():
    (line,) = batches.read_text("24/11/2026;250,5", unit=Unit.MBTU, today=TODAY).days
    assert line.quantity == Quantity.of("250.5", Unit.MBTU)


def test_a_line_that_says_no_day_keeps_no_good_one_out():
    text = "fecha;cantidad\n31/02/2026;1\nayer;2\n24/11/2026;3\n24/11/2026;4\n24/11/2026;3"
    read = batches.read_text(text, unit=Unit.M3, today=TODAY)
    assert [(line.gas_day, line.quantity) for line in read.days] == [(TOMORROW, m3(3))]
    assert [(each.line, each.rule) for each in read.left_out] == [
        (2, Rule.NO_SUCH_DAY),
        (3, Rule.NOT_A_DATE),
        (5, Rule.REPEATED_ROW),
    ]


def test_lines_that_say_no_day_at_all_are_refused_each():
    with pytest.raises(BadFile) as bad:
        batches.read_text("ayer 2\nmañana 3", unit=Unit.M3, today=TODAY)
    assert [(problem.rule, problem.line) for problem in bad.value.problems] == [
        (Rule.NOT_A_DATE, 1),
        (Rule.NOT_A_DATE, 2),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "24/11/2026 9.500",
        "24/11/2026: 9.500",
        "24/11/2026\t9.500\tsin novedad",
        "24-11-2026 9500",
        "24.11.2026 9500",
        "24/11/26 9.500 m3",
        "24-nov-26\t9500",
        "24 nov 9500",
        "24/11 9.500",
        "martes 24 de noviembre: 9.500",
        "martes, 24 de noviembre de 2026\t9.500",
        "Martes 24 de noviembre de 2026 9.500 m³",
        "2026-11-24,9500",
        "\u200b24/11/2026\u20079\u2009500",
        "24/11/2026 +9500",
        "24/11/2026;9'500",
        "24/11/2026 = 9.500,00",
    ],
)
def test_a_day_is_read_as_people_write_it(line: str):
    for text in (line, f"Fecha\tCantidad (m3)\n{line}\nTotal\t9.500", f"{line}\n\n"):
        (given,) = batches.read_text(text, unit=Unit.M3, today=TODAY).days
        assert (given.gas_day, given.quantity) == (TOMORROW, m3(9_500)), text


@pytest.mark.parametrize(
    "line", ["24 nov 26 500", "24/11/2026", "24 de noviembre de 2026", "lunes 24 de noviembre 9.500"]
)
def test_what_has_two_readings_or_none_is_never_guessed(line: str):
    try:
        (given,) = batches.read_text(line, unit=Unit.M3, today=TODAY).days
    except BadFile:
        return
    assert given.quantity is None


def test_another_unit_than_the_points_is_no_quantity():
    (given,) = batches.read_text("24/11/2026 250 MBTU", unit=Unit.M3, today=TODAY).days
    assert (given.quantity, given.typed) == (None, "250 MBTU")


@pytest.mark.parametrize(
    "text",
    [
        "9.500 24/11/2026",
        "9.500 m3 martes 24 de noviembre",
        "9500\t24 nov",
        "9 500 24-nov-26",
        "9500: martes 24 de noviembre de 2026",
        "9'500;24/11/2026",
    ],
)
def test_a_quantity_before_its_day_is_read(text: str):
    (given,) = sources.read_text(text, unit=Unit.M3, today=TODAY).days
    assert (given.gas_day, given.quantity) == (TOMORROW, m3(9_500)), text


@pytest.mark.parametrize(("text", "said"), [("1 24/11/2026", "1"), ("62\t24 nov", "62"), ("2026 24/11", "2026")])
def test_a_number_before_a_day_that_may_be_of_the_line_or_a_year_is_no_quantity(text: str, said: str):
    with pytest.raises(BadFile) as refused:
        sources.read_text(text, unit=Unit.M3, today=TODAY)
    assert [(each.rule, each.fact) for each in refused.value.problems] == [(Rule.DAY_SECOND, said)]


@pytest.mark.parametrize("typed", ["1.25", "250.5", "12,500", "1234.5", "12'500", "9.500,25", "6000.00", "0.500"])
@pytest.mark.parametrize("between", [" ", "\t"])
def test_a_pasted_figure_is_read_as_the_same_one_typed_in_its_field(typed: str, between: str):
    """One reader: what the field refuses stays with its text, to be put right there."""
    titles = f"Fecha{between}Cantidad\n" if between == "\t" else ""
    (given,) = sources.read_text(f"{titles}24/11/2026{between}{typed}", unit=Unit.MBTU, today=TODAY).days
    try:
        expected: Quantity | None = parse_quantity(typed, Unit.MBTU)
    except BadQuantity:
        expected = None
    assert given.quantity == expected
    assert (given.typed is None) == (expected is not None)
