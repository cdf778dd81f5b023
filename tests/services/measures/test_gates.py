"""Gates: what they measured beside their points, by day and month, their terms, and the allocation of the rest."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.gates import AllocationRule
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.domain.settings import SettingName
from portal.models import Adjustment, AuditEvent, GateAllocation, GateAllocationDay, GateReading, SettingRow
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.ledger import closings
from portal.services.measures import gates
from portal.services.measures.gates import Terms
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY, act_of
from tests.services.messy_workbooks import workbook

YESTERDAY = TODAY.plus(-1)
MONTH = Month.of(TODAY)


def m3(amount: str) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def take(session: Session, point: object, amount: str, day: object = YESTERDAY, **said: object) -> None:
    factories.reading(session, point, day, amount, **said)
    ledger.rewrite_day(session, delivery_point=point, gas_day=day)


@pytest.fixture
def points(session: Session) -> list:
    """A gate with two points that took 6,000 and 4,000 m³ yesterday, and another gate with one."""
    with transaction(session):
        gate = factories.exit_point(session, code="PS-01", name="Puerta Apiay")
        other = factories.exit_point(session, code="PS-02", name="Puerta Ocoa")
        since = TODAY.plus(-30)
        contract = factories.contract(session, starts_on=since)
        second = factories.contract(session, starts_on=since)
        found = [
            factories.delivery_point(session, contract=contract, exit_point_id=gate.id, name="A", starts_on=since),
            factories.delivery_point(session, contract=second, exit_point_id=gate.id, name="B", starts_on=since),
            factories.delivery_point(session, contract=second, exit_point_id=other.id, name="C", starts_on=since),
        ]
        take(session, found[0], "6000")
        take(session, found[1], "4000")
    return found


def of_day(act: Act, code: str = "PS-01", day: object = YESTERDAY) -> gates.GateDay:
    return next(each for each in gates.load_gates_of_day(act, gas_day=day) if each.code == code)


def measure(act: Act, amount: str, code: str = "PS-01", day: object = YESTERDAY, seen: int = 0) -> bool:
    return gates.record_volume(act, code=code, gas_day=day, volume=m3(amount), seen=seen)


def allow(act: Act, rule: AllocationRule = AllocationRule.PRO_RATA, band: int = 200, capacity: str = "") -> None:
    terms = Terms(m3(capacity) if capacity else None, band, rule)
    gates.set_terms(act, code="PS-01", terms=terms, valid_from=MONTH.first, reason="Acuerdo operativo")


def allocate(act: Act, note: str = "Balance de noviembre") -> bool:
    found = gates.preview_allocation(act, code="PS-01", month=MONTH)
    return gates.propose_allocation(act, code="PS-01", month=MONTH, note=note, shown=found.fingerprint)


def test_a_gate_is_held_against_the_sum_of_its_points(session, points):
    act = act_of(session)
    assert of_day(act).difference is None
    assert measure(act, "10150")
    found = of_day(act)
    assert (found.counted.served, found.counted.measured, found.missing) == (2, 2, 0)
    assert plain(found.difference) == "150"
    assert (found.basis_points * 10150, found.is_outside) == (150 * 10_000, False)
    assert measure(act, "10250", seen=1)
    assert of_day(act).is_outside
    # The other gate has a point without a reading: no difference is told of it.
    measure(act, "500", "PS-02")
    other = of_day(act, "PS-02")
    assert (other.missing, other.difference, other.is_outside) == (1, None, False)


def test_a_measurement_is_written_once_as_a_new_version_and_told_to_the_audit(session, points):
    act = act_of(session)
    assert measure(act, "10000")
    assert not measure(act, "10000", seen=1)
    with pytest.raises(Conflict, match="gate-measured"):
        measure(act, "9000", seen=0)
    assert session.scalar(select(func.count()).select_from(GateReading)) == 1
    said = session.scalars(select(AuditEvent).where(AuditEvent.event == "gate:measured")).one()
    assert said.subject == "PS-01"
    assert json.loads(said.details) | {"new_m3": "10000", "old_m3": None} == json.loads(said.details)


@pytest.mark.parametrize(
    ("day", "amount", "refusal"),
    [(TODAY.plus(1), "1", Refusal.DAY_TO_COME), (YESTERDAY, "100000001", Refusal.GATE_VOLUME_LARGE)],
)
def test_a_day_to_come_and_a_volume_no_gate_carries_are_refused(session, points, day, amount, refusal):
    with pytest.raises(Rejected) as refused:
        measure(act_of(session), amount, day=day)
    assert refused.value.refusal is refusal


def test_only_who_loads_readings_measures_and_only_who_keeps_the_registry_sets_terms(session, points):
    auditor = act_of(session, Role.AUDITOR)
    with pytest.raises(NotAllowed):
        measure(auditor, "1")
    with pytest.raises(NotAllowed):
        allow(auditor)
    with pytest.raises(NotFound):
        measure(act_of(session), "1", "PS-99")


def test_terms_hold_from_their_day_and_say_when_the_capacity_is_passed(session, points):
    act = act_of(session)
    measure(act, "10150")
    allow(act, band=100, capacity="10100")
    found = of_day(act)
    assert found.is_outside
    assert found.is_above_capacity
    later = Terms(None, 500, AllocationRule.NONE)
    gates.set_terms(act, code="PS-01", terms=later, valid_from=TODAY, reason="Otra banda")
    assert of_day(act).terms.band == 100
    assert of_day(act, day=TODAY).terms == later
    for terms, day, refusal in (
        (later, TODAY, Refusal.GATE_TERMS_UNCHANGED),
        (Terms(m3("0")), TODAY, Refusal.GATE_CAPACITY),
        (Terms(None, 10_001), TODAY, Refusal.GATE_BAND),
        (Terms(), MONTH.first.plus(-1), Refusal.GATE_TERMS_DAY),
    ):
        with pytest.raises(Rejected) as refused:
            gates.set_terms(act, code="PS-01", terms=terms, valid_from=day, reason="x")
        assert refused.value.refusal is refusal


def test_a_month_sums_its_complete_days_only(session, points):
    act = act_of(session)
    with transaction(session):
        take(session, points[0], "5000", TODAY.plus(-2))
    measure(act, "10200")
    measure(act, "9000", day=TODAY.plus(-2))
    found = gates.load_month_of_gate(act, code="PS-01", month=MONTH)
    assert [day.gas_day for day in found.complete] == [YESTERDAY]
    assert (plain(found.measured), plain(found.counted), plain(found.difference)) == ("10200", "10000", "200")
    before = next(day for day in found.days if day.gas_day == TODAY.plus(-2))
    assert (before.missing, before.difference) == (1, None)


def test_the_difference_is_allocated_pro_rata_as_adjustments_that_add_up(session, points):
    act = act_of(session)
    measure(act, "10150")
    with pytest.raises(Rejected) as refused:
        allocate(act)
    assert refused.value.refusal is Refusal.NOTHING_TO_ALLOCATE
    allow(act)
    assert allocate(act)
    rows = session.scalars(select(Adjustment).order_by(Adjustment.delivery_point_id)).all()
    # The gate gave more than the points show: it goes against them.
    assert [(plain(row.quantity_m3), row.gas_day) for row in rows] == [("-90", YESTERDAY), ("-60", YESTERDAY)]
    assert all(row.note.startswith("Diferencia de la puerta PS-01: Balance") for row in rows)
    assert plain(of_day(act).allocated) == "150"
    with pytest.raises(Rejected):
        allocate(act)
    assert ledger.verify(session) is None


def test_a_measurement_after_the_allocation_is_shown_as_moved(session, points):
    act = act_of(session)
    measure(act, "10150")
    allow(act)
    allocate(act)
    assert not of_day(act).has_moved
    measure(act, "10100", seen=1)
    assert of_day(act).has_moved


def test_by_priority_the_last_contracts_bear_it(session, points):
    act = act_of(session)
    with transaction(session):
        for point, value in ((points[0], "1"), (points[1], "8")):
            session.add(
                SettingRow(
                    name=SettingName.CUT_PRIORITY,
                    contract_id=point.contract_id,
                    value=value,
                    valid_from=TODAY.plus(-20),
                    reason="x",
                    recorded_at=NOW,
                    recorded_by_id=act.actor.user_id,
                )
            )
    measure(act, "10150")
    allow(act, AllocationRule.BY_PRIORITY)
    found = gates.preview_allocation(act, code="PS-01", month=MONTH)
    assert [(share.point, plain(share.volume)) for share in found.shares] == [("B", "-150")]


def test_beyond_the_limit_another_person_decides(session, points):
    act, supervisor = act_of(session), act_of(session, Role.SUPERVISOR)
    measure(act, "20000")
    allow(act)
    assert not allocate(act)
    assert session.scalar(select(func.count()).select_from(Adjustment)) == 0
    row = session.scalars(select(GateAllocation)).one()
    shown = gates.preview_allocation(supervisor, code="PS-01", month=MONTH).fingerprint
    with pytest.raises(Rejected) as refused:
        gates.decide_allocation(act, public_id=row.public_id, approve=True, shown=shown)
    assert refused.value.refusal is Refusal.ADJUSTMENT_BY_SUPERVISOR
    with pytest.raises(Conflict, match="effects-changed"):
        gates.decide_allocation(supervisor, public_id=row.public_id, approve=True, shown="other")
    gates.decide_allocation(supervisor, public_id=row.public_id, approve=True, shown=shown)
    assert session.scalar(select(func.count()).select_from(Adjustment)) == 2
    with pytest.raises(Conflict, match="allocation-decided"):
        gates.decide_allocation(supervisor, public_id=row.public_id, approve=False, shown="")


def test_nobody_approves_their_own_and_a_rejected_one_changes_nothing(session, points):
    supervisor, other = act_of(session, Role.SUPERVISOR), act_of(session, Role.SUPERVISOR)
    measure(supervisor, "20000")
    allow(supervisor)
    assert not allocate(supervisor)
    row = session.scalars(select(GateAllocation)).one()
    shown = gates.preview_allocation(supervisor, code="PS-01", month=MONTH).fingerprint
    with pytest.raises(Rejected) as refused:
        gates.decide_allocation(supervisor, public_id=row.public_id, approve=True, shown=shown)
    assert refused.value.refusal is Refusal.OWN_REQUEST
    gates.decide_allocation(other, public_id=row.public_id, approve=False, shown="")
    assert session.scalar(select(func.count()).select_from(GateAllocationDay)) == 0
    assert [each.approved for each in gates.list_allocations(other, gate=gates.load_gate(session, "PS-01"))] == [False]


def test_a_closed_month_is_not_allocated(session, points):
    act = act_of(session)
    measure(act, "10150")
    allow(act)
    with transaction(session):
        factories.month_closing(session, points[0], MONTH, "0")
    assert closings.find_closed_months(session, delivery_point_ids=[points[0].id])
    with pytest.raises(Rejected) as refused:
        gates.preview_allocation(act, code="PS-01", month=MONTH)
    assert refused.value.refusal is Refusal.MONTH_CLOSED


def test_two_people_at_once_allocate_a_month_once(sessions: sessionmaker[Session], session, points):
    act = act_of(session)
    measure(act, "10150")
    allow(act)
    shown = gates.preview_allocation(act, code="PS-01", month=MONTH).fingerprint
    session.rollback()
    done: list[str] = []

    def go() -> None:
        with sessions() as own:
            try:
                mine = Act.at(own, act.actor, NOW)
                gates.propose_allocation(mine, code="PS-01", month=MONTH, note="x", shown=shown)
                done.append("made")
            except (Conflict, Rejected) as refused:
                done.append(type(refused).__name__)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert done.count("made") == 1
    assert session.scalar(select(func.count()).select_from(Adjustment)) == 2


def test_a_file_brings_the_days_of_all_gates_in_any_unit(session, points):
    act = act_of(session)
    with transaction(session):
        gate = gates.load_gate(session, "PS-01")
        factories.heating_value(session, gate.id, YESTERDAY, HeatingValue.of("1130"))
    text = (
        "puerta;fecha;volumen;unidad\n"
        f"PS-01;{YESTERDAY.date:%d/%m/%Y};400;MBTU\n"
        f"Puerta Ocoa;{YESTERDAY.date:%d/%m/%Y};353,146667;KPC\n"
        f"PS-02;{TODAY.plus(-2).date:%d/%m/%Y};;m3\n"
        f"PS-02;{TODAY.plus(-3).date:%d/%m/%Y};9,5;Miles de m³\n"
    )
    done = intake.import_file(act, gates.FILES, name="puertas.csv", content=text.encode())
    assert len(done.changes) == 3
    assert [plain(each.new.volume) for each in done.changes if each.new.gas_day == TODAY.plus(-3)] == ["9500"]
    assert plain(of_day(act).measured.volume).startswith("10023.66")
    assert plain(of_day(act, "PS-02").measured.volume).startswith("9999.9999")
    again = intake.import_file(act, gates.FILES, name="puertas.csv", content=text.encode())
    assert again.is_empty


def test_a_cell_in_error_is_no_measurement_and_the_other_days_are_taken(session, points):
    days = [f"{day.date:%d/%m/%Y}" for day in (YESTERDAY.plus(-1), YESTERDAY)]
    content = workbook(("Puerta", "Fecha", "Volumen"), ("PS-01", days[0], "#N/A"), ("PS-01", days[1], 5320))
    plan = intake.preview(act_of(session), gates.FILES, content=content)
    assert ([each.new.gas_day for each in plan.changes], plan.seen.in_error) == ([YESTERDAY], [2])


def test_a_bad_file_is_refused_whole_with_every_rule(session, points):
    act = act_of(session)
    day, ahead = f"{YESTERDAY.date:%d/%m/%Y}", f"{TODAY.plus(1).date:%d/%m/%Y}"
    text = f"puerta;fecha;volumen\nPS-01;{day};10\nPS-99;{day};10\nPS-02;{ahead};10\nPS-01;{day};11\nPS-02;{day};-4\n"
    with pytest.raises(BadFile) as bad:
        intake.import_file(act, gates.FILES, name="puertas.csv", content=text.encode())
    rules = {problem.rule for problem in bad.value.problems}
    assert rules == {Rule.UNKNOWN_EXIT_POINT, Rule.FUTURE_DAY, Rule.REPEATED_ROW, Rule.NEGATIVE}
    assert session.scalar(select(func.count()).select_from(GateReading)) == 0
