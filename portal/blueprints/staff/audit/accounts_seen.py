"""View of a customer's account: with a reason, for a quarter of an hour, reported to the customer."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.words import SEEN_WORDS
from portal.domain.calendar import month_words
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.roles import Function
from portal.models import DeliveryPoint
from portal.services.account import balances
from portal.services.people import account_views
from portal.services.store import point_search
from portal.services.store.refusals import Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm, argument


class LookForm(TypedForm):
    """Reason for a view."""

    reason = TextAreaField("Para qué necesita ver esta cuenta")


@blueprint.get("/consola/cuentas-de-balance")
@open_to(Staff(Function.OPEN_ACCOUNTS))
def seen_points() -> ResponseReturnValue:
    """Search the point whose account is wanted."""
    text = argument("q")
    found = point_search.find(database.current(), text=text)
    return page("staff/audit/points.html", "staff/audit/_points.html", text=text, found=found)


@blueprint.route("/consola/cuentas-de-balance/<point>", methods=["GET", "POST"])
@open_to(Staff(Function.OPEN_ACCOUNTS))
def seen_account(point: str) -> ResponseReturnValue:
    """Ask for a reason, then show a month of the account until the view ends."""
    session, now = database.current(), runtime.now()
    found, form = account_views.find_point(session, public_id=point), LookForm()
    if request.method == "POST" and form.validate_on_submit():
        try:
            account_views.open_view(act(), point=point, reason=form.reason.data or "")
        except Rejected as refused:
            show_refusal(form, refused, SEEN_WORDS)
        else:
            return go(".seen_account", point=point)
    look = account_views.opened(act(), point=found)
    if look is None:
        return page("staff/audit/look.html", form=form, point=found)
    month, problem = _month(GasDay.of(now))
    return page(
        "staff/audit/account.html",
        status=422 if problem else 200,
        form=form,
        point=found,
        look=look,
        month=month,
        problem=problem,
        earlier=month.previous if month.first > FIRST_GAS_DAY else None,
        later=month.next if month < Month.of(GasDay.of(now)) else None,
        sheet=_sheet(found, month, GasDay.of(now)),
    )


def _month(today: GasDay) -> tuple[Month, str]:
    typed = (request.args.get("mes", ""), request.args.get("anio", ""))
    present = Month.of(today)
    if typed == ("", ""):
        return present, ""
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0 for text in typed]
    if 1 <= numbers[0] <= 12 and Month.of(FIRST_GAS_DAY) <= Month(numbers[1], numbers[0]) <= present:
        return Month(numbers[1], numbers[0]), ""
    return (
        present,
        f"Ese mes no está en el historial, que empieza en {month_words(FIRST_GAS_DAY)}. Se muestra el mes actual.",
    )


def _sheet(point: DeliveryPoint, month: Month, today: GasDay) -> balances.MonthSheet:
    return balances.month_sheet(
        database.current(),
        delivery_point_id=point.id,
        unit=point.unit,
        tolerance_basis_points=point.contract.tolerance_basis_points,
        month=month,
        today=today,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
    )
