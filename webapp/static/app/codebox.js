// The live code: made on the phone, drawn in whole device pixels, new every fifteen seconds while somebody can see it, and at once on every return.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm.js";
import encodeQR from "../vendor/qr.js";
import { CardError } from "../shared/errors.js";

export const REFRESH_S = 15;
const QUIET_ZONE = 4;

/**
 * The modules of a code, quiet zone included: alphanumeric, error correction M.
 *
 * @param {string} text
 * @returns {boolean[][]}
 */
export const modulesOf = (text) => encodeQR(text, "raw", { ecc: "medium", encoding: "alphanumeric", border: QUIET_ZONE });

/**
 * Draw black on white, with a whole number of device pixels for each module, as large as the room allows.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {boolean[][]} modules
 * @param {number} room CSS pixels
 */
export function drawCode(canvas, modules, room) {
  const ratio = devicePixelRatio || 1;
  const each = Math.max(1, Math.floor((room * ratio) / modules.length));
  const size = each * modules.length;
  canvas.width = canvas.height = size;
  canvas.style.width = canvas.style.height = `${size / ratio}px`;
  canvas.style.marginInlineStart = `${Math.max(0, Math.floor((room * ratio - size) / 2)) / ratio}px`;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, size, size);
  pen.fillStyle = "#000";
  modules.forEach((row, y) => row.forEach((dark, x) => dark && pen.fillRect(x * each, y * each, each, each)));
}

/**
 * @param {{ session: import("./session.js").Session, card: string, audience?: "general" | "identity", cnonce?: Uint8Array<ArrayBuffer> | null,
 *   label: string, onTap?: (() => void) | null, onMade?: () => void }} props
 */
export function LiveCode({ session, card, audience = "general", cnonce = null, label, onTap = null, onMade = () => {} }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null)), canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [modules, setModules] = useState(/** @type {boolean[][] | null} */ (null));
  const [left, setLeft] = useState(REFRESH_S);
  const [problem, setProblem] = useState(/** @type {CardError | null} */ (null));
  const renewed = useRef(() => {});
  const best = session.held.value.find((held) => held.card === card)?.sub;
  const here = session.here.value;

  useEffect(() => {
    let ends = 0, stopped = false, making = false;
    const make = async () => {
      if (making || stopped || !session.isWatched()) return;
      making = true;
      ends = performance.now() + REFRESH_S * 1000;
      try {
        const text = await session.wallet.code(card, audience, cnonce);
        if (stopped) return;
        setModules(modulesOf(text));
        setProblem(null);
        onMade();
      } catch (found) {
        if (!(found instanceof CardError)) throw found;
        setProblem(found);
      } finally {
        making = false;
      }
    };
    const tick = () => {
      if (!session.isWatched()) return;
      const rest = Math.ceil((ends - performance.now()) / 1000);
      setLeft(Math.min(REFRESH_S, Math.max(0, rest)));
      if (rest <= 0) make();
    };
    renewed.current = make;
    make();
    const ticking = setInterval(tick, 250);
    document.addEventListener("visibilitychange", make);
    addEventListener("pageshow", make);
    return () => {
      stopped = true;
      clearInterval(ticking);
      document.removeEventListener("visibilitychange", make);
      removeEventListener("pageshow", make);
    };
  }, [card, audience, cnonce, best, here]);

  useLayoutEffect(() => {
    if (modules === null || canvas.current === null || box.current === null) return undefined;
    const place = box.current, sheet = canvas.current;
    const draw = () => drawCode(sheet, modules, place.clientWidth);
    draw();
    const watch = new ResizeObserver(draw);
    watch.observe(place);
    return () => watch.disconnect();
  }, [modules]);

  const texts = session.texts.value;
  const tap = onTap ?? (() => renewed.current());
  if (problem !== null) {
    const { title, hint } = session.words(problem);
    return html`<div class="code code--none" role="alert"><p><strong>${title}</strong></p><p>${hint}</p></div>`;
  }
  return html`
    <div class="code">
      <button class="code__tap" type="button" aria-label=${label} onClick=${tap}>
        <span class="code__box" ref=${box}><canvas ref=${canvas} width="1" height="1"></canvas></span>
      </button>
      <div class="life" aria-hidden="true">
        <span class="life__bar"><span class="life__left" style=${{ transform: `scaleX(${left / REFRESH_S})` }}></span></span>
        <p class="life__said"><b>${left}</b> ${texts.say("code.seconds")}</p>
      </div>
    </div>
  `;
}
