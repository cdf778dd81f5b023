"""A carrier's code passes on to another point from a day on: written once a day, and found by code and gas day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.settings import SettingScope
from portal.models import AuthorisationDraft, DeliveryPoint, Reading
from portal.services import day_book, registry
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.measures import readings
from portal.services.points import point_codes
from portal.services.points.settings import changes
from portal.services.registry import BadEntries, ContractEntry, fingerprint
from portal.services.registry.entries import of_point
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.words.files import problem_words
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.points.test_settings import FACTOR

CODE = "PE-700"
CHANGE = TODAY.plus(-3)


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


@pytest.fixture
def old(session: Session) -> DeliveryPoint:
    """A point that ended the day before ``CHANGE``."""
    with transaction(session):
        return factories.delivery_point(session, carrier_code=CODE, name="EDS Ariari", ends_on=CHANGE)


def successor(session: Session, actor: Actor, old: DeliveryPoint, **values: object) -> DeliveryPoint:
    entry = replace(of_point(old), starts_on=CHANGE, ends_on=None, unit=Unit.MBTU)
    return registry.save_point(
        Act.at(session, actor, NOW), entry=replace(entry, **values), contract=old.contract.public_id
    )


def test_an_ended_point_leaves_code_and_name_to_another_in_the_next_unit(
    session: Session, operator: Actor, old: DeliveryPoint
):
    new = successor(session, operator, old)
    assert (new.carrier_code, new.name, new.unit) == (old.carrier_code, old.name, Unit.MBTU)
    for day, point in ((CHANGE.plus(-1), old), (CHANGE, new), (TODAY, new)):
        assert point_codes.find(session, code=CODE, day=day) == point
    assert point_codes.find_by_id_or_code(session, text=old.public_id, day=TODAY) == old
    assert point_codes.find(session, code="PE-701", day=TODAY) is None


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"starts_on": CHANGE.plus(-1)}, Refusal.CARRIER_CODE_TAKEN),
        ({"starts_on": CHANGE.plus(-1), "carrier_code": "PE700"}, Refusal.CODE_ALIKE),
        ({"starts_on": CHANGE.plus(-1), "carrier_code": "PE-9"}, Refusal.POINT_NAME_TAKEN),
    ],
)
def test_no_two_have_a_code_on_the_same_day(
    session: Session, operator: Actor, old: DeliveryPoint, values: dict[str, object], refusal: Refusal
):
    with pytest.raises(Rejected) as refused:
        successor(session, operator, old, **values)
    assert refused.value.refusal is refusal
    assert session.scalars(select(DeliveryPoint.id)).all() == [old.id]


def test_an_end_is_not_taken_back_once_the_code_has_passed_on(session: Session, operator: Actor, old: DeliveryPoint):
    successor(session, operator, old, name="EDS Otra")
    entry = of_point(old)
    with pytest.raises(Rejected) as refused:
        registry.save_point(
            Act.at(session, operator, NOW),
            entry=replace(entry, ends_on=None),
            point=old.public_id,
            seen=fingerprint(entry),
        )
    assert refused.value.refusal is Refusal.CARRIER_CODE_TAKEN


def test_of_several_who_take_a_code_over_at_once_one_does(
    sessions: sessionmaker[Session], session: Session, operator: Actor, old: DeliveryPoint
):
    entry = replace(of_point(old), ends_on=None)
    with transaction(session):
        contracts = [factories.contract(session).public_id for _ in range(3)]

    def take(number: int) -> Refusal | None:
        with sessions() as own:
            try:
                registry.save_point(
                    Act.at(own, operator, NOW),
                    entry=replace(entry, starts_on=CHANGE.plus(number)),
                    contract=contracts[number],
                )
            except Rejected as refused:
                return refused.refusal
            return None

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(take, range(3)))
    assert sorted(map(str, answers)) == sorted([str(Refusal.CARRIER_CODE_TAKEN)] * 2 + ["None"])


@pytest.mark.parametrize("said", [CODE, "pe 700", "EDS Ariari"])
def test_a_reading_goes_to_the_point_that_its_day_belongs_to(
    session: Session, operator: Actor, old: DeliveryPoint, said: str
):
    new = successor(session, operator, old)
    rows = [f"{said};{day.isoformat()};{volume}" for day, volume in ((CHANGE.plus(-1), 100), (CHANGE, 200))]
    content = "\n".join(["punto;fecha;lectura", *rows, ""]).encode()
    intake.import_file(Act.at(session, Actor.system(), NOW), readings.FILES, name="a.csv", content=content)
    found = session.execute(select(Reading.delivery_point_id, Reading.gas_day).order_by(Reading.gas_day)).all()
    assert [tuple(row) for row in found] == [(old.id, CHANGE.plus(-1)), (new.id, CHANGE)]


def test_a_reading_between_two_points_is_told_by_line(session: Session, operator: Actor, old: DeliveryPoint):
    successor(session, operator, old, starts_on=CHANGE.plus(1))
    content = f"punto;fecha;lectura\n{CODE};{CHANGE.isoformat()};100\n".encode()
    with pytest.raises(BadFile) as bad:
        intake.import_file(Act.at(session, Actor.system(), NOW), readings.FILES, name="a.csv", content=content)
    assert [(each.line, each.rule) for each in bad.value.problems] == [(2, Rule.AFTER_END)]
    last = CHANGE.plus(-1).date
    assert f"el punto terminó el {last:%d/%m/%Y}" in problem_words(bad.value.problems[0])


def test_a_contract_takes_its_points_to_their_end_though_two_have_one_code(
    session: Session, operator: Actor, old: DeliveryPoint
):
    new = successor(session, operator, old)
    sheet = registry.load_contract_sheet(Act.at(session, operator, NOW), contract=old.contract.public_id)
    entry: ContractEntry = sheet.entry
    registry.save_contract(
        Act.at(session, operator, NOW),
        entry=replace(entry, ends_on=TODAY.plus(9)),
        contract=old.contract.public_id,
        seen=fingerprint(entry),
    )
    assert (old.ends_on, new.ends_on) == (CHANGE, TODAY.plus(9))


def test_the_registry_with_a_code_twice_comes_back_and_each_row_is_told_by_its_first_day(
    session: Session, operator: Actor, old: DeliveryPoint
):
    new = successor(session, operator, old)
    content = registry.export_csv(Act.at(session, operator, NOW))

    def keep(content: bytes) -> str:
        session.rollback()
        return intake.keep(Act.at(session, operator, NOW), registry.FILES, name="a.csv", content=content)

    with pytest.raises(Rejected) as nothing:
        keep(content)
    assert nothing.value.refusal is Refusal.NOTHING_TO_IMPORT
    head = f"nit;contrato;código;inicio_punto;municipio\n{old.contract.company.nit};{old.contract.number};{CODE}"
    with pytest.raises(BadEntries) as bad:
        keep(f"{head};;Restrepo\n".encode())
    assert [(each.line, each.refused.refusal) for each in bad.value.unfit] == [(2, Refusal.SEVERAL_VALIDITIES)]
    upload = keep(f"{head};{CHANGE.isoformat()};Restrepo\n".encode())
    shown = intake.preview_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload).plan.fingerprint
    intake.take_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload, shown=shown)
    assert (old.municipality, new.municipality) == ("Villavicencio", "Restrepo")


def test_a_file_gives_a_code_to_another_contract_from_a_day_on(session: Session, operator: Actor, old: DeliveryPoint):
    with transaction(session):
        contract = factories.contract(session, modality=Modality.GNV_SUPPLY)
    row = f"{contract.company.nit};{contract.number};{CODE};%s;EDS Ariari;EDS;{old.exit_point.code};Granada\n"
    head = "nit;contrato;código;inicio_punto;punto;clase;punto_salida;municipio\n"

    def keep(day: str) -> str:
        session.rollback()
        content = (head + row % day).encode()
        return intake.keep(Act.at(session, operator, NOW), registry.FILES, name="a.csv", content=content)

    with pytest.raises(BadEntries) as bad:
        keep(CHANGE.plus(-1).isoformat())
    assert [each.refused.refusal for each in bad.value.unfit] == [Refusal.CARRIER_CODE_TAKEN]
    upload = keep(CHANGE.isoformat())
    shown = intake.preview_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload).plan.fingerprint
    intake.take_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload, shown=shown)
    new = point_codes.find(session, code=CODE, day=CHANGE)
    assert new is not None
    assert new.contract_id == contract.id


def test_an_authorisation_goes_to_the_point_that_is_served_that_day(
    session: Session, operator: Actor, old: DeliveryPoint
):
    new = successor(session, operator, old, unit=Unit.M3)
    with transaction(session):
        for point in (old, new):
            factories.nomination(session, point, TODAY.plus(1), "100")
    content = f"código;autorizada\n{CODE};100\n".encode()
    intake.import_file(
        Act.at(session, operator, NOW), day_book.AuthorisedFiles(TODAY.plus(1)), name="a.csv", content=content
    )
    assert session.scalars(select(AuthorisationDraft.delivery_point_id)).all() == [new.id]


def test_a_setting_finds_the_point_of_its_first_day(session: Session, operator: Actor, old: DeliveryPoint):
    new = successor(session, operator, old)
    with transaction(session):
        admin = factories.signed_in(session, factories.user(session, role=Role.ADMIN), now=NOW)
    asked = replace(FACTOR, scope=SettingScope.POINT, place=CODE)
    effect = changes.preview(Act.at(session, admin, NOW), asked=asked)
    assert effect.place.delivery_point_id == new.id
