// The decoder of QR codes, half a megabyte that only a scanner needs. It is fetched when somebody scans, or quietly before; once fetched it is kept, so that
// scanning needs no network any more.

const MODULE = new URL("../vendor/zxing-reader.js", import.meta.url).href, WASM = new URL("../vendor/zxing_reader.wasm", import.meta.url).href;
const FREE = ["wifi", "ethernet"];

/** What reads a picture. Rejects where it is neither here nor to be had. */
export async function loadDecoder() {
  const zxing = await import("../vendor/zxing-reader.js");
  await zxing.prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });
  keep();
  return zxing.readBarcodes;
}

/** Have it here before it is wanted, while nothing else is to be done; never over a line that costs, or that may for all the browser says. */
export function fetchWhenFree() {
  const line = /** @type {{ connection?: { saveData?: boolean, type?: string } }} */ (navigator).connection;
  if (line === undefined || line.saveData || !FREE.includes(line.type ?? "")) return;
  if ("requestIdleCallback" in globalThis) requestIdleCallback(keep);
}

/** The worker keeps what passes through it; it may have come too late to see the files the first time. */
async function keep() {
  const worker = navigator.serviceWorker;
  if (worker === undefined) return;
  if (worker.controller === null) await new Promise((resolve) => worker.addEventListener("controllerchange", resolve, { once: true }));
  await Promise.all([MODULE, WASM].map((url) => fetch(url))).catch(() => null); // another time
}
