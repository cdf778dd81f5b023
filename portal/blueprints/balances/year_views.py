"""Year of an account, calendar or gas year: twelve months side by side and the worst days."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import AccountYear
from portal.services.account import balances
from portal.services.account.balances import YearOverview, YearStamp
from portal.web import database
from portal.web.access import Audience, open_to
from portal.web.filters import CONTRACT_WORDS
from portal.web.frames import kept_page

from . import links
from .addresses import AskedYear, asked_year, refused, years_of
from .files.links import of_year
from .shelf import Rendered
from .views import UNIT_WORDS, blueprint, shelf
from .year_presenters import draw, present, year_words


class YearLinks(NamedTuple):
    """Links of the overview."""

    here: str
    previous: str | None
    next: str | None
    units: tuple[links.Switch, ...]
    periods: tuple[links.Switch, ...]
    points: str


@blueprint.get("/cuentas-de-balance/<modality>/<point>/anio")
@open_to(Audience.CUSTOMER)
def year(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_year(modality, point)
    if asked.problem:
        return refused(asked)
    shown, title = _rendered(asked), f"{asked.point.name}, {year_words(asked.year)}"
    return kept_page(
        "balances/year.html",
        "balances/_year_swap.html",
        slot="overview",
        block=shown,
        made_of=title,
        point=asked.point,
        title=title,
    )


def _rendered(asked: AskedYear) -> Rendered:
    """Return the overview's markup, kept from before when figures, statements, day and point are the same."""
    stamped = balances.load_year_stamp(
        database.current(), delivery_point_id=asked.point.id, unit=asked.unit, year=asked.year
    )
    return shelf().get((*asked.key, asked.year, stamped), lambda: _render(asked, _overview(asked, stamped)))


def _overview(asked: AskedYear, stamped: YearStamp) -> YearOverview:
    point = asked.point
    return balances.load_year_overview(
        database.current(),
        delivery_point_id=point.id,
        unit=asked.unit,
        own_unit=point.unit,
        tolerance=point.tolerance,
        year=asked.year,
        today=asked.today,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
        offered=asked.offered,
        stamped=stamped,
    )


def _render(asked: AskedYear, found: YearOverview) -> Rendered:
    """Render an overview without request and reader, so that it can be shown to others."""
    view = present(found, asked.place)
    return Rendered.of_template(
        "balances/_year.html",
        point=asked.point,
        contract_words=CONTRACT_WORDS[asked.point.modality],
        year=asked.year,
        numbers=years_of(asked.offered, asked.year.kind),
        view=view,
        chart=draw(found, asked.place, asked.point.name, view),
        unit_words=UNIT_WORDS,
        links=_links(asked),
        files=of_year(asked.place, asked.year),
        kept={**asked.place.kept, "tipo": asked.year.kind.value},
    )


def _links(asked: AskedYear) -> YearLinks:
    place, numbers = asked.place, years_of(asked.offered, asked.year.kind)

    def other(by: int) -> str | None:
        number = asked.year.number + by
        return place.year(AccountYear(asked.year.kind, number)) if number in numbers else None

    return YearLinks(
        here=place.url("balances.year"),
        previous=other(-1),
        next=other(1),
        units=links.units_of_year(place, asked.year),
        periods=links.periods_of_year(place, asked.year, asked.offered),
        points=url_for("delivery_points.choose", modality=place.modality.value),
    )
