/*
 * The web key from the QR code of a letter: it stands behind the # of the address, which no request carries.
 * The page that asks for the key writes it into the field; the sign-in, where who has no session is led first, keeps it
 * for that page in this tab. Either way it leaves the address at once. Without this script the key is typed.
 */
(() => {
  "use strict";
  const KEY = /^[0-9A-HJKMNP-TV-Z]{12}$/;
  const PLACE = "portal-carta";
  const field = document.querySelector("input[name=web_key]");
  let key = location.hash.slice(1).toUpperCase();
  if (KEY.test(key)) {
    history.replaceState(null, "", location.pathname + location.search);
    if (!field) {
      sessionStorage.setItem(PLACE, key);
      return;
    }
  } else {
    key = sessionStorage.getItem(PLACE) || "";
  }
  if (!field) return;
  sessionStorage.removeItem(PLACE);
  if (!KEY.test(key) || field.value) return;
  field.value = key.match(/.{4}/g).join("-");
  const region = document.getElementById("anuncios");
  if (region) region.textContent = "La clave web de la carta quedó escrita.";
})();
