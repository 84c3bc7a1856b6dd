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

/**
 * The port of the agent that this window was opened for (?agent=http://127.0.0.1:7411), so that two terminals can be open in two tabs; null without one.
 * Nothing but this machine is taken from an address.
 */
export function ownPort(search = location.search) {
  const [, port] = /^http:\/\/(?:127\.0\.0\.1|localhost):([1-9][0-9]{0,4})\/?$/.exec(new URLSearchParams(search).get("agent") ?? "") ?? [];
  return port === undefined || Number(port) > 65535 ? null : Number(port);
}

/** What is kept for this window alone carries its agent's port. @param {string} name */
export const ownName = (name) => [name, ownPort() ?? []].flat().join(".");

/** @returns {Settings} */
export function readSettings() {
  const port = ownPort();
  return port === null ? keptSettings() : { ...keptSettings(), judge: "agent", port };
}

/** What one window was opened for is not how the screen is set up. @param {Settings} settings */
export function writeSettings(settings) {
  const { judge, port } = ownPort() === null ? settings : keptSettings();
  return write(SETTINGS, { ...settings, judge, port });
}

/** @returns {Settings} */
function keptSettings() {
  const kept = read(SETTINGS) ?? {};
  const sound = Object.entries(FIRST).filter(([name, value]) => typeof kept[name] === typeof value);
  return /** @type {Settings} */ ({ ...FIRST, ...Object.fromEntries(sound.map(([name]) => [name, kept[name]])) });
}

/**
 * The counts of the day; another day begins at nothing.
 *
 * @param {string} day
 * @returns {Counts}
 */
export function readCounts(day) {
  const kept = read(ownName(COUNTS));
  return kept?.day === day ? { ...NOBODY, ...kept.counts } : { ...NOBODY };
}

/**
 * @param {string} day
 * @param {Counts} counts
 */
export const writeCounts = (day, counts) => write(ownName(COUNTS), { day, counts });

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
