"""Figures of a month of cases (PQR), by kind, term and channel: as page, CSV and workbook."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.domain.accounts import Function
from portal.domain.calendar import month_words
from portal.domain.cases import CHANNEL_WORDS, KIND_WORDS, CaseStanding
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.papers import case_tables
from portal.services.cases import pqr
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import CSV, XLSX, give_file, page
from portal.web.distributor import current
from portal.web.periods import is_month_asked, read_month
from portal.words.cases import STANDING_WORDS

from .views import blueprint


@blueprint.get("/consola/casos/cifras")
@open_to(Staff(Function.READ_CASES))
def case_figures() -> ResponseReturnValue:
    """Show how many cases came in a month (``?mes=&anio=``, by default this one) and how their terms were kept."""
    month, problem = _asked_month()
    return _show(month, problem)


@blueprint.get("/consola/casos/cifras.csv")
@open_to(Staff(Function.READ_CASES))
def case_figures_csv() -> ResponseReturnValue:
    """Give the figures of a month as CSV."""
    month, problem = _asked_month()
    if problem:
        return _show(month, problem)
    found = pqr.load_month_figures(act(), month=month)
    return give_file(case_tables.figures_csv(found), CSV, name=f"cifras-pqr-{month}.csv")


@blueprint.get("/consola/casos/cifras.xlsx")
@open_to(Staff(Function.READ_CASES))
def case_figures_xlsx() -> ResponseReturnValue:
    """Give the same figures as a workbook."""
    month, problem = _asked_month()
    if problem:
        return _show(month, problem)
    found = pqr.load_month_figures(act(), month=month)
    content = case_tables.figures_xlsx(found, distributor=current())
    return give_file(content, XLSX, name=f"cifras-pqr-{month}.xlsx")


def _show(month: Month, problem: str) -> ResponseReturnValue:
    found = pqr.load_month_figures(act(), month=month)
    present = _this_month()
    return page(
        "staff/case_figures.html",
        status=422 if problem else 200,
        found=found,
        month=month,
        problem=problem,
        earlier=month.previous if month > Month.of(FIRST_GAS_DAY) else None,
        later=month.next if month < present else None,
        years=range(present.year, FIRST_GAS_DAY.date.year - 1, -1),
        standings=[(each, STANDING_WORDS[each]) for each in CaseStanding],
        kinds=[(KIND_WORDS[kind], kind.value, counts) for kind, counts in found.kinds.items()],
        channels=[(CHANNEL_WORDS[each].capitalize(), each.value, counts) for each, counts in found.channels.items()],
        on_time=found.total.standings[CaseStanding.ON_TIME],
        overdue=found.total.standings[CaseStanding.OVERDUE],
    )


def _asked_month() -> tuple[Month, str]:
    """Return the month of the address; this month, and what is wrong, for one that is none or is still to come."""
    present, first = _this_month(), Month.of(FIRST_GAS_DAY)
    if not is_month_asked():
        return present, ""
    month = read_month()
    if month and first <= month <= present:
        return month, ""
    return present, (
        f"Elija un mes entre {month_words(first)} y {month_words(present)}. Se muestran las cifras del mes actual."
    )


def _this_month() -> Month:
    return Month.of(GasDay.of(runtime.now()))
