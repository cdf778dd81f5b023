/*
 * Service worker: shows one page when the portal cannot be reached, and keeps nothing but it and its style sheet. The
 * script of who asked to keep what was seen last is kept by the pages themselves, and found here (docs/adr/0167).
 * PAGE, STYLE and VERSION stand before this text; a new version of either is a new worker with a cache of its own.
 * It answers no POST, no fragment and no file, and never gives a page of the portal from what is kept (docs/adr/0124).
 * It shows the messages of who asked for them in this browser, and keeps none (docs/adr/0176).
 */
"use strict";

const CACHE = `sin-red-${VERSION}`;
const OF_THE_PERSON = "portal-sin-senal";

// Without cookies: whatever the portal answers, it is a stranger's.
const keep = async () => {
  const cache = await caches.open(CACHE);
  await cache.addAll([new Request(PAGE, { credentials: "omit", cache: "no-cache" }), new Request(STYLE, { credentials: "omit" })]);
};

const dropOthers = async () => {
  for (const name of await caches.keys()) {
    if (name !== CACHE && name !== OF_THE_PERSON) await caches.delete(name);
  }
};

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      await dropOthers();
      // The page is asked for while the worker starts: nobody waits for it.
      if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
      await self.clients.claim();
    })(),
  );
});

const kept = async (address) => (await caches.open(CACHE)).match(address);

const answerPage = async (event) => {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    return (await kept(PAGE)) || Response.error();
  }
};

const answerStyle = async (event) => {
  try {
    return await fetch(event.request);
  } catch {
    return (await kept(STYLE)) || Response.error();
  }
};

const answerKeeper = async (event) => {
  try {
    return await fetch(event.request);
  } catch {
    return (await (await caches.open(OF_THE_PERSON)).match(event.request, { ignoreSearch: true })) || Response.error();
  }
};

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET") return;
  if (mode === "navigate") event.respondWith(answerPage(event));
  else if (url === new URL(STYLE, self.location).href) event.respondWith(answerStyle(event));
  else if (new URL(url).pathname.endsWith("/js/sin-senal.js")) event.respondWith(answerKeeper(event));
});

// --- messages: shown as they come, in the place of an earlier one of the same matter ----------------------------------
const read = (data) => {
  try {
    const said = data.json();
    // One that comes when it is no longer true, to a browser that must show something.
    if (said.until && Date.now() > said.until) throw said;
    return said;
  } catch {
    return { title: "Portal de clientes", body: "Entre al portal para ver lo último.", path: "/inicio", tag: "portal" };
  }
};

self.addEventListener("push", (event) => {
  const { title, body, path, tag } = read(event.data);
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: true, lang: "es-CO", icon: ICON, data: path }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(String(event.notification.data), self.location);
  const address = wanted.origin === self.location.origin ? wanted.href : new URL("/inicio", self.location).href;
  event.waitUntil(
    (async () => {
      // Never in the place of a page on which something may have been typed.
      const open = (await self.clients.matchAll({ type: "window" })).find((each) => each.url === address);
      return open ? open.focus() : self.clients.openWindow(address);
    })(),
  );
});
