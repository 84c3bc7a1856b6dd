// The page without an agent: trust pinned at setup, the standard status list of each code's shard, the service's time. What it cannot know is grey.

import { Api } from "../shared/api.js";
import { Clock } from "../shared/clock.js";
import { CardError, SetupError } from "../shared/errors.js";
import { Judge } from "./judge.js";
import { readToken } from "./judge_status.js";
import { TrustView } from "./judge_trust.js";
import { ReplayMemory } from "./replay.js";
import { readTrust, writeTrust } from "./settings.js";
import { notAccepted } from "./verdict.js";

/** @typedef {import("./judge_status.js").Shard} Shard */

const LISTS = "ecard-terminal-lists";
const LIST_PATIENCE_MS = 2500;
const TIME_KEPT = "ecard.terminal.clock";

/** Lists as they are asked for: the newest that the service has, or the one that was kept while there is no network. */
export class FetchedLists {
  /** @param {TrustView} trust */
  constructor(trust) {
    this.trust = trust;
    /** @type {Map<string, Shard>} */
    this.held = new Map();
  }

  /** One list cannot tell whether another should have come: nobody is accepted before the own list is here. @returns {null} */
  head() {
    return null;
  }

  /** The newest signing time of each region's lists. */
  heads() {
    /** @type {Map<string, number>} */
    const heads = new Map();
    for (const { region, iat } of this.held.values()) heads.set(region, Math.max(iat, heads.get(region) ?? 0));
    return heads;
  }

  /**
   * @param {string} uri
   * @returns {Promise<Shard | null>}
   */
  async shard(uri) {
    if (this.trust.owner(uri) === undefined) return null;
    const path = `/v1/status/${uri.slice(3)}`;
    const before = this.held.get(uri) ?? (await this.#believed(await kept(path), uri));
    let newest = before;
    try {
      const answer = await fetch(path, { signal: AbortSignal.timeout(LIST_PATIENCE_MS), cache: "no-cache", credentials: "omit" });
      const fetched = answer.ok ? await this.#believed(answer.clone(), uri) : null;
      if (fetched !== null && (before === null || fetched.iat >= before.iat)) {
        newest = fetched;
        await keep(path, answer);
      }
    } catch {
      // no network: what was kept is as old as it says
    }
    if (newest !== null) this.held.set(uri, newest);
    return newest;
  }

  /**
   * @param {Response | undefined} answer
   * @param {string} uri
   */
  async #believed(answer, uri) {
    if (answer === undefined) return null;
    try {
      const shard = await readToken(new Uint8Array(await answer.arrayBuffer()), this.trust);
      return shard.uri === uri ? shard : null;
    } catch (error) {
      if (error instanceof CardError) return null;
      throw error;
    }
  }
}

export class Alone {
  constructor() {
    this.api = new Api();
    this.clock = new Clock({ kept: keptTime() });
    /** @type {TrustView | null} */
    this.trust = null;
    /** @type {FetchedLists | null} */
    this.lists = null;
    this.memory = new ReplayMemory(localStorage);
    /** Why newer trust was not taken: the service has another repository than the one this screen was set up with. */
    this.isForeign = false;
  }

  /** Open what was pinned; nothing where nothing was. */
  async open() {
    const pinned = readTrust();
    if (pinned !== null && this.trust === null) await this.#use(pinned).catch(() => writeTrust(null));
  }

  /**
   * Take the service's newest trust: at setup whatever it is, later only the same repository's, and never an older one. Rejects with `SetupError`.
   *
   * @param {{ isSetup?: boolean }} [how]
   */
  async renew({ isSetup = false } = {}) {
    let offered;
    try {
      const answer = await fetch("/terminal/trust.json", { signal: AbortSignal.timeout(LIST_PATIENCE_MS * 2), cache: "no-cache", credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      offered = /** @type {import("./judge_trust.js").WrittenTrust} */ (await answer.json());
    } catch {
      throw new SetupError("trust-unreachable");
    }
    const pinned = readTrust();
    this.isForeign = !isSetup && pinned !== null && pinned.anchor !== offered.anchor;
    if (this.isForeign) throw new SetupError("trust-foreign-root");
    if (!isSetup && pinned !== null && offered.version < pinned.version) throw new SetupError("trust-older");
    await this.#use(offered);
    writeTrust(offered);
  }

  /** Ask the service for the time. */
  async setClock() {
    try {
      const isGood = await this.clock.measure(() => this.api.time());
      if (isGood) localStorage.setItem(TIME_KEPT, JSON.stringify(this.clock.keep()));
      return isGood;
    } catch {
      return false;
    }
  }

  /** Seconds since 1970 by the service's clock, as well as it is known here. */
  now() {
    if (this.clock.jumped()) this.clock.anchor();
    return Math.floor(this.clock.now() / 1000);
  }

  /**
   * @param {string} text
   * @param {{ scene: string, region: string, challenge: Uint8Array | null }} at
   * @returns {Promise<import("./verdict.js").Verdict>}
   */
  async verify(text, { scene, region, challenge }) {
    const rules = this.trust?.scene(scene, region || null);
    if (this.trust === null || this.lists === null || rules === undefined) return notAccepted(new SetupError("trust-absent"), -1);
    const floor = { overall: this.trust.issued, regions: this.lists.heads() };
    const judge = new Judge({ trust: this.trust, scene: rules, status: this.lists, replay: this.memory, floor });
    return judge.verify(text, this.now(), challenge);
  }

  /** @param {import("./judge_trust.js").WrittenTrust} written */
  async #use(written) {
    const trust = await TrustView.of(written);
    this.trust = trust;
    this.lists = new FetchedLists(trust);
  }
}

function keptTime() {
  try {
    return JSON.parse(localStorage.getItem(TIME_KEPT) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} path */
async function kept(path) {
  return globalThis.caches === undefined ? undefined : (await caches.open(LISTS)).match(path);
}

/**
 * @param {string} path
 * @param {Response} answer
 */
async function keep(path, answer) {
  if (globalThis.caches !== undefined) await (await caches.open(LISTS)).put(path, answer);
}
