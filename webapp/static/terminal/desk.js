// The desk: what is scanned, who decides, what is shown and for how long. Views read its signals; inputs hand it texts.

import { signal } from "../vendor/preact-htm.js";
import { fromHex } from "../shared/bytes.js";
import { SetupError } from "../shared/errors.js";
import { PREFIX } from "../shared/presentation.js";
import { Agent, AgentProblem } from "./agent.js";
import { Alone } from "./alone.js";
import { drawChallenge } from "./challenge.js";
import { ofAgent, ofPage } from "./condition.js";
import { dayOf, readCounts, readSettings, writeCounts, writeSettings } from "./settings.js";
import { Sound } from "./sound.js";
import { notAccepted } from "./verdict.js";

/** @typedef {import("./verdict.js").Verdict} Verdict */
/** @typedef {"gun" | "camera" | "photo" | "chip" | "spoken"} Source */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {{ code: string, title?: Verdict["public"] | null, hint?: Verdict["public"] | null }} Advice */

/** How long a result stays, and how long its text is the same scan. */
const GREEN_MS = 2500, OTHER_MS = 4000, SAME_MS = 5000, IN_VIEW_MS = 700;
const LOOK_EVERY_MS = 4000;
const TRUST_EVERY_MS = 600_000;
const CHALLENGE_MS = 300_000;

export class Desk {
  constructor() {
    this.settings = signal(readSettings());
    /** @type {import("../vendor/preact-htm.js").Signal<"check" | "work">} */
    this.phase = signal("check");
    /** @type {import("../vendor/preact-htm.js").Signal<{ verdict: Verdict, source: Source, at: number } | null>} */
    this.result = signal(null);
    /** What is no verdict: too many codes, a photo without one, no card in the reader. @type {import("../vendor/preact-htm.js").Signal<Advice | null>} */
    this.advice = signal(null);
    this.isJudging = signal(false);
    this.counts = signal(readCounts(dayOf(Date.now())));
    /** @type {import("../vendor/preact-htm.js").Signal<import("./condition.js").Condition | null>} */
    this.condition = signal(null);
    this.challenge = signal("");
    this.sound = new Sound();
    this.alone = new Alone();
    /** When each text was last seen. @type {Map<string, number>} */
    this.seen = new Map();
    this.shownText = "";
    this.turn = Promise.resolve();
    this.hold = 0;
    this.holdUntil = 0;
    this.drawn = 0;
    this.trustAsked = 0;
    this.applySound();
  }

  get agent() {
    return new Agent(this.settings.value.port);
  }

  /** @param {Partial<Settings>} changes */
  change(changes) {
    this.settings.value = { ...this.settings.value, ...changes };
    writeSettings(this.settings.value);
    this.applySound();
    if ("judge" in changes || "port" in changes || "scene" in changes) this.look();
  }

  applySound() {
    this.sound.volume = this.settings.value.volume;
    this.sound.isMuted = this.settings.value.isMuted;
  }

  /** Find out how this terminal is, now and every few seconds. */
  async watch() {
    await this.look();
    setTimeout(() => this.watch(), LOOK_EVERY_MS);
  }

  async look() {
    const { judge } = this.settings.value;
    try {
      this.condition.value = judge === "agent" ? ofAgent(await this.agent.health()) : await this.lookAlone();
    } catch (error) {
      this.condition.value = this.awayNow(error instanceof AgentProblem ? error : null);
    }
    const day = dayOf(Date.now());
    this.counts.value = readCounts(day);
    if (this.needsChallenge && (!this.challenge.value || Date.now() - this.drawn > CHALLENGE_MS)) this.draw();
    if (!this.needsChallenge) this.challenge.value = "";
  }

  /** Nobody answers; whose window this is stays as it was. @param {AgentProblem | null} error */
  awayNow(error) {
    const { title = null, terminal = "", freshness = null } = this.condition.value ?? {};
    return { ...ofAgent(null, error), title, terminal, freshness };
  }

  async lookAlone() {
    await this.alone.open();
    if (Date.now() - this.trustAsked > TRUST_EVERY_MS || this.alone.trust === null) {
      this.trustAsked = Date.now();
      await this.alone.setClock();
      if (this.alone.trust !== null) await this.alone.renew().catch(() => undefined);
    }
    return ofPage(this.alone, this.settings.value);
  }

  get needsChallenge() {
    return this.condition.value?.freshness === "challenge";
  }

  draw() {
    this.challenge.value = drawChallenge();
    this.drawn = Date.now();
  }

  /**
   * The codes in one picture. One code of ours is enough, whatever else hangs in view; two of ours cannot be told apart.
   *
   * @param {string[]} texts
   * @param {Source} source
   * @param {number} [taken]
   */
  see(texts, source, taken = performance.now()) {
    const ours = texts.filter((text) => text.startsWith(PREFIX));
    if (ours.length > 1) {
      this.advise({ code: "several" });
      return;
    }
    const text = ours[0] ?? texts[0];
    if (text === undefined) return;
    if (source === "camera" && this.isJudging.value) return; // the next picture has it too
    this.submit(text, source, taken);
  }

