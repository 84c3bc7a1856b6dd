// What is going on now: cards, clock, network, settings and the page that is open, as signals that pages read. One session per open page.

import { batch, computed, signal } from "../vendor/preact-htm.js";
import { GENERAL, IDENTITY } from "../shared/credential.js";
import { CardError, SetupError } from "../shared/errors.js";
import { loadTexts } from "../shared/texts.js";
import { standingOf, thisPhone } from "./cards.js";
import { applySettings, keepSettings, noteEnrolled, readSettings } from "./settings.js";
import { takeTurn } from "./turn.js";

const SYNC_EVERY_MS = 60_000;
const HOME = "home";
/** Refusals that mean: the network or the service is away, not that something is wrong. */
const AWAY = new Set(["offline", "not-ready", "service-busy"]);

export class Session {
  /**
   * @param {import("./wallet.js").Wallet} wallet
   * @param {import("./settings.js").Settings} settings
   * @param {import("../shared/texts.js").Texts} texts
   */
  constructor(wallet, settings, texts) {
    this.wallet = wallet;
    this.settings = signal(settings);
    this.texts = signal(texts);
    this.cards = signal(/** @type {import("./cards.js").KeptCard[]} */ ([]));
    this.held = signal(/** @type {import("./cards.js").Held[]} */ ([]));
    this.chosen = signal(/** @type {string | null} */ (null));
    this.online = signal(navigator.onLine);
    this.syncing = signal(false);
    /** Why the last renewal did not come, if it is more than the network. @type {import("../vendor/preact-htm.js").Signal<CardError | null>} */
    this.trouble = signal(null);
    this.now = signal(wallet.now());
    this.clock = signal(this.#clockState());
    this.route = signal(routeOf());
    /** Whether the app is in use on this page, and not on another one of this phone. */
    this.here = signal(true);
    /** The new version that waits, if one does. @type {import("../vendor/preact-htm.js").Signal<ServiceWorker | null>} */
    this.update = signal(null);
    this.takeUpdate = () => {};
    this.card = computed(() => this.cards.value.find((card) => card.card === this.chosen.value) ?? this.cards.value[0] ?? null);
    this.standing = computed(() => (this.card.value === null ? null : this.standingOf(this.card.value)));
    wallet.api.onReach = (there) => {
      this.online.value = there;
    };
  }

  /** Begin: read what is here, listen to what changes, then ask the service. */
  async begin() {
    this.#takeTurn();
    await this.read();
    await this.#recallChosen();
    addEventListener("hashchange", () => {
      this.route.value = routeOf();
    });
    addEventListener("online", () => this.sync());
    addEventListener("offline", () => {
      this.online.value = false;
    });
    document.addEventListener("visibilitychange", () => this.#returned());
    addEventListener("pageshow", (event) => event.persisted && this.#returned());
    setInterval(() => this.isWatched() && this.#tick(), 1000);
    setInterval(() => this.isWatched() && this.sync(), SYNC_EVERY_MS);
    this.sync();
  }

  /** Whether somebody can see this page, and the app is in use on it: only then are codes made and the service asked. */
  isWatched() {
    return document.visibilityState === "visible" && this.here.value;
  }

  /** Have the app on this page again, as it was left, with whatever has been done on the other one. */
  async takeBack() {
    if (this.here.value) return;
    this.#takeTurn();
    this.wallet.clock.heed((await this.wallet.store.recall("clock")) ?? null);
    await this.#recallChosen();
    await this.read();
    await this.set(readSettings());
    await this.#returned();
  }

  #takeTurn() {
    this.here.value = true;
    takeTurn(() => {
      this.here.value = false;
    });
  }

  async #recallChosen() {
    this.chosen.value = (await this.wallet.store.recall("chosen")) ?? null;
  }

  /** @param {import("./cards.js").KeptCard} card */
  standingOf(card) {
    const span = (/** @type {number} */ seconds) => this.texts.value.span(seconds);
    return standingOf(card, this.held.value, { now: this.now.value, online: this.online.value, clock: this.clock.value, span });
  }

  async read() {
    const [cards, held] = await Promise.all([this.wallet.cards(), this.wallet.credentials()]);
    batch(() => {
      this.cards.value = cards;
      this.held.value = held;
      this.now.value = this.wallet.now();
    });
    if (cards.length) noteEnrolled();
  }

  /** Time, cards and credentials from the service, quietly. Resolves to whether it could be reached. */
  async sync() {
    if (this.syncing.value || !this.here.value) return this.online.value;
    this.syncing.value = true;
    try {
      await this.measure();
      if (this.cards.value.length) {
        await this.wallet.refresh();
        await this.read();
        await this.#renew();
      }
      this.trouble.value = null;
      return true;
    } catch (problem) {
      if (!(problem instanceof CardError)) throw problem;
      if (!AWAY.has(problem.code)) this.trouble.value = problem;
      return problem.code !== "offline";
    } finally {
      await this.read();
      this.syncing.value = false;
    }
  }

  async #renew() {
    /** @type {CardError[]} */
    const refused = [];
    for (const card of this.cards.value) {
      const phone = thisPhone(card);
      if (phone === null || phone.status !== "valid" || card.says?.state !== "active") continue;
      try {
        await this.wallet.renewIfDue(card.card, GENERAL);
        if (this.settings.value.ready && phone.provisional_until === null) await this.wallet.renewIfDue(card.card, IDENTITY);
      } catch (problem) {
        if (!(problem instanceof CardError) || AWAY.has(problem.code)) throw problem;
        refused.push(problem); // what is refused for one card is no reason to leave the others without
      }
    }
    if (refused.length) throw refused[0];
  }

  /** Measure the phone's clock against the service's. Resolves to whether an answer was good enough. */
  async measure() {
    const good = await this.wallet.clock.measure(() => this.wallet.api.time());
    await this.#keepClock();
    return good;
  }

  /** @param {Partial<import("./settings.js").Settings>} changed */
  async set(changed) {
    const settings = { ...this.settings.value, ...changed };
    if (settings.language !== this.texts.value.language) this.texts.value = await loadTexts("app", settings.language);
    keepSettings(settings);
    applySettings(settings);
    this.settings.value = settings;
  }

  /** @param {string} card */
  async choose(card) {
    this.chosen.value = card;
    await this.wallet.store.remember("chosen", card);
  }

  /** @param {string} page */
  go(page) {
    location.hash = `#/${page}`;
    this.route.value = page;
  }

  home() {
    this.go(HOME);
  }

  /**
   * The words for what went wrong: the service's own, or ours, each with one next step.
   *
   * @param {unknown} problem
   * @returns {{ title: string, hint: string }}
   */
  words(problem) {
    const texts = this.texts.value;
    const code = problem instanceof CardError ? problem.code : "defect";
    if (texts.has(`problem.${code}.title`)) return { title: texts.say(`problem.${code}.title`), hint: texts.say(`problem.${code}.hint`) };
    const said = /** @type {Partial<import("../shared/api.js").Problem>} */ (problem);
    if (said.title?.zh && said.hint?.zh) return { title: texts.pick(said.title), hint: texts.pick(said.hint) };
    return { title: texts.say("problem.defect.title"), hint: texts.say("problem.defect.hint") };
  }

  #returned() {
    if (!this.here.value) return undefined; // the page in use keeps what there is to keep
    if (document.visibilityState !== "visible") return this.#keepClock();
    const { clock } = this.wallet;
    if (clock.jumped() && clock.wall() + clock.offset < clock.seen - 2000) clock.wentBack = true;
    clock.anchor();
    this.#tick();
    return this.sync();
  }

  #tick() {
    const changed = this.clock.value.jumped;
    batch(() => {
      this.now.value = this.wallet.now();
      this.clock.value = this.#clockState();
    });
    if (this.clock.value.jumped && !changed) this.sync();
  }

  #clockState() {
    const { clock } = this.wallet;
    return { offset: clock.offset, measured: clock.measured, wentBack: clock.wentBack, jumped: clock.jumped() };
  }

  async #keepClock() {
    this.clock.value = this.#clockState();
    await this.wallet.store.remember("clock", this.wallet.clock.keep()).catch((problem) => {
      if (!(problem instanceof SetupError)) throw problem;
    });
  }
}

const routeOf = () => location.hash.replace(/^#\/?/, "") || HOME;
