// What a person sees in a part of a page: for each visible element from the first to the last of the given parts, its
// name, its own words and how they are painted. Nothing that depends on the fonts of the machine: no places, no widths.
(selectors) => {
  const STYLES = [
    "display", "color", "backgroundColor", "fontSize", "fontWeight", "fontStyle", "textAlign", "textTransform",
    "textDecorationLine", "borderTopStyle", "borderTopWidth", "borderTopColor", "borderBottomStyle", "borderBottomWidth",
    "borderBottomColor", "borderLeftStyle", "borderLeftWidth", "borderLeftColor", "borderTopLeftRadius", "paddingTop",
    "paddingLeft", "flexDirection", "opacity", "fill", "listStyleType",
  ];
  const parts = selectors.map((selector) => document.querySelector(selector));
  const missing = selectors.filter((_, place) => !parts[place] || !parts[place].checkVisibility());
  if (missing.length) throw new Error(`not to be seen: ${missing.join(", ")}`);
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const box = {
    left: Math.min(...boxes.map((each) => each.left)),
    top: Math.min(...boxes.map((each) => each.top)),
    right: Math.max(...boxes.map((each) => each.right)),
    bottom: Math.max(...boxes.map((each) => each.bottom)),
  };
  // By their order in the document, not by their places: those depend on the fonts.
  const all = [...document.body.querySelectorAll("*")];
  const firsts = parts.map((part) => all.indexOf(part));
  const lasts = parts.map((part, place) => firsts[place] + part.querySelectorAll("*").length);
  const wordsOf = (element) => {
    // Runs by the clock of the browser.
    if (element.closest("[data-deadline]")) return "";
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    return own.map((node) => node.textContent).join(" ").replace(/\s+/g, " ").trim();
  };
  const seen = all
    .slice(Math.min(...firsts), Math.max(...lasts) + 1)
    .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((element) => !element.closest(".visually-hidden"))
    .map((element) => {
      const style = getComputedStyle(element);
      const typed = "value" in element && element.type !== "hidden" ? String(element.value) : "";
      const drawn = element.tagName.toLowerCase() === "path" ? element.getAttribute("d") : "";
      const words = [wordsOf(element), element.matches("input, select, textarea") ? typed : "", drawn];
      return [element.tagName.toLowerCase(), ...words, ...STYLES.map((name) => style[name])].join("|");
    });
  return {
    seen,
    box: { x: box.left + scrollX, y: box.top + scrollY, width: box.right - box.left, height: box.bottom - box.top },
  };
}
