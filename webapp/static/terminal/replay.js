// What this page has accepted lately, kept in the browser's storage so that a reload forgets nothing; the twin of verify/replay.py, for one page.

import { SetupError, StateError } from "../shared/errors.js";

const KEY = "ecard.terminal.replay";
const GRACE = 60;

/** @typedef {{ iat: number, now: number, until: number }} Passage */
/** @typedef {{ getItem(key: string): string | null, setItem(key: string, value: string): void }} Box */

export class ReplayMemory {
  /** @param {Box} box what keeps the text between two lives of the page */
  constructor(box) {
    this.box = box;
  }

  /**
   * Remember an acceptance. Throws `StateError` replayed; `SetupError` replay-clock or replay-cut, and state-unwritable where nothing can be kept.
   *
   * @param {string} name region and credential
   * @param {Passage} passage
   */
  admit(name, { iat, now, until }) {
    const kept = this.read();
    const [lastUntil, lastIat] = kept.accepted[name] ?? [-1, -1];
    if (now <= lastUntil || iat <= lastIat) throw new StateError("replayed", { again_in_s: Math.max(0, lastUntil - now + 1) });
    if (now <= kept.horizon) throw new SetupError("replay-clock", { behind_s: kept.horizon - now + 1 });
    if (iat <= kept.gap) throw new SetupError("replay-cut", { before_s: kept.gap - iat + 1 });
    for (const [other, [over, made]] of Object.entries(kept.accepted)) {
      if (over < now - GRACE) {
        delete kept.accepted[other];
        kept.horizon = Math.max(kept.horizon, over);
        kept.gap = Math.max(kept.gap, made);
      }
    }
    kept.accepted[name] = [until, Number(iat)];
    try {
      this.box.setItem(KEY, JSON.stringify(kept));
    } catch {
      throw new SetupError("state-unwritable");
    }
  }

  /** @returns {{ accepted: Record<string, [number, number]>, horizon: number, gap: number }} */
  read() {
    try {
      const kept = JSON.parse(this.box.getItem(KEY) ?? "");
      if (kept?.accepted && typeof kept.accepted === "object" && Number.isFinite(kept.horizon) && Number.isFinite(kept.gap)) return kept;
    } catch {
      // nothing yet, or spoilt: then there is nothing that could be remembered
    }
    return { accepted: {}, horizon: -1, gap: -1 };
  }
}

/** A box that lives and dies with the page. @returns {Box} */
export function freshBox() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}
