/*
 * Fields that stand one under the other ([data-down]): Enter and the arrows go down and up, what is pasted fills them.
 * One pasted column fills downwards, its heading left out; with more, each line fills the row ([data-name], [data-code])
 * that it names. What a date beside it gives to another day than the sheet's ([data-gas-day]) fills nothing.
 * Without this script the form of the page saves all of them at once.
 */
(() => {
  "use strict";
  const ONE_COLUMN = "Pegue una sola columna de cifras, o el nombre con su cifra.";
  const FIGURE = /^[+-]?\d[\d.,\s]*(?:s?m[3³])?$/i;
  const NO_FIGURE = /^(?:-+|n\.?\/?[da]\.?|#n\/[da]|s\/d|sin (?:dato|datos|lectura|medicion))$/;
  const NAMED = 5;
  const MONTHS = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];
  const OTHER_MONTHS = { set: "sep", jan: "ene", apr: "abr", aug: "ago", dec: "dic" };
  const YEAR_FIRST = /^(\d{4})[-\/.](\d{1,2})[-\/.](\d{1,2})$/;
  const COMPACT = /^(20\d\d)([01]\d)([0-3]\d)$/;
  const YEAR_LAST = /^(\d{1,2})[-\/.](\d{1,2})[-\/.](\d{4}|\d{2})$/;
  const MONTH_NAMED = /^(\d{1,2})(?: de)?[-\/. ]*([a-z]{3,10})\.?(?: del? |[-\/., ]+)(\d{4}|\d{2})$/;
  const DAY_INSIDE = /\d{1,4}[-\/.]\d{1,2}[-\/.]\d{2,4}|\d{1,2}(?: de)?[-\/. ]*[a-z]{3,10}\.?(?: del? |[-\/., ]+)\d{2,4}/g;
  const column = () => Array.from(document.querySelectorAll("[data-down]"));
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

  /* "2026-11-29" of a cell that is a day, with or without an hour and a weekday; "" of any other. */
  function readDay(cell) {
    const text = fold(cell)
      .replace(/[t ]+\d{1,2}:\d{2}.*$/, "")
      .replace(/^(?:lun|mar|mie|jue|vie|sab|dom)[a-z]*\.?,? (?:el )?/, "");
    const iso = (year, month, day) => {
      const [m, d] = month > 12 && day <= 12 ? [day, month] : [month, day];
      return m >= 1 && m <= 12 && d >= 1 && d <= 31
        ? `${String(year).padStart(4, "20")}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`
        : "";
    };
    let found = YEAR_FIRST.exec(text) || COMPACT.exec(text);
    if (found) return iso(found[1], Number(found[2]), Number(found[3]));
    found = YEAR_LAST.exec(text);
    if (found) return iso(found[3], Number(found[2]), Number(found[1]));
    found = MONTH_NAMED.exec(text);
    if (!found) return "";
    const short = found[2].slice(0, 3);
    const month = MONTHS.indexOf(OTHER_MONTHS[short] || short) + 1;
    return month ? iso(found[3], month, Number(found[1])) : "";
  }

  const sheetDay = () => document.querySelector("[data-gas-day]").dataset.gasDay;
  const isOtherDay = (cell) => Boolean(readDay(cell)) && readDay(cell) !== sheetDay();
  const isFigure = (cell) => FIGURE.test(cell) && !readDay(cell);

  /* The day that a heading says, where it is not the sheet's: "Consumos del 28/11/2026". */
  const findOtherDay = (cells) => cells.flatMap((cell) => fold(cell).match(DAY_INSIDE) || []).find(isOtherDay);

  function go(from, step) {
    const fields = column();
    const next = fields[fields.indexOf(from) + step];
    if (next) {
      next.focus();
      next.select();
    } else {
      from.blur();
    }
  }

  function fill(field, value) {
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const say = (words) => {
    document.getElementById("pegado").textContent = words;
  };

  /* "2 líneas no se reconocieron: «EDS X», «EDS Y»." or nothing. */
  function list(names, one, many) {
    if (!names.length) return "";
    return ` ${names.length} ${names.length === 1 ? `línea ${one}` : `líneas ${many}`}: ${quote(names)}.`;
  }

  function quote(names) {
    const shown = names.slice(0, NAMED).map((name) => `«${name.slice(0, 60)}»`).join(", ");
    return shown + (names.length > NAMED ? ` y ${names.length - NAMED} más` : "");
  }

  const sayOtherDay = (words) => `No se llenó ninguna fila: lo pegado dice ${words}, y esta hoja es del ${sheetDay().split("-").reverse().join("/")}. Si las cifras son de este día, péguelas sin esa línea.`;

  function fillDown(lines, from) {
    const first = lines.findIndex((value) => isFigure(value) || NO_FIGURE.test(fold(value)));
    const heading = lines.slice(0, Math.max(first, 0)).filter(Boolean);
    const other = findOtherDay(heading);
    if (first < 0 || other) return say(other ? sayOtherDay(other) : `No se llenó ninguna fila: lo pegado no trae cifras. ${ONE_COLUMN}`);
    const values = lines.slice(first);
    const fields = column();
    const start = fields.indexOf(from);
    const filled = fields.slice(start, start + values.length);
    // A line without a value, or with a mark for a missing one, leaves its field as it is.
    filled.forEach((field, place) => values[place] && !NO_FIGURE.test(fold(values[place])) && fill(field, values[place]));
    go(filled[filled.length - 1], 0);
    const left = values.length - filled.length;
    const words = [
      heading.length && `Se dejó el encabezado: ${quote(heading)}.`,
      left && `La columna llegó a la última fila: ${left === 1 ? "1 línea no tiene" : `${left} líneas no tienen`} fila en esta página.`,
    ];
    say(words.filter(Boolean).join(" "));
  }

  /* The rows that a line names: by code and name where it has both, so that one of another point names none. */
  function findRows(cells, rows) {
    const by = (key) => rows.filter((row) => cells.some((cell) => fold(cell) === fold(row.dataset[key])));
    const [coded, named] = [by("code"), by("name")];
    if (!coded.length || !named.length) return coded.length ? coded : named;
    return coded.filter((row) => named.includes(row));
  }

  function fillByName(lines) {
    const rows = Array.from(document.querySelectorAll("tr[data-name]"));
    const found = new Map();
    const unknown = [], empty = [], settled = [], ofOtherDay = [];
    for (const [place, line] of lines.entries()) {
      const other = line.find(isOtherDay);
      const cells = line.filter((cell) => !readDay(cell));
      const texts = cells.filter((cell) => !isFigure(cell));
      const fits = findRows(cells, rows);
      const keys = fits.flatMap((row) => [fold(row.dataset.name), fold(row.dataset.code)]);
      const figures = cells.filter((cell) => isFigure(cell) && !(fits.length && keys.includes(fold(cell))));
      if (other && figures.length) {
        ofOtherDay.push(`${texts[0] || figures[0]}, ${other}`);
        continue;
      }
      if (fits.length !== 1) {
        const said = !found.size && !figures.length && (other || findOtherDay(cells));
        if (said) return say(sayOtherDay(said));
        if (!texts.length && figures.length > 1) return say(ONE_COLUMN);
        // The first line without a figure is the heading of the columns.
        if (place || figures.length) unknown.push(texts[0] || cells[0]);
        continue;
      }
      const [row] = fits;
      if (figures.length > 1 || (figures.length && found.has(row))) return say(ONE_COLUMN);
      if (!figures.length) empty.push(row.dataset.name);
      else if (row.querySelector("[data-down]")) found.set(row, figures[0]);
      else settled.push(row.dataset.name);
    }
    for (const [row, figure] of found) fill(row.querySelector("[data-down]"), figure);
    const filled = found.size === 1 ? "Se llenó 1 fila por su nombre." : `Se llenaron ${found.size} filas por su nombre.`;
    say(
      (found.size ? filled : "No se llenó ninguna fila.") +
        list(unknown, "no se reconoció", "no se reconocieron") +
        list(ofOtherDay, "es de otro día", "son de otro día") +
        list(empty, "no trae cifra", "no traen cifra") +
        list(settled, "es de un punto que no se escribe aquí", "son de puntos que no se escriben aquí"),
    );
  }

  /* What was saved and is odd, and what was refused: their rows may be far above the one that is typed. */
  document.addEventListener("htmx:afterSettle", () => {
    const name = (selector) => Array.from(document.querySelectorAll(selector), (row) => row.dataset.name);
    const told = document.getElementById("por-mirar");
    if (!told) return;
    const words = list(name("tr.is-wrong"), "no se guardó", "no se guardaron") + list(name("tr.is-odd"), "se guardó y llama la atención", "se guardaron y llaman la atención");
    if (told.textContent !== words.trim()) told.textContent = words.trim();
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.hasAttribute("data-down") || event.isComposing) return;
    const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    go(field, step);
  });

  document.addEventListener("paste", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.hasAttribute("data-down")) return;
    const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/[\n\t ]+$/, "");
    const lines = text.split("\n").map((line) => line.split("\t").map((cell) => cell.trim()));
    const used = new Set(lines.flatMap((cells) => Array.from(cells.keys()).filter((place) => cells[place])));
    if (lines.length < 2 && used.size < 2) return;
    event.preventDefault();
    if (used.size > 1) {
      fillByName(lines.map((cells) => cells.filter(Boolean)).filter((cells) => cells.length));
    } else {
      const [place] = used;
      fillDown(lines.map((cells) => cells[place] || ""), field);
    }
  });
})();
