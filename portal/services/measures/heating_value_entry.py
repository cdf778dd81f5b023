"""One heating value written by hand, under the rules of a file."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import insert

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.roles import Function, may
from portal.models import DailyHeatingValue
from portal.services.files import intake
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.ledger import updates
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from portal.services.trace import audit, row_seals

from .heating_value_columns import VALUE
from .heating_value_files import FILES, row_of


def record(act: Act, *, exit_point: str, gas_day: GasDay, value: Decimal) -> None:
    """Write the heating value, BTU/ft³, of an exit point (its code) on a day, and convert its days anew. Commits.

    ``BadFile`` names what breaks a rule of a file of heating values, and ``NOTHING_NEW``; ``Conflict`` when an import
    was faster; ``NotAllowed`` for who loads no readings.
    """
    session, actor, now = act.session, act.actor, act.now
    if actor.user_id is None or not may(actor.role, Function.LOAD_READINGS):
        raise NotAllowed
    quoted = exit_point.replace('"', '""')
    parsed = intake.read(FILES, f'"{quoted}";{gas_day.isoformat()};{value:f}\n'.encode())
    with meaning_of_constraints(), transaction(session):
        FILES.hold(Act.at(session, actor, now))
        plan = FILES.plan(Act.at(session, actor, now), parsed)
        if not plan.changes:
            raise BadFile([Problem(Rule.NOTHING_NEW, column=VALUE)])
        (change,) = plan.changes
        last = row_seals.last_id(session, "heating_values")
        session.execute(insert(DailyHeatingValue), [row_of(change, now)])
        updates.rewrite_conversions(session, changes=[(change.exit_point.id, gas_day)])
        audit.record(
            act,
            event=AuditEvent.HEATING_VALUE_RECORDED,
            subject=change.exit_point.code,
            details={
                "gas_day": gas_day.isoformat(),
                "old_heating_value": None if change.before is None else f"{change.before.amount:f}",
                "new_heating_value": f"{change.value.amount:f}",
                row_seals.DETAIL: row_seals.of_range(session, table="heating_values", after=last),
            },
        )
