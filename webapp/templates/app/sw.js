// The service worker of /{{ area.name }}/, version {{ version }}: the shell is kept and works without a network; what is asked of the service never is.
"use strict";

const NAME = {{ ("ecard-" ~ area.name ~ "-") | tojson }};
const KEPT = NAME + {{ version | tojson }};
const HOME = {{ ("/" ~ area.name ~ "/") | tojson }};
const PRECACHE = {{ precache | tojson }};
const BESIDES = {{ besides | tojson }};

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("message", (event) => {
  if (event.data === "SKIP_WAITING") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === HOME) event.respondWith(page());
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

/** Every file of the shell, each exactly what this version says it is, or the worker is not installed. */
async function keep() {
  const cache = await caches.open(KEPT);
  await Promise.all(PRECACHE.map(async ([url, integrity]) => {
    const found = await fetch(url, { cache: "reload", integrity });
    if (!found.ok) throw new Error(url + " " + found.status);
    await cache.put(url, found);
  }));
  const shell = await fetch(HOME, { cache: "reload" });
  if (!shell.ok || !(await shell.clone().text()).includes({{ version | tojson }})) throw new Error("the page is of another version");
  await cache.put(HOME, shell);
  await carryOver(cache).catch(() => undefined); // it can be fetched again
}

/** What an earlier version had fetched besides its shell, and is still the very same file, is not fetched a second time. */
async function carryOver(cache) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(NAME) || name === KEPT) continue;
    const earlier = await caches.open(name);
    for (const [path, integrity] of BESIDES) {
      const found = await earlier.match("/static/" + name.slice(NAME.length) + "/" + path, { ignoreVary: true });
      if (found === undefined) continue;
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await found.clone().arrayBuffer()));
      if ("sha256-" + btoa(String.fromCharCode(...digest)) === integrity) await cache.put({{ ("/static/" ~ version ~ "/") | tojson }} + path, found);
    }
  }
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(NAME) && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page() {
  const cache = await caches.open(KEPT);
  return (await cache.match(HOME)) || fetch(HOME);
}

/** A file under the version's own address never changes: once fetched, it is kept. */
async function file(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const found = await fetch(request);
  if (found.ok && found.status === 200 && request.url.includes({{ ("/static/" ~ version ~ "/") | tojson }})) await cache.put(request, found.clone());
  return found;
}
