"""Account of an uploaded file in Spanish: what was understood of it, and what it leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from portal.domain.calendar import day_words, month_words
from portal.domain.counts import agree, counted
from portal.domain.day_text import NoDay, read_day
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import CUBIC_METRES_PER_KPC, Quantity, Unit, figure, plain
from portal.services.files.cells import BadCell, Decimals, FigureReading, parse_figure, strip_unit
from portal.services.files.hours import HOURS, spell_hours
from portal.services.files.questions import Answer, Question, Unanswered
from portal.services.files.row_filters import Skipped
from portal.services.files.sheet_columns import Holds
from portal.services.files.sheet_headers import Above
from portal.services.files.sheet_notes import Seen
from portal.services.files.spreads import Across
from portal.services.files.units import FileUnit

from .files import COLUMNS

_MOST_NAMED = 8
_CHOICES: Mapping[str, str] = {
    Answer.HIDDEN_TOO: "Sí, también lo oculto",
    Answer.HIDDEN_NOT: "No, solo lo que se ve",
    Answer.DOTS_GROUP: "El punto separa miles y la coma decimales, como en Colombia",
    Answer.DOTS_DECIMAL: "El punto separa decimales y la coma miles",
    Answer.STAMP_ENDS: "El fin del día de gas: 28/11/2026 00:00 es el total del 27",
    Answer.STAMP_BEGINS: "El comienzo del día de gas: 28/11/2026 00:00 es el total del 28",
    Answer.DAY_FIRST: "Primero el día, como en Colombia",
    Answer.MONTH_FIRST: "Primero el mes, como en Estados Unidos",
    Answer.TODAY_TOO: "Sí, tomarlo como va",
    Answer.TODAY_NOT: "No, dejarlo por fuera",
}
_SKIPPED = {
    Skipped.HEADER_AGAIN: "El encabezado está otra vez en",
    Skipped.UNITS: "Las unidades están en",
    Skipped.TOTAL: "Totales que no se toman:",
    Skipped.BELOW: "Notas que no se toman:",
    Skipped.BESIDE: "Sin nada en las columnas que se toman:",
    Skipped.TITLES_AGAIN: "Los títulos de encima están otra vez en",
    Skipped.SECTION: "Encima de otra tabla está lo que vale para sus filas:",
}
_KPC_WORDS = f"1 KPC son {plain(CUBIC_METRES_PER_KPC).replace('.', ',')} m³"
# Units that are converted without a heating value.
_EXACT = {FileUnit.KPC: f" ({_KPC_WORDS})", FileUnit.THOUSAND_M3: " (se multiplicaron por 1.000)"}
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
        found = [counted(rows, "fila oculta", "filas ocultas")] if rows else []
        if columns:
            found.append(f"ocultas las columnas {columns}" if ", " in columns else f"oculta la columna {columns}")
        said = " y ".join(found)
        return Asked(f"{_capital(said)}: ¿también?", f"El libro tiene {said}, por un filtro o a propósito.", choices)
    if open_.question is Question.FIGURES:
        value = facts["value"]
        return Asked(
            f"¿Cómo se lee «{value}»?",
            "Ninguna otra cantidad del archivo dice qué separan el punto y la coma.",
            [(each, f"{words}: {_read_as(value, each)}") for each, words in choices],
        )
    if open_.question is Question.STAMPS and "hourly" in facts:
        return Asked(
            "Cada hora, ¿es el comienzo o el fin de su intervalo?",
            f"El archivo trae «{facts['value']}». Se le pregunta una sola vez: vale para sus demás archivos.",
            [(each, _HOURLY[Answer(each)]) for each in open_.choices],
        )
    if open_.question is Question.STAMPS:
        return Asked(
            "La hora 00:00, ¿es el comienzo o el fin del día de gas?",
            f"El archivo trae «{facts['value']}». Se le pregunta una sola vez: vale para sus demás archivos.",
            choices,
        )
    if open_.question is Question.ORDER:
        value = facts["value"]
        return Asked(
            f"¿Cómo se lee el día «{value}»?",
            "Ningún día del archivo dice si va primero el día o el mes, y así hay más de una manera de leerlo.",
            [(each, f"{words}: {_day_as(value, each)}") for each, words in choices],
        )
    count = int(facts["rows"])
    which = counted(count, "fila", "filas")
    return Asked(
        f"El archivo trae el total de hoy ({which}), y el día no ha terminado: ¿también?",
        f"Hoy es {facts['day']}. Un total de hoy está incompleto hasta las 24:00.",
        choices,
    )


_HOURLY = {
    Answer.STAMP_ENDS: "El fin: 28/11/2026 00:00 es la última hora del 27",
    Answer.STAMP_BEGINS: "El comienzo: 28/11/2026 00:00 es la primera hora del 28",
}


def _read_as(value: str, answer: str) -> str:
    """Return the figure that a cell is under one of the two answers."""
    reading = FigureReading(dots_group=answer == Answer.DOTS_GROUP)
    try:
        figure = parse_figure(strip_unit(value), reading=reading)
    except BadCell:
        return f"«{value}» no sería un número"
    whole, _, decimals = plain(figure).partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"«{value}» sería {grouped}{',' if decimals else ''}{decimals}"


def _day_as(value: str, answer: str) -> str:
    """Return the day that a cell is under one of the two answers."""
    try:
        return day_words(GasDay(read_day(value, month_first=answer == Answer.MONTH_FIRST).date))
    except NoDay:
        return f"«{value}» no sería un día"


def understood(seen: Seen) -> list[str]:
    """Return what was understood of a file and what was left out, a sentence each: first its form."""
    said = [_form(seen)]
    pairs = [f"«{text}» se tomó como {code}" for text, code in seen.resembled.items()]
    stamp = "el fin" if seen.stamp_ends else "el comienzo"
    for tells, words in (
        (seen.other_sheets, _unread(seen.other_sheets, "la otra hoja", "las otras hojas")),
        (seen.hidden_sheets, _unread(seen.hidden_sheets, "la hoja oculta", "las hojas ocultas")),
        (seen.hidden_taken is not None, _hidden(seen)),
        (
            seen.lines_above,
            agree(seen.lines_above, "Se pasó 1 línea", "Se pasaron {} líneas") + " antes del encabezado.",
        ),
        (seen.month, _month(seen)),
        *[(True, _above(name, above, seen.sections)) for name, above in seen.above.items()],
        (seen.left_out, f"Columnas que no se necesitan y quedaron por fuera: {_listed(seen.left_out)}."),
        *[(True, _other(title, texts)) for title, texts in seen.others.items()],
        (
            seen.key_passed_over,
            f"Los códigos de «{seen.key_passed_over}» no son de puntos: cada fila es del punto que dice su nombre.",
        ),
        (seen.merged, f"De una celda combinada con las de arriba viene lo que no se repite en: {_rows(seen.merged)}."),
        (seen.filled, _filled(seen)),
        *[(lines, f"{_SKIPPED[why]} {_rows(lines)}.") for why, lines in seen.skipped.items()],
        (seen.other_days, f"Días que no son de este libro y quedaron por fuera: {_listed(sorted(seen.other_days))}."),
        *[(True, _converted(unit, count)) for unit, count in seen.converted.items()],
        (seen.one_hour, _one_hour(seen)),
        (seen.summed, _summed(seen)),
        (seen.incomplete, _incomplete(seen)),
        (seen.without_value, f"Sin valor, y por eso sin medición (nunca cero): {_rows(seen.without_value)}."),
        (seen.in_error, f"Con un error de Excel en la cantidad, y por eso no se toman: {_rows(seen.in_error)}."),
        (seen.again, f"Repetidas con el mismo valor, tomadas una vez: {_rows(seen.again)}."),
        (seen.today_left_out, f"Por fuera, el total de hoy: {counted(seen.today_left_out, 'fila', 'filas')}."),
        (pairs, f"Códigos o nombres que no están escritos igual: {_listed(pairs)}."),
        (seen.stamp_ends is not None, f"La hora 00:00 se lee como {stamp} del día de gas."),
        (seen.remembered_at is not None, _remembered(seen)),
        (seen.month_first, "Los días vienen como mes/día/año."),
        (seen.serials, "Los días vienen como números de serie de Excel."),
        (seen.encoding in _ENCODINGS, f"Las tildes vienen como en {_ENCODINGS.get(seen.encoding or '')}."),
    ):
        if tells:
            said.append(words)
    return said


def _remembered(seen: Seen) -> str:
    """Return what was read as the sender confirmed it before, since the file leaves it open."""
    said = []
    if seen.remembered_figures is not None:
        said.append("coma decimal" if seen.remembered_figures else "punto decimal")
    if seen.remembered_order is not None:
        said.append("mes/día/año" if seen.remembered_order else "día/mes/año")
    when = "" if seen.remembered_at is None else f"{seen.remembered_at.astimezone(BOGOTA):%d/%m/%Y}"
    return f"Lo que el archivo no dice se lee como se confirmó el {when} para este remitente: {' y '.join(said)}."


_ACROSS = {
    Across.POINTS: ("días en filas y {} en columnas", "punto", "puntos"),
    Across.DAYS: ("puntos en filas y {} en columnas", "día", "días"),
    Across.HOURS: ("puntos y días en filas y {} en columnas", "hora", "horas"),
}
_SIGNS = {
    Decimals.COMMA: "coma decimal",
    Decimals.POINT: "punto decimal",
    Decimals.BOTH: "unas cantidades con coma decimal y otras con punto",
}


def _form(seen: Seen) -> str:
    """Return the form of a sheet: how much of which sheet, its header, what stands where, signs and unit."""
    where = f" de la hoja «{seen.sheet}»" if seen.sheet else ""
    parts = [f"{counted(seen.rows, 'fila de datos', 'filas de datos')}{where}"]
    if seen.across is not None:
        parts = [f"{counted(seen.rows, 'cantidad', 'cantidades')}{where}"]
    if seen.header_line:
        two = seen.header_last > seen.header_line
        parts.append(
            f"encabezado en las filas {seen.header_line} y {seen.header_last}"
            if two
            else f"encabezado en la fila {seen.header_line}"
        )
    else:
        parts.append("sin encabezado")
    if seen.across is not None:
        words, one, many = _ACROSS[seen.across]
        parts.append(words.format(counted(seen.across_count, one, many)))
    if seen.decimals in _SIGNS:
        parts.append(_SIGNS[seen.decimals])
    if seen.unit_words:
        parts.append(seen.unit_words)
    return f"{', '.join(parts)}."


def _other(title: str, texts: Sequence[str]) -> str:
    said = ", ".join(f"«{text[:30]}»" for text in texts[:3])
    return f"La columna «{title}» no dice si cada medición es provisional o certificada (trae {said}): quedó por fuera."


def _above(name: str, above: Above, sections: Sequence[Above]) -> str:
    word, rows = COLUMNS.get(name, name), "para las que siguen" if sections else "para todas"
    further = "".join(f"; de la fila {each.line}, «{each.text[:60]}»" for each in sections[:_MOST_NAMED])
    more = f" y {len(sections) - _MOST_NAMED} más" if len(sections) > _MOST_NAMED else ""
    return f"De la fila {above.line} viene, {rows}, {word} «{above.text[:60]}»{further}{more}."


def _converted(unit: FileUnit, count: int) -> str:
    with_value = _EXACT.get(unit, " con el poder calorífico de cada día")
    cells = counted(count, "cantidad", "cantidades")
    verb, name = agree(count, "se convirtió", "se convirtieron"), "m³" if unit is FileUnit.M3 else unit.value
    return f"{cells[0].upper()}{cells[1:]} en {name} {verb}{with_value}."


def conversion_words(micro: int, unit: FileUnit, milli: int | None) -> str:
    """Return the figure of a file before its conversion: millionths of a unit, and the heating value, if it counted."""
    amount = figure(Quantity.from_micro(micro, Unit.MBTU if unit is FileUnit.MBTU else Unit.M3))
    said = f"{amount.split()[0]} {unit.value}"
    if unit is FileUnit.THOUSAND_M3:
        return f"{said} × 1.000"
    if milli is None:
        return f"{said} × {plain(CUBIC_METRES_PER_KPC).replace('.', ',')} m³/KPC"
    value = plain(Decimal(milli) / 1000).replace(".", ",")
    return f"{said} con {value} BTU/ft³"


def _summed(seen: Seen) -> str:
    hours = (
        counted(seen.slots, "hora", "horas") if seen.slots == HOURS else counted(seen.slots, "intervalo", "intervalos")
    )
    return f"Viene por horas: {agree(seen.summed, 'se sumó 1 día', 'se sumaron {} días')} de gas con sus {hours}."


def _month(seen: Seen) -> str:
    said = "" if seen.month is None else month_words(seen.month)
    return f"Sus días son de {said}, como dice una línea de encima o el nombre de la hoja."


def _filled(seen: Seen) -> str:
    what = "El día" if seen.filled_with is Holds.DAY else "El punto"
    return f"{what} en blanco es el de la fila de arriba en: {_rows(seen.filled)}."


def _one_hour(seen: Seen) -> str:
    title, text = seen.one_hour or ("", "")
    return f"La columna «{title}» dice siempre {text}: las cantidades son totales de su día de gas."


def _incomplete(seen: Seen) -> str:
    days = [
        f"{each.point} el {each.day:%d/%m/%Y} ({agree(len(each.hours), 'falta la hora', 'faltan las horas')} "
        f"{spell_hours(each.hours)})"
        for each in seen.incomplete
    ]
    return f"Sin total, y por eso sin medición: {_listed(days)}."


def _unread(sheets: Sequence[str], one: str, many: str) -> str:
    return f"{agree(len(sheets), f'No se leyó {one}', f'No se leyeron {many}')}: {_listed(sheets)}."


def _hidden(seen: Seen) -> str:
    what = [counted(seen.hidden_rows, "fila oculta", "filas ocultas")] if seen.hidden_rows else []
    what += [f"columnas ocultas: {_listed(seen.hidden_columns)}"] if seen.hidden_columns else []
    taken = "Se tomó también lo oculto" if seen.hidden_taken else "Lo oculto quedó por fuera"
    return f"{taken} ({' y '.join(what)})."


def _rows(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_MOST_NAMED]))
    more = f" y {len(lines) - _MOST_NAMED} más" if len(lines) > _MOST_NAMED else ""
    return f"{agree(len(lines), 'fila', 'filas')} {shown}{more}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:90] for name in names[:_MOST_NAMED])
    return f"{shown} y {len(names) - _MOST_NAMED} más" if len(names) > _MOST_NAMED else shown


def _capital(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"
