// The camera, for an activation code or a terminal's challenge. Where there are several, the one chosen is remembered; typing is always possible instead.

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { SetupError } from "../shared/errors.js";
import { loadDecoder } from "./decoder.js";
import { Button, Note } from "./parts.js";

const SIDE = 720;
const BROKEN = ["scan.missing", "scan.refused", "scan.unloaded"];
const GONE = ["NotFoundError", "OverconstrainedError"];

/** @param {unknown} problem */
const isGone = (problem) => problem instanceof DOMException && GONE.includes(problem.name);

/** Why there is no picture, or nothing to read it with. @param {unknown} problem */
function reasonOf(problem) {
  if (problem instanceof SetupError) return "scan.unloaded";
  return !navigator.mediaDevices || isGone(problem) ? "scan.missing" : "scan.refused";
}

/** The camera that was chosen, if it is still there; else the one that looks away from the holder. @param {string} chosen */
async function openCamera(chosen) {
  const open = (/** @type {MediaTrackConstraints} */ which) =>
    navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });
  if (chosen === "") return open({ facingMode: "environment" });
  return open({ deviceId: { exact: chosen } }).catch((problem) => {
    if (!isGone(problem)) throw problem;
    return open({ facingMode: "environment" });
  });
}

/** The cameras of this phone, the one in use first: after it comes the next. @param {MediaStream} stream @param {string} chosen */
async function camerasFrom(stream, chosen) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const ids = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "").map(({ deviceId }) => deviceId);
  const inUse = ids.includes(chosen) ? chosen : stream.getVideoTracks()[0].getSettings().deviceId;
  const from = Math.max(0, ids.indexOf(inUse ?? ""));
  return [...ids.slice(from), ...ids.slice(0, from)];
}

/** @param {{ session: import("./session.js").Session, wanted: RegExp, onFound: (text: string) => void, onEnd: () => void }} props */
export function Scanner({ session, wanted, onFound, onEnd }) {
  const texts = session.texts.value;
  const { camera } = session.settings.value;
  const here = session.here.value;
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [said, setSaid] = useState("scan.starting");
  const [cameras, setCameras] = useState(/** @type {string[]} */ ([]));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!here) return undefined;
    let ended = false;
    /** @type {MediaStream | null} */
    let stream = null;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    const run = async () => {
      const reading = loadDecoder().catch(() => null);
      try {
        stream = await openCamera(camera);
        if (ended || video.current === null) return stop();
        setCameras(await camerasFrom(stream, camera));
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
  }, [turn, camera, here]);
  const another = () => {
    setSaid("scan.starting");
    session.set({ camera: cameras[1] });
  };
  const broken = BROKEN.includes(said);
  return html`
    <section class="scanner">
      ${broken
        ? html`<${Note} tone="warn" live=${true} title=${texts.say(said)}><p>${texts.say(`${said}.more`)}</p><//>`
        : html`<video ref=${video} playsinline muted aria-label=${texts.say("scan.picture")}></video><p class="scanner__said" role="status">${texts.say(said)}</p>`}
      ${cameras.length > 1 && html`<${Button} kind="plain" onClick=${another}>${texts.say("scan.another")}<//>`}
      <${Button} kind="plain" onClick=${onEnd}>${texts.say("scan.end")}<//>
    </section>
  `;
}
