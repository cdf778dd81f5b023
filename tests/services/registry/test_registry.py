"""The registry: made, changed and ended by date, by whom it is for, under nothing that has figures."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.codes import compute_nit_check_digit
from portal.domain.gas_day import FIRST_GAS_DAY, Month
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import Unit
from portal.domain.timetable import RequestKind
from portal.models import AuditEvent, Company, Contract, DeliveryPoint
from portal.services import ledger, registry
from portal.services.nominations import rules as nomination_rules
from portal.services.registry import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry, fingerprint
from portal.services.registry.entries import of_contract, of_point
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace.audit_trail import Change
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import AFTER_NOON, TOMORROW

NIT = f"901234567-{compute_nit_check_digit('901234567')}"
COMPANY = CompanyEntry(nit="901.234.567-" + NIT[-1], name="  Gases   del Ariari S.A.S. ", city="Granada")
CONTRACT = ContractEntry(
    number="NR-G-900",
    modality=Modality.GNV_SUPPLY,
    unit=Unit.M3,
    maximum_micro=9_000 * 10**6,
    starts_on=FIRST_GAS_DAY,
)
POINT = PointEntry(
    carrier_code="pe-9001",
    name="EDS Ariari",
    kind=DeliveryPointKind.STATION,
    unit=Unit.M3,
    exit_point="GRA",
    municipality="Granada",
    starts_on=FIRST_GAS_DAY,
)


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


@pytest.fixture
def point(session: Session, operator: Actor) -> DeliveryPoint:
    """A delivery point made as the pages make it, from its company on."""
    registry.save_exit_point(Act.at(session, operator, NOW), entry=ExitPointEntry("gra", "Granada"))
    company = registry.save_company(Act.at(session, operator, NOW), entry=COMPANY)
    contract = registry.save_contract(Act.at(session, operator, NOW), entry=CONTRACT, company=company.public_id)
    return registry.save_point(Act.at(session, operator, NOW), entry=POINT, contract=contract.public_id)


def refused(change: object, *_: object) -> Refusal:
    with pytest.raises(Rejected) as found:
        change()  # type: ignore[operator]
    return found.value.refusal


def change_point(session: Session, actor: Actor, point: DeliveryPoint, **values: object) -> DeliveryPoint:
    entry = of_point(point)
    return registry.save_point(
        Act.at(session, actor, NOW), entry=replace(entry, **values), point=point.public_id, seen=fingerprint(entry)
    )


def change_contract(session: Session, actor: Actor, contract: Contract, **values: object) -> Contract:
    entry = of_contract(contract)
    return registry.save_contract(
        Act.at(session, actor, NOW),
        entry=replace(entry, **values),
        contract=contract.public_id,
        seen=fingerprint(entry),
    )


def measure(session: Session, point: DeliveryPoint) -> None:
    """A day with figures: yesterday."""
    with transaction(session):
        factories.reading(session, point, TODAY.plus(-1), "100")
        ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-1))


def test_everything_is_made_from_the_company_on_in_one_spelling(session: Session, point: DeliveryPoint):
    company = point.contract.company
    assert (company.nit, company.name, company.sort_name) == (NIT, "Gases del Ariari S.A.S.", "gases del ariari s.a.s.")
    assert (point.carrier_code, point.exit_point.code, point.contract.number) == ("PE-9001", "GRA", "NR-G-900")


def test_a_change_is_told_with_what_was_before(session: Session, operator: Actor, point: DeliveryPoint):
    change_point(session, operator, point, name="EDS Ariari Norte", ends_on=TODAY.plus(40))
    sheet = registry.load_point_sheet(Act.at(session, operator, NOW), point=point.public_id)
    changed, created = sheet.changes
    assert (changed.event, created.event) == ("delivery-point:changed", "delivery-point:created")
    assert changed.actor == operator.email
    assert set(changed.changes) == {
        Change("name", "EDS Ariari", "EDS Ariari Norte"),
        Change("ends_on", None, TODAY.plus(40).isoformat()),
    }
    details = session.scalars(select(AuditEvent.details).order_by(AuditEvent.sequence.desc()).limit(1)).one()
    assert json.loads(details)["old_name"] == "EDS Ariari"


def test_what_somebody_else_changed_since_is_a_conflict_and_nothing_is_written(
    session: Session, operator: Actor, point: DeliveryPoint
):
    stale = of_point(point)
    change_point(session, operator, point, name="EDS Ariari Norte")
    events = session.scalar(select(func.count()).select_from(AuditEvent))
    with pytest.raises(Conflict):
        registry.save_point(
            Act.at(session, operator, NOW),
            entry=replace(stale, municipality="Lejanías"),
            point=point.public_id,
            seen=fingerprint(stale),
        )
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == events


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_who_does_not_keep_the_registry_neither_reads_nor_changes_it(session: Session, role: Role):
    with transaction(session):
        actor = factories.signed_in(session, factories.user(session, role=role), now=NOW)
    with pytest.raises(NotAllowed):
        registry.save_company(Act.at(session, actor, NOW), entry=COMPANY)
    with pytest.raises(NotAllowed):
        registry.search(Act.at(session, actor, NOW), text="")


def test_a_number_that_somebody_has_is_refused_by_the_constraint(
    session: Session, operator: Actor, point: DeliveryPoint
):
    company, contract = point.contract.company.public_id, point.contract.public_id
    same = replace(POINT, name="Otra")
    act = Act.at(session, operator, NOW)
    assert refused(lambda: registry.save_company(act, entry=COMPANY)) is Refusal.NIT_TAKEN
    assert (
        refused(lambda: registry.save_contract(act, entry=CONTRACT, company=company)) is Refusal.CONTRACT_NUMBER_TAKEN
    )
    assert refused(lambda: registry.save_point(act, entry=same, contract=contract)) is Refusal.CARRIER_CODE_TAKEN
    twin = replace(POINT, carrier_code="PE-9002")
    assert refused(lambda: registry.save_point(act, entry=twin, contract=contract)) is Refusal.POINT_NAME_TAKEN
    gate = ExitPointEntry("GRA", "Otra")
    assert refused(lambda: registry.save_exit_point(act, entry=gate)) is Refusal.EXIT_CODE_TAKEN


def test_of_many_who_change_the_same_at_once_one_does_and_the_others_are_told(
    sessions: sessionmaker[Session], session: Session, operator: Actor, point: DeliveryPoint
):
    entry, public_id = of_point(point), point.public_id
    session.rollback()

    def change(number: int) -> bool:
        with sessions() as own:
            try:
                registry.save_point(
                    Act.at(own, operator, NOW),
                    entry=replace(entry, name=f"EDS {number}"),
                    point=public_id,
                    seen=fingerprint(entry),
                )
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(change, range(4))) == [False, False, False, True]


@pytest.mark.parametrize(
    ("nit", "refusal"),
    [
        ("901234567", Refusal.NIT_MALFORMED),
        (f"901234567-{(int(NIT[-1]) + 1) % 10}", Refusal.NIT_CHECK_DIGIT),
        ("٩٠١٢٣٤٥٦٧-1", Refusal.NIT_MALFORMED),
    ],
)
def test_a_nit_needs_its_check_digit(sqlite_session: Session, nit: str, refusal: Refusal):
    with transaction(sqlite_session):
        actor = factories.signed_in(sqlite_session, factories.user(sqlite_session, role=Role.OPERATOR), now=NOW)
    entry = replace(COMPANY, nit=nit)
    assert refused(lambda: registry.save_company(Act.at(sqlite_session, actor, NOW), entry=entry)) is refusal


def test_the_points_end_with_their_contract_and_go_on_with_it(session: Session, operator: Actor, point: DeliveryPoint):
    end = TODAY.plus(60)
    change_contract(session, operator, point.contract, ends_on=end)
    assert point.ends_on == end
    change_contract(session, operator, point.contract, ends_on=end.plus(30))
    assert point.ends_on == end.plus(30)
    assert refused(lambda: change_point(session, operator, point, ends_on=None)) is Refusal.ENDS_AFTER_CONTRACT
    company = point.contract.company
    entry = registry.load_company_sheet(Act.at(session, operator, NOW), company=company.public_id).entry

    def end_company(day: int) -> Company:
        return registry.save_company(
            Act.at(session, operator, NOW),
            entry=replace(entry, ended_on=TODAY.plus(day)),
            company=company.public_id,
            seen=fingerprint(entry),
        )

    assert refused(lambda: end_company(89)) is Refusal.COMPANY_IN_USE
    end_company(90)
    more = replace(CONTRACT, number="NR-G-901")
    assert (
        refused(lambda: registry.save_contract(Act.at(session, operator, NOW), entry=more, company=company.public_id))
        is Refusal.COMPANY_ENDED
    )


def test_nothing_is_moved_from_under_a_day_with_figures(session: Session, operator: Actor, point: DeliveryPoint):
    change_point(session, operator, point, starts_on=TODAY.plus(-30))
    measure(session, point)
    for values, refusal in (
        ({"starts_on": TODAY}, Refusal.STARTS_AFTER_FIGURES),
        ({"ends_on": TODAY.plus(-1)}, Refusal.END_UNCONFIRMED),
        ({"unit": Unit.MBTU}, Refusal.FIXED_BY_FIGURES),
    ):
        assert refused(lambda values=values: change_point(session, operator, point, **values)) is refusal
    contract = point.contract
    for name, value in (("unit", Unit.MBTU), ("modality", Modality.INDUSTRIAL), ("tolerance_basis_points", 700)):
        assert (
            refused(lambda name=name, value=value: change_contract(session, operator, contract, **{name: value}))
            is Refusal.FIXED_BY_FIGURES
        )
    assert (
        refused(lambda: change_contract(session, operator, contract, ends_on=TODAY.plus(-1))) is Refusal.END_UNCONFIRMED
    )
    change_point(session, operator, point, ends_on=TODAY)


def test_the_validity_of_a_point_stays_as_its_closed_months_say(
    session: Session, operator: Actor, point: DeliveryPoint
):
    measure(session, point)
    with transaction(session):
        factories.month_closing(session, point, Month.of(TODAY), "0")
    earlier = {"starts_on": TODAY.plus(-200)}
    change = lambda **values: change_point(session, operator, point, **values)  # noqa: E731
    assert refused(lambda: change(**earlier)) is Refusal.MONTH_CLOSED
    # An end takes no figure away: it is confirmed; a later one would leave closed days without a reading.
    assert refused(lambda: change(ends_on=TODAY.plus(1))) is Refusal.END_UNCONFIRMED
    change(ends_on=Month.of(TODAY).next.first)
    assert refused(lambda: change(ends_on=TODAY.plus(1))) is Refusal.END_UNCONFIRMED
    with transaction(session):
        point.ends_on = TODAY.plus(1)
    assert refused(lambda: change(ends_on=None)) is Refusal.MONTH_CLOSED


def test_an_exit_point_ends_after_its_points_and_takes_no_more(session: Session, operator: Actor, point: DeliveryPoint):
    ended = ExitPointEntry("GRA", "Granada", TODAY)
    seen = fingerprint(ExitPointEntry("GRA", "Granada"))
    save = lambda: registry.save_exit_point(Act.at(session, operator, NOW), entry=ended, code="GRA", seen=seen)  # noqa: E731
    assert refused(save) is Refusal.EXIT_POINT_IN_USE
    change_point(session, operator, point, ends_on=TODAY)
    save()
    another = replace(POINT, carrier_code="PE-9003", name="Otra")
    contract = point.contract.public_id
    assert (
        refused(lambda: registry.save_point(Act.at(session, operator, NOW), entry=another, contract=contract))
        is Refusal.EXIT_POINT_ENDED
    )


def test_the_floor_of_a_renomination_follows_the_profile_of_the_point(
    session: Session, operator: Actor, point: DeliveryPoint
):
    change_point(session, operator, point, hourly_profile=" ".join(["4"] * 6 + ["0"] * 18))
    with transaction(session):
        factories.nomination(session, point, TOMORROW, "2400")
    act = Act.of_system(session, AFTER_NOON.replace(hour=4, day=24))
    request = nomination_rules.Request(point=point, kind=RequestKind.RENOMINATION, gas_day=TOMORROW)
    terms = nomination_rules.weigh(act, request)
    # Effective at 05:00 in Colombia: five of the six hours in which the point takes its gas.
    assert terms.floor is not None
    assert terms.floor.micro == 2_000 * 10**6


def test_search_finds_by_any_word_without_accents_and_by_nit_with_or_without_dots(
    session: Session, operator: Actor, point: DeliveryPoint
):
    with transaction(session):
        factories.delivery_point(session, name="Planta Ácida", municipality="Acacías")

    def kinds(text: str) -> dict[str, int]:
        return dict(registry.search(Act.at(session, operator, NOW), text=text).counts)

    assert kinds("ariari gases") == {"empresas": 1, "contratos": 1, "puntos": 1}
    assert kinds("acacias ACIDA") == {"puntos": 1}
    assert kinds("901234567") == kinds("901.234.567-") == {"empresas": 1, "contratos": 1, "puntos": 1}
    assert kinds("pe-9001") == {"puntos": 1}
    assert kinds("gra") == {"empresas": 1, "contratos": 1, "puntos": 1, "salidas": 1}
    assert kinds("%") == {}
    found = registry.search(Act.at(session, operator, NOW), text="", kind=registry.Kind.POINT)
    assert [hit.name for hit in found.page.rows] == ["EDS Ariari", "Planta Ácida"]
