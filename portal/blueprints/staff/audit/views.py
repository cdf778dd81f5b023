"""Events with filters, state of the chain, evidence of one nomination."""

from __future__ import annotations

import io
import zipfile
from datetime import date

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.gas_day import BadGasDay, parse_gas_day
from portal.domain.roles import Function, may
from portal.papers import receipt_paper
from portal.services.ops import audit_search
from portal.services.ops.anchors import Required
from portal.services.ops.audit_search import Filters
from portal.services.trace import evidence
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import go, page
from portal.web.forms import argument
from portal.words.audit import EVENT_WORDS

from .event_files import events_csv

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
        answer = Response(events_csv(found), mimetype="text/csv")
        answer.headers.set("Content-Disposition", "attachment", filename="auditoria.csv")
        return answer
    return page(
        "staff/audit/events.html",
        status=422 if problem else 200,
        found=found,
        asked=asked | {name: argument(name, longest=LONGEST) for name in ("desde", "hasta")},
        problem=problem,
        events=sorted(EVENT_WORDS.items(), key=lambda pair: pair[1]),
        companies=audit_search.companies(act()),
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
    answer = Response(packed.getvalue(), mimetype="application/zip")
    name = f"evidencia-{nomination.filing_number}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
