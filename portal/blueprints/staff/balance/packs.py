"""Monthly pack of a company: requested on its overview, made by the worker, downloaded when it is ready."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.services.account import statement_packs
from portal.services.store.refusals import Rejected
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import ZIP, give_file, go
from portal.web.forms import NOT_SHOWN, TypedForm
from portal.words.closings import CLOSING_WORDS


class PackForm(TypedForm):
    """Company and month of a pack."""

    company = HiddenField(validators=[InputRequired(NOT_SHOWN)])
    month = StringField("Mes")


@blueprint.post("/consola/balance/paquetes")
@open_to(Staff(Function.SEE_OVERVIEW))
def ask_pack() -> ResponseReturnValue:
    """Request the statements of all points of a company in a month."""
    form = PackForm()
    company, month = str(form.company.data or ""), _month(str(form.month.data or ""))
    if form.validate_on_submit() and month is not None:
        try:
            return go(".job", job=statement_packs.request(act(), company=company, month=month))
        except Rejected as refused:
            flash(CLOSING_WORDS[refused.refusal].replace("este punto", "ningún punto de la empresa"), "warning")
    elif month is None:
        flash("Escriba el mes como 10/2026, desde diciembre de 2014.", "warning")
    return go(".balance_overview", empresa=company or None)


@blueprint.get("/consola/balance/paquetes/<job>")
@open_to(Staff(Function.SEE_OVERVIEW))
def statement_pack(job: str) -> ResponseReturnValue:
    """Send a pack."""
    found = statement_packs.load_file(act(), job=job)
    return give_file(b"" if request.method == "HEAD" else found.content, ZIP, name=found.name)


def last_month() -> Month:
    """Return the month that is offered: the one before the present."""
    return Month.of(GasDay.of(runtime.now())).previous


def _month(typed: str) -> Month | None:
    number, _, year = typed.partition("/")
    if not (number.isascii() and number.isdigit() and year.isascii() and year.isdigit() and len(year) == 4):
        return None
    if not 1 <= int(number[:3]) <= 12 or len(number) > 2:
        return None
    month = Month(int(year), int(number)) if int(year) else None
    return month if month is not None and month.last >= FIRST_GAS_DAY else None
