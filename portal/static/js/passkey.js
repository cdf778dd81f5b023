/*
 * Passkeys: forms with data-passkey ask the portal what the browser shall sign, let it ask the person, and send the
 * answer as one field of the form. What goes wrong is said beside the button, and nothing is sent. Without this script
 * or without passkeys the forms stay hidden, and the page says what to do instead.
 */
(() => {
  "use strict";
  const MISSING = "Este equipo no tiene huella, rostro ni PIN que sirva de llave, o usted canceló. No se guardó nada.";
  const WORDS = {
    NotAllowedError: "No se usó la llave: se canceló o pasó el tiempo. No se guardó nada; puede presionar otra vez.",
    AbortError: "No se usó la llave: se canceló o pasó el tiempo. No se guardó nada; puede presionar otra vez.",
    InvalidStateError: "Este equipo ya guarda una llave de acceso de su cuenta. No se guardó nada nuevo.",
    NotSupportedError: "Este equipo no puede crear una llave de acceso para el portal. No se guardó nada.",
    SecurityError: "El navegador no usa llaves en esta dirección. Abra el portal en su dirección de siempre. No se guardó nada.",
  };
  const OTHER = "El navegador no pudo usar la llave. No se guardó nada; puede presionar otra vez.";
  const NO_ANSWER = "No pudimos hablar con el portal. Revise su conexión y presione otra vez; no se guardó nada.";
  const SIGNED_OUT = "Su sesión terminó. Ingrese de nuevo y vuelva a esta página; no se guardó nada.";

  class Told extends Error {}

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  async function ask(form) {
    const fields = new FormData(form);
    fields.set("accion", form.dataset.purpose);
    let answer;
    try {
      answer = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(fields) });
    } catch {
      throw new Told(NO_ANSWER);
    }
    if (!(answer.headers.get("Content-Type") || "").includes("json")) {
      throw new Told(answer.redirected ? SIGNED_OUT : NO_ANSWER);
    }
    const asked = await answer.json();
    if (!answer.ok) throw new Told(asked.words || NO_ANSWER);
    return asked;
  }

  async function sign({ create, get }) {
    if (create) {
      const made = await navigator.credentials.create({
        publicKey: {
          ...create,
          challenge: bytes(create.challenge),
          user: { ...create.user, id: bytes(create.user.id) },
          excludeCredentials: described(create.excludeCredentials),
        },
      });
      return [made, { attestationObject: text(made.response.attestationObject) }];
    }
    const used = await navigator.credentials.get({
      publicKey: { ...get, challenge: bytes(get.challenge), allowCredentials: described(get.allowCredentials) },
    });
    const { authenticatorData, signature } = used.response;
    return [used, { authenticatorData: text(authenticatorData), signature: text(signature) }];
  }

  async function prove(form, asked) {
    const [credential, signed] = await sign(asked);
    form.elements.passkey.value = JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: { clientDataJSON: text(credential.response.clientDataJSON), ...signed },
    });
  }

  async function explain(error) {
    if (error instanceof Told) return error.message;
    if (error.name === "NotAllowedError" && !(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) {
      return MISSING;
    }
    return WORDS[error.name] || OTHER;
  }

  async function run(form, button, words) {
    if (button.disabled) return;
    const label = button.textContent;
    button.disabled = true;
    button.textContent = "Esperando a su equipo…";
    words.hidden = true;
    form.elements.passkey.value = "";
    try {
      let asked = await ask(form);
      await prove(form, asked);
      if (form.dataset.purpose === "agregar" && asked.get) {
        // A passkey that is there has answered; now the new one.
        asked = await ask(form);
        await prove(form, asked);
      }
      form.submit();
    } catch (error) {
      words.textContent = await explain(error);
      words.hidden = false;
      button.disabled = false;
      button.textContent = label;
      button.focus();
    }
  }

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const words = form.querySelector("[data-passkey-words]");
    form.hidden = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      run(form, button, words);
    });
  }
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
