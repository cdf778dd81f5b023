"""Overview of the balance accounts of all points, those first that need attention, and its files."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from flask import g
from flask.typing import ResponseReturnValue

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.calendar import day_words
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.modalities import Modality
from portal.services.account import standings, statement_packs
from portal.services.account.standings import Standing
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import CSV, XLSX, give_file, page
from portal.web.distributor import current
from portal.web.filters import MODALITY_WORDS
from portal.web.listed import Listed
from portal.web.replica import reads_replica

from . import files
from .asked import Asked, read_asked
from .packs import last_month
from .presenters import contract_row, row_of, sum_row

log = structlog.get_logger("portal.web.consoles")
# With more of them a company is found by the search and by the link in its rows.
MOST_COMPANIES = 300


@blueprint.get("/consola/balance")
@open_to(Staff(Function.SEE_OVERVIEW))
@reads_replica
def balance_overview() -> ResponseReturnValue:
    """Show a page of the points in service on ``?fecha=``, by default the last day with readings."""
    asked, today, session = read_asked(), GasDay.of(runtime.now()), database.current()
    gates = standings.list_gates(session)
    companies = standings.list_companies(session, most=MOST_COMPANIES + 1)
    found = standings.load_overview(act(), day=asked.day, asked=asked.filter, after=asked.after)
    _log(asked.day)
    day = {"fecha": asked.day.isoformat()} if asked.is_chosen else {}
    listed = Listed("staff.balance_overview", asked.kept, day, asked.after, found.next)
    lists.remember(listed)
    last = last_month()
    return page(
        "staff/balance/overview.html",
        asked=asked,
        found=found,
        rows=[row_of(each) for each in found.rows],
        sums=[sum_row(each) for each in found.sums],
        contracts=[contract_row(each) for each in found.contracts],
        days_out=sum(each.days_out for each in found.sums),
        points_out=sum(each.points_out for each in found.sums),
        gates=gates,
        modalities=[(each.value, MODALITY_WORDS[each]) for each in Modality],
        companies=companies if len(companies) <= MOST_COMPANIES else [],
        listed=listed,
        first_day=FIRST_GAS_DAY,
        packs=statement_packs.list_ready(act(), company=asked.filter.company) if found.company else [],
        last_month=f"{last.number:02}/{last.year}",
        adjusts=may(me().role, Function.ADJUST_BALANCES),
        trend_days=standings.TREND_DAYS,
        earlier=asked.day.plus(-1) if asked.day > FIRST_GAS_DAY else None,
        later=asked.day.plus(1) if asked.day < today else None,
    )


@blueprint.get("/consola/balance/balance.csv")
@open_to(Staff(Function.SEE_OVERVIEW))
@reads_replica
def balance_csv() -> ResponseReturnValue:
    """Send every point that fits as CSV."""
    asked, rows = _all()
    return give_file(files.write_csv(rows, day=asked.day), CSV, name=_file_name(asked, "csv"))


@blueprint.get("/consola/balance/balance.xlsx")
@open_to(Staff(Function.SEE_OVERVIEW))
@reads_replica
def balance_xlsx() -> ResponseReturnValue:
    """Send the same rows as a workbook."""
    asked, rows = _all()
    title = f"Balance de los puntos, {day_words(asked.day.date)}"
    content = files.write_xlsx(rows, day=asked.day, title=title, company=current().name)
    return give_file(content, XLSX, name=_file_name(asked, "xlsx"))


def _all() -> tuple[Asked, Sequence[Standing]]:
    asked = read_asked()
    rows = standings.load_all(act(), day=asked.day, asked=asked.filter)
    _log(asked.day)
    return asked, rows


def _file_name(asked: Asked, kind: str) -> str:
    """Return the name of a file after its day; that of a part of the points says so."""
    return f"balance-{asked.day.isoformat()}{'-filtrado' if asked.kept else ''}.{kind}"


def _log(day: GasDay) -> None:
    # As the day's book: logged, for the audit shows customers the views of one account.
    log.info("balance seen", request_id=g.get("request_id"), user_id=me().user_id, gas_day=day.isoformat())
