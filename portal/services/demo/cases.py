"""Cases (PQR) of the demonstration: ten, in every state, one of them over its term, and those about a day.

People and places are made up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from operator import itemgetter

from portal.domain.accounts import Role
from portal.domain.cases import (
    ALARM_DAYS,
    CONSENT_VERSION,
    LAST_CALL,
    CaseChannel,
    CaseKind,
    CaseState,
    EntryKind,
    alarm_reached,
    answer_due,
    extended_due,
    lapses_at,
)
from portal.domain.gas_day import GasDay
from portal.models import Case, CaseEntry, User
from portal.services.cases import pqr
from portal.services.store import filing
from portal.services.store.acts import Act
from portal.services.timetable import holidays

from . import disputes
from .disputes import find_user
from .registry import SEED, LoadedPoint

MORNING, NIGHT = dt.time(8, 35), dt.time(0, 1)
HOUR = dt.timedelta(hours=1)
# Longest look-back for a day that fits: no term of fifteen business days takes as long.
LONGEST_AGO = 60


@dataclass(frozen=True, slots=True)
class Step:
    """Entry by the operator, or by the system without a text of a person, so many days after the filing."""

    kind: EntryKind
    after: int
    text: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A case filed ``days_ago``; without it, on the last day whose term lapsed or came to its alarm since.

    With ``of_customer`` it is the customer's own.
    """

    kind: CaseKind
    state: CaseState
    name: str
    document: str
    text: str
    days_ago: int | None = None
    steps: tuple[Step, ...] = field(default=())
    channel: CaseChannel = CaseChannel.WEB
    point: str | None = None
    place: str | None = None
    by_mail: bool = True
    of_customer: bool = False
    alarmed: int = 0


SCENES = (
    Scene(
        CaseKind.PETITION,
        CaseState.CLOSED,
        "Marta Quintero",
        "40.111.222",
        "Pido copia del contrato de condiciones uniformes vigente y de sus anexos.",
        days_ago=41,
        steps=(
            Step(EntryKind.ASSIGNED, 1, "{operator}"),
            Step(EntryKind.ANSWERED, 6, "Enviamos la copia del contrato y de sus cuatro anexos a su correo."),
            Step(EntryKind.CLOSED, 16, "La peticionaria confirmó que recibió los documentos."),
        ),
    ),
    Scene(
        CaseKind.CLAIM,
        CaseState.REOPENED,
        "Panadería El Morichal S.A.S.",
        "901.555.010-1",
        "La factura de octubre cobra una visita técnica que no se hizo. Pedimos que se retire ese cobro.",
        days_ago=34,
        place="Carrera 22 n.º 8-15, Villavicencio",
        steps=(
            Step(EntryKind.ANSWERED, 12, "La visita consta en el informe técnico del 9 de octubre."),
            Step(EntryKind.REOPENED, 30, "El informe citado es de otra dirección: se revisa de nuevo."),
        ),
    ),
    Scene(
        CaseKind.APPEAL,
        CaseState.PASSED_ON,
        "Héctor Parales",
        "17.333.444",
        "Interpongo reposición y, en subsidio, apelación contra la decisión sobre la factura de septiembre.",
        days_ago=30,
        steps=(
            Step(EntryKind.ANSWERED, 14, "Se confirma la decisión: la lectura fue verificada en sitio."),
            Step(EntryKind.PASSED_ON, 15, "El expediente pasa a la Superintendencia, que decide la apelación."),
        ),
    ),
    Scene(
        CaseKind.COMPLAINT,
        CaseState.LAPSED,
        "Rosalba Cisneros",
        "51.666.777",
        "Llamé cuatro veces para pedir una revisión y en ninguna me dieron número de atención.",
        alarmed=ALARM_DAYS[-1],
    ),
    Scene(
        CaseKind.CLAIM,
        CaseState.IN_PROGRESS,
        "Hotel Mirador del Ariari S.A.S.",
        "901.555.020-3",
        "El consumo facturado en el último mes es el doble del promedio y el hotel estuvo cerrado dos semanas.",
        days_ago=27,
        steps=(
            Step(EntryKind.ASSIGNED, 1, "{operator}"),
            Step(EntryKind.EXTENDED, 15, "Se ordenó probar el medidor en laboratorio, y el resultado tarda."),
        ),
    ),
    Scene(
        CaseKind.PETITION,
        CaseState.ANSWERED,
        "Junta de vecinos La Palmera",
        "900.555.030-5",
        "Pedimos que se revise el olor en la caseta de regulación de la calle 12.",
        days_ago=9,
        channel=CaseChannel.OFFICE,
        by_mail=False,
        place="Calle 12 con carrera 30, Acacías",
        steps=(
            Step(EntryKind.ASSIGNED, 0, "{operator}"),
            Step(EntryKind.ANSWERED, 8, "Se revisó la caseta ese mismo día: no hay fuga. Se cambió el filtro."),
        ),
    ),
    Scene(
        CaseKind.COMPLAINT,
        CaseState.IN_PROGRESS,
        "Iván Barreto",
        "86.888.999",
        "El técnico llegó tres horas después de la hora acordada y no avisó.",
        alarmed=ALARM_DAYS[0],
        channel=CaseChannel.TELEPHONE,
        steps=(Step(EntryKind.ASSIGNED, 2, "{operator}"),),
    ),
    Scene(
        CaseKind.PETITION,
        CaseState.ANSWERED,
        "{customer}",
        "1.121.000.111",
        "Pido la certificación de los consumos del punto para el año en curso.",
        days_ago=6,
        of_customer=True,
        point="EDS Alcaraván Terminal",
        steps=(Step(EntryKind.ANSWERED, 4, "La certificación está en los archivos de la cuenta de balance."),),
    ),
    Scene(
        CaseKind.CLAIM,
        CaseState.FILED,
        "Lavandería Río Ocoa",
        "900.555.040-7",
        "La factura llegó con una dirección que no es la nuestra.",
        days_ago=1,
        place="Medidor 4471",
    ),
    Scene(
        CaseKind.PETITION,
        CaseState.FILED,
        "{customer}",
        "1.121.000.111",
        "Pido reunión para revisar la cantidad máxima diaria del próximo año.",
        days_ago=0,
        of_customer=True,
    ),
)


