"""Files of the account: a month, a year or the whole history, and the statement of a month."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.balances.addresses import Asked, asked_month, asked_year, refused
from portal.blueprints.balances.views import blueprint
from portal.blueprints.balances.year_presenters import year_words
from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import AccountYear, Month, YearKind
from portal.domain.keys import print_code
from portal.domain.typed_text import plain_name
from portal.services.account import balance_files
from portal.services.account.balance_files import AccountSpan
from portal.services.account.opened_points import OpenedPoint
from portal.services.files.typst import typeset
from portal.web import database, runtime
from portal.web.access import Audience, open_to
from portal.web.answers import CSV, PDF, XLSX, give_file
from portal.web.distributor import current

from .columns import as_csv as delimited
from .statement import TEMPLATE, present, reference_of
from .workbook import write_xlsx

PIECE = 64 * 1024


class Period(NamedTuple):
    """Months of a file, for its title and its name."""

    first: Month
    last: Month
    words: str
    name: str


@blueprint.get("/cuentas-de-balance/<modality>/<point>/hoja.csv")
@open_to(Audience.CUSTOMER)
def as_csv(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_month(modality, point)
    return refused(asked) if asked.problem else _csv(asked, _month(asked.month))


@blueprint.get("/cuentas-de-balance/<modality>/<point>/hoja.xlsx")
@open_to(Audience.CUSTOMER)
def as_xlsx(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_month(modality, point)
    return refused(asked) if asked.problem else _xlsx(asked, _month(asked.month))


@blueprint.get("/cuentas-de-balance/<modality>/<point>/anio.csv")
@open_to(Audience.CUSTOMER)
def year_csv(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_year(modality, point)
    return refused(asked) if asked.problem else _csv(asked, _year(asked, asked.year))


@blueprint.get("/cuentas-de-balance/<modality>/<point>/anio.xlsx")
@open_to(Audience.CUSTOMER)
def year_xlsx(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_year(modality, point)
    return refused(asked) if asked.problem else _xlsx(asked, _year(asked, asked.year))


@blueprint.get("/cuentas-de-balance/<modality>/<point>/historia.csv")
@open_to(Audience.CUSTOMER)
def history_csv(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_month(modality, point)
    return refused(asked) if asked.problem else _csv(asked, _history(asked))


@blueprint.get("/cuentas-de-balance/<modality>/<point>/historia.xlsx")
@open_to(Audience.CUSTOMER)
def history_xlsx(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_month(modality, point)
    return refused(asked) if asked.problem else _xlsx(asked, _history(asked))


@blueprint.get("/cuentas-de-balance/<modality>/<point>/estado.pdf")
@open_to(Audience.CUSTOMER)
def statement(modality: str, point: str) -> ResponseReturnValue:
    asked = asked_month(modality, point)
    if asked.problem:
        return refused(asked)
    now = runtime.now()
    found = balance_files.load_month_statement(
        database.current(), vault=runtime.vault(), point=asked.point, month=asked.month, today=asked.today
    )
    base = runtime.settings().base_url
    page = f"{base}{url_for('verification.statement')}"
    address = url_for("verification.statement", referencia=reference_of(found), codigo=print_code(found.code))
    data = present(found, distributor=current(), address=f"{base}{address}", page=page, now=now)
    made = typeset(TEMPLATE, data, now=now, complete_in="la cuenta de balance")
    return give_file(made, PDF, name=file_name(asked.point, "estado", str(asked.month), "pdf"))


def _month(month: Month) -> Period:
    return Period(month, month, month_words(month), str(month))


def _year(asked: Asked, year: AccountYear) -> Period:
    first, last = max(year.first, asked.offered.first), min(year.last, asked.offered.last)
    name = f"ano-de-gas-{year.number}" if year.kind is YearKind.GAS else str(year.number)
    return Period(first, last, year_words(year), name)


def _history(asked: Asked) -> Period:
    first = max(asked.offered.first.first, asked.point.starts_on)
    words = f"toda la historia, desde el {day_words(first).split(' ', 1)[1]}"
    return Period(asked.offered.first, asked.offered.last, words, "historia")


def _span(asked: Asked, period: Period) -> AccountSpan:
    return balance_files.load_account_span(
        database.current(),
        point=asked.point,
        unit=asked.unit,
        first=period.first,
        last=period.last,
        today=asked.today,
    )


def _csv(asked: Asked, period: Period) -> Response:
    """Answer with the CSV a month at a time; the database is read before the first of them."""
    return give_file(delimited(_span(asked, period)), CSV, name=file_name(asked.point, "balance", period.name, "csv"))


def _xlsx(asked: Asked, period: Period) -> Response:
    """Answer with the workbook, written to disk and sent in pieces."""
    name = file_name(asked.point, "balance", period.name, "xlsx")
    if request.method == "HEAD":
        return give_file(b"", XLSX, name=name)
    # Closed with the answer, which is sent after this returns.
    body = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        write_xlsx(_span(asked, period), period.words, body, company=current().name)
        size = body.tell()
        body.seek(0)
    except BaseException:
        body.close()
        raise
    answer = give_file(_pieces(body), XLSX, name=name)
    answer.content_length = size
    answer.call_on_close(body.close)
    return answer


def _pieces(body: IO[bytes]) -> Iterator[bytes]:
    """Yield a file piece by piece; it is closed before the last one."""
    with body:
        piece = body.read(PIECE)
        while piece:
            following = body.read(PIECE)
            if not following:
                body.close()
            yield piece
            piece = following


def file_name(point: OpenedPoint, what: str, period: str, kind: str) -> str:
    """Return ``balance-eds-la-sabana-2026-11.csv``: content, point, period; no period for a history."""
    slug = plain_name(point.name) or point.public_id
    return "-".join(filter(None, (what, slug, period))) + f".{kind}"
