"""Events with filters, state of the chain, evidence of one nomination."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import date

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.words import SEEN_WORDS
from portal.domain.accounts import Function, may
from portal.domain.calendar import month_words
from portal.domain.gas_day import BOGOTA, FIRST_GAS_DAY, BadGasDay, GasDay, Month, parse_gas_day
from portal.models import DeliveryPoint
from portal.papers import receipt_paper
from portal.services.account import balances
from portal.services.files import excel_csv
from portal.services.files.cells import disarm
from portal.services.ops import audit_search
from portal.services.ops.anchors import Required
from portal.services.ops.audit_search import Filters, Found
from portal.services.people import account_views
from portal.services.store import point_search
from portal.services.store.refusals import Rejected
from portal.services.trace import evidence
from portal.services.trace.audit_trail import Value
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import CSV, ZIP, give_file, go, page, show_refusal
from portal.web.forms import TypedForm, argument
from portal.words.audit import channel_words, detail_words, event_words, value_words
from portal.words.audit_events import EVENT_WORDS, FORMER_WORDS

LONGEST = 120
HIGHEST = 2**60
MOST_EXPORTED = 5000


@blueprint.get("/consola/auditoria")
@open_to(Staff(Function.READ_AUDIT))
def audit_events() -> ResponseReturnValue:
    """List the events that pass the filters, newest first."""
    actor = me()
    asked = {name: argument(name, longest=LONGEST) for name in ("hecho", "quien", "sobre", "empresa")}
    since, until, problem = _days()
    before = request.args.get("antes", type=int)
    as_file = argument("formato") == "csv" and not problem
    found = audit_search.search(
        act(),
        filters=Filters(asked["hecho"], asked["quien"], asked["sobre"], asked["empresa"], since, until),
        before=before if before is not None and 0 < before < HIGHEST else None,
        most=MOST_EXPORTED if as_file else audit_search.PAGE,
    )
    if as_file:
        return give_file(events_csv(found), CSV, name="auditoria.csv")
    return page(
        "staff/audit/events.html",
        status=422 if problem else 200,
        found=found,
        asked=asked | {name: argument(name, longest=LONGEST) for name in ("desde", "hasta")},
        problem=problem,
        events=sorted([*EVENT_WORDS.items(), *FORMER_WORDS.items()], key=lambda pair: pair[1]),
        companies=audit_search.list_companies(act()),
        may_export=may(actor.role, Function.EXPORT_EVIDENCE),
    )


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


COLUMNS = ("numero", "cuando", "hecho", "quien", "canal", "sobre", "detalle")


def events_csv(found: Found) -> bytes:
    """Return the events as CSV for Excel in Colombia; no cell is read as a formula."""

    def words(value: Value) -> str:
        return found.names.get(str(value)) or value_words(value)

    rows: list[Iterable[object]] = [COLUMNS]
    for entry in found.entries:
        said = [
            f"{detail_words(each.name)}: {words(each.old)} → {words(each.new)}"
            if each.old is not None
            else f"{detail_words(each.name)}: {words(each.new)}"
            for each in entry.changes
        ]
        said += [f"{detail_words(name)}: {words(value)}" for name, value in entry.details.items()]
        cells = [
            f"{entry.at.astimezone(BOGOTA):%d/%m/%Y %H:%M:%S}",
            event_words(entry.event),
            entry.actor or "sin cuenta",
            channel_words(entry.channel),
            words(entry.subject),
            "; ".join(said),
        ]
        rows.append([entry.sequence, *map(disarm, cells)])
    return excel_csv.write_rows(rows)


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