def write(act: Act, points: Sequence[LoadedPoint]) -> int:
    """Write the cases, inside the caller's transaction, in the order in which they were filed; return their number."""
    session, today = act.session, GasDay.of(act.now)
    known = holidays.read(session)
    people = {role: session.get_one(User, find_user(session, role)) for role in (Role.CUSTOMER, Role.OPERATOR)}
    by_name = {loaded.point.name: loaded.row.id for loaded in points}
    filings: list[tuple[dt.datetime, Callable[[], None]]] = []
    for n, scene in enumerate(SCENES):
        day = _filed_on(scene, today, known)
        writer = partial(_write, act, scene, n, day, known, people, by_name)
        filings.append((min(day.at(0, MORNING), act.now), writer))
    filings += disputes.list_filings(act, points)
    for _, write_it in sorted(filings, key=itemgetter(0)):
        write_it()
    return len(filings)


def _filed_on(scene: Scene, today: GasDay, known: Collection[dt.date]) -> GasDay:
    if scene.days_ago is not None:
        return today.plus(-scene.days_ago)
    for ago in range(LONGEST_AGO):
        day = today.plus(-ago)
        due = answer_due(day.at(0, MORNING), known)
        lapsed = due < today.date
        if lapsed if scene.state is CaseState.LAPSED else alarm_reached(today, due, known) >= scene.alarmed:
            return day
    raise LookupError("no day fits the scene")


def _write(
    act: Act,
    scene: Scene,
    place: int,
    day: GasDay,
    known: Collection[dt.date],
    people: Mapping[Role, User],
    by_name: Mapping[str, int],
) -> None:
    session, customer, operator = act.session, people[Role.CUSTOMER], people[Role.OPERATOR]
    filed_at = min(day.at(0, MORNING), act.now)
    names = {"customer": customer.name, "operator": operator.name}
    entries = [(step, min(day.at(step.after, MORNING) + HOUR, act.now)) for step in scene.steps]
    case = Case(
        public_id=sha256(f"{SEED}:case:{place}".encode()).hexdigest()[:16],
        filing_number=filing.take_next_number(session, series=act.distributor.case_series, year=day.date.year),
        kind=scene.kind,
        state=scene.state,
        channel=scene.channel,
        name=scene.name.format(**names),
        document=scene.document,
        email=customer.email if scene.of_customer else f"peticion{place}@vecinos.example" if scene.by_mail else None,
        telephone="(608) 555 0142",
        place=scene.place,
        delivery_point_id=by_name.get(scene.point or ""),
        account_id=customer.id if scene.of_customer else None,
        consent_version=CONSENT_VERSION,
        consented_at=filed_at,
        electronic_notice=scene.by_mail,
        filed_at=filed_at,
        due_on=answer_due(filed_at, known),
        alarmed=LAST_CALL if scene.state is CaseState.LAPSED else scene.alarmed,
        assigned_to_id=operator.id if scene.steps else None,
    )
    session.add(case)
    session.flush()
    spoken = scene.channel is not CaseChannel.WEB
    _enter(act, case, EntryKind.FILED, scene.text, filed_at, operator.id if spoken else case.account_id)
    for step, moment in entries:
        _enter(act, case, step.kind, step.text.format(**names), moment, operator.id)
        if step.kind is EntryKind.EXTENDED:
            case.due_on, case.extended_on, case.extension_reason = (
                extended_due(case.due_on, known),
                GasDay.of(moment).date,
                step.text,
            )
        elif step.kind is EntryKind.REOPENED:
            case.due_on = answer_due(moment, known)
        elif step.kind is EntryKind.ANSWERED:
            case.noticed_on = None if scene.by_mail else GasDay.of(moment).date
            _enter(act, case, EntryKind.NOTIFIED, pqr.notice_words(case, known), moment, operator.id)
    if scene.alarmed:
        for alarm in ALARM_DAYS[: ALARM_DAYS.index(scene.alarmed) + 1]:
            told = next(
                day.plus(n) for n in range(LONGEST_AGO) if alarm_reached(day.plus(n), case.due_on, known) >= alarm
            )
            _enter(act, case, EntryKind.ALARM, str(alarm), told.at(0, NIGHT), None)
    if scene.state is CaseState.LAPSED:
        _enter(act, case, EntryKind.LAPSED, case.due_on.isoformat(), lapses_at(case.due_on), None)


def _enter(act: Act, case: Case, kind: EntryKind, text: str, at: dt.datetime, author_id: int | None) -> None:
    act.session.add(CaseEntry(case_id=case.id, kind=kind, author_id=author_id, text=text, written_at=at))
