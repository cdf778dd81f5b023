/*
 * What the pages gain with JavaScript; each works without it.
 * Focus after an htmx swap · one sending per press · time left by the server's clock · warning before the session ends ·
 * words for a lost connection · panels that close · lines by the arrow keys · print buttons, ticking all. No evaluation, no inline styles: it lives under the portal's strict CSP.
 */
(() => {
  "use strict";

  const WARN_BEFORE = 150_000;
  const body = document.body;
  // The visitor's clock may be wrong: every time shown is the server's, carried on by what passed since it was told. The
  // one clock stands still while a telephone sleeps, the other can be set: what passed is the longer of both.
  // A page for everybody is kept by browsers and carries no hour: it is asked for below, and nothing is counted before.
  let told = Date.parse(body.dataset.serverNow || "");
  let toldAt = { steady: performance.now(), wall: Date.now() };
  const passed = () => Math.max(performance.now() - toldAt.steady, Date.now() - toldAt.wall);
  const serverNow = () => (Number.isNaN(told) ? Date.now() : told + passed());
  const tell = (moment) => {
    if (Number.isNaN(moment)) return;
    told = moment;
    toldAt = { steady: performance.now(), wall: Date.now() };
  };

  const announce = (words) => {
    const region = document.getElementById("anuncios");
    if (region) region.textContent = words;
  };

  // --- what a device keeps for when there is no signal, where its person asked for it (sin-senal.js, docs/adr/0167) ----
  const KEPT = "portal-sin-senal";
  const keeper = (document.cookie.match(/(?:^|; )portal-sin-senal=([\w-]+)/) || [])[1];
  const forgetKept = () => {
    try {
      localStorage.removeItem(KEPT);
      if (window.caches) caches.delete(KEPT).catch(() => {});
    } catch {}
  };
  const tendKept = () => {
    if (!keeper) return forgetKept();
    const script = document.createElement("script");
    script.src = body.dataset.keeper || "";
    if (body.dataset.keeper) return document.head.append(script);
    // Nobody is signed in: whoever comes next sees nothing, until the one who typed it is back.
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT));
      if (kept) localStorage.setItem(KEPT, JSON.stringify({ of: kept.of, drafts: kept.drafts, isShut: true }));
    } catch {
      forgetKept();
    }
  };

  // --- one sending per press ---------------------------------------------------------------------------------------
  const setBusy = (form) => {
    if (!form.hasAttribute("data-sending")) return;
    for (const button of form.querySelectorAll("button[data-busy]")) {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.busy;
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }
  };
  const setReady = (form) => {
    form.removeAttribute("data-sending");
    for (const button of form.querySelectorAll("button[aria-busy]")) {
      button.textContent = button.dataset.label;
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  };
  const readyAll = () => document.querySelectorAll("form[data-sending]").forEach(setReady);

  // Capturing, so that the second press is stopped before htmx or the browser sees it.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if (form.getAttribute("action") === "/salir") {
        // Also where the sign-out cannot leave: nothing is kept again before the next sign-in.
        document.cookie = `${KEPT}=; Max-Age=0; Path=/`;
        forgetKept();
      }
      // Nothing leaves without a network, and the page that shows what was typed stays.
      if (!navigator.onLine && !form.hasAttribute("data-insists")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        sayUnsent(form, event.submitter);
        return;
      }
      if (form.hasAttribute("data-sending")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      form.setAttribute("data-sending", "");
      // The words after this turn: by then the browser has gathered the fields, the pressed button's among them.
      setTimeout(() => setBusy(form));
      // A file is saved beside the page, which stays: nothing else tells that it came.
      if (form.hasAttribute("data-download")) setTimeout(() => setReady(form), 4_000);
    },
    true,
  );
  window.addEventListener("pageshow", readyAll);

  // --- after a swap ------------------------------------------------------------------------------------------------
  const nameErrors = (summary) => {
    const bare = document.title.replace(/^Error: /, "");
    document.title = summary ? `Error: ${bare}` : bare;
  };
  // Help that follows the typing: it takes no focus, holds no button, and is silent when it does not come.
  // A page that asks by itself is not used by anybody: it does not put off the end of the session.
  const isPoll = (event) => Boolean(event.detail.elt && event.detail.elt.closest("[data-poll]"));
  const isLive = (event) => Boolean(event.detail.target && event.detail.target.closest("[data-live]"));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (isLive(event)) {
      const words = event.detail.target.querySelector("[data-say]");
      if (words) announce(words.textContent.replace(/\s+/g, " ").trim());
      return;
    }
    const summary = document.getElementById("resumen-errores");
    // Swapped whole, the target is what went: its heading takes no focus and says what was shown before.
    const swapped = event.detail.target.isConnected ? event.detail.target : event.target;
    const heading = swapped.querySelector("[data-focus]") || document.querySelector("main [data-focus]");
    nameErrors(summary);
    revive();
    const trigger = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    if (trigger && trigger.type === "change" && !summary) {
      // Choosing in a list must not take the focus away from the list: say what is shown instead.
      if (heading) announce(heading.textContent.trim());
      return;
    }
    const next = summary || heading;
    if (next) next.focus();
  });

  // --- a panel opened beside what was pressed: closing it leads back there ------------------------------------------
  let opener = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target && event.detail.target.hasAttribute("data-panel")) opener = event.detail.elt;
  });
  const closePanel = (panel) => {
    panel.replaceChildren();
    if (opener && opener.isConnected) opener.focus();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close-panel]");
    const panel = link && link.closest("[data-panel]");
    if (!panel) return;
    event.preventDefault();
    closePanel(panel);
  });
  document.addEventListener("keydown", (event) => {
    const panel = event.key === "Escape" && event.target.closest && event.target.closest("[data-panel]");
    if (panel) closePanel(panel);
  });

  // --- lines of a long table by the arrow keys, from one link to the next ---------------------------------------------
  const LINE_LINKS = "[data-rows] th a";
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest && event.target.closest(LINE_LINKS);
    if (!link) return;
    const links = [...document.querySelectorAll(LINE_LINKS)];
    const next = links[links.indexOf(link) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // --- one key for what stands on the page: data-key on a link leads there, on a field sets the cursor ---------------------
  const TYPED_IN = "input:not([type=radio]):not([type=checkbox]), textarea, select";
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const typing = event.target.closest && event.target.closest(TYPED_IN);
    if (typing && event.key !== "Escape") return;
    // Escape leaves a field first, and the page only after it.
    if (typing) return typing.blur();
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.matches("a[href], button")) wanted.click();
    else wanted.focus();
  });

  // --- words when nothing came back ----------------------------------------------------------------------------------
  let words = null;
  const dismiss = () => {
    if (words) words.remove();
    words = null;
  };
  const say = (text, kind, action) => {
    dismiss();
    words = document.createElement("div");
    words.className = `live-notice live-notice--${kind}`;
    words.setAttribute("role", kind === "error" ? "alert" : "status");
    const sentence = document.createElement("p");
    words.append(sentence);
    if (action) words.append(action);
    body.append(words);
    sentence.textContent = text;
  };
  const makeButton = (text, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-secondary";
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  };
  const close = () => makeButton("Cerrar", dismiss);
  const UNSENT = "No hay conexión: nada se envió. Lo que escribió sigue aquí; intente de nuevo cuando vuelva la señal.";
  const UNSIGNED_OUT = "Sin señal: borramos lo guardado en este equipo, pero su sesión en el portal sigue abierta. Salga de nuevo cuando vuelva la señal.";
  const sayUnsent = (form, button) => {
    const text = form.getAttribute("action") === "/salir" ? UNSIGNED_OUT : form.dataset.unsent || UNSENT;
    // The equipment may be wrong about its network.
    const insist = makeButton("Intentar de todos modos", () => {
      dismiss();
      form.setAttribute("data-insists", "");
      form.requestSubmit(button && button.isConnected ? button : undefined);
      form.removeAttribute("data-insists");
    });
    say(text, "error", insist);
  };
  const failed = (text) => (event) => {
    if (isLive(event)) return;
    const form = event.detail.elt && event.detail.elt.closest("form");
    if (form) setReady(form);
    say(text, "error", close());
  };
  document.addEventListener("htmx:sendError", (event) => {
    // A form that left may have arrived, whatever the network is now: the server takes it once.
    const form = event.detail.elt && event.detail.elt.closest("form");
    const left = form && form.method === "post";
    const lost = left || navigator.onLine
      ? "Se perdió la conexión antes de recibir respuesta: no lo dé por enviado. Lo que escribió sigue aquí: envíe de nuevo; si ya había llegado, no se duplica."
      : UNSENT;
    failed(lost)(event);
  });
  document.addEventListener(
    "htmx:timeout",
    failed("No hubo respuesta. Antes de enviar de nuevo, mire el historial: solo cuenta lo que tiene radicado."),
  );
  // A conflict shows both values, a wait says until when, a form that expired shows what was typed: such an answer takes the place of the form that was sent.
  const shownInstead = (event) => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const column = answer.querySelector("main > .form-column");
    const form = event.detail.elt && event.detail.elt.closest("main .form-column");
    if (!column || !form) return false;
    dismiss();
    form.replaceWith(column);
    document.title = answer.title;
    const heading = column.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
    return true;
  };
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (!isLive(event) && [400, 409, 429].includes(status) && shownInstead(event)) return;
    const isUnknown = status === 503 && event.detail.xhr.responseText.includes('id="sin-saber"');
    if (isUnknown && !isLive(event) && shownInstead(event)) return;
    const text = {
      403: "Su cuenta no tiene permiso para esto. Nada se registró.",
      404: "Esa página no existe o no está disponible para usted. Nada se registró.",
      408: "Su conexión no alcanzó a enviarlo a tiempo: no se registró. Lo que escribió sigue aquí; envíe de nuevo.",
      409: "Esto cambió en otra pestaña o lo cambió otra persona. Nada se registró: actualice la página.",
      413: "Lo que envió es demasiado grande: no se registró.",
      429: "Demasiados intentos. Espere unos minutos antes de intentar de nuevo.",
      503: "El portal no puede atenderlo ahora: no se registró. Espere un momento y envíe de nuevo.",
    }[status];
    const unsure = "Algo falló de nuestro lado. Antes de enviar de nuevo, mire el historial: solo cuenta lo que tiene radicado.";
    failed((!isUnknown && text) || (status < 500 ? "La solicitud no se entendió. Nada se registró: actualice la página." : unsure))(event);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    if (isPoll(event)) return;
    if (isLive(event)) {
      stayed();
      return;
    }
    // A redirect is under way: the button stays busy until the next page is here.
    const form = event.detail.elt && event.detail.elt.closest("form");
    if (form && !event.detail.xhr.getResponseHeader("HX-Redirect")) setReady(form);
    stayed();
  });

  // --- time left -------------------------------------------------------------------------------------------------------
  const timeLeft = (milliseconds) => {
    const minutes = Math.floor(milliseconds / 60_000);
    if (minutes >= 1440) {
      const days = Math.floor(minutes / 1440);
      const hours = Math.floor((minutes % 1440) / 60);
      const more = hours === 0 ? "" : ` y ${hours} ${hours === 1 ? "hora" : "horas"}`;
      return `${days === 1 ? "Queda" : "Quedan"} ${days} ${days === 1 ? "día" : "días"}${more}.`;
    }
    if (minutes >= 60) return `Quedan ${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}.`;
    if (minutes === 0) return "Queda menos de 1 min.";
    return minutes === 1 ? "Queda 1 min." : `Quedan ${minutes} min.`;
  };
  const tickDeadlines = () => {
    if (Number.isNaN(told)) return;
    for (const clock of document.querySelectorAll("[data-deadline]")) {
      const left = Date.parse(clock.dataset.deadline) - serverNow();
      const text = left > 0 ? timeLeft(left) : clock.dataset.over || "Ya cerró.";
      if (clock.textContent !== text) clock.textContent = text;
    }
    for (const bar of document.querySelectorAll("[data-elapsed]")) {
      const minutes = Math.floor((serverNow() - Date.parse(bar.dataset.elapsed)) / 60_000);
      bar.setAttribute("width", Math.min(Math.max(minutes, 0), 1440));
    }
  };

  // --- end of the session ------------------------------------------------------------------------------------------------
  let ends = Date.parse(body.dataset.sessionEnds || "");
  const idle = ends - serverNow();
  let warned = false;
  const stayed = () => {
    if (Number.isNaN(ends)) return;
    ends = serverNow() + idle;
    if (warned) dismiss();
    warned = false;
  };
  const stay = () =>
    fetch(body.dataset.sessionStay, {
      method: "POST",
      headers: { "X-CSRFToken": document.querySelector('.site-account [name="csrf_token"]').value },
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
    })
      .then((answer) => {
        tell(Date.parse(answer.headers.get("X-Portal-Now") || ""));
        if (answer.ok) stayed();
        else ended();
        tickDeadlines();
      })
      .catch(() => say("No hay conexión: no pudimos prolongar su sesión.", "error", makeButton("Intentar de nuevo", stay)));
  const ended = () => {
    ends = NaN;
    const link = document.createElement("a");
    link.className = "button button-secondary";
    link.href = `${body.dataset.signIn}?siguiente=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "Ingresar de nuevo";
    say("Su sesión terminó por seguridad. Lo que ya guardó sigue guardado.", "info", link);
  };
  const tickSession = () => {
    if (Number.isNaN(ends)) return;
    const left = ends - serverNow();
    if (left <= 0) ended();
    else if (left <= WARN_BEFORE && !warned) {
      warned = true;
      const minutes = Math.ceil(left / 60_000);
      say(`Su sesión se cerrará en menos de ${minutes} ${minutes === 1 ? "minuto" : "minutos"} por falta de actividad.`, "info", makeButton("Seguir conectado", stay));
    }
  };
  const tick = () => {
    tickDeadlines();
    tickSession();
  };
  // --- back after a sleep: what was shown may be hours old, so the server is asked for its hour and for the session ----
  const ASLEEP = 30_000;
  let lastTick = Date.now();
  const askAgain = () => {
    if (!Number.isNaN(ends)) return stay();
    return fetch(body.dataset.hour, { method: "HEAD", cache: "no-store" })
      .then((answer) => tell(Date.parse(answer.headers.get("X-Portal-Now") || "")))
      .catch(() => {})
      .then(tickDeadlines);
  };
  const wake = (event) => {
    if (document.visibilityState !== "visible") return;
    const slept = Math.abs(Date.now() - lastTick) > ASLEEP || event.persisted;
    lastTick = Date.now();
    if (!slept) return tick();
    tickDeadlines();
    askAgain();
  };
  setInterval(() => {
    const slept = Date.now() - lastTick > ASLEEP;
    lastTick = Date.now();
    // A page that nobody sees asks for nothing, and keeps no session alive.
    if (document.visibilityState !== "visible") return;
    if (slept) askAgain();
    else tick();
  }, 5_000);
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("pageshow", wake);

  // --- buttons that are there with JavaScript only -----------------------------------------------------------------------------
  const revive = () => {
    for (const button of document.querySelectorAll("[data-print], [data-tick-all]")) button.hidden = false;
    tickDeadlines();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const all = event.target.closest("[data-tick-all]");
    if (!all) return;
    const boxes = [...all.closest("form").querySelectorAll('input[type="checkbox"]')];
    const missing = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = missing;
    announce(missing ? `Quedaron marcados ${boxes.length}.` : "No quedó ninguno marcado.");
  });

  // --- a page for when there is no network: kept by the service worker, which goes where the portal no longer names it -----
  const workers = navigator.serviceWorker;
  const tendWorker = async () => {
    if (body.dataset.worker) return workers.register(body.dataset.worker, { updateViaCache: "none" });
    for (const each of await workers.getRegistrations()) await each.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
  };
  if (workers) window.addEventListener("load", () => tendWorker().catch(() => {}));

  tendKept();
  revive();
  if (Number.isNaN(told) && document.querySelector("[data-deadline], [data-elapsed]")) askAgain();
  const summary = document.getElementById("resumen-errores");
  if (summary) summary.focus();
})();
