"""Worker's duty: add holidays new in the library, and report them and the dropped ones to the administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay
from portal.models import Holiday
from portal.services import timetable
from portal.services.mail import Letter, post
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import calendar_library, holidays

# Day up to which this process has compared each database with the library: at start, then once a day.
_compared: WeakKeyDictionary[Engine | Connection, date] = WeakKeyDictionary()


def learn_due(act: Act) -> int:
    """Add holidays new in the library and report the unreported ones; commits. Return how many were reported.

    A holiday that the library dropped stays until staff withdraw it.
    """
    session = act.session
    today, bind = GasDay.of(act.now).date, session.get_bind()
    if _compared.get(bind) != today:
        # Before anything is locked.
        library = calendar_library.ask_apart(*holidays.find_years(act.now))
        with transaction(session):
            timetable.lock(session)
            holidays.learn(act, library=library)
            gone = holidays.list_dropped(act, library=library)
            if gone:
                _tell_dropped(act, gone)
        _compared[bind] = today
    untold = select(Holiday).where(Holiday.learnt_at.is_not(None), Holiday.told_at.is_(None)).order_by(Holiday.day)
    if session.scalar(untold.with_only_columns(Holiday.day).limit(1)) is None:
        session.rollback()
        return 0
    with transaction(session):
        timetable.lock(session)
        rows = list(session.scalars(untold))
        if rows:
            _tell(act, rows)
        return len(rows)


def _tell(act: Act, rows: Sequence[Holiday]) -> None:
    for row in rows:
        row.told_at = act.now
    _record(act, rows, AuditEvent.HOLIDAY_LEARNT)
    letter = Letter(
        subject=agree(len(rows), "El portal agregó un festivo", "El portal agregó {} festivos"),
        says=(
            agree(
                len(rows),
                "El calendario que trae el portal conoce un día que no estaba entre los festivos: quedó agregado.",
                "El calendario que trae el portal conoce días que no estaban entre los festivos: quedaron agregados.",
            ),
        ),
        facts=[(row.name, day_words(row.day)) for row in rows],
        then=(
            "Desde ahora cuentan para los plazos en días hábiles y para los pronósticos.",
            "Si alguno no es festivo, un operador o un supervisor lo retira en Horario, Festivos, con su razón.",
        ),
        link=("Abrir la consola", act.link("/consola")),
    )
    _post(act, letter, "holidays-learnt")


def _tell_dropped(act: Act, rows: Sequence[Holiday]) -> None:
    _record(act, rows, AuditEvent.HOLIDAY_DROPPED)
    these = agree(len(rows), "este día", "estos días")
    letter = Letter(
        subject=agree(len(rows), "Un festivo ya no está en el calendario", "{} festivos ya no están en el calendario"),
        says=(
            f"El calendario que trae el portal ya no conoce {these} como festivo.",
            "Hasta que alguien lo retire sigue contando para los plazos en días hábiles y para los pronósticos.",
        ),
        facts=[(row.name, day_words(row.day)) for row in rows],
        then=("Si una ley lo cambió, un operador o un supervisor lo retira en Horario, Festivos, con su razón.",),
        link=("Abrir la consola", act.link("/consola")),
    )
    _post(act, letter, "holidays-dropped")


def _record(act: Act, rows: Sequence[Holiday], event: AuditEvent) -> None:
    for row in rows:
        audit.record(
            act.by(Actor.system("worker")), event=event, subject=row.day.isoformat(), details={"name": row.name}
        )


def _post(act: Act, letter: Letter, kind: str) -> None:
    recipients = identity.list_addresses_of_role(act.session, role=Role.ADMIN)
    post(act, letter=letter, kind=kind, recipients=recipients)
