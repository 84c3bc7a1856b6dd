// What is known of a card on this phone, and how it stands: one state with its words, its tone and the one next action. Nothing is drawn here.

import { NOTABLE_MS } from "../shared/clock.js";
import { GENERAL } from "../shared/credential.js";

/** @typedef {{ sub: string, card: string, profile: number, iat: number, exp: number, isAhead: boolean }} Held a credential on this phone */
/** @typedef {{ ref: string, kind: string, carrier: string | null, placed: number, until: number | null, due: number | null }} Hold */
/**
 * @typedef {{ ref: string, kind: string, state: string, this: boolean, provisional_until: number | null, created: number, status: string }} Carrier
 */
/**
 * What the service said about a card.
 *
 * @typedef {{
 *   card: string, region: string, masked_name: string, number_tail: string, social_tail: string, state: string, issued: number | null,
 *   expires: number | null, revision: number, holds: Hold[], carriers: Carrier[], locked_groups: number[],
 * }} Says
 */
/** @typedef {{ ref: string, state: string, expires: number, until: number | null }} Enrolment */
/**
 * @typedef {{
 *   card: string, region: string, name: string, added: number, enrolment: Enrolment | null, says: Says | null, asOf: number | null,
 * }} KeptCard
 */
/** @typedef {{ offset: number, measured: number | null, wentBack: boolean, jumped: boolean }} ClockState */
/**
 * How a card stands: `text` and `places` are its words, `next` the one action (the name of a deed or a page), `shows` whether there is a code.
 *
 * @typedef {{ name: string, tone: "ok" | "warn" | "bad" | "quiet", shows: boolean, places: Record<string, string | number>, next: string | null }} Standing
 */

const DAY = 86400;
export const LOSSES = ["pre-loss", "loss"];

/** This phone, as the card's record knows it. @param {KeptCard} card */
export const thisPhone = (card) => card.says?.carriers.find((carrier) => carrier.this) ?? null;

/**
 * Holds that stop this phone: on the whole card, or on it.
 *
 * @param {KeptCard} card
 * @param {number} now
 */
export function holdsHere(card, now) {
  const phone = thisPhone(card);
  return (card.says?.holds ?? []).filter((hold) => (hold.carrier === null || hold.carrier === phone?.ref) && (hold.until === null || now < hold.until));
}

/** How far a clock is off, in seconds, to the nearest minute where it is minutes. @param {number} milliseconds */
export function roughly(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  return seconds < 60 ? seconds : Math.round(seconds / 60) * 60;
}

/** Whether a hold stops this phone too, so that its own word cannot lift it. @param {KeptCard} card @param {Hold} hold */
export const coversThisPhone = (card, hold) => hold.carrier === null || hold.carrier === thisPhone(card)?.ref;

/**
 * @param {KeptCard} card
 * @param {Held[]} held
 * @param {{ now: number, online: boolean, clock: ClockState, span: (seconds: number) => string }} about
 * @returns {Standing}
 */
export function standingOf(card, held, { now, online, clock, span }) {
  const stopped = stoppedBy(card, now);
  if (stopped !== null) return { ...stopped, shows: false, places: {} };
  const best = held.find((one) => one.card === card.card && one.profile === GENERAL);
  if (best === undefined) {
    const waits = card.enrolment?.state === "pending" && thisPhone(card) === null;
    if (waits) return { name: "pending", tone: "warn", shows: false, places: {}, next: "activation" };
    return { name: "empty", tone: "warn", shows: false, places: {}, next: "renew" };
  }
  const left = best.exp - now;
  if (left <= 0) return { name: "expired", tone: "bad", shows: false, places: { ago: span(-left) }, next: "renew" };
  const places = { left: span(left), off: span(roughly(clock.offset)) };
  if (clock.jumped || clock.wentBack) return { name: "clock-changed", tone: "warn", shows: true, places, next: "clock" };
  if (clock.measured !== null && Math.abs(clock.offset) > NOTABLE_MS) {
    return { name: clock.offset < 0 ? "clock-fast" : "clock-slow", tone: "warn", shows: true, places, next: "clock" };
  }
  if (left <= DAY) return { name: "aging", tone: "warn", shows: true, places, next: "renew" };
  if (clock.measured === null) return { name: "unsynced", tone: "warn", shows: true, places, next: "clock" };
  if (!online) return { name: "offline", tone: "quiet", shows: true, places, next: null };
  return { name: "online", tone: "ok", shows: true, places, next: null };
}

/**
 * @param {KeptCard} card
 * @param {number} now
 * @returns {{ name: string, tone: "bad" | "warn", next: string | null } | null}
 */
function stoppedBy(card, now) {
  if (card.says === null) return null;
  const phone = thisPhone(card);
  const kinds = new Set(holdsHere(card, now).map((hold) => hold.kind));
  if (card.says.state === "ended") return { name: "replaced", tone: "bad", next: "activation" };
  if (kinds.has("freeze")) return { name: "frozen", tone: "bad", next: "help" };
  if (LOSSES.some((kind) => kinds.has(kind))) return { name: "lost", tone: "bad", next: "help" };
  if (kinds.has("drift")) return { name: "drift", tone: "bad", next: "help" };
  if (kinds.has("self-lock")) return { name: "locked", tone: "warn", next: "lock" };
  if (phone?.state === "ended" || (phone !== null && phone.status === "ended")) return { name: "unbound", tone: "bad", next: "activation" };
  if (phone !== null && phone.provisional_until !== null && phone.provisional_until <= now) {
    return { name: "provisional-ended", tone: "bad", next: "help" };
  }
  if (phone !== null && phone.status !== "valid") return { name: "stopped", tone: "bad", next: "help" };
  return null;
}
