// The camera, for an activation code or a terminal's challenge: fetched only when somebody wants to scan, and typing is always possible instead.

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { SetupError } from "../shared/errors.js";
import { Button, Note } from "./parts.js";

const SIDE = 720;
const BROKEN = ["scan.missing", "scan.refused", "scan.unloaded"];

/** The decoder, and the file it is made of, from our own address. */
async function decoder() {
  const zxing = await import("../vendor/zxing-reader.js");
  const wasm = new URL("../vendor/zxing_reader.wasm", import.meta.url).href;
  await zxing.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return zxing.readBarcodes;
}

/** Why there is no picture, or nothing to read it with. @param {unknown} problem */
function reasonOf(problem) {
  if (problem instanceof SetupError) return "scan.unloaded";
  const isMissing = !navigator.mediaDevices || (problem instanceof DOMException && ["NotFoundError", "OverconstrainedError"].includes(problem.name));
  return isMissing ? "scan.missing" : "scan.refused";
}

/** @param {{ session: import("./session.js").Session, wanted: RegExp, onFound: (text: string) => void, onEnd: () => void }} props */
export function Scanner({ session, wanted, onFound, onEnd }) {
  const texts = session.texts.value;
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [said, setSaid] = useState("scan.starting");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let ended = false;
    /** @type {MediaStream | null} */
    let stream = null;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    const run = async () => {
      const reading = decoder().catch(() => null);
      try {
        const constraints = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
        stream = await navigator.mediaDevices.getUserMedia(constraints);
        if (ended || video.current === null) return stop();
        video.current.srcObject = stream;
        await video.current.play();
        const read = await reading;
        if (read === null) throw new SetupError("offline");
        setSaid("scan.looking");
        const sheet = new OffscreenCanvas(SIDE, SIDE);
        const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (sheet.getContext("2d", { willReadFrequently: true }));
        while (!ended) {
          const { videoWidth: width, videoHeight: height } = video.current;
          const side = Math.min(width, height);
          if (side > 0) {
            pen.drawImage(video.current, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
            const found = await read(pen.getImageData(0, 0, SIDE, SIDE), { formats: ["QRCode"], maxNumberOfSymbols: 2 });
            const text = found.map((one) => one.text).find((one) => wanted.test(one));
            if (text !== undefined && !ended) return onFound(text);
            setSaid(found.length ? "scan.other" : "scan.looking");
          }
          await new Promise((resolve) => setTimeout(resolve, 120));
        }
      } catch (problem) {
        stop();
        if (!ended) setSaid(reasonOf(problem));
      }
      return undefined;
    };
    const returned = () => {
      const isDark = stream !== null && stream.getTracks().every((track) => track.readyState === "ended");
      if (document.visibilityState === "visible" && isDark && !ended) setTurn(turn + 1); // phones take the camera away from a page that nobody sees
    };
    document.addEventListener("visibilitychange", returned);
    run();
    return () => {
      document.removeEventListener("visibilitychange", returned);
      ended = true;
      stop();
    };
  }, [turn]);
  const broken = BROKEN.includes(said);
  return html`
    <section class="scanner">
      ${broken
        ? html`<${Note} tone="warn" live=${true} title=${texts.say(said)}><p>${texts.say(`${said}.more`)}</p><//>`
        : html`<video ref=${video} playsinline muted aria-label=${texts.say("scan.picture")}></video><p class="scanner__said" role="status">${texts.say(said)}</p>`}
      <${Button} kind="plain" onClick=${onEnd}>${texts.say("scan.end")}<//>
    </section>
  `;
}
