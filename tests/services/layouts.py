"""Layouts that telemetry, flow computers and spreadsheets produce, each with its right values.

The corpus speaks of TOP-01 ("EDS Piñalito"), TOP-02 ("EDS Brisas del Guatiquía"), both of the exit point SAL-A, with a
heating value of 1,000 BTU/ft³ on each of the days; and of 20 and 21 November 2026, as today is the 23rd.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from portal.services.files.problems import Rule
from portal.services.files.questions import Question
from tests.services.messy_workbooks import merged, saved, workbook

ONE, OTHER = "TOP-01", "TOP-02"
A, B = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
# Two points on two days: what most layouts say.
RIGHT = {(ONE, A): "5320.75", (ONE, B): "5411.1", (OTHER, A): "8094.08", (OTHER, B): "7950"}
_EVERY = [(ONE, A, "5.320,75"), (ONE, B, "5.411,10"), (OTHER, A, "8.094,08"), (OTHER, B, "7.950,00")]
_EXACT = [(point, day, Decimal(figure)) for (point, day), figure in RIGHT.items()]
_PLAIN = [(ONE, A, 5320.75), (ONE, B, 5411.1), (OTHER, A, 8094.08), (OTHER, B, 7950)]
# Twenty-four hours that make 5,320.75 m³, and as many that make 8,094.08 m³.
HOURS = ["221,5"] * 23 + ["226,25"]
OTHER_HOURS = ["337"] * 23 + ["343,08"]


@dataclass(frozen=True)
class Layout:
    """A file, and what is right: the values, after these answers; or the questions that come first; or a refusal."""

    name: str
    content: bytes
    right: dict[tuple[str, dt.date], str] = field(default_factory=lambda: dict(RIGHT))
    asks: tuple[tuple[Question, str], ...] = ()
    refused: Rule | None = None
    # Words of the paragraph that says what was understood.
    said: tuple[str, ...] = ()


def _text(name: str, text: str, encoding: str = "utf-8", **given: Any) -> Layout:
    return Layout(name, text.encode(encoding), **given)


def _lines(delimiter: str = ";", day: str = "%d/%m/%Y", rows: Any = _EVERY) -> str:
    return "".join(f"{point}{delimiter}{each:{day}}{delimiter}{figure}\n" for point, each, figure in rows)


def _spoken(day: dt.date) -> str:
    return f"{day.day}-nov-26"


def _book(*sheets: tuple[str, list[tuple[Any, ...]]], **formats: str) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for column, form in formats.items():
            for cell in sheet[column]:
                cell.number_format = form
    return saved(book)


def _google() -> bytes:
    """The export of a spreadsheet of Google: texts in line, no sizes, days as numbers with a format of their own."""
    serial = (A - dt.date(1899, 12, 30)).days
    said = "".join(
        f'<row r="{line}"><c r="A{line}" t="inlineStr"><is><t>{point}</t></is></c>'
        f'<c r="B{line}" s="1"><v>{serial + (each - A).days}.0</v></c><c r="C{line}"><v>{figure}</v></c></row>'
        for line, (point, each, figure) in enumerate(_PLAIN, start=2)
    )
    head = "".join(
        f'<c r="{place}1" t="inlineStr"><is><t>{title}</t></is></c>'
        for place, title in zip("ABC", ("Punto", "Fecha", "Volumen (m³)"), strict=True)
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
        '<sheet state="visible" name="Hoja 1" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="b" Type="{office}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="{office}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet {main}><numFmts><numFmt numFmtId="164" formatCode="d/M/yyyy"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet {main}><sheetData><row r="1">{head}</row>{said}'
        "</sheetData></worksheet>",
    }
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return body.getvalue()


def _from_1904() -> bytes:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in [("Punto", "Fecha", "Volumen"), *_PLAIN]:
        book.active.append(row)
    return saved(book)


def _hours(column: str = "Hora", first: int = 0) -> str:
    said = f"Punto;Fecha;{column};Volumen m3\n"
    for point, hours in ((ONE, HOURS), (OTHER, OTHER_HOURS)):
        said += "".join(f"{point};20/11/2026;{first + n};{figure}\n" for n, figure in enumerate(hours))
    return said


def _midnight() -> dt.datetime:
    return dt.datetime(A.year, A.month, A.day)  # noqa: DTZ001


def _moments(shift: int, points: Any = ((ONE, HOURS), (OTHER, OTHER_HOURS))) -> str:
    """Rows by the moment: that at which the hour begins with a shift of 0, at which it ends with 1."""
    start = _midnight()
    return "Punto;Fecha y hora;Volumen\n" + "".join(
        f"{point};{start + dt.timedelta(hours=n + shift):%d/%m/%Y %H:%M};{figure}\n"
        for point, hours in points
        for n, figure in enumerate(hours)
    )


def _wide_moments(shift: int) -> bytes:
    start = _midnight()
    rows = [
        (f"{start + dt.timedelta(hours=n + shift):%Y-%m-%d %H:%M:%S}", one, other)
        for n, (one, other) in enumerate(zip(HOURS, OTHER_HOURS, strict=True))
    ]
    return "".join(f"{each}\n" for each in ["Timestamp;TOP-01;TOP-02", *map(";".join, rows)]).encode()


DAY_TOTALS = {(ONE, A): "5320.75", (OTHER, A): "8094.08"}


def _in_m3(amount: str, *, mbtu: bool) -> str:
    """KPC or MBTU of 1,000 BTU/ft³ as m³, by the definition of the foot."""
    cubic_feet = Decimal(amount) * (10**6 / Decimal(1000) if mbtu else 1000)
    return str((cubic_feet * Decimal("0.028316846592")).quantize(Decimal("0.000001"), ROUND_HALF_UP))


_KPC = {(ONE, A): _in_m3("187.9", mbtu=False), (OTHER, A): _in_m3("285.84", mbtu=False)}
_MBTU = {(ONE, A): _in_m3("187.9", mbtu=True), (OTHER, A): _in_m3("285.84", mbtu=True)}
_IN_UNIT = "TOP-01;20/11/2026;187,9\nTOP-02;20/11/2026;285,84\n"
_TOP = [("LLANOGAS S.A. E.S.P.",), ("Reporte diario de mediciones",), (), ("Generado:", "23/11/2026 06:00"), ()]


def _with(between: str) -> str:
    """The same with something between the day and the figure."""
    return "".join(f"{point};{day:%d/%m/%Y};{between};{figure}\n" for point, day, figure in _EVERY)


def _blank_below(place: int) -> str:
    """The same, by point or by day, each named in its first row only; the other one and the figure in every row."""
    rows = sorted(_EVERY, key=lambda row: row[place])
    said = [[f"{row[0]}", f"{row[1]:%d/%m/%Y}"] for row in rows]
    if place:
        said = [names[::-1] for names in said]
    firsts = [names[0] if at == 0 or names[0] != said[at - 1][0] else "" for at, names in enumerate(said)]
    return "".join(f"{first};{names[1]};{row[2]}\n" for first, names, row in zip(firsts, said, rows, strict=True))


# The same in thousands of m³.
_THOUSANDS = _lines(rows=[(point, day, f"{figure / 1000:f}".replace(".", ",")) for point, day, figure in _EXACT])


def _across(lines: str) -> str:
    """The same with the days down and the points across."""
    rows = [line.split(";") for line in lines.splitlines()]
    figures = {(point, day): figure for point, day, figure in rows}
    days = list(dict.fromkeys(day for _, day, _ in rows))
    return f"Fecha;{ONE};{OTHER}\n" + "".join(f"{day};{figures[ONE, day]};{figures[OTHER, day]}\n" for day in days)


LAYOUTS = [
    _text(
        "semicolons and Windows-1252", f"Punto;Fecha;Volumen (m³)\n{_lines()}", "cp1252", said=("coma decimal", "m³")
    ),
    Layout("a clean workbook", workbook(("Punto", "Fecha", "Volumen"), *_PLAIN)),
    Layout(
        "a workbook of texts", workbook(("Punto", "Fecha", "Volumen"), *[(p, f"{d:%d/%m/%Y}", f) for p, d, f in _EVERY])
    ),
    _text("a decimal point", f"punto,fecha,cantidad\n{_lines(',', '%Y-%m-%d', _PLAIN)}", said=("punto decimal",)),
    _text("tabs and UTF-16", f"Punto\tFecha\tVolumen\n{_lines(chr(9))}", "utf-16"),
    _text("bars", f"Punto|Fecha|Volumen\n{_lines('|')}"),
    _text(
        "commas that group",
        'Punto,Fecha,Volumen\nTOP-01,20/11/2026,"5,320.75"\nTOP-01,21/11/2026,"5,411.10"\nTOP-02,20/11/2026,"8,094.08"\nTOP-02,21/11/2026,"7,950.00"\n',
    ),
    _text(
        "columns that nobody needs",
        "Punto;Fecha;Volumen corregido (Sm3);Presión (psig);Temperatura (°F);Alarma\n"
        + "".join(f"{p};{d:%d/%m/%Y};{f};60,5;81;no\n" for p, d, f in _EVERY),
        said=("Presión", "Temperatura", "Alarma"),
    ),
    _text(
        "code and name",
        "Código;Nombre del punto;Fecha;Volumen\n"
        + "".join(
            f"{p};{'EDS PIÑALITO' if p == ONE else 'Brisas del Guatiquia'};{d:%d/%m/%Y};{f}\n" for p, d, f in _EVERY
        ),
    ),
    _text(
        "names", f"EDS;Fecha;Volumen\n{_lines()}".replace(ONE, "eds pinalito").replace(OTHER, "brisas del guatiquia")
    ),
    Layout(
        "titles above, units below, total and footnote",
        workbook(
            *_TOP,
            ("Punto", "Fecha", "Volumen", "Presión"),
            (None, "dd/mm/aaaa", "m³", "psi"),
            *[(*each, 60) for each in _PLAIN],
            ("TOTAL", None, 26775.93, None),
            ("Fin del reporte",),
        ),
        said=("fila 6", "Totales", "Presión"),
    ),
    _text("total in the column of days", f"Punto;Fecha;Volumen\n{_lines()};Total;26.775,93\n"),
    _text("total without a word", f"Punto;Fecha;Volumen\n{_lines()};;26.775,93\n"),
    _text("notes beside and blank rows", f"Punto;Fecha;Volumen;Observación\n{_lines()}\n;;;Revisó: turno B\n;;;\n"),
    Layout(
        "a cover sheet",
        _book(("Portada", [("Informe",), ("Noviembre",)]), ("Datos", [("Punto", "Fecha", "Volumen"), *_PLAIN])),
        said=("Datos",),
    ),
    Layout(
        "a header of two rows",
        workbook(
            ("Identificación", None, "Medición", None),
            ("Punto", "Fecha", "Volumen", "Presión"),
            *[(*each, 60) for each in _PLAIN],
        ),
    ),
    Layout(
        "a header whose titles go over two rows",
        workbook(
            ("Código", "Fecha", "Volumen", "Presión"),
            ("del punto", "de gas", "corregido (m³)", "psig"),
            *[(*each, 60) for each in _PLAIN],
        ),
    ),
    _text(
        "days down and points across",
        "Fecha;TOP-01;TOP-02\n20/11/2026;5.320,75;8.094,08\n21/11/2026;5.411,10;7.950,00\n",
        said=("días en filas", "2 puntos en columnas"),
    ),
    Layout(
        "days down and names across, with total",
        workbook(
            ("Consumos por estación (m³)",),
            ("Día de gas", "EDS Piñalito", "EDS Brisas del Guatiquía", "Total", "Observaciones"),
            (A, 5320.75, 8094.08, 13414.83, None),
            (B, 5411.1, 7950, 13361.1, "lluvia"),
            ("Total", 10731.85, 16044.08, 26775.93, None),
        ),
        said=("2 puntos en columnas", "Total", "Observaciones"),
    ),
    _text(
        "points down and days across",
        "Punto;20/11/2026;21/11/2026;Total\nTOP-01;5.320,75;5.411,10;10.731,85\nTOP-02;8.094,08;7.950,00;16.044,08\nTOTAL;13.414,83;13.361,10;26.775,93\n",
        said=("puntos en filas", "2 días en columnas"),
    ),
    Layout(
        "points down, code and name, days of a workbook across",
        workbook(
            ("Código", "Estación", "Municipio", A, B),
            (ONE, "EDS Piñalito", "Acacías", 5320.75, 5411.1),
            (OTHER, "EDS Brisas del Guatiquía", "Villavicencio", 8094.08, 7950),
        ),
    ),
    Layout(
        "two rows of header across: names over codes",
        workbook(
            ("Fecha", "EDS Piñalito", "EDS Brisas del Guatiquía"),
            (None, "TOP-01", "TOP-02"),
            (A, 5320.75, 8094.08),
            (B, 5411.1, 7950),
        ),
    ),
    Layout(
        "points across below a title of several cells",
        workbook(
            ("Reporte diario", None, "Generado 30/11/2026 05:40"),
            (None,),
            ("Fecha", "TOP-01", "EDS Brisas del Guatiquía", "Total"),
            (A, 5320.75, 8094.08, 13414.83),
            (B, 5411.1, 7950, 13361.1),
        ),
        said=("encabezado en la fila 3", "2 puntos en columnas"),
    ),
    Layout(
        "points across with a title of several cells directly above",
        workbook(
            ("Empresa: Gas", None, "Impreso: 30/11/2026", "Página 1"),
            ("Fecha", "TOP-01", "TOP-02", "Total"),
            (A, 5320.75, 8094.08, 13414.83),
            (B, 5411.1, 7950, 13361.1),
        ),
        said=("encabezado en la fila 2", "2 puntos en columnas"),
    ),
    Layout(
        "points across, some below the name of a zone",
        workbook(
            ("Fecha", "Zona Norte", None),
            (None, "TOP-01", "TOP-02"),
            (A, 5320.75, 8094.08),
            (B, 5411.1, 7950),
        ),
        said=("2 puntos en columnas",),
    ),
    Layout(
        "points across, one of them without figures",
        workbook(("Fecha", "TOP-01", "TOP-02"), (A, 5320.75, "cerrada"), (B, 5411.1, "cerrada")),
        refused=Rule.POINT_LEFT_OUT,
    ),
    Layout(
        "groups across: volume and pressure of each point",
        workbook(
            ("Fecha", "TOP-01", None, "TOP-02", None),
            (None, "Volumen (m³)", "Presión", "Volumen (m³)", "Presión"),
            (A, 5320.75, 60, 8094.08, 61),
            (B, 5411.1, 60, 7950, 61),
        ),
        said=("Presión",),
    ),
    _text("hours 0 to 23", _hours(), right=DAY_TOTALS, said=("24 horas",)),
    _text("hours 1 to 24", _hours("Hora gas", 1), right=DAY_TOTALS),
    _text(
        "an hour that is missing",
        _hours().replace("TOP-02;20/11/2026;7;337\n", ""),
        right={(ONE, A): "5320.75"},
        said=("TOP-02", "7"),
    ),
    _text("moments that begin", _moments(0), right=DAY_TOTALS, asks=((Question.STAMPS, "hora-inicio"),)),
    _text("moments that end", _moments(1), right=DAY_TOTALS, asks=((Question.STAMPS, "hora-fin"),)),
    Layout("moments down and points across", _wide_moments(1), right=DAY_TOTALS, asks=((Question.STAMPS, "hora-fin"),)),
    _text(
        "hours across",
        "Punto;Fecha;"
        + ";".join(f"H{n}" for n in range(1, 25))
        + ";Total\n"
        + f"TOP-01;20/11/2026;{';'.join(HOURS)};5320,75\nTOP-02;20/11/2026;{';'.join(OTHER_HOURS)};8094,08\n",
        right=DAY_TOTALS,
    ),
    _text(
        "an hour twice by a change of clocks",
        _hours().replace("TOP-01;20/11/2026;1;221,5\n", "TOP-01;20/11/2026;1;221,5\nTOP-01;20/11/2026;1;220\n"),
        refused=Rule.HOUR_TWICE,
    ),
    _text(
        "days with a name for the month",
        "Punto;Fecha;Volumen\n" + "".join(f"{p};{_spoken(d)};{f}\n" for p, d, f in _EVERY),
    ),
    _text("days without signs", f"Punto;Fecha;Volumen\n{_lines(day='%Y%m%d')}"),
    _text("days of two digits", f"Punto;Fecha;Volumen\n{_lines(day='%d/%m/%y')}"),
    _text("the month first, proved", f"Point,Date,Volume\n{_lines(',', '%m/%d/%Y', _PLAIN)}", said=("mes/día/año",)),
    _text(
        "serial numbers in a text",
        "Punto;Fecha;Volumen\n" + "".join(f"{p};{(d - dt.date(1899, 12, 30)).days};{f}\n" for p, d, f in _EVERY),
    ),
    Layout(
        "serial numbers in a workbook",
        workbook(("Punto", "Fecha", "Volumen"), *[(p, (d - dt.date(1899, 12, 30)).days, f) for p, d, f in _PLAIN]),
    ),
    Layout("a workbook of 1904", _from_1904()),
    Layout("an export of Google", _google()),
    Layout(
        "a day with an hour of midnight",
        workbook(("Punto", "Fecha", "Volumen"), *[(p, dt.datetime(d.year, d.month, d.day), f) for p, d, f in _PLAIN]),  # noqa: DTZ001
        asks=((Question.STAMPS, "hora-inicio"),),
    ),
    _text(
        "no values",
        f"Punto;Fecha;Volumen\n{_lines(rows=_EVERY[:1])}TOP-01;21/11/2026;N/D\nTOP-02;20/11/2026;-\nTOP-02;21/11/2026;\n",
        right={(ONE, A): "5320.75"},
        said=("sin medición",),
    ),
    _text("KPC in the title", f"Punto;Fecha;Volumen (KPC)\n{_IN_UNIT}", right=_KPC, said=("KPC",)),
    _text(
        "MBTU in the title", f"Punto;Fecha;Energía (MBTU)\n{_IN_UNIT}", right=_MBTU, said=("MBTU", "poder calorífico")
    ),
    _text("KPC in a row of units", f"Punto;Fecha;Volumen\n;;KPC\n{_IN_UNIT}", right=_KPC),
    _text(
        "a unit in each row",
        "Punto;Fecha;Cantidad;Unidad\nTOP-01;20/11/2026;187,9;KPC\nTOP-02;20/11/2026;285,84;MMBTU\nTOP-01;21/11/2026;5411,1;m3\n",
        right={(ONE, A): _KPC[ONE, A], (OTHER, A): _MBTU[OTHER, A], (ONE, B): "5411.1"},
    ),
    _text(
        "a day that repeats itself",
        f"Punto;Fecha;Volumen\n{_lines()}{_lines(rows=_EVERY[:1])}",
        said=("Repetidas",),
    ),
    _text(
        "a point and three digits alone",
        "Punto;Fecha;Volumen\nTOP-01;20/11/2026;5.320\nTOP-02;20/11/2026;8.094\n",
        right={(ONE, A): "5320", (OTHER, A): "8094"},
        asks=((Question.FIGURES, "punto-miles"),),
    ),
    _text(
        "a point above the rows",
        "Medidor:;TOP-01\nReporte diario\nFecha;Volumen corregido;Presión\n"
        "20/11/2026;5.320,75;60\n21/11/2026;5.411,10;60\n",
        right={(ONE, A): "5320.75", (ONE, B): "5411.1"},
        said=("TOP-01",),
    ),
    _text(
        "a day above the rows",
        "Día de gas: 20/11/2026\nPunto;Volumen\nTOP-01;5.320,75\nTOP-02;8.094,08\n",
        right=DAY_TOTALS,
        said=("20/11/2026",),
    ),
    Layout(
        "days of a month across, the month above",
        workbook(
            ("Consumos", None, None, None),
            ("Mes:", "noviembre de 2026", None, None),
            ("Punto", 20, 21, "Total"),
            (ONE, 5320.75, 5411.1, 10731.85),
            (OTHER, 8094.08, 7950, 16044.08),
        ),
    ),
    _text("quotes and a line break in a title", f'"Punto";"Fecha\nde gas";"Volumen"\n{_lines()}'),
    _text("a separator declared", f"sep=;\nPunto;Fecha;Volumen\n{_lines()}"),
    _text("titles in English", f"Station,Gas Day,Corrected Volume (Sm3)\n{_lines(',', '%Y-%m-%d', _PLAIN)}"),
    _text(
        "a title of both",
        "Punto;Fecha;Volumen\nTOP-01;20/11/2026;5.320,75\nTOP-01;21/11/2026;#N/A\n",
        right={(ONE, A): "5320.75"},
    ),
    _text(
        "a unit for each point across",
        "Fecha;TOP-01;TOP-02\n;m3;KPC\n20/11/2026;5.320,75;285,84\n",
        right={(ONE, A): "5320.75", (OTHER, A): _KPC[OTHER, A]},
    ),
    _text("a unit above the rows", f"Reporte en KPC\nPunto;Fecha;Volumen\n{_IN_UNIT}", right=_KPC),
    _text("a unit after its label", f"Unidad:;MBTU\n\nPunto;Fecha;Volumen\n{_IN_UNIT}", right=_MBTU),
    _text(
        "a unit above that is not converted",
        f"Reporte en GBTU\nPunto;Fecha;Volumen\n{_IN_UNIT}",
        refused=Rule.WRONG_UNIT,
    ),
    _text(
        "gas at the conditions of the meter",
        "Punto;Fecha;Volumen no corregido\nTOP-01;20/11/2026;3000\n",
        refused=Rule.MISSING_COLUMN,
    ),
    _text(
        "corrected beside uncorrected",
        "Punto;Fecha;Volumen;Volumen corregido\n" + "".join(f"{p};{d:%d/%m/%Y};1,5;{f}\n" for p, d, f in _EVERY),
        said=("Volumen",),
    ),
    _text(
        "a meter's number beside the station",
        "Medidor;EDS;Fecha;Volumen\n"
        + "".join(
            f"M-7{p[-1]};{'EDS Piñalito' if p == ONE else 'Brisas del Guatiquía'};{d:%d/%m/%Y};{f}\n"
            for p, d, f in _EVERY
        ),
        said=("Medidor",),
    ),
    _text(
        "code and name in one cell",
        f"Punto;Fecha;Volumen\n{_lines()}".replace(ONE, "TOP-01 - EDS Piñalito").replace(
            OTHER, "TOP-02 EDS Brisas del Guatiquía"
        ),
    ),
    _text(
        "code and another name in one cell",
        "Punto;Fecha;Volumen\nTOP-01 - EDS Brisas del Guatiquía;20/11/2026;5\n",
        refused=Rule.SEVERAL_POINTS,
    ),
    _text(
        "code beside another name",
        "Código;Nombre;Fecha;Volumen\nTOP-01;Brisas del Guatiquía;20/11/2026;5\n",
        refused=Rule.OTHER_NAME,
    ),
    _text(
        "volumes under the title of readings",
        f"Punto;Fecha;Lectura\n{_lines()}TOP-01;18/11/2026;5.200,00\nTOP-01;19/11/2026;5.100,00\n",
        right=RIGHT | {(ONE, dt.date(2026, 11, 18)): "5200", (ONE, dt.date(2026, 11, 19)): "5100"},
    ),
    _text(
        "subtotals of each point",
        f"Punto;Fecha;Volumen\n{_lines(rows=_EVERY[:2])}Subtotal TOP-01;;10.731,85\n"
        f"{_lines(rows=_EVERY[2:])}Total EDS Brisas del Guatiquía;;16.044,08\n",
    ),
    _text("the total of each day among its hours", _hours() + "TOP-01;20/11/2026;Total;5320,75\n", right=DAY_TOTALS),
    _text(
        "quarters of an hour",
        "Punto;Fecha;Volumen\n"
        + "".join(f"TOP-01;{_midnight() + dt.timedelta(minutes=15 * n):%Y-%m-%d %H:%M};10\n" for n in range(1, 97)),
        right={(ONE, A): "960"},
        asks=((Question.STAMPS, "hora-fin"),),
    ),
    _text(
        "numbers of days, the month above",
        "Mes: noviembre de 2026\nPunto;Día;Volumen\n" + "".join(f"{p};{d.day};{f}\n" for p, d, f in _EVERY),
    ),
    _text(
        "the month first, and no day that proves it",
        "Punto,Fecha,Volumen\nTOP-01,11/05/2026,5320.75\nTOP-01,11/06/2026,5411.1\n",
        right={(ONE, dt.date(2026, 11, 5)): "5320.75", (ONE, dt.date(2026, 11, 6)): "5411.1"},
        asks=((Question.ORDER, "mes-dia"),),
    ),
    _text(
        "the day first, and no day that proves it",
        "Punto;Fecha;Volumen\nTOP-01;05/11/2026;5320,75\nTOP-01;06/11/2026;5411,1\n",
        right={(ONE, dt.date(2026, 11, 5)): "5320.75", (ONE, dt.date(2026, 11, 6)): "5411.1"},
    ),
    _text(
        "both signs, and one that fits both",
        "Punto;Fecha;Volumen\nTOP-01;20/11/2026;5.320\nTOP-01;21/11/2026;5411,1\nTOP-02;20/11/2026;8094.08\n",
        refused=Rule.AMBIGUOUS_NUMBER,
    ),
    Layout(
        "a pivot table with points down",
        workbook(
            ("Suma de Volumen", "Etiquetas de columna", None, None),
            ("Etiquetas de fila", A, B, "Total general"),
            (ONE, 5320.75, 5411.1, 10731.85),
            (OTHER, 8094.08, 7950, 16044.08),
            ("Total general", 13414.83, 13361.1, 26775.93),
        ),
    ),
    Layout(
        "a pivot table with days down",
        workbook(
            ("Etiquetas de fila", ONE, OTHER, "Total general"),
            (A, 5320.75, 8094.08, 13414.83),
            (B, 5411.1, 7950, 13361.1),
            ("Total general", 10731.85, 16044.08, 26775.93),
        ),
    ),
    _text(
        "a period above days across",
        "Desde;01/11/2026;Hasta;22/11/2026\nPunto;20/11/2026;21/11/2026\n"
        "TOP-01;5.320,75;5.411,10\nTOP-02;8.094,08;7.950,00\n",
        said=("2 días en columnas",),
    ),
    _text(
        "a period above a day above the rows",
        "Desde;01/11/2026;Hasta;22/11/2026\nDía de gas:;20/11/2026\nPunto;Volumen\nTOP-01;5.320,75\nTOP-02;8.094,08\n",
        right=DAY_TOTALS,
    ),
    _text(
        "a page a point",
        "Reporte\nPunto:;TOP-01\nFecha;Volumen\n20/11/2026;N/D\n21/11/2026;5.411,10\nTotal;5.411,10\n\n"
        "Reporte\nPunto:;TOP-02\nFecha;Volumen\n20/11/2026;8.094,08\n21/11/2026;7.950,00\nTotal;16.044,08\n",
        right={key: said for key, said in RIGHT.items() if key != (ONE, A)},
        said=("«TOP-01»; de la fila 9, «TOP-02»",),
    ),
    _text(
        "a page a day",
        "Fecha: 20/11/2026\nPunto;Volumen\nTOP-01;5.320,75\nTOP-02;8.094,08\n"
        "Fecha: 21/11/2026\nPunto;Volumen\nTOP-01;5.411,10\nTOP-02;7.950,00\n",
    ),
    _text(
        "serial numbers of days across",
        "Punto;46346;46347;Total m3\nTOP-01;5.320,75;5.411,10;10.731,85\nTOP-02;8.094,08;7.950,00;16.044,08\n",
        said=("Total m3", "números de serie"),
    ),
    _text(
        "the state of the equipment under the title of ours",
        "Punto;Fecha;Volumen;Estado\n" + "".join(f"{p};{d:%d/%m/%Y};{f};Comunicando\n" for p, d, f in _EVERY),
        said=("«Estado» no dice", "«Comunicando»"),
    ),
    _text(
        "who made the report before the code",
        "Usuario;Código;Fecha;Volumen\n"
        + "".join(f"{'scada' if d == A else 'jperez'};{p};{d:%d/%m/%Y};{f}\n" for p, d, f in _EVERY),
        said=("por fuera: Usuario",),
    ),
    _text(
        "signatures and the number of rows below",
        f"Punto;Fecha;Volumen\n{_lines()}Registros;4\nElaboró;;Revisó;;Aprobó\n;Jefe de operaciones\n",
        said=("Notas",),
    ),
    Layout(
        "a total below the header, points across",
        workbook(
            ("Fecha", "TOP-01", "TOP-02"),
            ("Total", 10731.85, 16044.08),
            (A, 5320.75, 8094.08),
            (B, 5411.1, 7950),
        ),
    ),
    Layout(
        "points in merged cells",
        merged(
            "A1:C1 A3:A4 A5:A6 A7:B7",
            ("Reporte de noviembre", None, None),
            ("Punto", "Fecha", "Volumen"),
            (ONE, A, 5320.75),
            (None, B, 5411.1),
            (OTHER, A, 8094.08),
            (None, B, 7950),
            ("Total", None, 26775.93),
        ),
        said=("celda combinada", "filas 4, 6"),
    ),
    _text(
        "days with their month across, the year above",
        "Consumos de noviembre de 2026\nPunto;20-nov;21-nov\nTOP-01;5.320,75;5.411,10\nTOP-02;8.094,08;7.950,00\n",
    ),
    _text(
        "days with their weekday, the month above",
        "Noviembre de 2026\nPunto;Fecha;Volumen\n"
        + "".join(f"{p};{'vie' if d == A else 'sáb'} {d.day};{f}\n" for p, d, f in _EVERY),
    ),
    _text(
        "a second table below with other days across",
        "Punto;20/11/2026\nTOP-01;N/D\nTOP-02;8.094,08\n\nPunto;21/11/2026\nTOP-01;5.411,10\nTOP-02;7.950,00\n",
        refused=Rule.SECOND_TABLE,
    ),
    _text(
        "an energy beside a volume in another unit",
        "Punto;Fecha;Energía (MBTU);Volumen (KPC)\nTOP-01;20/11/2026;190;187,9\nTOP-02;20/11/2026;290;285,84\n",
        right=_KPC,
        said=("Energía (MBTU)",),
    ),
    _text(
        "names alone under their own title",
        f"Nombre;Fecha;Volumen\n{_lines()}".replace(ONE, "EDS Piñalito").replace(OTHER, "Brisas del Guatiquía"),
    ),
    _text("thousands in the title", f"Punto;Fecha;Volumen (10³ m³)\n{_THOUSANDS}", said=("10³ m³ se convirtieron",)),
    _text("thousands in a line above", f"Volúmenes en miles de m³\nPunto;Fecha;Volumen\n{_THOUSANDS}"),
    _text("thousands beside a label above", f"Unidad:;Miles de m³;\nPunto;Fecha;Volumen\n{_THOUSANDS}"),
    _text("thousands in words, points across", f"Cifras en miles de metros cúbicos\n{_across(_THOUSANDS)}"),
    _text("thousands in each row", "Punto;Fecha;Volumen;Unidad\n" + _THOUSANDS.replace("\n", ";Miles m3\n")),
    _text(
        "two units above, neither that of the column",
        f"Volumen en miles de m³ y energía en MBTU\nPunto;Fecha;Volumen\n{_THOUSANDS}",
        refused=Rule.WRONG_UNIT,
    ),
    _text("a heating value above", f"Poder calorífico: 1000 BTU/PC\nPunto;Fecha;Volumen\n{_lines()}"),
    _text(
        "a column of hours that always has the beginning of the day",
        f"Punto;Fecha;Hora;Volumen\n{_with('00:00')}",
        asks=((Question.STAMPS, "hora-inicio"),),
        said=("«Hora» dice siempre 00:00",),
    ),
    _text("a column of hours that always has the end of the day", f"Punto;Fecha;Hora;Volumen\n{_with('23:59')}"),
    _text("a column of hours that always has the whole day", f"Punto;Fecha;Hora;Volumen\n{_with('00:00-24:00')}"),
    _text(
        "a column of periods that are no hours",
        f"Punto;Fecha;Periodo;Volumen\n{_with('Diario')}",
        said=("quedaron por fuera: Periodo",),
    ),
    _text(
        "points named once, blank below",
        "Punto;Fecha;Volumen\n" + _blank_below(0) + "Total;;26.775,93\n",
        said=("El punto en blanco es el de la fila de arriba en: filas 3, 5.",),
    ),
    _text(
        "days named once, blank below, with a sum",
        "Fecha;Punto;Volumen\n" + _blank_below(1) + ";;26.775,93\n",
        said=("El día en blanco es el de la fila de arriba en: filas 3, 5.",),
    ),
    _text(
        "days without a year, month and year in cells of their own above",
        f"MES:;NOVIEMBRE;AÑO:;2026\nPunto;Fecha;Volumen\n{_lines(day='%d/%m')}",
        said=("noviembre de 2026",),
    ),
    Layout(
        "numbers of days down, points across, the month short in the sheet's name",
        _book(
            (
                "NOV 2026",
                [
                    ("DIA", "EDS Piñalito", "EDS Brisas del Guatiquía"),
                    *[(day, *{20: (5320.75, 8094.08), 21: (5411.1, 7950)}.get(day, ())) for day in range(1, 31)],
                    ("TOTAL", 10731.85, 16044.08),
                ],
            )
        ),
        said=("noviembre de 2026",),
    ),
]