  /**
   * Judge a text, unless it was seen within the last five seconds: then what is shown stays.
   *
   * @param {string} text
   * @param {Source} source
   * @param {number} [taken]
   */
  submit(text, source, taken = performance.now()) {
    const now = performance.now(), last = this.seen.get(text);
    this.seen.set(text, now);
    for (const [other, at] of this.seen) if (now - at > SAME_MS) this.seen.delete(other);
    if (last !== undefined && now - last <= SAME_MS) {
      if (text === this.shownText) this.extend(now);
      return;
    }
    this.run(source, () => this.verify(text), taken, text);
  }

  chip() {
    this.run("chip", () => this.agent.chip());
  }

  /**
   * @param {string} locator
   * @param {string} code
   */
  spoken(locator, code) {
    this.run("spoken", () => this.agent.spoken(locator, code));
  }

  /**
   * One question after another.
   *
   * @param {Source} source
   * @param {() => Promise<Verdict>} ask
   * @param {number} [taken]
   * @param {string} [text]
   */
  run(source, ask, taken = performance.now(), text = "") {
    this.isJudging.value = true;
    this.turn = this.turn.then(async () => {
      try {
        this.show(await ask(), source, taken, text);
      } catch (error) {
        if (text) this.seen.delete(text);
        this.refuse(error, source, taken);
      } finally {
        this.isJudging.value = false;
      }
    });
  }

  /**
   * @param {string} text
   * @returns {Promise<Verdict>}
   */
  verify(text) {
    const { judge, scene, region } = this.settings.value;
    const challenge = this.challenge.value || null;
    if (judge === "agent") return this.agent.verify(text, challenge);
    return this.alone.verify(text, { scene, region, challenge: challenge === null ? null : fromHex(challenge) });
  }

  /**
   * @param {Verdict} verdict
   * @param {Source} source
   * @param {number} taken
   * @param {string} text
   */
  show(verdict, source, taken, text) {
    const now = performance.now();
    this.advice.value = null;
    this.result.value = { verdict, source, at: Date.now() };
    this.shownText = text;
    this.sound.play(verdict.tone);
    this.count(verdict.colour);
    this.holdUntil = now + (verdict.colour === "green" ? GREEN_MS : OTHER_MS);
    this.release();
    if (verdict.verdict === "accepted" && this.challenge.value) this.draw(); // a challenge is answered once
    requestAnimationFrame(() => setTimeout(() => performance.measure(`scan-to-verdict ${source}`, { start: taken, end: performance.now() })));
  }

  /**
   * Nobody could judge. For a code that is a doubt like any other; a card or a number that could not be read is told to staff.
   *
   * @param {unknown} error
   * @param {Source} source
   * @param {number} taken
   */
  refuse(error, source, taken) {
    const told = error instanceof AgentProblem ? error : null;
    if (told === null) reportError(error); // a defect of ours is a doubt about this code, and not the end of the day's work
    const { code, title, hint } = told ?? { code: "defect", title: null, hint: null };
    if (code === "agent-away") this.condition.value = this.awayNow(told);
    if (told !== null && code !== "agent-away" && (source === "chip" || source === "spoken")) {
      this.sound.play("soft");
      this.advise(told);
      return;
    }
    const doubt = notAccepted(new SetupError(code), -1);
    this.show({ ...doubt, ...(title ? { staff: title } : {}), ...(hint ? { hint } : {}) }, source, taken, "");
  }

  /** @param {number} now */
  extend(now) {
    this.holdUntil = Math.max(this.holdUntil, now + IN_VIEW_MS);
  }

  /** Go back to waiting once nothing holds the result any more. */
  release() {
    clearTimeout(this.hold);
    const left = this.holdUntil - performance.now();
    if (left > 0) this.hold = setTimeout(() => this.release(), left);
    else this.dismiss();
  }

  dismiss() {
    clearTimeout(this.hold);
    this.result.value = null;
    this.advice.value = null;
    this.shownText = "";
  }

  /** @param {Advice} advice */
  advise(advice) {
    if (this.result.value !== null) return;
    this.advice.value = advice;
    this.holdUntil = performance.now() + OTHER_MS;
    this.release();
  }

  /** Say what went wrong while this terminal was set up. @param {string} code */
  worry(code) {
    if (this.condition.value === null) return;
    this.condition.value = { ...this.condition.value, isReady: false, problems: [{ code, title: null, hint: null }] };
  }

  /** @param {string} colour */
  count(colour) {
    const day = dayOf(Date.now());
    const counts = { ...readCounts(day) };
    if (colour in counts) counts[/** @type {import("./settings.js").Colour} */ (colour)] += 1;
    this.counts.value = counts;
    writeCounts(day, counts);
  }
}
