// A new version is fetched in the background and taken when the person says so: never two versions in one page, never a page that changes by itself.

const LOOK_EVERY_MS = 30 * 60_000;

/** @param {import("./session.js").Session} session */
export async function followUpdates(session) {
  if (!("serviceWorker" in navigator)) return;
  const controlled = navigator.serviceWorker.controller !== null;
  let taken = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (taken) location.reload();
  });
  const registration = await navigator.serviceWorker.register("/app/sw.js", { scope: "/app/", updateViaCache: "none" }).catch(() => null);
  if (registration === null) return;
  const offer = () => {
    if (registration.waiting !== null && controlled) session.update.value = registration.waiting;
  };
  const watch = () => {
    registration.installing?.addEventListener("statechange", offer);
    offer();
  };
  registration.addEventListener("updatefound", watch);
  watch(); // one may have been found before this page listened
  session.takeUpdate = () => {
    taken = true;
    if (registration.waiting === null) location.reload(); // another tab has taken it already
    else registration.waiting.postMessage("SKIP_WAITING");
  };
  const asked = () => document.visibilityState === "visible" && look(registration).then(offer);
  setInterval(asked, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", asked);
}

/** @param {ServiceWorkerRegistration} registration */
async function look(registration) {
  const answer = await fetch("/app/version.json", { cache: "no-store" }).catch(() => null);
  if (answer === null || !answer.ok) return;
  const { version } = await answer.json();
  if (!import.meta.url.includes(`/static/${version}/`)) await registration.update().catch(() => undefined);
}
