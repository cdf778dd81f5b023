"""Cases (PQR) as tables: the relation of clause 69 and the figures of a month, each as CSV and as workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from portal.domain.calendar import month_words
from portal.domain.cases import CHANNEL_WORDS, KIND_WORDS, OUTCOME_WORDS, STATE_WORDS, CaseStanding
from portal.domain.distributor import Distributor
from portal.domain.gas_day import in_bogota
from portal.services.cases.pqr import Counts, MonthFigures
from portal.services.cases.pqr.desk import Listed
from portal.services.files import excel_csv, excel_workbook
from portal.services.files.cells import disarm
from portal.services.files.excel_workbook import Cell, Table
from portal.words.cases import STANDING_WORDS

# Heads of the columns, as the list's own CSV always had them, and their widths in a workbook.
RELATION = (
    ("radicado", 18),
    ("qué es", 11),
    ("estado", 26),
    ("llegó", 18),
    ("presentado", 17),
    ("término", 12),
    ("ampliado", 10),
    ("respondido", 17),
    ("notificado", 14),
    ("de quién", 34),
    ("documento", 18),
    ("empresa", 30),
    ("a cargo", 24),
    ("día de gas", 12),
    ("punto", 30),
    ("decisión", 13),
)
FIGURES = (
    ("mes", 11),
    ("por", 10),
    ("cuáles", 20),
    ("presentados", 13),
    *((STANDING_WORDS[each].lower(), 16) for each in CaseStanding),
    ("ampliados", 11),
    ("reabiertos", 11),
    ("cifras del", 17),
)


def relation_csv(listed: Sequence[Listed]) -> bytes:
    """Return the cases as CSV for Excel in Colombia; no cell is read as a formula."""
    return _csv(RELATION, map(_relation_row, listed))


def relation_xlsx(listed: Sequence[Listed], *, distributor: Distributor) -> bytes:
    """Return the cases as a workbook of the same columns."""
    table = Table("PQR", RELATION, map(_relation_row, listed))
    return excel_workbook.write_tables([table], title="Relación de PQR", company=distributor.name)


def figures_csv(found: MonthFigures) -> bytes:
    """Return the figures of a month as CSV: a row for each kind and channel, and one for all."""
    return _csv(FIGURES, _figure_rows(found))


def figures_xlsx(found: MonthFigures, *, distributor: Distributor) -> bytes:
    """Return the figures of a month as a workbook of the same columns."""
    table = Table(f"PQR {found.month}", FIGURES, _figure_rows(found))
    title = f"Cifras de PQR de {month_words(found.month)}"
    return excel_workbook.write_tables([table], title=title, company=distributor.name)


def _csv(head: Sequence[tuple[str, float]], rows: Iterator[Sequence[Cell]]) -> bytes:
    return excel_csv.write_rows([[words for words, _ in head], *[[_text(cell) for cell in row] for row in rows]])


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{in_bogota(cell):%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return "" if cell is None else disarm(str(cell))


def _relation_row(each: Listed) -> list[Cell]:
    case = each.case
    return [
        case.filing_number,
        KIND_WORDS[case.kind],
        STATE_WORDS[case.state],
        CHANNEL_WORDS[case.channel],
        case.filed_at,
        case.due_on,
        "sí" if case.extended else "no",
        each.answered_at,
        "por correo" if each.by_mail else each.notified_on or "por aviso",
        case.name,
        each.document,
        case.company or "",
        case.assigned_to or "",
        case.gas_day.date if case.gas_day else None,
        case.point or "",
        OUTCOME_WORDS[case.outcome] if case.outcome else "",
    ]


def _figure_rows(found: MonthFigures) -> Iterator[list[Cell]]:
    for kind, counts in found.kinds.items():
        yield _figure_row(found, "tipo", KIND_WORDS[kind].lower(), counts)
    for channel, counts in found.channels.items():
        yield _figure_row(found, "canal", CHANNEL_WORDS[channel], counts)
    yield _figure_row(found, "todos", "", found.total)


def _figure_row(found: MonthFigures, by: str, which: str, counts: Counts) -> list[Cell]:
    standings = [counts.standings[each] for each in CaseStanding]
    month = f"{found.month.number:02d}/{found.month.year}"
    return [month, by, which, counts.filed, *standings, counts.extended, counts.reopened, found.at]
