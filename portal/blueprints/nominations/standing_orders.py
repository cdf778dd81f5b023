"""Standing orders of a contract's points; the page of one: as kept, a new one in two steps, its end in one tap."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.standing_orders import LAPSE_WORDS
from portal.models import DeliveryPoint
from portal.services.keys import grants
from portal.services.nominations import standing_orders
from portal.services.nominations.standing_orders import Kept, Reviewed
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.timetable import holidays
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import go, page, show_refusal
from portal.web.filters import measure, quantity
from portal.web.url_rules import modality_of

from .standing_order_forms import EndForm, OrderForm, SignOrderForm
from .views import blueprint
from .words import WORDS, spoken


class Listed(NamedTuple):
    """Point in the list of its contract: its order, None without one; what it says of tomorrow, "" where untold."""

    point: DeliveryPoint
    kept: Kept | None
    lapse: str
    quantity: str


@blueprint.get("/nominacion/<modality>/ordenes-permanentes")
@open_to(Audience.CUSTOMER)
def list_standing_orders(modality: str) -> ResponseReturnValue:
    """List the points of the contract of ``?contrato=``, or of all that are open, with the order of each."""
    use_grants()
    chosen = modality_of(modality)
    contracts = grants.list_opened_contracts(act(), modality=chosen)
    asked = request.args.get("contrato", "")
    if asked:
        contracts = [contract for contract in contracts if contract.public_id == asked]
        if not contracts:
            raise NotFound
    now, proved = runtime.now(), grants.list_proved_point_ids(act())
    day = GasDay.of(now).plus(1)
    points = [
        each
        for each in grants.list_points(database.current(), contracts=contracts)
        if each.ends_on is None or each.ends_on > day
    ]
    kept = standing_orders.find_active(database.current(), points=points, gas_day=day, as_of=now)
    known = holidays.load_known(database.current()) if kept else ()

    def listed(point: DeliveryPoint) -> Listed:
        own = kept.get(point.id)
        lapse = "" if own is None or own.lapse is None else LAPSE_WORDS[own.lapse]
        told = own.pattern.quantity_on(day, known) if own is not None and point.id in proved and not lapse else None
        return Listed(point, own, lapse, "" if told is None else measure(told))

    return page(
        "nominations/standing_orders.html",
        modality=chosen,
        contracts=[
            (contract, [listed(point) for point in points if point.contract_id == contract.id])
            for contract in contracts
        ],
        day=day,
    )


@blueprint.route("/nominacion/<modality>/<point>/orden-permanente", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def standing_order(modality: str, point: str) -> ResponseReturnValue:
    """Show the order of the point; the POST reviews a new one and shows the document to sign."""
    found = _point(modality, point)
    kept, proved = _load(found)
    form = OrderForm(data=_typed(kept) if proved else None)
    form.unit = found.unit
    if form.validate_on_submit():
        reviewed = _review(form, found)
        if reviewed is not None:
            return _document(reviewed, SignOrderForm(formdata=None, data=form.data))
    return _page(form, found, kept, proved)


@blueprint.route("/nominacion/<modality>/<point>/orden-permanente/firma", methods=["POST"])
@open_to(Audience.CUSTOMER)
def sign_standing_order(modality: str, point: str) -> ResponseReturnValue:
    """Sign the shown order with the code of the point; "cambiar" leads back to its quantities."""
    found = _point(modality, point)
    form = SignOrderForm()
    form.unit = found.unit
    if request.form.get("cambiar"):
        back = OrderForm()
        return _page(back, found, *_load(found))
    if form.validate_on_submit():
        try:
            standing_orders.sign(
                act(),
                modality=found.contract.modality,
                point=point,
                asked=form.asked,
                shown=form.shown.data or "",
                typed=form.security_code.data or "",
            )
        except Rejected as refused:
            _show(form, refused)
        else:
            return go(".standing_order", modality=modality, point=point)
    if not form.is_of_content:
        reviewed = _review(form, found)
        if reviewed is not None:
            return _document(reviewed, form)
    first = OrderForm()
    for name, field in first._fields.items():
        field.errors = form._fields[name].errors if name in form._fields else field.errors
    first.form_errors, first.is_unusual = form.form_errors, form.is_unusual
    return _page(first, found, *_load(found))


@blueprint.post("/nominacion/<modality>/<point>/orden-permanente/fin")
@open_to(Audience.CUSTOMER)
def end_standing_order(modality: str, point: str) -> ResponseReturnValue:
    """End the order; an account that never gave the point's numeric key is asked for it first."""
    found, form = _point(modality, point), EndForm()
    if form.validate_on_submit():
        try:
            standing_orders.end(act(), modality=found.contract.modality, point=point, version=form.version.data or "")
        except Rejected as refused:
            shown = OrderForm(formdata=None)
            _show(shown, refused)
            return _page(shown, found, *_load(found))
    return go(".standing_order", modality=modality, point=point)


def _point(modality: str, point: str) -> DeliveryPoint:
    use_grants()
    return grants.require_reachable_point(act(), modality=modality_of(modality), public_id=point)


def _load(point: DeliveryPoint) -> tuple[Kept | None, bool]:
    """Return the order of a point, and whether its figures may be told."""
    now = runtime.now()
    day = GasDay.of(now).plus(1)
    kept = standing_orders.find_active(database.current(), points=[point], gas_day=day, as_of=now).get(point.id)
    return kept, point.id in grants.list_proved_point_ids(act())


def _typed(kept: Kept | None) -> dict[str, str]:
    """Return the quantities in force as a person types them."""
    if kept is None:
        return {}
    pattern = kept.pattern

    def typed(value: Quantity | None) -> str:
        return "" if value is None else quantity(value)

    return {
        "every_day": typed(pattern.every_day),
        "sundays": typed(pattern.sundays),
        "holidays": typed(pattern.holidays),
        "last_day": "" if pattern.last_day is None else pattern.last_day.date.strftime("%d/%m/%Y"),
    }


def _review(form: OrderForm, point: DeliveryPoint) -> Reviewed | None:
    """Return the reviewed order; None when it is refused, with the words beside the fields."""
    reviewed = standing_orders.review(act(), point=point, asked=form.asked)
    if reviewed.refusal is not None:
        _show(form, reviewed.refusal)
        return None
    if reviewed.warned and not reviewed.asked.confirmed:
        for warning in reviewed.warned:
            _show(form, warning)
        return None
    return reviewed


def _show(form: OrderForm, refused: Rejected) -> None:
    form.is_unusual = form.is_unusual or refused.refusal is Refusal.UNUSUAL_QUANTITY
    show_refusal(form, spoken(refused), WORDS)


def _document(reviewed: Reviewed, signing: SignOrderForm) -> ResponseReturnValue:
    signing.shown.data, signing.security_code.data = reviewed.digest, None
    return page(
        "nominations/standing_order_signature.html",
        form=signing,
        point=reviewed.point,
        pattern=reviewed.asked.pattern,
        reviewed=reviewed,
        confirmed=bool(reviewed.warned),
    )


def _page(form: OrderForm, point: DeliveryPoint, kept: Kept | None, proved: bool) -> ResponseReturnValue:
    ahead: Any = ()
    if kept is not None and proved and kept.lapse is None:
        ahead = standing_orders.list_days_ahead(act(), point=point, pattern=kept.pattern)
    return page(
        "nominations/standing_order.html",
        form=form,
        point=point,
        kept=kept,
        proved=proved,
        lapse=None if kept is None or kept.lapse is None else LAPSE_WORDS[kept.lapse],
        ahead=ahead,
        asks_tick=form.is_unusual or bool(form.confirm_unusual.data),
    )
