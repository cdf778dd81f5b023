"""Calculator: the charge of a month's consumption by published tariffs, step by step (adr/0120)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import Form, SelectChoice, SelectField, StringField

from portal.domain.quantities import LARGEST, BadQuantity, Unit, parse_quantity
from portal.domain.tariffs import (
    SUBSIDISED,
    Charge,
    Concept,
    Line,
    LineKind,
    Market,
    Rule,
    TariffSheet,
    Use,
    compute_charge,
    slug_of,
)
from portal.domain.typed_text import as_typed
from portal.services import market as market_service
from portal.web.access import Audience, act, open_to
from portal.web.answers import page
from portal.web.filters import bare_figure, grouped
from portal.words.tariffs import RULE_WORDS, range_words

from .views import blueprint, newest_tariffs
from .words import CONSUMPTION_PROBLEMS, LINE_WORDS, USE_WORDS

DECIMALS = 3
# A point before one or two digits can only begin decimals: thousands have three.
_POINT = re.compile(r"([0-9]+)\.([0-9]{1,2})")
_RULES = {"137": Rule.GENERAL, "048": Rule.OPTION}


class CalculatorForm(Form):
    """Question of the calculator: market, use and m³ of a month; its answer has an address of its own."""

    mercado = SelectField("Mercado o municipio", validate_choice=False)
    uso = SelectField(
        "Uso", choices=[SelectChoice(use.value, words) for use, words in USE_WORDS.items()], validate_choice=False
    )
    m3 = StringField("Consumo del mes, en m³")
    norma = SelectField(
        "Subsidio de los estratos 1 y 2 según",
        choices=[SelectChoice(code, RULE_WORDS[rule]) for code, rule in _RULES.items()],
        validate_choice=False,
    )


class LineRow(NamedTuple):
    """Line of the answer: what it is, how it is made, pesos."""

    words: str
    step: str
    amount: str


@blueprint.get("/tarifas/calculadora")
@open_to(Audience.PUBLIC)
def calculator() -> ResponseReturnValue:
    """Show the form, and the charge of what is asked for in the address."""
    newest = newest_tariffs()
    found = None if newest is None else market_service.load_month(act(), month=newest.month)
    if found is None:
        return page("market/no_tariffs.html")
    sheet = found.sheet
    form = CalculatorForm(request.args)
    form.mercado.choices = list_places(sheet)
    charge, market = None, None
    if request.args.keys() & {"uso", "m3"}:
        charge, market = _answer(form, sheet)
    elif "mercado" in request.args:
        # Led here from the page of a market: nothing has been asked yet.
        market = _read_market(form, sheet)
    if market is not None:
        # However it was typed, the form shows the place that was meant.
        form.mercado.data = slug_of(form.mercado.data or "")
    return page(
        "market/calculator.html",
        form=form,
        month=found.published.month,
        sheet=sheet,
        charge=charge,
        market=market,
        lines=list_lines(charge) if charge else [],
        range_words=range_words(charge.band.first, charge.band.last) if charge and charge.band else "",
        most=grouped(sheet.charges[Concept.SUBSIDISED_CONSUMPTION], 0),
        rule_words=RULE_WORDS[charge.cost.rule] if charge and charge.cost else "",
        use_words=USE_WORDS[charge.use] if charge else "",
        consumption=bare_figure(charge.consumption) if charge else "",
        otherwise=bool(charge and charge.cost and charge.cost.rule is not _rule(form.norma.data)),
        asks_rule=bool(charge and charge.use in SUBSIDISED),
    )


def list_places(sheet: TariffSheet) -> list[SelectChoice]:
    """Return the markets and the towns that belong to one of another name, by name."""
    places = {market.slug: market.name for market in sheet.markets}
    for market in sheet.markets:
        for town in market.towns:
            places.setdefault(slug_of(town), f"{town} (mercado de {market.name})")
    return [SelectChoice(slug, places[slug]) for slug in sorted(places)]


def _answer(form: CalculatorForm, sheet: TariffSheet) -> tuple[Charge | None, Market | None]:
    """Return the charge and its market, or put what is wrong beside its field."""
    market = _read_market(form, sheet)
    use = find_use(form.uso.data or "")
    if use is None:
        typed = as_typed(form.uso.data or "")[:60]
        form.uso.errors = [f"«{typed}» no es un uso de la lista. Elija uno." if typed else "Elija el uso."]
    else:
        form.uso.data = use.value
    consumption = _read_consumption(form)
    if market is None or use is None or consumption is None:
        return None, market
    return compute_charge(sheet, market, use, consumption, rule=_rule(form.norma.data)), market


def _read_market(form: CalculatorForm, sheet: TariffSheet) -> Market | None:
    market = sheet.find_market((form.mercado.data or "")[:80])
    if market is None:
        typed = as_typed(form.mercado.data or "")[:60]
        form.mercado.errors = [
            f"No hay un mercado «{typed}» en estas tarifas. Elija uno de la lista." if typed else "Elija el mercado."
        ]
    return market


def _read_consumption(form: CalculatorForm) -> Decimal | None:
    typed = as_typed(form.m3.data or "")
    said = _POINT.fullmatch(typed)
    try:
        quantity = parse_quantity(f"{said[1]},{said[2]}" if said else typed, Unit.M3, decimals=DECIMALS)
    except BadQuantity as bad:
        words = CONSUMPTION_PROBLEMS[bad.problem]
        form.m3.errors = [words.format(typed=typed[:30], most=grouped(LARGEST[Unit.M3].amount, 0))]
        return None
    return quantity.amount.quantize(Decimal(1).scaleb(-DECIMALS))


def find_use(typed: str) -> Use | None:
    """Return the use named in an address: ``estrato-3``, ``3``, ``comercial``, ``industrial``, ``vehicular``."""
    word = as_typed(typed).casefold().replace(" ", "-").removeprefix("residencial-")
    try:
        return Use(f"estrato-{word}" if word.isdecimal() else word)
    except ValueError:
        return None


def _rule(typed: str | None) -> Rule:
    return _RULES.get(typed or "", Rule.GENERAL)


def list_lines(charge: Charge) -> list[LineRow]:
    """Return the lines of a charge with the step that makes each."""
    return [LineRow(_words_of(charge, line), _step_of(line), grouped(line.amount, 2)) for line in charge.lines]


def _words_of(charge: Charge, line: Line) -> str:
    words = LINE_WORDS[line.kind]
    if line.kind is LineKind.CONSUMED:
        return f"{words} por encima, al precio del rango 1" if charge.cost else f"{words}, al precio de su rango"
    return words


def _step_of(line: Line) -> str:
    if line.factor is None:
        return "una vez por factura"
    if line.kind in (LineKind.SUBSIDY, LineKind.FIXED_CONTRIBUTION, LineKind.VARIABLE_CONTRIBUTION):
        return f"{grouped(line.factor, 2)} × {bare_figure(line.rate)} %"
    return f"{bare_figure(line.factor)} m³ × {grouped(line.rate, 2)} $/m³"
