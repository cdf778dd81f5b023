"""What holds for every kind of file: a preview writes nothing, and what differs from it is not taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from portal.domain.accounts import Role
from portal.domain.jobs import JobKind, UploadKind
from portal.models import AuditEvent, DeliveryPoint, Upload
from portal.services import day_book, market, registry
from portal.services.files import intake, uploads
from portal.services.measures import gates, heating_value_files, readings
from portal.services.ops import job_runners
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY
from tests.tariffs import JUNE, csv_of

Made = tuple[intake.Kind[Any, Any, Any], bytes]


def of_readings(point: DeliveryPoint) -> Made:
    return readings.FILES, f"punto;fecha;cantidad\n{point.carrier_code};{TODAY.plus(-1)};5320\n".encode()


def of_heating_values(point: DeliveryPoint) -> Made:
    content = f"salida;fecha;pc\n{point.exit_point.code};{TODAY.plus(-1)};1131\n"
    return heating_value_files.FILES, content.encode()


def of_the_registry(point: DeliveryPoint) -> Made:
    company = point.contract.company
    return registry.FILES, f"nit;empresa\n{company.nit};Gases del Guayuriba\n".encode()


def of_authorised_quantities(point: DeliveryPoint) -> Made:
    session = object_session(point)
    assert session is not None
    with transaction(session):
        factories.nomination(session, point, TODAY.plus(1), "5320")
    return day_book.AuthorisedFiles(TODAY.plus(1)), f"punto;autorizada\n{point.carrier_code};5320\n".encode()


def of_tariffs(_point: DeliveryPoint) -> Made:
    return market.TariffFiles(JUNE), csv_of()


def of_gates(point: DeliveryPoint) -> Made:
    return gates.FILES, f"puerta;fecha;volumen\n{point.exit_point.code};{TODAY.plus(-1)};5320\n".encode()


def of_the_transporter(point: DeliveryPoint) -> Made:
    content = f"puerta;confirmada\n{point.exit_point.code};5320\n"
    return day_book.ConfirmationFiles(TODAY.plus(1)), content.encode()


KINDS: list[Callable[[DeliveryPoint], Made]] = [
    of_readings,
    of_heating_values,
    of_the_registry,
    of_authorised_quantities,
    of_tariffs,
    of_gates,
    of_the_transporter,
]


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    with transaction(session):
        return factories.delivery_point(session, carrier_code="TOP-01")


def person(session: Session, role: Role = Role.OPERATOR) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role), now=NOW)


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def leaves(kind: type[Any]) -> set[type[Any]]:
    return {kind}.union(*(leaves(each) for each in kind.__subclasses__())) - {intake.Kind}


def test_every_kind_is_looked_at_here(session: Session, point: DeliveryPoint):
    kinds = [made(point)[0] for made in KINDS]
    assert {type(kind) for kind in kinds} == leaves(intake.Kind)
    assert {kind.upload for kind in kinds} == set(UploadKind)


@pytest.mark.parametrize("made", KINDS)
def test_what_differs_from_the_preview_is_not_taken_in(session: Session, point: DeliveryPoint, made: Any):
    actor = person(session)
    kind, content = made(point)
    shown = intake.preview(Act.at(session, actor, NOW), kind, content=content).fingerprint
    session.rollback()
    events = count(session, AuditEvent)
    session.rollback()

    def take(digest: str) -> None:
        with transaction(session):
            kind.hold(Act.at(session, actor, NOW))
            kind.take_in(Act.at(session, actor, NOW), intake.read(kind, content), intake.Taking("a.csv", digest))

    with pytest.raises(Conflict):
        take("0" * 64)
    assert count(session, AuditEvent) == events
    session.rollback()
    take(shown)


@pytest.mark.parametrize("made", KINDS)
def test_a_preview_writes_nothing(session: Session, point: DeliveryPoint, made: Any):
    actor = person(session)
    kind, content = made(point)
    events = count(session, AuditEvent)
    intake.preview(Act.at(session, actor, NOW), kind, content=content)
    assert not session.new
    assert not session.dirty
    assert count(session, AuditEvent) == events


@pytest.mark.parametrize("made", KINDS)
def test_a_file_that_waits_is_of_its_kind_of_who_may_and_decided_once(
    session: Session, point: DeliveryPoint, made: Any
):
    actor = person(session)
    kind, content = made(point)
    others = [
        *(readings.FILES, heating_value_files.FILES, registry.FILES),
        *(day_book.AuthorisedFiles(TODAY.plus(1)), market.TariffFiles(JUNE.next)),
    ]
    session.rollback()
    with pytest.raises(NotAllowed):
        intake.keep(Act.at(session, person(session, Role.AUDITOR), NOW), kind, name="a.csv", content=content)
    assert count(session, Upload) == 0
    session.rollback()
    upload = intake.keep(Act.at(session, actor, NOW), kind, name="a.csv", content=content)
    preview = intake.preview_upload(Act.at(session, actor, NOW), kind, upload=upload)
    assert (preview.file_name, preview.plan.is_empty) == ("a.csv", False)
    session.rollback()
    for other in [each for each in others if each.upload is not kind.upload]:
        with pytest.raises(NotFound):
            intake.preview_upload(Act.at(session, actor, NOW), other, upload=upload)
        session.rollback()
    intake.discard_upload(Act.at(session, actor, NOW), kind, upload=upload)
    with pytest.raises(Rejected) as decided:
        intake.preview_upload(Act.at(session, actor, NOW), kind, upload=upload)
    assert decided.value.refusal is Refusal.FILE_DECIDED


def test_a_file_of_a_day_waits_for_that_day_only(session: Session, point: DeliveryPoint):
    actor = person(session)
    kind, content = of_authorised_quantities(point)
    upload = intake.keep(Act.at(session, actor, NOW), kind, name="a.csv", content=content)
    for act in (intake.preview_upload, intake.discard_upload):
        with pytest.raises(NotFound):
            act(Act.at(session, actor, NOW), day_book.AuthorisedFiles(TODAY.plus(2)), upload=upload)
        session.rollback()
    assert not intake.preview_upload(Act.at(session, actor, NOW), kind, upload=upload).plan.is_empty


def test_each_kind_of_waiting_file_has_who_takes_it_in(session: Session, point: DeliveryPoint):
    # The registry and authorised quantities are done at once, on the page; the worker has no part in them.
    jobs = {uploads.USES[kind].job for kind in UploadKind} - {JobKind.IMPORT_REGISTRY, None}
    assert jobs <= set(job_runners.RUNNERS)
