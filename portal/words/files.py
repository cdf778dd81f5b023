"""Faults of an uploaded file, in Spanish."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.domain.calendar import MONTHS, clash_words
from portal.domain.day_text import read_clash
from portal.domain.jobs import HeldState, JobKind, JobState, UploadKind, UploadState
from portal.domain.oddities import Oddity
from portal.domain.searched import comparable
from portal.domain.spans import few
from portal.services.files.formats import FileFormat
from portal.services.files.jobs.leases import MOST_ATTEMPTS
from portal.services.files.problems import Problem, Rule
from portal.services.files.units import FileUnit, spell_unclear_unit

from .oddities import ODDITY_WORDS

VALUE_LENGTH = 60
# A workbook's fraction as handed on (``services/files/workbook_child.py``): the zeros were not typed.
_FRACTION = re.compile(r"(-?[0-9]+)\.([0-9]{6})")
# Name of a missing column: the first Spanish title that it may have.
COLUMNS: Mapping[str, str] = {
    "delivery point": "punto",
    "exit point": "punto de salida",
    "gas day": "fecha",
    "quantity": "cantidad",
    "unit": "unidad",
    "state": "estado",
    "reason": "motivo",
    "heating value": "poder calorífico",
    "hour": "hora",
    "point name": "nombre",
}
_STATES = {"certified": "certificado", "corrected": "ajustado"}
# Their facts hold a day or a month, written ``2026-11-29`` or ``2026-11`` by files and code.
_DATED = (
    Rule.BEFORE_START,
    Rule.AFTER_END,
    Rule.MONTH_CLOSED,
    Rule.FUTURE_DAY,
    Rule.DAY_NOT_OVER,
    Rule.OTHER_DAY,
    Rule.OTHER_DAY_ABOVE,
    Rule.HEATING_VALUE_MISSING,
)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_NUMBERS = "escriba la cifra como {example}"
# In a file a dot may be either mark; on a page it groups.
FILE_EXAMPLE, PAGE_EXAMPLE = "5320,75", "5.320,75"
# For fields without a maximum: no measured quantity has so many digits.
_TOO_LONG = "tiene más cifras de las que se aceptan: revise el número"
_COUNTED = (Rule.TOO_LARGE, Rule.TOO_MANY_ROWS, Rule.TOO_MANY_PROBLEMS, Rule.OUT_OF_RANGE, Rule.CELL_TOO_LONG)
FORMATS: Mapping[FileFormat, str] = {
    FileFormat.WEB_PAGE: "es una página web (HTML), no un libro de Excel; ábrala en Excel y guárdela como .xlsx",
    FileFormat.WEB_ARCHIVE: "es una página web guardada (MHT), no un libro de Excel; guárdela como .xlsx",
    FileFormat.XML: "es un archivo XML, no un libro de Excel; ábralo en Excel y guárdelo como .xlsx",
    FileFormat.JSON: "es un archivo JSON; se necesita CSV o Excel (.xlsx)",
    FileFormat.PDF: "es un PDF; se necesita CSV o Excel (.xlsx)",
    FileFormat.RICH_TEXT: "es un documento de texto (RTF); se necesita CSV o Excel (.xlsx)",
    FileFormat.IMAGE: "es una imagen; se necesita CSV o Excel (.xlsx)",
    FileFormat.ZIP: "es un archivo comprimido (.zip); descomprímalo y envíe lo que trae dentro",
    FileFormat.COMPRESSED: "es un archivo comprimido; descomprímalo y envíe lo que trae dentro",
    FileFormat.OLD_WORKBOOK: "es un libro del formato antiguo de Excel (.xls); guárdelo como .xlsx",
    FileFormat.BINARY_WORKBOOK: "es un libro binario de Excel (.xlsb); guárdelo como .xlsx",
    FileFormat.LOCKED_WORKBOOK: "es un libro de Excel con contraseña; guárdelo como .xlsx sin ella",
    FileFormat.OPEN_DOCUMENT: "es un libro de OpenDocument (.ods); guárdelo como .xlsx o CSV",
    FileFormat.OTHER_DOCUMENT: "es un documento que no es de Excel; se necesita CSV o Excel (.xlsx)",
}
RULES: Mapping[Rule, str] = {
    Rule.FILE_TOO_LARGE: "el archivo pesa más de {fact}",
    Rule.TOO_MANY_ROWS: "el archivo tiene más de {fact} filas",
    Rule.TOO_MANY_COLUMNS: "hay más de {fact} columnas",
    Rule.TOO_MANY_PROBLEMS: "hay más de {fact} errores; de aquí en adelante no se miró",
    Rule.WORKBOOK: "es un libro de Excel; guárdelo como CSV",
    Rule.WORKBOOK_BROKEN: "el libro de Excel no se puede leer; guárdelo de nuevo como .xlsx o como CSV",
    Rule.WORKBOOK_LOCKED: "el libro de Excel es del formato antiguo o tiene contraseña; guárdelo como .xlsx sin ella",
    Rule.WORKBOOK_MACROS: "el libro de Excel trae macros; guárdelo como .xlsx sin ellas",
    Rule.WORKBOOK_TOO_LARGE: "el libro de Excel ocupa más de {fact} al abrirlo",
    Rule.WORKBOOK_TOO_MUCH: "el libro de Excel trae demasiado para una carga, más de {fact} de texto; divídalo",
    Rule.OTHER_FORMAT: "{fact}",
    Rule.SHEETS_HIDDEN: "la hoja con las columnas, {fact}, está oculta en el libro: muéstrela y guárdelo de nuevo",
    Rule.SEVERAL_SHEETS: "varias hojas del libro tienen las columnas: {fact}; diga cuál, o deje solo una",
    Rule.HIDDEN: "el libro tiene filas o columnas ocultas: diga si también se toman, o muéstrelas o bórrelas",
    Rule.HOUR_TWICE: "la hora {fact} se repite; el día de gas tiene cada hora una vez",
    Rule.ODD_FIGURE: "la cifra no se parece a las anteriores ({fact}): alguien debe mirarla",
    Rule.HOURS_MISSING: "faltan horas del día de gas: {fact}; sin todas no se suma un total",
    Rule.NOT_AN_HOUR: "esa hora no la tiene el día de gas; escriba de 0 a 23 o de 1 a 24",
    Rule.ONE_HOUR: (
        "todas las filas traen esa hora y ninguna otra; si son totales del día de gas, de 00:00 a 24:00, quite la"
        " columna; si son horas, envíelas todas"
    ),
    Rule.HOURLY: "viene por horas; se toma un valor por día de gas, de 00:00 a 24:00",
    Rule.SPACED: (
        "las columnas están separadas solo con espacios; péguelas en Excel, o sepárelas con ; o con tabulador"
    ),
    Rule.UNCLEAR_TEXT: "las tildes y eñes del archivo no se pueden leer con seguridad; guárdelo como CSV UTF-8",
    Rule.NOT_TEXT: "no es texto en UTF-8, UTF-16 ni Windows-1252, ni un libro de Excel",
    Rule.NOT_ENDED: "la última línea no termina: el archivo puede estar cortado; envíelo de nuevo completo",
    Rule.NO_ROWS: "no hay filas",
    Rule.BROKEN_QUOTES: "falta cerrar unas comillas, o hay texto después de cerrarlas",
    Rule.MISSING_COLUMN: "falta la columna; se necesitan {fact}",
    Rule.SHEETS_APART: (
        "ninguna hoja la tiene; si la dice el nombre de cada hoja ({fact}), júntelas en una sola con esa columna"
    ),
    Rule.REPEATED_COLUMN: "la columna está dos veces",
    Rule.SECOND_DAYS: "es otra columna de días, de una segunda tabla al lado: deje una sola tabla en la hoja",
    Rule.SECOND_TABLE: "aquí empieza otra tabla, con otros títulos u otra unidad: deje una sola tabla en la hoja",
    Rule.MERGED_FIGURE: "es una celda combinada con otras: sepárelas y escriba la cantidad de cada punto y día",
    Rule.POINT_LEFT_OUT: "es un punto y sus cantidades no se pueden tomar: deje solo cifras en ella, o quítela",
    Rule.TOO_MANY_VALUES: "la fila tiene más valores que las {fact} columnas; con coma decimal, separe con ;",
    Rule.CELL_TOO_LONG: "una celda tiene más de {fact} caracteres",
    Rule.CELL_ERROR: "la celda tiene un error de Excel ({fact})",
    Rule.FORMULA_UNSAVED: "la fórmula no tiene un valor guardado; abra el libro en Excel y guárdelo de nuevo",
    Rule.EMPTY: "no hay nada escrito; lo vacío nunca vale cero",
    Rule.REPEATED_ROW: "la fila {fact} dice otra cosa del mismo punto y día",
    Rule.REPEATED_DAY: "ese día ya está en la lista con otra cantidad; cámbiela en su fila",
    Rule.UNKNOWN_POINT: "ningún punto de entrega tiene ese código o nombre",
    Rule.SEVERAL_POINTS: "puede ser más de un punto; escriba uno de los códigos {fact}",
    Rule.OTHER_NAME: "el nombre es de otro punto que el código {fact}; corrija uno de los dos",
    Rule.UNKNOWN_EXIT_POINT: "ningún punto de salida tiene ese código o nombre",
    Rule.BEFORE_START: "el punto empieza el {fact}",
    Rule.AFTER_END: "el punto terminó el {fact}",
    Rule.MONTH_CLOSED: "la cuenta está cerrada hasta {fact}",
    Rule.NOT_A_DATE: "no es una fecha; escríbala como día/mes/año: 29/11/2026",
    Rule.NO_SUCH_DAY: "el calendario no tiene ese día",
    Rule.YEAR_UNSAID: (
        "no dice el año; escríbalo, como 29/11/2026, o ponga el mes con su año en una línea de encima:"
        " «Noviembre de 2026»"
    ),
    Rule.OTHER_WEEKDAY: "revise la fecha: {fact}",
    Rule.DAY_WITH_HOUR: "trae una hora; se toma un total por día de gas, de 00:00 a 24:00",
    Rule.STAMP_UNSAID: "trae la hora 00:00: diga si es el comienzo o el fin del día de gas",
    Rule.ORDER_UNSAID: "los días se pueden leer como día/mes o como mes/día: diga cuál",
    Rule.SERIAL_UNSAID: "el día es un número que se puede contar desde 1900 o desde 1904; guárdelo como fecha",
    Rule.OTHER_DAY_ABOVE: "el título dice otro día; este libro es del {fact}",
    Rule.SEVERAL_READINGS: "se puede leer de más de una manera; escriba el día con su año y la cantidad aparte",
    Rule.DAY_SECOND: (
        "«{fact}» está antes del día y puede ser el número de la línea o un año; escriba primero el día y después la "
        "cantidad: 29/11/2026 9.500"
    ),
    Rule.TODAY_TOTAL: "es el total de hoy, y el día no ha terminado: diga si también se toma",
    Rule.DAY_OUT_OF_RANGE: "los días van del 01/12/2014 al 31/12/2099",
    Rule.FUTURE_DAY: "ese día no ha llegado; hoy es {fact}",
    Rule.DAY_NOT_OVER: "el día no ha terminado: la medición solo puede ser provisional",
    Rule.NOT_A_NUMBER: f"no es un número; {_NUMBERS}",
    Rule.SHORTENED: (
        "está escrita con exponente: la hoja de cálculo la abrevió y pudo perder cifras; dé a la columna el formato"
        " Número y guarde de nuevo, o escríbala completa"
    ),
    Rule.METER_INDEX: (
        "nunca baja de un día a otro: parece el índice que acumula el medidor y no el volumen de cada día; envíe el"
        " volumen, escriba el índice en la hoja del día o, si es el volumen, titule la columna «Volumen»"
    ),
    Rule.AMBIGUOUS_NUMBER: f"se puede leer de dos maneras; {_NUMBERS}",
    Rule.NOT_A_WHOLE: "no es un número entero; escríbalo con cifras, como 201",
    Rule.NEGATIVE: "es menor que cero",
    Rule.TOO_MANY_DECIMALS: "tiene demasiados decimales",
    Rule.TOO_LARGE: "es más de {fact}: revise la unidad",
    Rule.OUT_OF_RANGE: "está fuera de {fact}",
    Rule.WRONG_UNIT: "debe estar en {fact}",
    Rule.HEATING_VALUE_MISSING: "falta el poder calorífico del {fact}, con el que se convierte a m³; cárguelo primero",
    Rule.UNKNOWN_STATE: "no hay ese estado; escriba P, C, E o A",
    Rule.CLOSED: "el día está {fact}: solo se corrige con el estado A y un motivo",
    Rule.NOTHING_TO_CORRECT: "solo se corrige una medición certificada",
    Rule.ALREADY_MEASURED: "el día ya tiene medición; una estimación no la reemplaza",
    Rule.NOTHING_NEW: "esa es la medición que ya vale",
    Rule.FOR_SUPERVISORS: "pasaron más de cinco meses: solo un supervisor lo corrige",
    Rule.TOO_OLD_TO_CHARGE: (
        "pasaron más de cinco meses y es más consumo que el registrado: no se cobra (contrato, cláusulas 51 y 68)"
    ),
    Rule.REASON_MISSING: "la corrección necesita su motivo",
    Rule.REASON_NOT_WANTED: "solo una corrección lleva motivo",
    Rule.REASON_TOO_LONG: "el motivo tiene más de 500 caracteres",
    Rule.TURNED: (
        "los títulos van hacia abajo y las filas hacia el lado; en Excel, copie la tabla y péguela con «Trasponer»"
    ),
    Rule.NOT_A_TELEPHONE: "no es un teléfono; escríbalo con sus cifras, como 310 555 0011",
    Rule.UNKNOWN_CHOICE: "no se conoce; se conocen {fact}",
    Rule.CONTRADICTS: "la fila {fact} dice otra cosa de lo mismo",
    Rule.OTHER_DAY: "la fila es de otro día; este libro es del {fact}",
    Rule.OTHER_REVISION: "la nominación cambió: rige la versión {fact}",
    Rule.NOTHING_NOMINATED: "el punto no tiene nominación para el día",
    Rule.ABOVE_ASKED: "es más de lo pedido, {fact}",
    Rule.UNKNOWN_CUT_REASON: "no hay ese motivo; se conocen {fact}",
    Rule.CUT_REASON_MISSING: "es menos de lo pedido, {fact}: falta el motivo del recorte",
    Rule.CUT_REASON_NOT_WANTED: "autoriza todo lo pedido: quite el motivo",
}


def problem_words(problem: Problem) -> str:
    """Return one line for one broken rule: where, what was found, what is expected."""
    where = [] if problem.line is None else [f"fila {problem.line}"]
    if problem.column is not None:
        where.append(f"columna {_shown(COLUMNS.get(problem.column, problem.column))}")
    if problem.value is not None:
        where.append(f"valor {_shown(_as_typed(problem.value))}")
    words = _rule(problem)
    return _sentence(f"{', '.join(where)}: {words}" if where else words)


def rule_words(problem: Problem, *, example: str = FILE_EXAMPLE) -> str:
    """Return the fault of one typed value, shown beside its field; ``example`` is a figure as the field takes it."""
    return _sentence(_rule(problem, example))


def _rule(problem: Problem, example: str = FILE_EXAMPLE) -> str:
    fact = problem.fact
    if problem.rule is Rule.OTHER_FORMAT:
        return FORMATS[FileFormat(str(fact))]
    if problem.rule is Rule.TOO_LARGE and fact is None:
        return _TOO_LONG
    if fact is not None and problem.rule is Rule.CLOSED:
        fact = _STATES.get(fact, fact)
    elif fact is not None and problem.rule is Rule.ODD_FIGURE:
        fact = "; ".join([ODDITY_WORDS[Oddity(name)] for name in fact.split(", ")])
    elif fact is not None and problem.rule is Rule.OTHER_WEEKDAY:
        fact = clash_words(read_clash(fact))
    elif fact is not None and problem.rule in _DATED:
        fact = _dated(fact)
    elif fact is not None and problem.rule in _COUNTED:
        fact = fact.replace(",", ".")
    elif fact is not None and problem.rule is Rule.MISSING_COLUMN:
        fact = ", ".join([COLUMNS.get(name, name) for name in fact.split(", ")])
    words = RULES[problem.rule].format(fact=fact, example=example)
    return words + _doubt(problem) if problem.rule is Rule.WRONG_UNIT else words


def _doubt(problem: Problem) -> str:
    """Return why a unit is not taken that some write for thousands, and others for millions; empty for another one."""
    found = ((each, spell_unclear_unit(each)) for each in (problem.value, problem.column) if each)
    text, unit = next((pair for pair in found if pair[1]), ("", None))
    if unit is None:
        return ""
    at = comparable(text).find(unit)
    unit = text[at : at + len(unit)] if len(comparable(text)) == len(text) else unit
    volumes = "miles de m³" if FileUnit.THOUSAND_M3 in (problem.fact or "") else "m³"
    plain = volumes if "m3" in comparable(unit) else "KPC"
    return f"; «{unit}» es miles para unos y millones para otros: conviértalo a {plain}"


def _dated(fact: str) -> str:
    """Return "29/11/2026" for a day and "noviembre de 2026" for a month."""
    found = _DAY.fullmatch(fact)
    if found is None:
        return fact
    year, month, day = found.groups()
    return f"{day}/{month}/{year}" if day else f"{MONTHS[int(month) - 1]} de {year}"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _as_typed(value: str) -> str:
    fraction = _FRACTION.fullmatch(value)
    if fraction is None:
        return value
    decimals = fraction[2].rstrip("0")
    return f"{fraction[1]},{decimals}" if decimals else fraction[1]


def _shown(text: str) -> str:
    """Return the value found in a file, printable and shortened; what parts its cells is a space."""
    spaced = text.replace("\t", " ")
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in spaced)
    return f"«{printable[:VALUE_LENGTH]}{'…' if len(printable) > VALUE_LENGTH else ''}»"


UPLOAD_KIND_WORDS: Mapping[UploadKind, str] = {
    UploadKind.READINGS: "Mediciones",
    UploadKind.HEATING_VALUES: "Poder calorífico",
    UploadKind.REGISTRY: "Registro",
    UploadKind.AUTHORISED: "Cantidades autorizadas",
    UploadKind.TARIFFS: "Tarifas de un mes",
    UploadKind.GATE_READINGS: "Medición de las puertas",
    UploadKind.CONFIRMATIONS: "Confirmación del transportador",
}
UPLOAD_STATES: Mapping[UploadState, tuple[str, str]] = {
    UploadState.WAITING: ("warning", "Por confirmar"),
    UploadState.CONFIRMED: ("success", "Confirmado"),
    UploadState.DISCARDED: ("neutral", "Descartado"),
}
HELD_STATES: Mapping[HeldState, tuple[str, str]] = {
    HeldState.WAITING: ("warning", "Por arreglar"),
    HeldState.MENDED: ("success", "Arreglada"),
    HeldState.DISCARDED: ("neutral", "Descartada"),
}
JOB_KIND_WORDS: Mapping[JobKind, str] = {
    JobKind.IMPORT_READINGS: "Cargar mediciones",
    JobKind.IMPORT_HEATING_VALUES: "Cargar poder calorífico",
    JobKind.IMPORT_REGISTRY: "Cargar el registro",
    JobKind.CERTIFY_READINGS: "Certificar mediciones",
    JobKind.PACK_STATEMENTS: "Reunir los estados de cuenta de un mes",
}
JOB_STATES: Mapping[JobState, tuple[str, str]] = {
    JobState.WAITING: ("neutral", "En espera"),
    JobState.RUNNING: ("info", "En curso"),
    JobState.DONE: ("success", "Hecha"),
    JobState.FAILED: ("error", "No se hizo"),
}
STAGE_WORDS: Mapping[str, str] = {"rows": "filas leídas", "days": "días de cuentas al día", "statements": "puntos"}
# Results of a job, in the order in which they are listed.
OUTCOME_WORDS: Mapping[str, str] = {
    "rows": "Filas",
    "points": "Puntos",
    "new": "Nuevas",
    "changed": "Cambiadas",
    "unchanged": "Sin novedad",
    "left": "Por arreglar",
}
_FAILURES: Mapping[str, str] = {
    "bad-file": "El archivo dejó de cumplir las reglas después de la vista previa.",
    "readings-changed": "Las mediciones cambiaron después de la vista previa: mírela otra vez y confirme de nuevo.",
    "heating-values-changed": "Los valores cambiaron después de la vista previa: mírela otra vez y confirme de nuevo.",
    "changed-meanwhile": "Otra persona escribía lo mismo en ese momento: inténtelo de nuevo.",
    "worker-died": (
        f"El proceso que la hacía se cayó {few(MOST_ATTEMPTS)} veces con ella, así que ya no se intenta. "
        "Si es un archivo, divídalo en partes; si vuelve a pasar, avise a quien administra el portal."
    ),
    "not-allowed": "La cuenta que la pidió ya no puede hacerlo.",
}


def failure_words(failure: str) -> str:
    """Return why a job failed."""
    return _FAILURES.get(failure, "Algo falló de nuestro lado; quedó registrado para revisarlo.")
