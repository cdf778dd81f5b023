/*
 * Fields that stand one under the other ([data-down]): Enter and the arrows go down and up, what is pasted fills them.
 * One pasted column fills downwards; with more, each line fills the row ([data-name], [data-code]) that it names.
 * Without this script the form of the page saves all of them at once.
 */
(() => {
  "use strict";
  const ONE_COLUMN = "Pegue una sola columna de cifras, o el nombre con su cifra.";
  const FIGURE = /^[+-]?\d[\d.,\s]*(?:s?m[3³])?$/i;
  const NAMED = 5;
  const column = () => Array.from(document.querySelectorAll("[data-down]"));
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

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
    const shown = names.slice(0, NAMED).map((name) => `«${name.slice(0, 60)}»`).join(", ");
    const more = names.length > NAMED ? ` y ${names.length - NAMED} más` : "";
    return ` ${names.length} ${names.length === 1 ? `línea ${one}` : `líneas ${many}`}: ${shown}${more}.`;
  }

  function fillDown(values, from) {
    const fields = column();
    const first = fields.indexOf(from);
    const filled = fields.slice(first, first + values.length);
    // A line without a value leaves its field as it is.
    filled.forEach((field, place) => values[place] && fill(field, values[place]));
    go(filled[filled.length - 1], 0);
    const left = values.length - filled.length;
    if (!left) return say("");
    say(`La columna llegó a la última fila: ${left === 1 ? "1 línea no tiene" : `${left} líneas no tienen`} fila en esta página.`);
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
    const unknown = [], empty = [], settled = [];
    for (const [place, cells] of lines.entries()) {
      const texts = cells.filter((cell) => !FIGURE.test(cell));
      const fits = findRows(cells, rows);
      const keys = fits.flatMap((row) => [fold(row.dataset.name), fold(row.dataset.code)]);
      const figures = cells.filter((cell) => FIGURE.test(cell) && !(fits.length && keys.includes(fold(cell))));
      if (fits.length !== 1) {
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
        list(empty, "no trae cifra", "no traen cifra") +
        list(settled, "es de un punto que no se escribe aquí", "son de puntos que no se escriben aquí"),
    );
  }

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
