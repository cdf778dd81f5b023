/*
 * «Recibir avisos en este equipo» (docs/adr/0176): asks the browser, subscribes it for the portal's push key, and sends
 * what the browser says of it with the form. Loaded on that page alone; what it cannot do it says in one sentence.
 */
(() => {
  "use strict";

  const place = document.getElementById("en-equipos");
  const form = place && place.querySelector("[data-subscribe]");
  if (!form) return;
  const words = place.querySelector("[data-push-words]");
  const button = form.querySelector("button");
  const BLOCKED = "Este navegador tiene bloqueados los avisos del portal: permítalos en los ajustes del sitio y recargue la página.";
  const CANNOT = "Este navegador no admite avisos. En un iPhone o iPad, agregue primero el portal a la pantalla de inicio y ábralo desde allí.";
  const FAILED = "El navegador no pudo activar los avisos. Revise su conexión e intente de nuevo.";
  const NOT_NOW = "El navegador no dio permiso: este equipo no recibe avisos. Pulse el botón otra vez si cambia de opinión.";
  const say = (text) => {
    words.textContent = text;
    words.hidden = !text;
  };
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return say(CANNOT);

  const WAIT = 15_000;
  const ready = () =>
    Promise.race([navigator.serviceWorker.ready, new Promise((_, refuse) => setTimeout(refuse, WAIT))]);
  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  // A browser that was subscribed for another key refuses a second until the first is given up.
  const subscribe = async () => {
    const { pushManager } = await ready();
    const asked = { userVisibleOnly: true, applicationServerKey: bytesOf(place.dataset.pushKey) };
    const former = await pushManager.getSubscription();
    if (former) await former.unsubscribe();
    return pushManager.subscribe(asked);
  };

  const offer = () => {
    if (Notification.permission === "denied") return say(BLOCKED);
    form.hidden = false;
    say("");
  };
  // This browser is in the list: offered again only where it lost what it had.
  if (place.querySelector(".is-here"))
    ready()
      .then(({ pushManager }) => pushManager.getSubscription())
      .then((found) => (found && Notification.permission === "granted" ? say("") : offer()))
      .catch(() => say(""));
  else offer();

  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      // First of all: some browsers ask only within the press itself.
      const answer = await Notification.requestPermission();
      if (answer !== "granted") return say(answer === "denied" ? BLOCKED : NOT_NOW);
      form.elements.subscription.value = JSON.stringify(await subscribe());
      form.requestSubmit();
    } catch {
      say(FAILED);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });

  const end = place.querySelector(".is-here [data-end]");
  if (end)
    end.addEventListener("submit", () => {
      ready()
        .then(({ pushManager }) => pushManager.getSubscription())
        .then((found) => found && found.unsubscribe())
        .catch(() => {});
    });
})();
