// What a person set on this phone. It lies in localStorage, because it is wanted before anything is drawn, and losing it does no harm.

import { LANGUAGES } from "../shared/texts.js";

const NAME = "ecard-settings";
/** That this phone has been enrolled once: if the keys are gone and this is not, storage was cleared in part. */
const ENROLLED = "ecard-enrolled";
export const SIZES = /** @type {const} */ (["standard", "large", "largest"]);

/**
 * @typedef {{ language: import("../shared/texts.js").Language, size: typeof SIZES[number], elder: boolean, strip: boolean, ready: boolean,
 *   camera: string }} Settings the camera by the name that the browser gives it, empty for the one at the back */

/** @returns {Settings} */
export function readSettings() {
  const wanted = navigator.languages.some((one) => one.startsWith("zh")) || !navigator.languages.length ? "zh-CN" : "en";
  /** @type {Settings} */
  const first = { language: wanted, size: "standard", elder: false, strip: true, ready: false, camera: "" };
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? "{}");
    if (!LANGUAGES.includes(kept.language)) delete kept.language;
    if (!SIZES.includes(kept.size)) delete kept.size;
    return { ...first, ...kept };
  } catch {
    return first;
  }
}

/** @param {Settings} settings */
export function keepSettings(settings) {
  try {
    localStorage.setItem(NAME, JSON.stringify(settings));
  } catch {
    // a browser that forgets settings still shows codes
  }
}

/** @param {Settings} settings */
export function applySettings({ language, size, elder }) {
  const { documentElement: root } = document;
  root.lang = language;
  root.dataset.size = size;
  root.dataset.mode = elder ? "elder" : "standard";
}

export const wasEnrolled = () => {
  try {
    return localStorage.getItem(ENROLLED) !== null;
  } catch {
    return false;
  }
};

export const noteEnrolled = () => {
  try {
    localStorage.setItem(ENROLLED, "1");
  } catch {
    // see keepSettings
  }
};
