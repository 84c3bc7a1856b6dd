// What this screen keeps: how it is set up, today's counts, the trust it was set up with. Nothing about anybody who passed.

const SETTINGS = "ecard.terminal.settings", COUNTS = "ecard.terminal.counts", TRUST = "ecard.terminal.trust";

/**
 * `judge`: who decides, the local agent or the page alone. `screen`: who reads it, staff or the holder in front.
 *
 * @typedef {{
 *   language: "zh-CN" | "en", judge: "agent" | "page", port: number, scene: string, region: string, screen: "staff" | "public", camera: string,
 *   volume: number, isMuted: boolean,
 * }} Settings
 */
/** @typedef {"green" | "yellow" | "red" | "grey"} Colour */
/** @typedef {Record<Colour, number>} Counts */

/** @type {Settings} */
const FIRST = { language: "zh-CN", judge: "agent", port: 7410, scene: "", region: "", screen: "staff", camera: "", volume: 0.8, isMuted: false };
const NOBODY = { green: 0, yellow: 0, red: 0, grey: 0 };

/** @returns {Settings} */
export function readSettings() {
  const kept = read(SETTINGS) ?? {};
  const sound = Object.entries(FIRST).filter(([name, value]) => typeof kept[name] === typeof value);
  return /** @type {Settings} */ ({ ...FIRST, ...Object.fromEntries(sound.map(([name]) => [name, kept[name]])) });
}

/** @param {Settings} settings */
export const writeSettings = (settings) => write(SETTINGS, settings);

/**
 * The counts of the day; another day begins at nothing.
 *
 * @param {string} day
 * @returns {Counts}
 */
export function readCounts(day) {
  const kept = read(COUNTS);
  return kept?.day === day ? { ...NOBODY, ...kept.counts } : { ...NOBODY };
}

/**
 * @param {string} day
 * @param {Counts} counts
 */
export const writeCounts = (day, counts) => write(COUNTS, { day, counts });

/** @returns {import("./judge_trust.js").WrittenTrust | null} */
export const readTrust = () => read(TRUST);

/** @param {import("./judge_trust.js").WrittenTrust | null} trust */
export const writeTrust = (trust) => write(TRUST, trust);

/** The day in China, which is where the desks are: 2026-11-21. @param {number} milliseconds */
export const dayOf = (milliseconds) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(milliseconds);

/** @param {string} key @returns {any} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Whether it could be kept: a browser may forbid it, and then the page goes on without.
 *
 * @param {string} key
 * @param {unknown} value
 */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
