"""Findings and questions about an uploaded sheet, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from portal.services.files.figure_styles import Decimals
from portal.services.files.questions import Answer, Question, Unanswered
from portal.services.files.sheet_rows import Skipped
from portal.services.files.sheet_tables import Seen

_MOST_NAMED = 8
_CHOICES: Mapping[str, str] = {
    Answer.HIDDEN_TOO: "Sí, también lo oculto",
    Answer.HIDDEN_NOT: "No, solo lo que se ve",
    Answer.DOTS_GROUP: "El punto separa miles, como en Colombia: 5.320 es cinco mil trescientos veinte",
    Answer.DOTS_DECIMAL: "El punto separa decimales: 5.320 es cinco, y 320 milésimas",
    Answer.STAMP_ENDS: "El fin del día de gas: 28/11/2026 00:00 es el total del 27",
    Answer.STAMP_BEGINS: "El comienzo del día de gas: 28/11/2026 00:00 es el total del 28",
    Answer.TODAY_TOO: "Sí, tomarlo como va",
    Answer.TODAY_NOT: "No, dejarlo por fuera",
}
_SKIPPED = {
    Skipped.HEADER_AGAIN: "El encabezado está otra vez en",
    Skipped.UNITS: "Las unidades están en",
    Skipped.TOTAL: "Totales que no se toman:",
    Skipped.BELOW: "Notas que no se toman:",
}
_ENCODINGS = {"cp850": "DOS", "mac_roman": "Macintosh"}


class Asked(NamedTuple):
    """Question of a page: its words, what was found, and each answer with its effect."""

    words: str
    hint: str
    choices: list[tuple[str, str]]


def asked(open_: Unanswered) -> Asked:
    """Return a question in words, with the facts of this file."""
    facts = open_.facts
    if open_.question is Question.SHEET:
        choices = [(each, f"La hoja «{facts[each]}»") for each in open_.choices]
        return Asked("¿Cuál hoja se toma?", "Varias hojas del libro tienen las columnas que se necesitan.", choices)
    choices = [(each, _CHOICES[each]) for each in open_.choices]
    if open_.question is Question.HIDDEN:
        rows, columns = int(facts["rows"]), facts["columns"]
        found = [_counted(rows, "fila oculta", "filas ocultas")] if rows else []
        if columns:
            found.append(f"ocultas las columnas {columns}" if ", " in columns else f"oculta la columna {columns}")
        said = " y ".join(found)
        return Asked(f"{_capital(said)}: ¿también?", f"El libro tiene {said}, por un filtro o a propósito.", choices)
    if open_.question is Question.FIGURES:
        return Asked(
            f"¿Cómo se lee «{facts['value']}»?",
            "Ninguna otra cantidad del archivo dice qué separan el punto y la coma.",
            choices,
        )
    if open_.question is Question.STAMPS:
        return Asked(
            "La hora 00:00, ¿es el comienzo o el fin del día de gas?",
            f"El archivo trae «{facts['value']}». Se le pregunta una sola vez: vale para sus demás archivos.",
            choices,
        )
    count = int(facts["rows"])
    which = "1 fila" if count == 1 else f"{count} filas"
    return Asked(
        f"El archivo trae el total de hoy ({which}), y el día no ha terminado: ¿también?",
        f"Hoy es {facts['day']}. Un total de hoy está incompleto hasta las 24:00.",
        choices,
    )


def understood(seen: Seen) -> list[str]:
    """Return what was understood of a file and what was left out, a sentence each."""
    where = f" de la hoja «{seen.sheet}»" if seen.sheet else ""
    said = [f"{_counted(seen.rows, 'fila de datos', 'filas de datos')}{where}."]
    pairs = [f"«{text}» se tomó como {code}" for text, code in seen.resembled.items()]
    stamp = "el fin" if seen.stamp_ends else "el comienzo"
    for tells, words in (
        (seen.other_sheets, f"No se leyeron las otras hojas: {_listed(seen.other_sheets)}."),
        (seen.hidden_sheets, f"No se leyeron las hojas ocultas: {_listed(seen.hidden_sheets)}."),
        (seen.hidden_taken is not None, _hidden(seen)),
        (seen.lines_above, f"Se pasaron {_counted(seen.lines_above, 'línea', 'líneas')} antes del encabezado."),
        (seen.left_out, f"Columnas que no se necesitan y quedaron por fuera: {_listed(seen.left_out)}."),
        *[(lines, f"{_SKIPPED[why]} {_rows(lines)}.") for why, lines in seen.skipped.items()],
        (seen.without_value, f"Sin valor, y por eso sin medición (nunca cero): {_rows(seen.without_value)}."),
        (seen.again, f"Repetidas con el mismo valor, tomadas una vez: {_rows(seen.again)}."),
        (seen.today_left_out, f"Por fuera, el total de hoy: {_counted(seen.today_left_out, 'fila', 'filas')}."),
        (pairs, f"Códigos o nombres que no están escritos igual: {_listed(pairs)}."),
        (seen.stamp_ends is not None, f"La hora 00:00 se lee como {stamp} del día de gas."),
        (seen.month_first, "Los días vienen como mes/día/año."),
        (seen.decimals is Decimals.POINT, "Las cantidades vienen con punto decimal."),
        (seen.encoding in _ENCODINGS, f"Las tildes vienen como en {_ENCODINGS.get(seen.encoding or '')}."),
    ):
        if tells:
            said.append(words)
    return said


def _hidden(seen: Seen) -> str:
    what = [_counted(seen.hidden_rows, "fila oculta", "filas ocultas")] if seen.hidden_rows else []
    what += [f"columnas ocultas: {_listed(seen.hidden_columns)}"] if seen.hidden_columns else []
    taken = "Se tomó también lo oculto" if seen.hidden_taken else "Lo oculto quedó por fuera"
    return f"{taken} ({' y '.join(what)})."


def _rows(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_MOST_NAMED]))
    more = f" y {len(lines) - _MOST_NAMED} más" if len(lines) > _MOST_NAMED else ""
    return f"{'fila' if len(lines) == 1 else 'filas'} {shown}{more}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_MOST_NAMED])
    return f"{shown} y {len(names) - _MOST_NAMED} más" if len(names) > _MOST_NAMED else shown


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}".replace(",", ".")


def _capital(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"
