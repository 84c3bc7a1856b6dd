// The phone's own clock is not believed: trueNow = Date.now() + offset, the offset measured against the service and kept for when there is no network.
//
// While a page is visible, time goes on by performance.now() from an anchor, so that a clock that somebody changes is noticed at once. That timer
// stands still while a device sleeps, so the anchor is set again whenever the page comes back.

export const SAMPLES = 3;
export const SLOWEST_MS = 2000;
/** How far Date may move against performance.now() in the foreground before somebody must have changed it. */
export const JUMP_MS = 2000;
/** An offset that a person should know about. */
export const NOTABLE_MS = 30_000;

/**
 * What is kept between visits: the offset, when it was measured, and the latest true time that was ever seen.
 *
 * @typedef {{ offset: number, measured: number | null, seen: number }} Kept
 */

/** @typedef {{ wall?: () => number, steady?: () => number, kept?: Kept | null }} Sources */

export class Clock {
  /** @param {Sources} [sources] */
  constructor({ wall = () => Date.now(), steady = () => performance.now(), kept = null } = {}) {
    this.wall = wall;
    this.steady = steady;
    this.offset = kept?.offset ?? 0;
    /** True time of the last measurement in milliseconds; null when there never was one. */
    this.measured = kept?.measured ?? null;
    this.seen = kept?.seen ?? 0;
    /** Whether the phone's clock was moved back since this page, or the one before it, last looked. */
    this.wentBack = this.seen > this.wall() + this.offset + JUMP_MS;
    this.anchored = this.wall() + this.offset;
    this.steadyAnchor = this.steady();
  }

  /**
   * Take what another page of this phone has learnt of the time since.
   *
   * @param {Kept | null} kept
   */
  heed(kept) {
    if (kept === null || kept.measured === null || kept.measured <= (this.measured ?? 0)) return;
    this.offset = kept.offset;
    this.measured = kept.measured;
    this.seen = Math.max(this.seen, kept.seen);
    this.anchor();
  }

  /** Set the anchor again: on every return to the page, and after every measurement. */
  anchor() {
    this.anchored = this.wall() + this.offset;
    this.steadyAnchor = this.steady();
  }

  /** True time in milliseconds, as well as this phone knows it. */
  now() {
    const now = this.anchored + (this.steady() - this.steadyAnchor);
    this.seen = Math.max(this.seen, now);
    return now;
  }

  /** Whether Date has moved by itself since the anchor was set: somebody changed the time. */
  jumped() {
    return Math.abs(this.wall() + this.offset - this.now()) > JUMP_MS;
  }

  /** By how much the phone's clock is fast, in milliseconds; negative when it is slow. */
  get fast() {
    return -this.offset;
  }

  /**
   * Ask the service for the time, and take the answer that travelled shortest. Resolves to whether one was good enough.
   *
   * @param {() => Promise<number>} ask milliseconds since 1970 by the service's clock
   */
  async measure(ask) {
    /** @type {{ trip: number, offset: number } | null} */
    let best = null;
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const start = this.steady();
      const told = await ask();
      const trip = this.steady() - start;
      const offset = told + trip / 2 - this.wall();
      if (Number.isFinite(told) && trip < SLOWEST_MS && (best === null || trip < best.trip)) best = { trip, offset };
    }
    if (best === null) return false;
    this.offset = best.offset;
    this.wentBack = false;
    this.anchor();
    this.measured = this.anchored;
    this.seen = this.anchored;
    return true;
  }

  /** @returns {Kept} */
  keep() {
    return { offset: this.offset, measured: this.measured, seen: this.seen };
  }
}
