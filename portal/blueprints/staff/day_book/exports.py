"""Day book as files, in its present state or as a frozen version."""

from __future__ import annotations

import io

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.domain.roles import Function
from portal.services import day_book as books
from portal.web.access import Staff, act, open_to
from portal.web.distributor import current

from .days import asked_day
from .versions import version_number

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/consola/libro/<day>/libro.csv")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_csv(day: str) -> ResponseReturnValue:
    """Send the CSV; a frozen version byte by byte."""
    gas_day, version = asked_day(day), _version()
    content = books.file_of(act(), gas_day=gas_day, version=version)
    return _named(Response(content, content_type=CSV), gas_day, version, "csv")


@blueprint.get("/consola/libro/<day>/libro.xlsx")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_xlsx(day: str) -> ResponseReturnValue:
    """Send the workbook, with the content of the CSV."""
    gas_day, version = asked_day(day), _version()
    content = books.file_of(act(), gas_day=gas_day, version=version)
    title = f"Libro del {day_words(gas_day)}{'' if version is None else f', versión {version}'}"
    body = io.BytesIO()
    books.write_xlsx(books.entries_in(content), gas_day=gas_day, title=title, company=current().name, into=body)
    return _named(Response(body.getvalue(), content_type=XLSX), gas_day, version, "xlsx")


def _version() -> int | None:
    asked = request.args.get("version")
    return None if asked is None else version_number(asked)


def _named(answer: Response, gas_day: GasDay, version: int | None, kind: str) -> Response:
    """Name the file after its day and version; an unfrozen one says so."""
    what = "sin-congelar" if version is None else f"v{version}"
    answer.headers.set("Content-Disposition", "attachment", filename=f"libro-{gas_day.isoformat()}-{what}.{kind}")
    return answer
