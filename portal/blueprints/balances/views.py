"""The balance sheet of a point: any month since December 2014, as a page and as files."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, current_app, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Audience, me, open_to
from portal.domain.gas_day import GasDay, Month
from portal.extensions import htmx
from portal.filters import MODALITY_WORDS
from portal.modality import modality_of
from portal.services import balances, holidays
from portal.services.balances import MonthRange, MonthSheet, Stamp
from portal.services.opened_points import OpenedPoint, opened_point
from portal.web import page

from . import chart, exports
from .months import Choice, choose
from .news import panel
from .presenters import present
from .shelf import Rendered, Shelf

blueprint = Blueprint("balances", __name__)
SHELF = "portal.sheets"

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOTALS = ("Nominación", "Autorizada", "Consumo", "Desbalance", "Acumulado del mes", "Acumulado total")
UNIT_WORDS = "MBTU significa un millón de BTU; los m³ son estándar (14,65 psia y 60 °F)."


@blueprint.record_once
def _put_up_shelf(state: BlueprintSetupState) -> None:
    state.app.extensions[SHELF] = Shelf()


class Asked(NamedTuple):
    """The point whose sheet was asked for, and which month of it."""

    point: OpenedPoint
    today: GasDay
    offered: MonthRange
    choice: Choice


class Links(NamedTuple):
    """Where the sheet leads to."""

    here: str
    previous: str | None
    next: str | None
    csv: str
    xlsx: str
    nominate: str
    points: str


@blueprint.get("/cuentas-de-balance/<modality>/<point>")
@open_to(Audience.CUSTOMER)
def sheet(modality: str, point: str) -> ResponseReturnValue:
    asked = _asked(modality, point)
    if asked.choice.problem:
        return _refused(asked)
    shown = _rendered(asked)
    month = asked.choice.month
    # The panel stands outside of what htmx swaps.
    news = None if htmx and not htmx.boosted else panel(asked.point)
    return page("balances/sheet.html", "balances/_swap.html", sheet=shown, point=asked.point, month=month, news=news)


@blueprint.get("/cuentas-de-balance/<modality>/<point>/hoja.csv")
@open_to(Audience.CUSTOMER)
def as_csv(modality: str, point: str) -> ResponseReturnValue:
    asked = _asked(modality, point)
    if asked.choice.problem:
        return _refused(asked)
    found = _month_sheet(asked)
    return _file(exports.as_csv(found), exports.file_name(asked.point, found, "csv"), CSV)


@blueprint.get("/cuentas-de-balance/<modality>/<point>/hoja.xlsx")
@open_to(Audience.CUSTOMER)
def as_xlsx(modality: str, point: str) -> ResponseReturnValue:
    asked = _asked(modality, point)
    if asked.choice.problem:
        return _refused(asked)
    found = _month_sheet(asked)
    return _file(exports.as_xlsx(found, asked.point), exports.file_name(asked.point, found, "xlsx"), XLSX)


def _asked(modality: str, point: str) -> Asked:
    """Return what the address asks for; the same refusals whatever is asked of the point."""
    now = runtime.now()
    found = opened_point(database.current(), actor=me(), modality=modality_of(modality), public_id=point, now=now)
    today = GasDay.of(now)
    offered = balances.offered_months(found.starts_on, today)
    return Asked(found, today, offered, choose(request.args, offered, today))


def _month_sheet(asked: Asked, stamped: Stamp | None = None) -> MonthSheet:
    point = asked.point
    return balances.month_sheet(
        database.current(),
        delivery_point_id=point.id,
        unit=point.unit,
        tolerance_basis_points=point.tolerance_basis_points,
        month=asked.choice.month,
        today=asked.today,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
        stamped=stamped,
    )


def _rendered(asked: Asked) -> Rendered:
    """Return the sheet's markup: kept from before when figures, day, point and holidays are the same."""
    session, point, month = database.current(), asked.point, asked.choice.month
    stamped = balances.stamp(session, delivery_point_id=point.id, unit=point.unit, month=month)
    key = (
        *(point.id, point.public_id, point.name, point.municipality, point.unit, point.starts_on, point.ends_on),
        *(point.modality, point.contract_number, point.supplier_name, point.tolerance_basis_points),
        *(point.company_name, month, asked.today, stamped),
        holidays.known(session).content,
    )
    shelf: Shelf = current_app.extensions[SHELF]
    return shelf.get(key, lambda: _render(asked, _month_sheet(asked, stamped)))


def _render(asked: Asked, found: MonthSheet) -> Rendered:
    """Render a sheet without anything of the request or of who asks, so that it may be shown again."""
    view = present(found)
    template = current_app.jinja_env.get_template("balances/_sheet.html")
    module = template.make_module(
        {
            "point": asked.point,
            "modality_words": MODALITY_WORDS[asked.point.modality],
            "month": asked.choice.month,
            "years": asked.offered.years,
            "view": view,
            "totals": list(zip(TOTALS, view.totals, strict=True)),
            "chart": chart.draw(found, asked.point.name, view.month, view.tolerance),
            "size": (chart.WIDTH, chart.HEIGHT),
            "left": chart.LEFT,
            "right": chart.RIGHT,
            "unit_words": UNIT_WORDS,
            "links": _links(asked),
        }
    )
    return Rendered.of(str(module))


def _links(asked: Asked) -> Links:
    point, month = asked.point, asked.choice.month
    modality = point.modality.value

    def of_month(endpoint: str, wanted: Month) -> str:
        return url_for(endpoint, modality=modality, point=point.public_id, mes=wanted.number, anio=wanted.year)

    return Links(
        here=url_for("balances.sheet", modality=modality, point=point.public_id),
        previous=of_month("balances.sheet", month.previous) if month > asked.offered.first else None,
        next=of_month("balances.sheet", month.next) if month < asked.offered.last else None,
        csv=of_month("balances.as_csv", month),
        xlsx=of_month("balances.as_xlsx", month),
        nominate=url_for("nominations.new", modality=modality, punto=point.public_id),
        points=url_for("delivery_points.choose", modality=modality),
    )


def _refused(asked: Asked) -> Response:
    """Answer 422 with the selectors and what is wrong with the month."""
    here = url_for("balances.sheet", modality=asked.point.modality.value, point=asked.point.public_id)
    return page(
        "balances/refused.html",
        "balances/_refused.html",
        status=422,
        point=asked.point,
        problem=asked.choice.problem,
        month=asked.choice.month,
        years=asked.offered.years,
        here=here,
    )


def _file(body: bytes, name: str, kind: str) -> Response:
    answer = Response(body, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
