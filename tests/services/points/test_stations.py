"""Each station has its own contact, telephone, address and shift, else those of its company (adr/0134)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import AuditEvent, DeliveryPoint
from portal.services import calls, registry
from portal.services.day_book import lines
from portal.services.files import intake
from portal.services.points.stations import reach_of
from portal.services.registry import entries, fingerprint, succession
from portal.services.registry.succession import Asked
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, Stage, set_up, staff

OWN = {
    "contact_name": "Luz Bernal",
    "contact_phone": "310 555 0177",
    "address": "Km 3 vía Acacías",
    "shift_hours": "Lunes a sábado, de 6:00 a 14:00",
}


@pytest.fixture
def stage(session: Session) -> Stage:
    return set_up(session)


def save(session: Session, stage: Stage, point: DeliveryPoint, **given: str | None) -> DeliveryPoint:
    before = entries.of_point(point)
    return registry.save_point(
        Act.at(session, stage.operator, NOW),
        entry=replace(before, **given),  # type: ignore[arg-type]
        point=point.public_id,
        seen=fingerprint(before),
    )


def test_what_the_station_says_goes_before_what_its_company_says(session: Session, stage: Stage):
    assert reach_of(stage.first)[:2] == ("Ana Ruiz", "311 555 0101")
    save(session, stage, stage.first, **OWN)
    assert reach_of(stage.first) == ("Luz Bernal", "310 555 0177", "Lunes a sábado, de 6:00 a 14:00")
    save(session, stage, stage.first, contact_name=None)
    # Ana Ruiz sits at the company: she does not answer the station's telephone.
    assert reach_of(stage.first)[:2] == (None, "310 555 0177")
    save(session, stage, stage.first, contact_name="Luz Bernal", contact_phone=None)
    assert reach_of(stage.first)[:2] == ("Luz Bernal", "311 555 0101")


def test_book_and_list_of_calls_ask_for_the_station_first(session: Session, stage: Stage):
    save(session, stage, stage.silent, **OWN)
    agent = staff(session, Role.AGENT)
    (missing,) = calls.list_missing(Act.at(session, agent, NOW), gas_day=TOMORROW, most=5).points
    assert (missing.contact, missing.phone, missing.shift_hours) == (
        OWN["contact_name"],
        OWN["contact_phone"],
        OWN["shift_hours"],
    )
    book = {line.point: line for line in lines.list_lines(session, gas_day=TOMORROW)}
    silent, first = book["EDS Catama"], book["EDS Apiay"]
    assert (silent.contact, silent.phone, silent.shift_hours) == missing[3:6]
    assert (first.contact, first.phone, first.shift_hours) == ("Ana Ruiz", "311 555 0101", None)


def test_a_caller_is_found_by_the_telephone_and_the_name_of_the_station(session: Session, stage: Stage):
    save(session, stage, stage.silent, **OWN)
    agent = staff(session, Role.AGENT)
    for said in ("3105550177", "310 555 01 77", "luz bernal"):
        found = calls.search_points(Act.at(session, agent, NOW), text=said)
        assert [point.public_id for point in found] == ["catama"], said


def test_each_change_is_in_the_history_and_a_file_carries_it_both_ways(session: Session, stage: Stage):
    save(session, stage, stage.first, **OWN)
    act = Act.at(session, stage.operator, NOW)
    (last,) = session.scalars(
        select(AuditEvent).where(AuditEvent.subject == "apiay", AuditEvent.event == "delivery-point:changed")
    )
    assert {name: json.loads(last.details)[f"new_{name}"] for name in OWN} == OWN
    text = registry.export_csv(act).decode("utf-8-sig")
    said = dict(zip(text.splitlines()[0].split(";"), text.splitlines()[1].split(";"), strict=True))
    assert (said["contacto_punto"], said["turno"]) == (OWN["contact_name"], OWN["shift_hours"])
    changed = text.replace("310 555 0177", "310 555 0199").encode()
    upload = intake.keep(act, registry.FILES, name="registro.csv", content=changed)
    shown = intake.preview_upload(act, registry.FILES, upload=upload).plan.fingerprint
    intake.take_upload(act, registry.FILES, upload=upload, shown=shown)
    session.expire_all()
    assert reach_of(stage.first).phone == "310 555 0199"


def test_people_of_a_company_do_not_go_on_to_the_next_owner_and_the_place_does(session: Session, stage: Stage):
    with transaction(session):
        gate = factories.exit_point(session)
        new = factories.contract(session)
        session.flush()
        number, code = new.number, gate.code
    point = save(session, stage, stage.silent, **OWN)
    asked = Asked(TOMORROW.plus(7), point.unit, code, point.contract.number, "Otrosí", with_letter=False)
    act = Act.at(session, stage.operator, NOW)
    seen = fingerprint(entries.of_point(point))
    stays = succession.preview(act, point="catama", asked=asked, seen=seen)
    assert {name: getattr(stays.after, name) for name in OWN} == OWN
    goes = succession.preview(act, point="catama", asked=replace(asked, contract=number), seen=seen)
    assert {name: getattr(goes.after, name) for name in OWN} == {
        **OWN,
        "contact_name": None,
        "contact_phone": None,
    }
