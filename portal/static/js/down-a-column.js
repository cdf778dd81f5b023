/*
 * Fields that stand one under the other ([data-down]): Enter and the arrows go down and up, a pasted column fills them.
 * Without this script the form of the page saves all of them at once.
 */
(() => {
  "use strict";
  const column = () => Array.from(document.querySelectorAll("[data-down]"));

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
    // The last column of what a spreadsheet gives; a line without a value leaves its field as it is.
    const lines = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    if (lines.length < 2) return;
    event.preventDefault();
    const fields = column();
    const first = fields.indexOf(field);
    const filled = fields.slice(first, first + lines.length);
    filled.forEach((each, place) => {
      const value = lines[place].split("\t").pop().trim();
      if (!value) return;
      each.value = value;
      each.dispatchEvent(new Event("change", { bubbles: true }));
    });
    go(filled[filled.length - 1], 0);
    if (lines.length > filled.length) {
      document.getElementById("anuncios").textContent =
        `Se pegaron ${filled.length} valores; los otros ${lines.length - filled.length} no tienen fila en esta página.`;
    }
  });
})();
