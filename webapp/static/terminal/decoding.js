// The decoder in a worker of its own: one picture in, the texts of its QR codes out. Pictures never leave this machine, and are not kept.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-reader.js";

/** @typedef {import("../vendor/zxing-reader.js").ReaderOptions} ReaderOptions */

const WASM = new URL("../vendor/zxing_reader.wasm", import.meta.url).href;
/** For a camera, where the next picture comes at once. @type {ReaderOptions} */
const LIVE = { formats: ["QRCode"], tryHarder: false, tryRotate: false, tryInvert: false, tryDownscale: true, maxNumberOfSymbols: 4 };
/** For a photo, of which there is only one. @type {ReaderOptions} */
const PATIENT = { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true, maxNumberOfSymbols: 8 };

const ready = prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

/** @param {MessageEvent<{ id: number, bitmap: ImageBitmap, isPhoto: boolean }>} message */
self.onmessage = async ({ data: { id, bitmap, isPhoto } }) => {
  try {
    await ready;
    if (context === null) throw new Error("no canvas");
    const { width, height } = bitmap;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const results = await readBarcodes(context.getImageData(0, 0, width, height), isPhoto ? PATIENT : LIVE);
    const texts = results.filter((result) => result.isValid).map((result) => result.text);
    self.postMessage({ id, texts: [...new Set(texts)] });
  } catch (error) {
    self.postMessage({ id, texts: [], problem: String(error) });
  }
};
ready.then(
  () => self.postMessage({ id: 0, texts: [] }),
  (error) => self.postMessage({ id: 0, texts: [], problem: String(error) }),
);
