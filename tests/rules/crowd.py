"""Obstacles of forms: closed months, others' objects, stale drafts and requests."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.ledger.closings.late_values import WantedValue
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.customer import TOMORROW
from tests.factories import TODAY
from tests.rules.visit import Visit

CLOSED = Month.of(TODAY).previous
ON = CLOSED.days()[4]


def crowd(everything: Visit) -> list[str]:
    """Create them beside the visit; return the parts of addresses of closed, stale or others' objects."""
    portal, customer = everything.portal, everything.customer
    # A colleague's nomination overtakes the visit's draft, and is cancelled in its turn.
    colleague = portal.colleague_of(customer)
    colleague.use_keys()
    draft = colleague.review("8.500").url.split("/")[3]
    overtaken = colleague.nominate("8.000").url.rsplit("/", 1)[1]
    # Another company, with a draft, a nomination and a claim that are none of the first one's business.
    other = portal.customer()
    other.use_keys()
    foreign = [
        other.point,
        other.way.contract.public_id,
        other.nominate("7.000").url.rsplit("/", 1)[1],
        other.review("6.000").url.split("/")[3],
        other.dispute().url.rsplit("/", 1)[1],
    ]
    now = portal.clock.now
    with portal.session() as session:
        with transaction(session):
            operator = factories.user(session, role=Role.OPERATOR)
            actor = Actor(operator.id, operator.email, operator.name, operator.role, None, "", "cli")
            contract = factories.contract(session, starts_on=CLOSED.first)
            gate = factories.exit_point(session, code="PS-CERRADA")
            point = factories.delivery_point(
                session, contract=contract, exit_point_id=gate.id, carrier_code="CERRADO-1", public_id="cerrado"
            )
            factories.heating_value(session, gate.id, CLOSED.first, HeatingValue.of("1130"))
            for day in CLOSED.days():
                factories.nomination(session, point, day, "100")
                factories.reading(session, point, day, "90")
            ledger.rebuild_point(session, delivery_point=point)
        point_id = point.id
        closing = closings.close_month(Act.at(session, actor, now), delivery_point_id=point_id, month=CLOSED)
        asked = closings.request(
            Act.at(session, actor, now),
            delivery_point_id=point_id,
            gas_day=ON,
            volume=Quantity.of("95", Unit.M3),
            reason="Medidor",
        )
        wanted = WantedValue("PS-CERRADA", ON, HeatingValue.of("1100"))
        shown = closings.fingerprint_of(closings.preview_value(Act.of_system(session, now), wanted=wanted))
        session.rollback()
        value = closings.request_value(Act.at(session, actor, now), wanted=wanted, reason="Cromatógrafo", shown=shown)
        kept = [closing.statement_number, asked.public_id, value.public_id]
        closed = session.get_one(DeliveryPoint, point_id).public_id
    dates = [CLOSED.first.isoformat(), ON.isoformat(), CLOSED.isoformat(), TOMORROW.isoformat()]
    return [draft, overtaken, *foreign, *kept, closed, "CERRADO-1", "PS-CERRADA", *dates]
