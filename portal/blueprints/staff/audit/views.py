"""Events with filters, state of the chain, evidence of one nomination."""

from __future__ import annotations

import io
import zipfile
from datetime import date

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.words import SEEN_WORDS
from portal.domain.accounts import Function, may
from portal.domain.calendar import month_words
from portal.domain.gas_day import FIRST_GAS_DAY, BadGasDay, GasDay, Month, parse_gas_day
from portal.models import DeliveryPoint
from portal.papers import receipt_paper
from portal.services.account import balances
from portal.services.files import excel_csv
from portal.services.files.excel_workbook import Table, write_tables
from portal.services.ops import audit_search
from portal.services.ops.anchors import Required
from portal.services.ops.audit_search import Filters
from portal.services.people import account_views
from portal.services.store import point_search
from portal.services.store.refusals import Rejected
from portal.services.trace import evidence
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import CSV, XLSX, ZIP, give_file, go, page, show_refusal
from portal.web.distributor import current
from portal.web.forms import TypedForm, argument
from portal.web.replica import reads_replica
from portal.words.audit_events import EVENT_WORDS, FORMER_WORDS

from . import event_tables

LONGEST = 120
FILTERS = ("hecho", "quien", "sobre", "empresa", "desde", "hasta")
# With more of them a company is found by its name, as what an event is about.
MOST_COMPANIES = 300


@blueprint.get("/consola/auditoria")
@open_to(Staff(Function.READ_AUDIT))
@reads_replica
def audit_events() -> ResponseReturnValue:
    """List the events that pass the filters, newest first."""
    actor = me()
    asked, filters, problem = read_filters()
    if argument("formato") == "csv" and not problem:
        # The address of the file before it had its own.
        return go(".audit_csv", **_carried())
    listed = lists.read("staff.audit_events", filters=FILTERS, longest=LONGEST)
    found = audit_search.search(act(), filters=filters, before=listed.after_id)
    listed.next = None if found.next_before is None else (found.next_before,)
    companies = audit_search.list_companies(act(), most=MOST_COMPANIES + 1)
    return page(
        "staff/audit/events.html",
        status=422 if problem else 200,
        found=found,
        asked=asked,
        listed=listed,
        problem=problem,
        events=sorted([*EVENT_WORDS.items(), *FORMER_WORDS.items()], key=lambda pair: pair[1]),
        companies=companies if len(companies) <= MOST_COMPANIES else [],
        may_export=may(actor.role, Function.EXPORT_EVIDENCE),
    )


@blueprint.get("/consola/auditoria/auditoria.csv")
@open_to(Staff(Function.READ_AUDIT))
@reads_replica
def audit_csv() -> ResponseReturnValue:
    """Send every event that passes the filters as CSV."""
    _, filters, problem = read_filters()
    if problem:
        return _back()
    content = excel_csv.write_table([name for name, _ in event_tables.COLUMNS], event_tables.list_rows(act(), filters))
    return give_file(content, CSV, name="auditoria.csv")


@blueprint.get("/consola/auditoria/auditoria.xlsx")
@open_to(Staff(Function.READ_AUDIT))
@reads_replica
def audit_xlsx() -> ResponseReturnValue:
    """Send the same rows as a workbook."""
    _, filters, problem = read_filters()
    if problem:
        return _back()
    table = Table("Auditoría", event_tables.COLUMNS, event_tables.list_rows(act(), filters))
    return give_file(write_tables([table], title="Auditoría", company=current().name), XLSX, name="auditoria.xlsx")


def _back() -> ResponseReturnValue:
    """Lead to the page, which says what is wrong with a filter."""
    return go(".audit_events", **_carried())


def _carried() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name in FILTERS}


def read_filters() -> tuple[dict[str, str], Filters, str]:
    """Return the filters as typed, as they are searched, and what is wrong with their days."""
    asked = {name: argument(name, longest=LONGEST) for name in FILTERS}
    since, until, problem = _days()
    return asked, Filters(asked["hecho"], asked["quien"], asked["sobre"], asked["empresa"], since, until), problem


def _days() -> tuple[date | None, date | None, str]:
    days: list[date | None] = []
    for name in ("desde", "hasta"):
        typed = argument(name)
        try:
            days.append(parse_gas_day(typed).date if typed else None)
        except BadGasDay:
            return None, None, "No reconocemos esa fecha. Escríbala como día/mes/año: 24/11/2026."
    return days[0], days[1], ""


@blueprint.get("/consola/auditoria/cadena")
@open_to(Staff(Function.READ_AUDIT))
def audit_chain() -> ResponseReturnValue:
    """Recompute the chain and show whether it holds."""
    settings = runtime.settings()
    required = Required(settings.audit_anchors, runtime.now(), settings.is_production)
    return page("staff/audit/chain.html", state=audit_search.prove(act(), required=required))


# A GET leads back: after a lost session the sign-in leads here.
@blueprint.route("/consola/auditoria/evidencia/<receipt>", methods=["GET", "POST"])
@open_to(Staff(Function.EXPORT_EVIDENCE))
def audit_evidence(receipt: str) -> ResponseReturnValue:
    """Give the evidence of a nomination as one file: JSON, the receipt on paper, the chain of its month."""
    if request.method == "GET":
        found_id = evidence.find(database.current(), receipt=receipt).public_id
        return go(".audit_events", sobre=found_id)
    found = evidence.gather(act(), receipt=receipt)
    nomination = found.nomination
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evidencia.json", found.record)
        archive.writestr("cadena.json", found.chain)
        archive.writestr(
            receipt_paper.file_name(nomination),
            receipt_paper.as_pdf(act(), nomination=nomination),
        )
    return give_file(packed.getvalue(), ZIP, name=f"evidencia-{nomination.filing_number}.zip")


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
    look = account_views.find_opened(act(), point=found)
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
    return balances.load_month_sheet(
        database.current(),
        delivery_point_id=point.id,
        unit=point.unit,
        tolerance_basis_points=point.contract.tolerance_basis_points,
        month=month,
        today=today,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
    )
