"""Files of readings as people and machines send them, each with its expected problems."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.services.files.problems import Rule

# The corpus speaks of the point TOP-01 ("EDS Piñalito", open since 2020-01-01) and of 22 November 2026 as today is 23.
POINT = "TOP-01"


@dataclass(frozen=True)
class Messy:
    """A file and every problem it has, as (line, column, rule)."""

    name: str
    content: bytes
    problems: list[tuple[int | None, str | None, Rule]] = field(default_factory=list)


def _messy(name: str, text: str, *problems: tuple[int | None, str | None, Rule], encoding: str = "utf-8") -> Messy:
    return Messy(name, text.encode(encoding), list(problems))


HEADER = "punto;fecha;cantidad\n"
HOURS = "punto;fecha;hora;cantidad\n"

CORPUS = [
    # Not a table at all
    _messy("nothing", "", (None, None, Rule.NO_ROWS)),
    _messy("blank lines only", "\n ; ;\n\n", (None, None, Rule.NO_ROWS)),
    _messy("a header alone", HEADER, (None, None, Rule.NO_ROWS)),
    Messy("a workbook", b"PK\x03\x04rest of the archive", [(None, None, Rule.WORKBOOK_BROKEN)]),
    Messy("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1", [(None, None, Rule.WORKBOOK_LOCKED)]),
    Messy("bytes of a picture", b"\x89PNG\r\n\x1a\n\0\0\0", [(None, None, Rule.OTHER_FORMAT)]),
    Messy("bytes no encoding has", b"TOP-01;2026-11-22;\x81\x8d\x8f", [(None, None, Rule.UNCLEAR_TEXT)]),
    Messy("UTF-16 without its mark", "TOP-01;2026-11-22;5".encode("utf-16-le"), [(None, None, Rule.NOT_TEXT)]),
    Messy("UTF-16 cut in half", "TOP-01;2026-11-22;5".encode("utf-16")[:-1], [(None, None, Rule.NOT_TEXT)]),
    _messy("a quote never closed", f'{POINT};2026-11-21;5\n"{POINT};2026-11-22;6\n', (2, None, Rule.BROKEN_QUOTES)),
    _messy("text after a quote", f'"{POINT}"x;2026-11-22;5\n', (1, None, Rule.BROKEN_QUOTES)),
    _messy("one column", f"{POINT}\n", (1, "delivery point", Rule.MISSING_COLUMN)),
    _messy("two columns", f"{POINT};2026-11-22\n", (1, "gas day", Rule.MISSING_COLUMN)),
    _messy("too many columns", ";".join(["x"] * 401), (1, None, Rule.TOO_MANY_COLUMNS)),
    # Headers
    _messy(
        "a title twice",
        f"punto;fecha;cantidad;fecha\n{POINT};2026-11-22;5;2026-11-22\n",
        (1, "fecha", Rule.REPEATED_COLUMN),
    ),
    _messy(
        "a point across with words alone",
        f"fecha;TOP-99;{POINT}\n22/11/2026;5;cerrada\n",
        (1, POINT, Rule.POINT_LEFT_OUT),
    ),
    _messy(
        "two tables side by side",
        f"fecha;{POINT};;fecha;TOP-99\n22/11/2026;5;;21/11/2026;6\n",
        (1, "fecha", Rule.SECOND_DAYS),
    ),
    _messy(
        "a second table below in another unit",
        f"punto;fecha;cantidad\n{POINT};2026-11-21;5\n\npunto;fecha;cantidad (KPC)\n{POINT};2026-11-22;6\n",
        (4, None, Rule.SECOND_TABLE),
    ),
    _messy(
        "another unit from a row on",
        f"punto;fecha;cantidad\n;;KPC\n{POINT};2026-11-21;5\n;;m3\n{POINT};2026-11-22;6\n",
        (4, None, Rule.SECOND_TABLE),
    ),
    _messy("no column of days", f"punto;cantidad\n{POINT};5\n", (1, "gas day", Rule.MISSING_COLUMN)),
    _messy(
        "everything wrong with a header",
        "fecha;fecha;color\n1;2;3\n",
        (1, "fecha", Rule.REPEATED_COLUMN),
        (1, "delivery point", Rule.MISSING_COLUMN),
        (1, "quantity", Rule.MISSING_COLUMN),
    ),
    # Rows
    _messy("a value too many", f"{HEADER}{POINT};2026-11-22;5;6\n", (2, None, Rule.TOO_MANY_VALUES)),
    _messy(
        "a decimal comma among commas",
        f"punto,fecha,cantidad\n{POINT},2026-11-22,5,75\n",
        (2, None, Rule.TOO_MANY_VALUES),
    ),
    _messy("a row cut short", f"{HEADER}{POINT};2026-11-22\n", (2, "cantidad", Rule.EMPTY)),
    _messy(
        "another figure of the same day",
        f"{HEADER}{POINT};2026-11-22;5\n\n{POINT};22/11/2026;6\n",
        (4, "punto", Rule.REPEATED_ROW),
    ),
    _messy(
        "the same day by code and name",
        f"{POINT};2026-11-22;5\neds pinalito;2026-11-22;6\n",
        (2, "delivery point", Rule.REPEATED_ROW),
    ),
    # Points
    _messy("no point", f"{HEADER};2026-11-22;5\n", (2, "punto", Rule.EMPTY)),
    _messy("an unknown point", f"{HEADER}TOP-99;2026-11-22;5\n", (2, "punto", Rule.UNKNOWN_POINT)),
    _messy("a name two points have", f"{HEADER}Planta Norte;2026-11-22;5\n", (2, "punto", Rule.SEVERAL_POINTS)),
    # Days
    _messy("no day", f"{HEADER}{POINT};;5\n", (2, "fecha", Rule.EMPTY)),
    _messy("a day in words without its year", f"{HEADER}{POINT};22 de noviembre;5\n", (2, "fecha", Rule.YEAR_UNSAID)),
    _messy(
        "days now of one order, now of the other",
        f"{HEADER}{POINT};11/22/2026;5\n{POINT};21/11/2026;5\n",
        (2, "fecha", Rule.NO_SUCH_DAY),
    ),
    _messy("a day that may begin or end", f"{HEADER}{POINT};2026-11-22 00:00;5\n", (2, "fecha", Rule.STAMP_UNSAID)),
    _messy(
        "an M above that may be a million",
        f"CONSUMO EN MPC\n{HEADER}{POINT};2026-11-22;5\n",
        (1, None, Rule.WRONG_UNIT),
    ),
    _messy("a day without its year", f"{HEADER}{POINT};22/11;5\n", (2, "fecha", Rule.YEAR_UNSAID)),
    _messy("days across without their year", f"punto;21-nov;22-nov\n{POINT};5;6\n", (1, None, Rule.YEAR_UNSAID)),
    _messy(
        "columns apart by blanks alone",
        f"Punto    Fecha       Volumen\n{POINT}   21/11/2026   5,5\n{POINT}   22/11/2026   5,5\n",
        (2, None, Rule.SPACED),
    ),
    _messy("an hour of a day", f"{HEADER}{POINT};2026-11-22 06:00;5\n", (2, "fecha", Rule.DAY_WITH_HOUR)),
    _messy("a total of today", f"{HEADER}{POINT};2026-11-23;5\n", (2, "fecha", Rule.TODAY_TOTAL)),
    _messy("one hour of a day", f"{HOURS}{POINT};2026-11-22;1;5\n", (2, None, Rule.HOURS_MISSING)),
    _messy("an hour that no day has", f"{HOURS}{POINT};2026-11-22;25;5\n", (2, "hora", Rule.NOT_AN_HOUR)),
    _messy(
        "one hour of the morning beside each day",
        f"{HOURS}{POINT};2026-11-21;06:00;5\n{POINT};2026-11-22;06:00;5\n",
        (2, "hora", Rule.ONE_HOUR),
    ),
    _messy(
        "an hour twice",
        f"{HOURS}{POINT};2026-11-22;1;5\n{POINT};2026-11-22;1;5\n",
        (3, "hora", Rule.HOUR_TWICE),
    ),
    _messy(
        "a code and the name of another point",
        f"punto;nombre;fecha;cantidad\n{POINT};Planta Norte;2026-11-22;5\n",
        (2, "nombre", Rule.OTHER_NAME),
    ),
    _messy("a number of a day by another count", f"{HEADER}{POINT};44884;5\n", (None, "fecha", Rule.SERIAL_UNSAID)),
    _messy("a day of either order", f"{HEADER}{POINT};11/12/2026;5\n", (2, "fecha", Rule.ORDER_UNSAID)),
    _messy("a cell like a book", f"{HEADER}{POINT};2026-11-22;{'5' * 2_001}\n", (2, None, Rule.CELL_TOO_LONG)),
    _messy("30 February", f"{HEADER}{POINT};30/02/2026;5\n", (2, "fecha", Rule.NO_SUCH_DAY)),
    _messy(
        "a day of another weekday",
        f"{HEADER}{POINT};lunes 22 de noviembre de 2026;5\n",
        (2, "fecha", Rule.OTHER_WEEKDAY),
    ),
    _messy("a day before the history", f"{HEADER}{POINT};2014-11-30;5\n", (2, "fecha", Rule.DAY_OUT_OF_RANGE)),
    _messy("a day before the point", f"{HEADER}{POINT};2019-12-31;5\n", (2, "fecha", Rule.BEFORE_START)),
    _messy("a day after the end", f"{HEADER}OLD-01;2026-06-30;5\n", (2, "fecha", Rule.AFTER_END)),
    _messy("tomorrow", f"{HEADER}{POINT};2026-11-24;5\n", (2, "fecha", Rule.FUTURE_DAY)),
    _messy("certified before the day is over", f"{POINT};2026-11-23;5;m3;C\n", (1, "gas day", Rule.DAY_NOT_OVER)),
    # Figures
    _messy("no figure is not zero", f"{HEADER}{POINT};2026-11-22;\n", (2, "cantidad", Rule.EMPTY)),
    _messy("blanks are no figure", f"{HEADER}{POINT};2026-11-22; \u00a0 \n", (2, "cantidad", Rule.EMPTY)),
    _messy("a dash for nothing", f"{HEADER}{POINT};2026-11-22;-\n", (2, "cantidad", Rule.EMPTY)),
    _messy("an error of a spreadsheet", f"{HEADER}{POINT};2026-11-22;#¡VALOR!\n", (2, "cantidad", Rule.CELL_ERROR)),
    _messy("NaN", f"{HEADER}{POINT};2026-11-22;NaN\n", (2, "cantidad", Rule.EMPTY)),
    _messy("an exponent", f"{HEADER}{POINT};2026-11-22;5e3\n", (2, "cantidad", Rule.SHORTENED)),
    _messy("an exponent of nothing", f"{HEADER}{POINT};2026-11-22;e3\n", (2, "cantidad", Rule.NOT_A_NUMBER)),
    _messy(
        "the index of the meter under the title of readings",
        "punto;fecha;lectura\n" + "".join(f"{POINT};2026-11-{18 + n};{1_250_320 + 5_000 * n}\n" for n in range(5)),
        (2, "lectura", Rule.METER_INDEX),
    ),
    _messy("underscores", f"{HEADER}{POINT};2026-11-22;5_320\n", (2, "cantidad", Rule.NOT_A_NUMBER)),
    _messy("digits of another script", f"{HEADER}{POINT};2026-11-22;５３２０\n", (2, "cantidad", Rule.NOT_A_NUMBER)),
    _messy("another unit beside it", f"{HEADER}{POINT};2026-11-22;5320 MBTU\n", (2, "cantidad", Rule.WRONG_UNIT)),
    _messy("barrels", f"{HEADER}{POINT};2026-11-22;5320 barriles\n", (2, "cantidad", Rule.NOT_A_NUMBER)),
    _messy("less than nothing", f"{HEADER}{POINT};2026-11-22;-5\n", (2, "cantidad", Rule.NEGATIVE)),
    _messy("a long minus", f"{HEADER}{POINT};2026-11-22;−5,5\n", (2, "cantidad", Rule.NEGATIVE)),
    _messy(
        "thousands of m³ in a cell",
        f"{HEADER}{POINT};2026-11-22;7,3012 Mm3\n",
        (2, "cantidad", Rule.WRONG_UNIT),
    ),
    _messy("another unit in a cell", f"{HEADER}{POINT};2026-11-22;339 KPC\n", (2, "cantidad", Rule.WRONG_UNIT)),
    _messy("a point and three digits", f"{HEADER}{POINT};2026-11-22;5.320\n", (2, "cantidad", Rule.AMBIGUOUS_NUMBER)),
    _messy("a comma and three digits", f"{HEADER}{POINT};2026-11-22;5,320\n", (2, "cantidad", Rule.AMBIGUOUS_NUMBER)),
    _messy("commas that group", f"{HEADER}{POINT};2026-11-22;5,320.75\n", (2, "cantidad", Rule.AMBIGUOUS_NUMBER)),
    _messy("groups of two", f"{HEADER}{POINT};2026-11-22;53.20.75\n", (2, "cantidad", Rule.NOT_A_NUMBER)),
    _messy("seven decimals", f"{HEADER}{POINT};2026-11-22;5,1234567\n", (2, "cantidad", Rule.TOO_MANY_DECIMALS)),
    _messy("more than a city takes", f"{HEADER}{POINT};2026-11-22;10000001\n", (2, "cantidad", Rule.TOO_LARGE)),
    _messy("thirteen digits", f"{HEADER}{POINT};2026-11-22;1000000000000\n", (2, "cantidad", Rule.TOO_LARGE)),
    # Units, states, reasons
    _messy(
        "MBTU of a day without its heating value",
        f"{POINT};2026-11-22;5;MBTU\n",
        (1, "quantity", Rule.HEATING_VALUE_MISSING),
    ),
    _messy("GBTU", f"punto;fecha;cantidad;unidad\n{POINT};2026-11-22;5;GBTU\n", (2, "unidad", Rule.WRONG_UNIT)),
    _messy(
        "a column of GBTU",
        f"punto;fecha;Consumo (GBTU)\n{POINT};2026-11-22;5\n",
        (1, "Consumo (GBTU)", Rule.WRONG_UNIT),
    ),
    _messy(
        "a column of cubic feet",
        f"punto;fecha;volumen_ft3\n{POINT};2026-11-22;5\n",
        (1, "volumen_ft3", Rule.WRONG_UNIT),
    ),
    _messy("a state nobody knows", f"{POINT};2026-11-22;5;m3;final\n", (1, "state", Rule.UNKNOWN_STATE)),
    _messy("a correction without a reason", f"{POINT};2026-11-20;5;m3;A\n", (1, "reason", Rule.REASON_MISSING)),
    _messy(
        "a reason for no correction", f"{POINT};2026-11-22;5;m3;P;porque sí\n", (1, "reason", Rule.REASON_NOT_WANTED)
    ),
    _messy(
        "a reason as long as a letter", f"{POINT};2026-11-20;5;m3;A;{'x' * 501}\n", (1, "reason", Rule.REASON_TOO_LONG)
    ),
    # Against what is there: 20 November is certified with 5,000 m³, 21 November provisional with 4,900 m³
    _messy("another value for a certified day", f"{POINT};2026-11-20;5100;m3;P\n", (1, "state", Rule.CLOSED)),
    _messy("certified a second time", f"{HEADER}{POINT};2026-11-20;5100\n", (2, "cantidad", Rule.CLOSED)),
    _messy("a correction of nothing", f"{POINT};2026-11-22;5;m3;A;medidor\n", (1, "state", Rule.NOTHING_TO_CORRECT)),
    _messy(
        "a correction of what is provisional",
        f"{POINT};2026-11-21;5;m3;A;medidor\n",
        (1, "state", Rule.NOTHING_TO_CORRECT),
    ),
    _messy("an estimate over a measurement", f"{POINT};2026-11-21;5;m3;E\n", (1, "state", Rule.ALREADY_MEASURED)),
    # Several at once, each told
    _messy(
        "every value of a row",
        "punto;fecha;cantidad;unidad;estado;motivo\nTOP-99;ayer;mucho;barriles;final;\n",
        (2, "punto", Rule.UNKNOWN_POINT),
        (2, "fecha", Rule.NOT_A_DATE),
        (2, "cantidad", Rule.NOT_A_NUMBER),
        (2, "unidad", Rule.WRONG_UNIT),
        (2, "estado", Rule.UNKNOWN_STATE),
    ),
    _messy(
        "one bad row in each corner",
        f"{HEADER}{POINT};2026-11-19;x\n{POINT};2026-11-18;5\nTOP-99;2026-11-19;5\n",
        (2, "cantidad", Rule.NOT_A_NUMBER),
        (4, "punto", Rule.UNKNOWN_POINT),
    ),
    _messy(
        "lines are counted as an editor counts them",
        f'{HEADER}\n"EDS\nPiñalito";2026-11-19;5\n{POINT};2026-11-22;x\n',
        (5, "cantidad", Rule.NOT_A_NUMBER),
    ),
]

# Files that are taken in: each says 5,320.75 m³ for TOP-01 on 22 November.
GOOD = [
    _messy("semicolons and a header", f"punto;fecha;cantidad\n{POINT};2026-11-22;5320,75\n"),
    _messy("no header", f"{POINT};2026-11-22;5320,75\n"),
    _messy("commas and a plain point", f"{POINT},2026-11-22,5320.75\n"),
    _messy("commas and quotes", f'"{POINT}","22/11/2026","5.320,75"\n'),
    _messy("tabs", f"{POINT}\t22/11/2026\t5.320,75\n"),
    _messy("bars", f"{POINT}|22/11/2026|5 320,75\n"),
    _messy("Windows line ends", f"punto;fecha;cantidad\r\n{POINT};2026-11-22;5320,75\r\n"),
    _messy("old Mac line ends", f"punto;fecha;cantidad\r{POINT};2026-11-22;5320,75\r"),
    _messy("no line end", f"{POINT};2026-11-22;5320,75"),
    _messy("UTF-8 with its mark", "punto;fecha;medición\nEDS Piñalito;2026-11-22;5320,75\n", encoding="utf-8-sig"),
    _messy("Windows-1252", "punto;fecha;medición\nEDS Piñalito;2026-11-22;5320,75\n", encoding="cp1252"),
    _messy("UTF-16", "punto;fecha;medición\nEDS Piñalito;2026-11-22;5320,75\n", encoding="utf-16"),
    _messy("sep= of a spreadsheet", f"sep=,\n{POINT},2026-11-22,5320.75\n"),
    _messy(
        "other order and titles", f"ESTADO;Cantidad;Unidad;Fecha_Gas;Punto_Consumo\nP;5320,75;m³;22/11/2026;{POINT}\n"
    ),
    _messy("by public id", "top-one;2026-11-22;5320,75\n"),
    _messy("by name without accents", "eds  PINALITO;2026-11-22;5320,75\n"),
    _messy("blanks all around", f"  {POINT} ;\u00a02026-11-22 ; 5320,75\u00a0;;\n"),
    _messy("blank lines and empty columns", f"\n{HEADER.strip()};;\n\n{POINT};2026-11-22;5320,75;;\n;;;;\n"),
    _messy("grouped by narrow blanks", f"{POINT};2026-11-22;5\u202f320,750000\n"),
    _messy("a column more", f"punto;fecha;presión;cantidad\n{POINT};2026-11-22;1,5;5320,75\n"),
    _messy("as the north writes it, and nothing else", f"{HEADER}{POINT};11/22/2026;5320,75\n"),
    _messy("the same row again", f"{HEADER}{POINT};2026-11-22;5320,75\neds pinalito;22/11/2026;5.320,750\n"),
    _messy(
        "a day without a value", f"{HEADER}{POINT};2026-11-19;\n{POINT};2026-11-18;N/D\n{POINT};22-nov-26;5320,75\n"
    ),
    _messy("a line break in the first title", f'"Punto\nde entrega",Fecha,Cantidad\n{POINT},2026-11-22,5320.75\n'),
    _messy(
        "the same with tabs, in UTF-16",
        f'"Punto\nde entrega"\tFecha\tCantidad\n{POINT}\t2026-11-22\t5320,75\n',
        encoding="utf-16",
    ),
    _messy("a mark without width, and one that turns", f"{HEADER}\u200b{POINT};\u200e22/11/2026;5320,75\n"),
    _messy("a dash that is longer", f"{HEADER}TOP\u201301;22\u201011\u20102026;5320,75\n"),
    _messy("grouped by figure blanks", f"{HEADER}{POINT};22/11/2026;5\u2007320,75\n"),
    _messy("grouped by thin blanks", f"{HEADER}{POINT};22/11/2026;5\u2009320,75\n"),
    _messy("an apostrophe that groups", f"{HEADER}{POINT};22/11/2026;5'320,75\n"),
    _messy("a unit in the cell", f"{HEADER}{POINT};22/11/2026;5.320,75 m³\n"),
    _messy("a unit in brackets", f"{HEADER}{POINT};22/11/2026;5320,75 (Sm3)\n"),
    _messy("a plus", f"{HEADER}{POINT};22/11/2026;+5320,75\n"),
    _messy("kept from a spreadsheet as formulas", f'{HEADER}="{POINT}";="22/11/2026";="5320,75"\n'),
    _messy("kept from a spreadsheet by apostrophes", f"{HEADER}'{POINT};'22/11/2026;'5320,75\n"),
    _messy("the end that DOS marks", f"{HEADER}{POINT};22/11/2026;5320,75\r\n\x1a"),
    _messy("the end without a line", f"{HEADER}{POINT};22/11/2026;5320,75\x1a"),
    _messy(
        "two exports joined", f"\ufeff{HEADER}{POINT};22/11/2026;5320,75\n\ufeff{HEADER}{POINT};22/11/2026;5320,75\n"
    ),
    _messy(
        "a report with its title, units, total and end",
        f"Llanogas;;\nReporte diario, noviembre;;\nPunto;Fecha;Volumen corregido (Sm3)\n;dd/mm/aaaa;Sm3\n"
        f"{POINT};22/11/2026;5320,75\nTOTAL;;5320,75\nFin del reporte;;\n",
    ),
    _messy("the point decides for the file", f"{HEADER}{POINT};22/11/2026;5,320.75\n{POINT};21/11/2026;4900.0\n"),
    _messy("at the end of the day, in so many words", f"{HEADER}{POINT};22/11/2026 24:00;5320,75\n"),
    _messy("the last minute of the day", f"{HEADER}{POINT};2026-11-22T23:59:59;5320,75\n"),
    _messy("a weekday and a month by name", f'{HEADER}{POINT};"domingo, 22 de noviembre de 2026";5320,75\n'),
    _messy("a year of two digits", f"{HEADER}{POINT};22/11/26;5320,75\n"),
    _messy("a day without separators", f"{HEADER}{POINT};20261122;5320,75\n"),
    _messy("a day as a serial number", f"{HEADER}{POINT};46348;5320,75\n"),
    _messy("a code without its punctuation", f"{HEADER}top01;22/11/2026;5320,75\n"),
    _messy("a name without what it is", f"{HEADER}piñalito;22/11/2026;5320,75\n"),
    _messy("letters of DOS", f"{HEADER}EDS Piñalito;22/11/2026;5320,75\n", encoding="cp850"),
    _messy("letters of DOS in the title", f"punto;fecha;medición\n{POINT};22/11/2026;5320,75\n", encoding="cp437"),
    _messy("letters of an old Macintosh", f"{HEADER}EDS Piñalito;22/11/2026;5320,75\n", encoding="mac_roman"),
    _messy("in words of the sheet", f"{POINT};2026-11-22;5320.75;metros cúbicos;Provisional\n"),
]
