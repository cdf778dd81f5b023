"""Requests of a company's own system with its token (docs/api.md)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.accounts import Scope
from portal.domain.distributor import Distributor
from portal.domain.gas_day import GasDay, Month
from portal.domain.timetable import RequestKind
from portal.models import Nomination
from portal.services import ledger, nominations
from portal.services.account import balances
from portal.services.points import company_points, settings
from portal.web import database, runtime
from portal.web.access import Audience, Token, act, caller, open_to
from portal.web.distributor import current

from . import bodies, shapes

blueprint = Blueprint("api", __name__)


@blueprint.before_request
def refuse_unknown_parameters() -> None:
    """Refuse a query with a parameter that the document does not have: an answer to less would pass for all of it."""
    if request.url_rule is not None and request.url_rule.endpoint != "api.openapi":
        bodies.check_parameters(list_parameters(request.url_rule.rule, request.method))


@blueprint.get("/api/v1/openapi.json")
@open_to(Audience.PUBLIC)
def openapi() -> ResponseReturnValue:
    """Describe the API (OpenAPI 3.1)."""
    return Response(text(current()), content_type="application/json")


@blueprint.get("/api/v1/delivery-points")
@open_to(Token(Scope.READ))
def delivery_points() -> ResponseReturnValue:
    """List the points within reach of the token."""
    found = company_points.list_reached(act(), caller=caller())
    return jsonify({"delivery_points": [_point(each) for each in found]})


@blueprint.get("/api/v1/delivery-points/<point>")
@open_to(Token(Scope.READ))
def delivery_point(point: str) -> ResponseReturnValue:
    """Show one point."""
    found = company_points.find(act(), caller=caller(), public_id=point)
    return jsonify(_point(found))


def _point(found: company_points.ReachedPoint) -> shapes.Shape:
    known, contract, today = settings.read(database.current()), found.point.contract, GasDay.of(runtime.now())
    return shapes.delivery_point(
        found,
        tolerance_basis_points=known.tolerance(contract).on(today),
        maximum=known.maximum(contract).on(today),
    )


@blueprint.get("/api/v1/delivery-points/<point>/balances/<month>")
@open_to(Token(Scope.READ))
def balance(point: str, month: str) -> ResponseReturnValue:
    """Show the balance account of a month, day by day, as the sheet does."""
    session, now = database.current(), runtime.now()
    found = company_points.get_opened(act(), caller=caller(), public_id=point)
    today = GasDay.of(now)
    last = ledger.find_last_figure_day(session, delivery_point_id=found.id)
    offered = balances.list_offered_months(found.starts_on, found.ends_on, today, last)
    wanted = bodies.month(month, offered.reaching(Month.of(today)))
    sheet = balances.load_month_sheet(
        session,
        delivery_point_id=found.id,
        unit=bodies.unit() or found.unit,
        tolerance_basis_points=settings.read(session).tolerance(found.contract).on(wanted.first),
        month=wanted,
        today=today,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        own_unit=found.unit,
    )
    return jsonify(shapes.balance(found, sheet))


@blueprint.get("/api/v1/delivery-points/<point>/nominations")
@open_to(Token(Scope.READ))
def nominations_between(point: str) -> ResponseReturnValue:
    """List the revisions of a range of gas days, two hundred at a time."""
    session, now = database.current(), runtime.now()
    found = company_points.get_opened(act(), caller=caller(), public_id=point)
    first, last = bodies.gas_days(GasDay.of(now))
    rows, more = company_points.list_revisions(
        session, delivery_point_id=found.id, first=first, last=last, after=bodies.after()
    )
    return jsonify(
        {
            "delivery_point": found.public_id,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "nominations": [shapes.revision(found, each) for each in rows],
            "next": f"{rows[-1].nomination.gas_day}.{rows[-1].nomination.revision}" if more else None,
        }
    )


@blueprint.post("/api/v1/delivery-points/<point>/nominations")
@open_to(Token(Scope.NOMINATE))
def nominate(point: str) -> ResponseReturnValue:
    """Enter a nomination or a renomination, signed with the security code of the point."""
    key, asked = bodies.idempotency_key(), bodies.order()
    found = company_points.find(act(), caller=caller(), public_id=point)
    nomination = nominations.submit(
        act(),
        caller=caller(),
        request=nominations.Request(
            point=found.point,
            kind=RequestKind[asked.kind.upper()],
            gas_day=asked.gas_day,
            quantity=asked.quantity,
            confirmed=asked.confirm_unusual,
            replaces=asked.replaces_revision,
        ),
        idempotency_key=key,
        typed=asked.security_code,
    )
    return _entered(nomination)


@blueprint.get("/api/v1/receipts/<receipt>")
@open_to(Token(Scope.READ))
def receipt(receipt: str) -> ResponseReturnValue:
    """Show a receipt, with its place in the chain of its point."""
    found = company_points.get_revision(act(), caller=caller(), public_id=receipt)
    return jsonify(shapes.receipt(found.nomination, vault=runtime.vault()))


@blueprint.post("/api/v1/receipts/<receipt>/cancellation")
@open_to(Token(Scope.NOMINATE))
def cancel(receipt: str) -> ResponseReturnValue:
    """Withdraw the nomination of a receipt until the close, signed with the security code of its point."""
    code = bodies.cancellation()
    withdrawn = nominations.cancel_by_system(act(), caller=caller(), public_id=receipt, typed=code)
    return _entered(withdrawn)


def _entered(nomination: Nomination) -> ResponseReturnValue:
    answer = jsonify(shapes.receipt(nomination, vault=runtime.vault()))
    answer.headers["Location"] = url_for("api.receipt", receipt=nomination.public_id)
    return answer, 201


FILE = Path(__file__).with_name("openapi.json")
# As the file writes a radicado; another distributor's begin otherwise.
RADICADO = "N-2026-000123"


@lru_cache(maxsize=2)
def text(distributor: Distributor) -> str:
    """Return the document with whom to ask about it, made once for each distributor."""
    written = FILE.read_text(encoding="utf-8").replace(RADICADO, f"{distributor.nomination_series}-2026-000123")
    document = json.loads(written)
    document["info"]["contact"] = {"name": distributor.legal_name}
    if distributor.website:
        document["info"]["contact"]["url"] = distributor.website
    return json.dumps(document, ensure_ascii=False, indent=2)


@lru_cache(maxsize=64)
def list_parameters(rule: str, method: str) -> tuple[str, ...]:
    """Return the parameters of a query that the document has for an address."""
    path = json.loads(FILE.read_text(encoding="utf-8"))["paths"].get(rule.replace("<", "{").replace(">", "}"), {})
    asked = path.get("get" if method in ("HEAD", "OPTIONS") else method.lower(), {})
    return tuple(each["name"] for each in asked.get("parameters", ()) if each["in"] == "query")
