"""Published tariffs: a month, a market of it, and the same as JSON and CSV (guide step 3; adr/0120)."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import Month
from portal.domain.tariffs import Concept, Market, TariffSheet
from portal.services import market as market_service
from portal.services.files import excel_csv
from portal.services.market import MonthTariffs
from portal.services.store.refusals import NotFound
from portal.web.access import Audience, act, open_to
from portal.web.answers import CSV, give_file, page, validated
from portal.web.filters import grouped
from portal.web.periods import is_month_asked, read_month, typed_month
from portal.web.replica import reads_replica

from .tariff_rows import contribution_words, list_charges, list_markets, market_row
from .views import blueprint, newest_tariffs
from .words import BY_ROAD, OTHER_CHARGES

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
JSON = "application/json; charset=utf-8"


@blueprint.get("/tarifas")
@open_to(Audience.PUBLIC)
def tariffs() -> ResponseReturnValue:
    newest = newest_tariffs()
    if newest is None:
        return page("market/no_tariffs.html")
    if is_month_asked():
        # As the other pages say a month; here it has an address of its own.
        asked = read_month()
        return _no_month(typed_month()) if asked is None else redirect(month_url(asked), 303)
    return _month_page(_load(newest.month))


@blueprint.get("/tarifas/<month>")
@open_to(Audience.PUBLIC)
def tariff_month(month: str) -> ResponseReturnValue:
    """Show the tariffs of a month; an unknown one names those that exist."""
    found = _find(month)
    return _no_month(month) if found is None else _month_page(found)


@blueprint.get("/tarifas/<month>/<market>")
@open_to(Audience.PUBLIC)
def tariff_market(month: str, market: str) -> ResponseReturnValue:
    """Show every figure of a market, each variable charge with its formula."""
    found = _find(month)
    if found is None:
        return _no_month(month)
    chosen = found.sheet.find_market(market)
    if chosen is None:
        return page(
            "market/no_market.html", status=404, typed=market, month=found.published.month, markets=found.sheet.markets
        )
    return page(
        "market/tariff_market.html",
        month=found.published.month,
        sheet=found.sheet,
        market=market_row(found.sheet, chosen),
        others=[each for each in found.sheet.markets if each is not chosen],
    )


@blueprint.get("/tarifas/<month>.json")
@open_to(Audience.PUBLIC)
@reads_replica
def tariff_json(month: str) -> ResponseReturnValue:
    """Give the figures of a month as JSON."""
    found = _find(month)
    if found is None:
        raise NotFound
    content = json.dumps(describe_sheet(found.sheet), ensure_ascii=False, indent=1)
    return validated(Response(content, content_type=JSON))


@blueprint.get("/tarifas/<month>.csv")
@open_to(Audience.PUBLIC)
@reads_replica
def tariff_csv(month: str) -> ResponseReturnValue:
    """Give the figures of a month as the file that publishes them, each with its source."""
    found = _find(month)
    if found is None:
        raise NotFound
    rows = market_service.list_file_rows(found.figures)
    content = excel_csv.write_rows([market_service.FIELDS, *rows])
    return validated(give_file(content, CSV, name=f"tarifas-{month}.csv"))


def describe_sheet(sheet: TariffSheet) -> dict[str, Any]:
    """Return a month's tariffs for machines: figures as strings with a decimal point, p as a fraction."""
    charges = {concept.value: f"{value:f}" for concept, value in sheet.charges.items() if concept is not Concept.GAS}
    return {
        "month": sheet.month.isoformat(),
        "source": sheet.source,
        "gm": f"{sheet.gas:f}",
        "markets": [_describe_market(market) for market in sheet.markets],
        "charges": charges,
    }


def _describe_market(market: Market) -> dict[str, Any]:
    def maybe(value: Any) -> str | None:
        return None if value is None else f"{value:f}"

    return {
        "name": market.name,
        "slug": market.slug,
        "towns": list(market.towns),
        "resolution": market.resolution,
        "tm": f"{market.transport:f}",
        "tvm": maybe(market.road),
        "cm": f"{market.trade:f}",
        "p": f"{market.losses.scaleb(-2):f}",
        "dm_pleno": f"{market.distribution:f}",
        "dm_subsidiado": maybe(market.subsidised_distribution),
        "basis": market.basis.value,
        "fixed": f"{market.fixed:f}",
        "ranges": [
            {
                "from": band.first,
                "to": band.last,
                "variable": f"{band.variable:f}",
                "dm": f"{band.distribution:f}",
                "dm_pleno": f"{band.full:f}",
                "dm_subsidiado": maybe(band.subsidised),
            }
            for band in market.ranges
        ],
        "strata": [
            {
                "stratum": each.stratum,
                "rule": each.rule.value,
                "fixed": f"{each.fixed:f}",
                "cost": f"{each.cost:f}",
                "subsidy": f"{each.subsidy.scaleb(-2):f}",
                "option": maybe(each.option),
            }
            for each in market.strata
        ],
    }


def _month_page(found: MonthTariffs) -> ResponseReturnValue:
    sheet = found.sheet
    (vehicular,) = list_charges(sheet, (Concept.VEHICULAR,))
    return page(
        "market/tariffs.html",
        sheet=sheet,
        published=found.published,
        markets=list_markets(sheet),
        vehicular=vehicular,
        charges=list_charges(sheet, OTHER_CHARGES),
        by_road=list_charges(sheet, BY_ROAD),
        contributions=contribution_words(sheet),
        months=market_service.list_published_months(act()),
        versions=market_service.list_versions(act(), month=sheet.month),
        furthest=grouped(sheet.furthest, 2),
    )


def _no_month(typed: str) -> ResponseReturnValue:
    return page("market/no_month.html", status=404, typed=typed, months=market_service.list_published_months(act()))


def _find(typed: str) -> MonthTariffs | None:
    found = _MONTH.fullmatch(typed)
    return None if found is None else market_service.load_month(act(), month=Month(int(found[1]), int(found[2])))


def _load(month: Month) -> MonthTariffs:
    found = market_service.load_month(act(), month=month)
    if found is None:
        raise NotFound
    return found


def month_url(month: Month) -> str:
    """Return the address of a month's tariffs."""
    return url_for("market.tariff_month", month=month.isoformat())
