"""A drawn file as bytes: delimited text in every encoding, or a workbook."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from random import Random
from typing import Any

import xlsxwriter

from portal.services.files.questions import NOTHING_KNOWN, Answers
from tests.services.measures.drawn_words import Joined, Missing, Wrong, spell_day, spell_figure


class Written:
    """Rows of cells, and how their sender writes them."""

    chance: Random
    grid: list[list[Any]]
    below: list[list[Any]]
    notes: list[str]
    answers: dict[str, str]
    bad_lines: set[int]
    day_form: str
    figure_form: str
    native_days: bool
    native_figures: bool

    # As bytes
    def spell(self, cell: Any) -> str:
        if cell is None:
            return ""
        if isinstance(cell, Missing):
            return cell.mark
        if isinstance(cell, (Wrong, Joined)):
            return cell.text
        if isinstance(cell, Decimal):
            if cell < 0:
                return "-" + spell_figure(-cell, self.figure_form)
            return spell_figure(cell, self.figure_form)
        if isinstance(cell, dt.datetime):
            # An hour of midnight is part of it.
            return f"{spell_day(cell.date(), self.day_form if self.day_form != 'serial' else 'slashes')} {cell:%H:%M}"
        if isinstance(cell, dt.date):
            if self.day_form in ("midnight", "iso midnight"):
                self.answers["stamps"] = "hora-inicio"
            if self.day_form == "end":
                self.answers["stamps"] = "hora-fin"
            return spell_day(cell, self.day_form)
        return str(cell)

    @property
    def known(self) -> Answers:
        """What the sender would answer, all at once."""
        known = NOTHING_KNOWN
        for word in self.words.values():
            known = known.plus(word)
        return known

    @property
    def words(self) -> dict[str, str]:
        given = {
            "figures": "punto-miles"
            if self.figure_form in ("comma", "dots and comma", "blanks and comma")
            else "punto-decimal",
            "order": "mes-dia" if self.day_form == "month first" else "dia-mes",
            "today": "hoy-no",
            "hidden": "ocultas-si",
            "stamps": "hora-inicio",
        }
        return given | self.answers

    def as_text(self) -> bytes:
        chance = self.chance
        delimiter = chance.choice(";;;,\t|")
        encoding = chance.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])
        width = max(map(len, self.grid))
        pads = chance.random() < 0.3
        quotes_all = chance.random() < 0.1
        noise = chance.choice(["", "", "", " ", "\u00a0"])
        end = chance.choice(["\n", "\r\n"])
        self.notes += [
            f"delimiter {delimiter!r}",
            encoding,
            *(["padded"] if pads else []),
            *(["noise"] if noise else []),
        ]
        lines = []
        for row in self.grid:
            texts = [self.spell(cell) for cell in row]
            texts = [text + noise if text else text for text in texts]
            if pads:
                texts += [""] * (width - len(texts))
            quoted = [
                f'"{text.replace(chr(34), 2 * chr(34))}"'
                if (quotes_all and text) or any(each in text for each in (delimiter, '"', "\n"))
                else text
                for text in texts
            ]
            if any(isinstance(cell, Wrong) for cell in row):
                self.bad_lines.add(len(lines) + 1)
            lines.append(delimiter.join(quoted))
        return (end.join(lines) + end).encode(encoding)

    def as_workbook(self) -> bytes:
        chance = self.chance
        body = io.BytesIO()
        from_1904 = chance.random() < 0.07
        with xlsxwriter.Workbook(body, {"in_memory": True, "date_1904": from_1904}) as book:
            extra = chance.random()
            if extra < 0.1:
                book.add_worksheet("Portada").write_row(0, 0, ["Informe de mediciones"])
                self.notes.append("cover")
            sheet = book.add_worksheet(chance.choice(["Hoja1", "Datos", "Consumos", "Mediciones"]))
            if 0.1 <= extra < 0.17:
                other = book.add_worksheet("Gráfico")
                other.write_row(0, 0, ["Resumen", "Valor"])
                other.write_row(1, 0, ["Puntos", 4])
                self.notes.append("a summary")
            formats = {
                "date": book.add_format(
                    {
                        "num_format": chance.choice(
                            [
                                "dd/mm/yyyy",
                                "d-mmm-yy",
                                "yyyy-mm-dd",
                                '[$-240A]dddd, d\\ "de"\\ mmmm\\ "de"\\ yyyy;@',
                                "dd/mm",
                            ]
                        )
                    }
                ),
                "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
                "figure": book.add_format(
                    {
                        "num_format": chance.choice(
                            ["#,##0.00", "0", "General", "#,##0", '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)']
                        )
                    }
                ),
            }
            at_row, at_column = chance.choice([0, 0, 0, 1, 2]), chance.choice([0, 0, 0, 0, 1])
            formulas = chance.random() < 0.2
            if 0.17 <= extra < 0.24:
                other = book.add_worksheet("Otro mes")
                other.write_row(0, 0, ["Punto", "Fecha", "Volumen"])
                other.write_row(1, 0, ["PE-0001", "01/10/2026", 1234])
                self.answers["sheet"] = "hoja-1"
                self.notes.append("another month")
            if 0.24 <= extra < 0.3:
                hidden = book.add_worksheet("Oculta")
                hidden.write_row(0, 0, ["Punto", "Fecha", "Volumen"])
                hidden.write_row(1, 0, ["PE-0001", "01/10/2026", 1234])
                hidden.hide()
                self.notes.append("a hidden sheet")
            if 0.3 <= extra < 0.36:
                sheet.set_row(at_row + len(self.grid) - len(self.below) - 1, None, None, {"hidden": True})
                self.notes.append("a hidden row")
            self.notes += [
                *(["1904"] if from_1904 else []),
                *(["native days"] if self.native_days else []),
                *(["native figures"] if self.native_figures else []),
                *(["formulas"] if formulas else []),
                *([f"from column {at_column}"] if at_column else []),
            ]
            for line, place, rows in self._merges():
                sheet.merge_range(at_row + line, at_column + place, at_row + line + rows, at_column + place, "")
            for line, row in enumerate(self.grid, start=at_row):
                if any(isinstance(cell, Wrong) for cell in row):
                    self.bad_lines.add(line + 1)
                for place, cell in enumerate(row, start=at_column):
                    self._write(sheet, line, place, cell, formats, formulas=formulas)
        return body.getvalue()

    def _merges(self) -> list[tuple[int, int, int]]:
        """Row and place of each merged cell, and how many rows it goes on."""
        found: list[tuple[int, int, int]] = []
        for line, row in enumerate(self.grid):
            for place, cell in enumerate(row):
                rows = 0
                for below in self.grid[line + 1 :]:
                    if place >= len(below) or not isinstance(below[place], Joined):
                        break
                    rows += 1
                if rows and not isinstance(cell, Joined):
                    found.append((line, place, rows))
        return found

    def _write(self, sheet: Any, line: int, place: int, cell: Any, formats: dict[str, Any], *, formulas: bool) -> None:
        if cell is None or isinstance(cell, Joined):
            return
        if isinstance(cell, dt.datetime) and self.native_days:
            sheet.write_datetime(line, place, cell, formats["moment"])
        elif (
            isinstance(cell, dt.date)
            and not isinstance(cell, dt.datetime)
            and self.native_days
            and self.day_form not in ("midnight", "iso midnight", "end")
        ):
            sheet.write_datetime(line, place, dt.datetime(cell.year, cell.month, cell.day), formats["date"])  # noqa: DTZ001
        elif isinstance(cell, Decimal) and self.native_figures:
            if formulas:
                sheet.write_formula(line, place, f"={cell}*1", formats["figure"], float(cell))
            else:
                sheet.write_number(line, place, float(cell), formats["figure"])
        else:
            sheet.write_string(line, place, self.spell(cell))
