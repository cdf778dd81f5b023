"""Desk of the tariffs: every version of every month, and a component over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.tariffs import Concept, Figure
from portal.services import market as market_service
from portal.services.market import Value
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import page
from portal.web.forms import argument
from portal.words.tariffs import ALL_MONTH, CONCEPT_WORDS, begin, figure_words, place_words

from .chart import draw
from .presenters import publication_row

# Shown without a choice.
USUAL = Concept.VARIABLE


class Component(NamedTuple):
    """Chosen component, with the choices of the three lists: value, words, chosen."""

    figure: Figure | None
    name: str
    markets: list[tuple[str, str, bool]]
    concepts: list[tuple[str, str, bool]]
    places: list[tuple[str, str, bool]]


class ValueRow(NamedTuple):
    """Month of a component: figure and range in words."""

    value: Value
    words: str
    place: str


@blueprint.get("/consola/tarifas")
@open_to(Staff(Function.SEE_TARIFFS))
def tariff_desk() -> ResponseReturnValue:
    """List the versions of every month; draw the component of ``?mercado=&concepto=&lugar=``."""
    newest = market_service.find_newest_month(act())
    shown = None if newest is None else market_service.load_month(act(), month=newest.month)
    component = _choose(shown.figures) if shown else None
    values = market_service.list_component_values(act(), of=component.figure) if component and component.figure else []
    return page(
        "staff/tariffs/desk.html",
        rows=[publication_row(each) for each in market_service.list_publications(act())],
        proposes=may(me().role, Function.PROPOSE_TARIFFS),
        component=component,
        values=[ValueRow(each, figure_words(each.figure), place_words(each.figure)) for each in values],
        chart=draw(values),
    )


def _choose(figures: Sequence[Figure]) -> Component:
    """Return the component that the address asks for; what it does not know is the first that there is."""
    numbers = [each for each in figures if each.value is not None]
    markets = list(dict.fromkeys(each.market for each in numbers))
    named = [market for market in markets if market]
    asked = argument("mercado")
    market = ALL_MARK if asked == ALL_MARK else asked if asked in named else (named[0] if named else "")
    of_market = [each for each in numbers if each.market == ("" if market == ALL_MARK else market)]
    concepts = list(dict.fromkeys(each.concept for each in of_market))
    wanted = argument("concepto")
    concept = next((each for each in concepts if each.value == wanted), USUAL if USUAL in concepts else None)
    concept = concept or (concepts[0] if concepts else None)
    of_concept = [each for each in of_market if each.concept is concept]
    place = argument("lugar")
    figure = next((each for each in of_concept if _place_key(each) == place), of_concept[0] if of_concept else None)
    name = "" if figure is None else begin(CONCEPT_WORDS[figure.concept])
    return Component(
        figure,
        name,
        [(each or ALL_MARK, each or ALL_MONTH, (each or ALL_MARK) == market) for each in markets],
        [(each.value, begin(CONCEPT_WORDS[each]), each is concept) for each in concepts],
        [(_place_key(each), place_words(each) or "–", each is figure) for each in of_concept],
    )


# In an address, for the figures of no market.
ALL_MARK = "todos"


def _place_key(figure: Figure) -> str:
    if figure.stratum is not None:
        return f"estrato-{figure.stratum}-{figure.rule.value.split()[1] if figure.rule else ''}"
    return "" if figure.first is None else str(figure.first)
