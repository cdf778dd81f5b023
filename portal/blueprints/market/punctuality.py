"""Board of the distributor's own punctuality: what is shown of its counts, and what is withheld (adr/0169)."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from flask.typing import ResponseReturnValue

from portal.domain.authorisations import CUT_WORDS
from portal.domain.calendar import month_words
from portal.domain.counts import digits
from portal.domain.gas_day import GasDay, Month
from portal.domain.punctuality import AUTHORISED_BY, LEAST_POINTS, MEASURED_BY, MonthCounts, find_per_mille
from portal.services import market as market_service
from portal.web import database
from portal.web.access import Audience, open_to
from portal.web.answers import page
from portal.web.filters import grouped

from .views import blueprint

# Of the pictures: a bar of this width is all of it.
BAR = 200
# In per cent.
_LEAST_SHARE = Decimal("0.1")


class Share(NamedTuple):
    """Part kept of all that was due: words, the exact figure for programs, and the width of its bar.

    ``bar`` is None where there was nothing, or where it is withheld.
    """

    text: str
    exact: str
    bar: int | None = None


class Row(NamedTuple):
    """Month, or all of them."""

    key: str
    name: str
    days: Share
    readings: Share
    corrections: str
    terms: Share


class CutRow(NamedTuple):
    """Reason for cuts, with the gas days that had one and their part of what was asked."""

    code: str
    name: str
    days: int
    share: Share


@blueprint.get("/cumplimiento")
@open_to(Audience.PUBLIC)
def punctuality() -> ResponseReturnValue:
    """Show how the distributor kept its deadlines in the last twelve months."""
    board = market_service.punctuality.load_board(database.current())
    last = None if board.counted_until is None else GasDay.of(board.counted_until).plus(-1)
    return page(
        "market/punctuality.html",
        last=last,
        total=_row("total", "", board.total),
        rows=[_row(each.month.isoformat(), _month_words(each.month, last), each.counts) for each in board.months],
        cuts=_list_cuts(board),
        are_cuts_hidden=bool(board.cuts),
        authorised_by=f"{AUTHORISED_BY[1]:%H:%M}",
        measured_by=f"{MEASURED_BY[1]:%H:%M}",
        least_points=LEAST_POINTS,
        bar=BAR,
    )


def _month_words(month: Month, last: GasDay | None) -> str:
    words = month_words(month)
    return f"{words}, en curso" if last is not None and last < month.last else words


def _row(key: str, name: str, counts: MonthCounts) -> Row:
    return Row(
        key=key,
        name=name,
        days=_count(counts.days_kept, counts.days),
        readings=_share(counts.readings_kept, counts.readings, is_shown=counts.shows_customers),
        corrections=digits(counts.corrections),
        terms=_count(counts.terms_kept, counts.terms),
    )


def _count(kept: int, due: int) -> Share:
    """Return counts: they are about the distributor's own work, and say nothing of a customer."""
    if not due:
        return Share("–", "")
    return Share(f"{digits(kept)} de {digits(due)}", f"{kept}/{due}", kept * BAR // due)


def _share(part: int, whole: int, *, is_shown: bool) -> Share:
    """Return a share of what customers got, without the numbers; withheld where it is about too few of them."""
    per_mille = find_per_mille(part, whole) if is_shown else None
    if per_mille is None:
        return Share("–", "")
    if part and not per_mille:
        return Share(f"< {grouped(_LEAST_SHARE, 1)} %", "0", 0)
    return Share(f"{grouped(Decimal(per_mille) / 10, 1)} %", f"{Decimal(per_mille) / 10}", per_mille * BAR // 1000)


def _list_cuts(board: market_service.punctuality.Board) -> list[CutRow]:
    """Return the reasons that concern enough points; the others are named nowhere, nor can they be subtracted."""
    asked = board.total.requests
    return [
        CutRow(reason.value, CUT_WORDS[reason], cut.days, _share(cut.requests, asked, is_shown=True))
        for reason, cut in board.cuts.items()
        if cut.points >= LEAST_POINTS
    ]
