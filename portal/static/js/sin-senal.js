/*
 * What a device keeps for when there is no signal, where its person asked for it (docs/adr/0167): the last start page in
 * words with its hour, and quantities that were typed. Of one account, whose device the cookie names; never a code.
 * Loaded by portal.js for who is signed in, and by the page that is shown without a network. It sends nothing by itself.
 */
(() => {
  "use strict";

  const STORE = "portal-sin-senal";
  const findOwner = () => (document.cookie.match(/(?:^|; )portal-sin-senal=([\w-]+)/) || [])[1];
  const owner = findOwner();
  if (!owner) return;
  const isOffline = Boolean(document.getElementById("sin-senal"));
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE));
      return kept && kept.of === owner ? kept : null;
    } catch {
      return null;
    }
  };
  const kept = Object.assign({ of: owner, drafts: {} }, read());
  // Full or closed storage: the page works as without this.
  const write = () => {
    // Signed out meanwhile, in this tab or another.
    if (findOwner() !== owner) return;
    try {
      localStorage.setItem(STORE, JSON.stringify(kept));
    } catch {}
  };
  const DAY = 86_400_000;
  if (kept.until && !(new Date(kept.until) > new Date())) delete kept.points;
  for (const [key, draft] of Object.entries(kept.drafts)) if (Date.now() - draft.at > 2 * DAY) delete kept.drafts[key];

  // --- words ---------------------------------------------------------------------------------------------------------
  const inColombia = (options) => new Intl.DateTimeFormat("es-CO", { timeZone: "America/Bogota", ...options });
  const dayOf = (moment) => inColombia({ year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);
  const when = (moment) => {
    const hour = `a las ${inColombia({ hour: "2-digit", minute: "2-digit", hour12: false }).format(moment)}`;
    const near = { "-1": "ayer", 0: "hoy", 1: "mañana" };
    for (const [days, words] of Object.entries(near))
      if (dayOf(moment) === dayOf(new Date(Date.now() + days * DAY))) return `${words} ${hour}`;
    return `el ${inColombia({ weekday: "long", day: "numeric", month: "long" }).format(moment)} ${hour}`;
  };
  const make = (tag, given = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const press = (text, act) => {
    const button = make("button", { type: "button", class: "button button-secondary" }, text);
    button.addEventListener("click", act);
    return button;
  };
  const keyOf = (draft) => `${draft.id} ${draft.day}`;
  const closeOf = (draft) => {
    const closes = new Date(draft.closes);
    return closes > new Date() ? `se recibe hasta ${when(closes)}` : `se recibía hasta ${when(closes)}`;
  };
  const describe = (draft) => [
    make("strong", {}, `${draft.name}, ${draft.words}: ${draft.typed} ${draft.unit}.`),
    ` Todavía NO está enviada; ${closeOf(draft)}.`,
  ];
  const listDrafts = () => Object.values(kept.drafts).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const drop = (draft) => {
    delete kept.drafts[keyOf(draft)];
    write();
  };
  const keep = (draft) => {
    kept.drafts[keyOf(draft)] = { ...draft, at: Date.now() };
    write();
  };

  // --- without a network: what was seen last, what was typed, and a place to type more ----------------------------------
  const show = () => {
    const place = document.getElementById("sin-senal");
    if (kept.isShut) return;
    const parts = [];
    for (const draft of listDrafts())
      parts.push(
        make("div", { class: "notice notice-warning", "data-unsent": "" },
          make("p", {}, ...describe(draft)),
          make("p", {}, press("Descartar", () => { drop(draft); show(); }))),
      );
    if (kept.points) {
      const points = make("dl", { class: "kept-points" });
      for (const each of kept.points)
        points.append(make("dt", {}, each.name), ...each.lines.map((line) => make("dd", {}, line)));
      parts.push(make("section", { "aria-labelledby": "vistas" },
        make("h2", { id: "vistas" }, `Cifras vistas ${when(new Date(kept.seen))}, sin señal`),
        make("p", {}, "Pueden haber cambiado desde esa hora."), points));
      const open = kept.points.filter((each) => each.ask && new Date(each.closes) > new Date());
      if (open.length) parts.push(makeForm(open));
    }
    if (parts.length) parts.push(make("p", {}, press("Borrar lo guardado en este equipo", () => {
      localStorage.removeItem(STORE);
      place.replaceChildren(make("p", { role: "status" }, "Borrado: este equipo ya no guarda nada suyo."));
    })));
    place.replaceChildren(...parts);
  };
  const makeForm = (open) => {
    const choice = make("select", { id: "punto-sin-senal", class: "control" });
    for (const each of open) choice.append(make("option", { value: each.id }, `${each.name}, ${each.words}`));
    const typed = make("input", { id: "cantidad-sin-senal", class: "control", inputmode: "decimal", autocomplete: "off", maxlength: 20 });
    const problem = make("p", { role: "status", class: "field-error", id: "cantidad-problema" });
    typed.setAttribute("aria-describedby", "cantidad-problema");
    const form = make("form", { class: "kept-form", "aria-labelledby": "escribir" },
      make("h2", { id: "escribir" }, "Dejar escrita una cantidad"),
      make("p", {}, "Queda en este equipo, sin enviar: cuando vuelva la señal, «Inicio» se la muestra para que la revise y la firme."),
      make("label", { for: choice.id }, "Punto y día"), choice,
      make("label", { for: typed.id }, "Cantidad del día"), typed, problem,
      make("button", { class: "button button-primary", type: "submit" }, "Guardar sin enviar"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = typed.value.trim();
      if (!/^\d[\d.,]*$/.test(text)) {
        problem.textContent = "Escriba la cantidad con cifras, por ejemplo 12.500.";
        typed.focus();
        return;
      }
      const { id, name, day, words, closes, unit, ask } = open.find((each) => each.id === choice.value);
      keep({ id, name, day, words, closes, unit, typed: text, address: `${ask}&cantidad=${encodeURIComponent(text)}` });
      show();
      const told = document.querySelector("#sin-senal [data-unsent]");
      told.tabIndex = -1;
      told.focus();
    });
    return form;
  };

  // --- with a network: what is kept is what the portal says now; what was typed waits for its person ---------------------
  const tell = () => {
    const drafts = listDrafts();
    const heading = document.querySelector("main h1");
    const old = document.getElementById("sin-enviar");
    if (old) old.remove();
    if (!drafts.length || !document.getElementById("por-guardar") || !heading) return;
    const notice = make("section", { id: "sin-enviar", class: "notice notice-warning", "aria-labelledby": "sin-enviar-titulo" },
      make("h2", { id: "sin-enviar-titulo", class: "notice-title" }, "Lo que escribió y no se ha enviado"));
    for (const draft of drafts) {
      const point = (kept.points || []).find((each) => each.id === draft.id && each.day === draft.day);
      const discard = press("Descartar", () => { drop(draft); tell(); });
      if (point && !point.ask) {
        // Another door was faster, or the answer to this one was lost: the portal's own words decide.
        notice.append(make("p", {},
          make("strong", {}, `${draft.name}, ${draft.words}: usted escribió ${draft.typed} ${draft.unit}.`),
          ` El portal tiene: ${point.lines[0]} Si es lo suyo, ya llegó y es una sola; si no, lo escrito no se envió.`),
        make("p", { class: "link-row" }, make("a", { href: draft.address }, "Ver o cambiar lo enviado"), " ", discard));
        continue;
      }
      const isOpen = new Date(draft.closes) > new Date();
      notice.append(make("p", {}, ...describe(draft)),
        make("p", { class: "link-row" }, ...(isOpen ? [make("a", { class: "button button-primary", href: draft.address }, "Revisar y firmar"), " "] : []), discard));
    }
    heading.after(notice);
  };
  const formHere = () => document.querySelector("#paso form[data-draft]");
  const describeForm = (form, typed) => ({ ...JSON.parse(form.dataset.draft), typed, address: location.pathname });
  const look = () => {
    const form = formHere();
    const field = form && form.querySelector("#quantity");
    const before = form && kept.drafts[keyOf(JSON.parse(form.dataset.draft))];
    if (field && before && !field.value) {
      field.value = before.typed;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (form && form.dataset.typed) keep(describeForm(form, form.dataset.typed));
    const received = document.querySelector(".receipt");
    if (received) {
      const of = (name) => received.querySelector(`[data-field="${name}"]`).dataset.value;
      drop({ id: of("delivery_point"), day: of("gas_day") });
    }
  };

  if (isOffline) return show();
  delete kept.isShut;
  const shown = document.getElementById("por-guardar");
  if (shown && shown.dataset.kept) Object.assign(kept, JSON.parse(shown.dataset.kept));
  write();
  document.addEventListener("input", (event) => {
    const form = event.target.id === "quantity" && event.target.closest("form[data-draft]");
    if (form && event.target.value.trim()) keep(describeForm(form, event.target.value.trim().slice(0, 20)));
  });
  document.addEventListener("htmx:afterSettle", look);
  look();
  tell();
  // The page without a network finds this file here; of strangers none is kept.
  if (window.caches) caches.open(STORE).then((cache) => cache.add(document.body.dataset.keeper)).catch(() => {});
})();
