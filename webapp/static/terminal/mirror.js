// The second screen, for the holder: it is told colour, word and sentence, and nothing else. Why a card is blocked never leaves the staff's window.

import { effect, signal } from "../vendor/preact-htm.js";
import { ownName, ownPort } from "./settings.js";

const CHANNEL = "ecard-terminal-public";

/**
 * @typedef {{
 *   language: "zh-CN" | "en", title: string, challenge: string, listAge: number | null,
 *   shown: { colour: string, word: import("./reasons.js").Text, reason: string } | null,
 * }} Told
 */

/** Open the holder's screen of this window. */
export function openFacing() {
  const port = ownPort();
  const agent = port === null ? "" : `&agent=http://127.0.0.1:${port}`;
  window.open(`/terminal/?screen=public${agent}`, ownName(CHANNEL), "popup");
}

/** Tell the holder's screen whatever changes. @param {import("./context.js").Context} context */
export function tellPublic(context) {
  const channel = new BroadcastChannel(ownName(CHANNEL));
  const tell = () => channel.postMessage(said(context));
  channel.onmessage = ({ data }) => data === "hello" && tell();
  effect(tell);
}

/** @param {import("./context.js").Context} context @returns {Told} */
function said({ desk, texts, words }) {
  const condition = desk.condition.value, result = desk.result.value;
  const language = words.value.language;
  return {
    language,
    title: condition?.title ? texts.pick(condition.title) : "",
    challenge: desk.phase.value === "work" ? desk.challenge.value : "",
    listAge: condition?.listAge ?? null,
    shown: result && { colour: result.verdict.colour, word: result.verdict.public, reason: spoken(result.verdict) },
  };
}

/** Reasons that the holder may read, because there is something to do about them; of all others only the colour is told. */
const OPEN = new Set(["code-expired", "code-from-future", "replayed", "unknown-format", "wrong-scene", "challenge-mismatch", "credential-expired"]);

/** @param {import("./verdict.js").Verdict} verdict */
const spoken = ({ reason }) => (reason !== null && OPEN.has(reason) ? reason : "");

/** What the other window tells, as a signal. */
export function heardPublic() {
  const channel = new BroadcastChannel(ownName(CHANNEL));
  /** @type {import("../vendor/preact-htm.js").Signal<Told | null>} */
  const told = signal(null);
  channel.onmessage = ({ data }) => {
    if (data !== "hello") told.value = data;
  };
  channel.postMessage("hello");
  return told;
}
