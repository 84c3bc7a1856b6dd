// The three answers in one form, whoever gave them: the agent's JSON (FORMATS section 5) and the page's own; the twin of verify/verdict.py.

import { SetupError } from "../shared/errors.js";
import { ACCEPTED, FAULTS_OF, NOTES, REASONS } from "./reasons.js";

/** @typedef {import("./reasons.js").Text} Text */
/**
 * @typedef {{
 *   verdict: string, reason: string | null, number: number, notes: string[], iss: string | null, profile: number | null, fare: number | null,
 *   as_of: string | null, status_age_s: number | null, step: number | null, hint: Text, colour: string, tone: string, public: Text, staff: Text,
 *   name?: string, tail?: string, code?: string, facts?: Record<string, unknown>, seq?: number | null,
 * }} Verdict
 */

/** @type {Map<string, string>} */
const REASON_OF = new Map(Object.entries(FAULTS_OF).flatMap(([reason, codes]) => codes.map((code) => [code, reason])));
/** What was measured, and how it is said after the reason. @type {[string, string, string][]} */
const MEASURED = [["ahead_s", "约", "by about"], ["late_s", "超过", "over by"], ["behind_s", "慢了", "behind by"]];

/**
 * Yes. Of several notes the last gives the look, and staff read all.
 *
 * @param {import("../shared/credential.js").Statement} says
 * @param {import("./judge_trust.js").Scene} scene
 * @param {{ notes: string[], asOf: number, now: number }} evidence
 * @returns {Verdict}
 */
export function accepted(says, scene, { notes, asOf, now }) {
  const entries = notes.length ? notes.map((note) => NOTES[note]) : [ACCEPTED];
  const last = entries[entries.length - 1];
  return {
    verdict: last.outcome,
    reason: null,
    number: ACCEPTED.number,
    notes,
    iss: says.iss,
    profile: Number(says.profile),
    fare: scene.fares === null ? null : says.fare,
    as_of: instant(asOf),
    status_age_s: Math.max(0, now - asOf),
    step: null,
    hint: { zh: entries.map((entry) => entry.action.zh).join(""), en: entries.map((entry) => entry.action.en).join(" ") },
    ...(says.name === null || says.tail === null ? {} : { name: says.name, tail: says.tail }),
    colour: last.colour,
    tone: last.tone,
    public: last.public,
    staff: { zh: entries.map((entry) => entry.staff.zh).join("；"), en: entries.map((entry) => entry.staff.en).join("; ") },
  };
}

/**
 * No, or cannot tell: what is wrong with this device is a doubt, everything else refuses.
 *
 * @param {import("../shared/errors.js").CardError} error
 * @param {number} step
 * @returns {Verdict}
 */
export function notAccepted(error, step) {
  const reason = REASON_OF.get(error.code) ?? (error instanceof SetupError ? "terminal-not-ready" : "malformed");
  const entry = REASONS[reason];
  const asOf = error.facts.as_of;
  return {
    verdict: entry.outcome,
    reason,
    number: entry.number,
    notes: [],
    iss: null,
    profile: null,
    fare: null,
    as_of: typeof asOf === "number" ? instant(asOf) : null,
    status_age_s: typeof asOf === "number" ? /** @type {number} */ (error.facts.age_s) : null,
    step,
    hint: entry.action,
    code: error.code,
    facts: error.facts,
    colour: entry.colour,
    tone: entry.tone,
    public: entry.public,
    staff: measured(entry.staff, error.facts),
  };
}

/**
 * A verdict of the service, with what its words leave out: colour, sound and texts, all from the one table.
 *
 * @param {Partial<Verdict> & { verdict: string, reason: string | null }} said
 * @returns {Verdict}
 */
export function completed(said) {
  const entry = said.reason === null ? (said.verdict === "accepted" ? ACCEPTED : REASONS["terminal-not-ready"]) : (REASONS[said.reason] ?? REASONS.malformed);
  const { colour, tone, staff, action, number } = entry;
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  const nothing = { iss: null, profile: null, fare: null, as_of: null, status_age_s: null, step: null };
  return { ...nothing, number, notes: [], hint: action, colour, tone, public: entry.public, staff, ...given, verdict: entry.outcome, reason: said.reason };
}

/**
 * A length of time as people say it, in the largest unit that has at least two of it.
 *
 * @param {number} seconds
 * @returns {Text}
 */
export function duration(seconds) {
  for (const [size, zh, en] of /** @type {[number, string, string][]} */ ([[86400, "天", "days"], [3600, "小时", "hours"], [60, "分钟", "minutes"]])) {
    if (seconds >= 2 * size) return { zh: `${Math.floor(seconds / size)} ${zh}`, en: `${Math.floor(seconds / size)} ${en}` };
  }
  return { zh: `${seconds} 秒`, en: `${seconds} second${seconds === 1 ? "" : "s"}` };
}

/** @param {number} seconds */
const instant = (seconds) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

/**
 * @param {Text} staff
 * @param {Record<string, unknown>} facts
 * @returns {Text}
 */
function measured(staff, facts) {
  for (const [fact, zh, en] of MEASURED) {
    const seconds = facts[fact];
    if (typeof seconds === "number") {
      const words = duration(seconds);
      return { zh: `${staff.zh}（${zh} ${words.zh}）`, en: `${staff.en} (${en} ${words.en})` };
    }
  }
  return staff;
}
