"""Balance sheet of a point: any month since December 2014, as a page and as files."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, current_app, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from portal.services.account import balances
from portal.services.account.balances import Marks, MonthSheet
from portal.services.timetable import holidays
from portal.web import database
from portal.web.access import Audience, open_to
from portal.web.answers import page
from portal.web.extensions import htmx
from portal.web.filters import CONTRACT_WORDS
from portal.web.frames import kept_page

from . import links
from .addresses import AskedMonth, asked_month, refused, sheet_of
from .chart import draw
from .files.links import of_month
from .news import panel
from .presenters import present
from .shelf import Rendered, Shelf

blueprint = Blueprint("balances", __name__)
SHELF = "portal.sheets"
SHEET, SWAP = "balances/sheet.html", "balances/_swap.html"

UNIT_WORDS = "MBTU significa un millón de BTU; los m³ son estándar (14,65 psia y 60 °F)."


@blueprint.record_once
def _put_up_shelf(state: BlueprintSetupState) -> None:
    state.app.extensions[SHELF] = Shelf()


def shelf() -> Shelf:
    """Return the pages kept by this process."""
    found: Shelf = current_app.extensions[SHELF]
    return found


class Links(NamedTuple):
    """Links of the sheet, relative to its own address.

    ``days`` and ``claims`` begin the address of a day or a claim; ``day_asks`` ends that of a day, ``asks`` stands
    between a day and the name of a figure.
    """

    here: str
    previous: str | None
    next: str | None
    units: tuple[links.Switch, ...]
    periods: tuple[links.Switch, ...]
    days: str
    asks: str
    day_asks: str
    claims: str
    nominate: str
    consumption: str
    points: str


@blueprint.get("/cuentas-de-balance/<modality>/<point>")
@open_to(Audience.CUSTOMER)
def sheet(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_month(modality, point)
    if asked.problem:
        return refused(asked)
    shown = _rendered(asked)
    # The panel stands outside of the part that htmx swaps.
    news = None if htmx and not htmx.boosted else panel(asked.point)
    if news is not None:
        return page(SHEET, SWAP, sheet=shown, point=asked.point, month=asked.month, news=news)
    made_of = (asked.point.name, asked.month)
    return kept_page(SHEET, SWAP, slot="sheet", block=shown, made_of=made_of, point=asked.point, month=asked.month)


def _rendered(asked: AskedMonth) -> Rendered:
    """Return the sheet's markup, kept from before when figures, marks, day, point and holidays are the same."""
    session, point, unit, month = database.current(), asked.point, asked.unit, asked.month
    stamped = balances.find_stamp(session, delivery_point_id=point.id, unit=unit, month=month)
    marks = balances.load_month_marks(session, delivery_point_id=point.id, unit=unit, month=month)
    key = (*asked.key, month, stamped, marks, holidays.load_known(session).content)
    return shelf().get(key, lambda: _render(asked, sheet_of(asked, stamped), marks))


def _render(asked: AskedMonth, found: MonthSheet, marks: Marks) -> Rendered:
    """Render a sheet without request and reader, so that it can be shown to others."""
    view = present(found, marks)
    return Rendered.of_template(
        "balances/_sheet.html",
        point=asked.point,
        contract_words=CONTRACT_WORDS[asked.point.modality],
        month=asked.month,
        years=asked.offered.years,
        view=view,
        chart=draw(found, asked.point.name, view.month, view.tolerance),
        unit_words=UNIT_WORDS,
        links=_links(asked),
        files=of_month(asked.place, asked.month),
        kept=asked.place.kept,
    )


def _links(asked: AskedMonth) -> Links:
    place, month = asked.place, asked.month
    return Links(
        here=place.url("balances.sheet"),
        previous=place.month(month.previous) if month > asked.offered.first else None,
        next=place.month(month.next) if month < asked.offered.last else None,
        units=links.units_of_month(place, month),
        periods=links.periods_of_month(place, month),
        # Relative: the table has two hundred of them.
        days=f"{place.public_id}/dias/",
        day_asks="?unidad={unidad}".format(**place.kept) if place.kept else "",
        asks="?unidad={unidad}&dato=".format(**place.kept) if place.kept else "?dato=",
        claims=f"{place.public_id}/reclamos/",
        nominate=url_for("nominations.new", modality=place.modality.value, punto=place.public_id),
        consumption=place.url("consumption.alarm"),
        points=url_for("delivery_points.choose", modality=place.modality.value),
    )
