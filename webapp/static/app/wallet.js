// What the phone does: enrols its key, keeps cards and credentials, renews them, makes codes, and proves the holder's wishes. No page is drawn here.

import { freshKey } from "../shared/api.js";
import { fromBase64url, toBase64url, toHex } from "../shared/bytes.js";
import { Credential, GENERAL, IDENTITY } from "../shared/credential.js";
import { SetupError, StateError } from "../shared/errors.js";
import { actBinding, ENROLMENT, HOLDER, makeProof, renewalBinding } from "../shared/keyproof.js";
import { makeCode } from "../shared/presentation.js";

const KEY = "enrolment";
const RENEW_LOCK = "ecard-renew";
/** Seconds that a code's time may lie ahead of the truth before gates refuse it (FORMATS.md 2). */
const AHEAD = 10;
const PROFILES = { general: GENERAL, identity: IDENTITY };
/** Seconds of life below which a credential is renewed, until the service has said otherwise. @type {Record<string, number>} */
const RENEW_UNDER = { [GENERAL]: 5 * 86400, [IDENTITY]: 48 * 3600 };

/** @typedef {import("./cards.js").KeptCard} KeptCard */
/** @typedef {import("./cards.js").Held} Held */

export class Wallet {
  /**
   * @param {import("../shared/store.js").PhoneStore} store
   * @param {import("../shared/api.js").Api} api
   * @param {import("../shared/clock.js").Clock} clock
   */
  constructor(store, api, clock) {
    this.store = store;
    this.api = api;
    this.clock = clock;
    api.signer = () => store.signer("keys", KEY);
    api.now = () => clock.now();
  }

  /** Whole seconds of true time. */
  now() {
    return Math.floor(this.clock.now() / 1000);
  }

  /** @returns {Promise<KeptCard[]>} */
  async cards() {
    const cards = await this.store.all("cards");
    return cards.sort((a, b) => a.added - b.added);
  }

  /**
   * What the phone holds, longest life first; last of all what has shown a time that is still to come. Two codes of one credential never have the same time,
   * so after the phone's clock was fast by hours, and has been put right, codes of the credentials it used would be refused for as many hours.
   *
   * @returns {Promise<Held[]>}
   */
  async credentials() {
    const [rows, shown] = await Promise.all([this.store.all("credentials"), this.store.all("shown")]);
    const latest = new Map(shown.map(({ sub, iat }) => [sub, iat])), soon = this.now() + AHEAD;
    return rows
      .map(({ sub, card, profile, iat, exp }) => ({ sub, card, profile, iat, exp, isAhead: (latest.get(sub) ?? 0) > soon }))
      .sort((a, b) => Number(a.isAhead) - Number(b.isAhead) || b.exp - a.exp);
  }

  /** The short name of this phone's key, as the desk's screen shows it: made here, so that nobody in between can change it. */
  async fingerprint() {
    const signer = await this.store.signer("keys", KEY);
    if (signer === null) throw new SetupError("keys-missing");
    const hex = toHex(await signer.publicKey.kid()).toUpperCase();
    return `${hex.slice(0, 4)} ${hex.slice(4, 8)}`;
  }

  /**
   * Redeem an activation code with this phone's key, and prove the key.
   *
   * @param {string} code eight digits
   * @param {string} key of the request, kept by the page so that sending again is the same request
   */
  async enrol(code, key) {
    await this.store.enrolmentSigner(KEY);
    const told = await this.api.post("/v1/enrolments", { code }, key);
    const { enrolment, card, region, masked_name: name, expires } = told;
    await this.#keep({ card, region, name, enrolment: { ref: enrolment, state: told.state, expires, until: null } });
    await this.prove(card, told.nonce);
    return card;
  }

  /**
   * Prove this phone's key over the service's nonce.
   *
   * @param {string} card
   * @param {string} nonce
   */
  async prove(card, nonce) {
    const kept = await this.#card(card);
    const proof = await this.#proof(kept.region, fromBase64url(nonce));
    const told = await this.api.post(`/v1/enrolments/${kept.enrolment?.ref}/proof`, { proof: toBase64url(proof) });
    await this.#enrolled(kept, told);
    return told.state;
  }

  /**
   * How an enrolment stands; answers the desk when it asks for a proof.
   *
   * @param {string} card
   */
  async follow(card) {
    const kept = await this.#card(card);
    const told = await this.api.get(`/v1/enrolments/${kept.enrolment?.ref}`);
    await this.#enrolled(kept, told);
    return told.nonce ? this.prove(card, told.nonce) : told.state;
  }

  /** What the service says about this phone's cards, kept for when there is no network. */
  async refresh() {
    const known = await this.cards();
    const seen = known.every((kept) => kept.says) ? ((await this.store.recall("etag")) ?? null) : null;
    const told = await this.api.getChanged("/v1/me", seen);
    const asOf = this.now();
    if (told === null) {
      for (const { card } of known) await this.#keep({ card, asOf });
      return known;
    }
    const { cards, policy } = told.page;
    await this.store.remember("policy", policy);
    for (const says of cards) await this.#keep({ card: says.card, region: says.region, name: says.masked_name, says, asOf });
    for (const { card, says } of known) {
      const gone = says !== null && !cards.some((/** @type {{ card: string }} */ one) => one.card === card);
      if (gone) await this.#keep({ card, asOf, says: { ...says, carriers: says.carriers.map((one) => (one.this ? { ...one, state: "ended" } : one)) } });
    }
    await this.store.remember("etag", told.etag);
    return this.cards();
  }

  /**
   * Ask for one fresh credential where the newest is to be renewed. Resolves to whether one came.
   *
   * @param {string} card
   * @param {number} profile
   */
  renewIfDue(card, profile) {
    return navigator.locks.request(RENEW_LOCK, async () => {
      const policy = await this.store.recall("policy");
      const under = policy?.renew_under?.[profile] ?? RENEW_UNDER[profile];
      const fresh = (await this.credentials()).find((held) => held.card === card && held.profile === profile);
      if (fresh && !fresh.isAhead && fresh.exp - this.now() > under) return false;
      await this.#renew(card, profile);
      return true;
    });
  }

  /**
   * @param {string} card
   * @param {number} profile
   */
  async #renew(card, profile) {
    const { region, says } = await this.#card(card);
    const phone = says?.carriers.find((carrier) => carrier.this)?.ref;
    if (phone === undefined) throw new StateError("phone-unbound");
    const id = `holder:${freshKey()}`;
    const signer = await this.store.holderSigner(id);
    try {
      await this.#fetch({ card, phone, profile, region, id, signer });
    } catch (problem) {
      await this.store.remove("keys", id); // nothing that comes later can be of this key
      throw problem;
    }
    await this.#tidy();
  }

  /**
   * A credential of this holder key, kept.
   *
   * @param {{ card: string, phone: string, profile: number, region: string, id: string, signer: import("../shared/keys.js").Signer }} of
   */
  async #fetch({ card, phone, profile, region, id, signer }) {
    const iat = this.now();
    const { credentials } = await this.api.post("/v1/credentials", async (nonce) => {
      const requests = [{ profile, proof: await makeProof(signer, { region, purpose: HOLDER, nonce, iat }) }];
      const proof = await this.#proof(region, await renewalBinding(nonce, phone, requests));
      const asked = requests.map((request) => ({ profile, proof: toBase64url(request.proof) }));
      return { card, phone, nonce: toBase64url(nonce), proof: toBase64url(proof), requests: asked };
    });
    const raw = fromBase64url(credentials[0]);
    const { says: issued } = Credential.fromBytes(raw);
    if (!issued.holder.equals(signer.publicKey)) throw new StateError("credential-other-key");
    await this.store.keepCredential(id, { sub: issued.sub, card, profile, raw, iat: issued.iat, exp: issued.exp });
  }

  /** Forget credentials that ended, and keys whose answer never came. */
  async #tidy() {
    const now = this.now();
    for (const { sub, exp } of await this.credentials()) {
      if (exp <= now - 86400) await Promise.all([this.store.remove("credentials", sub), this.store.remove("shown", sub)]);
    }
    for (const { id } of await this.store.all("keys")) if (id !== KEY) await this.store.remove("keys", id);
  }

  /**
   * The text of a code, made here and now; needs no network. Rejects with `StateError` phone-empty when no credential serves.
   *
   * @param {string} card
   * @param {"general" | "identity"} audience
   * @param {Uint8Array<ArrayBuffer> | null} [cnonce]
   */
  async code(card, audience, cnonce = null) {
    const now = this.now();
    const serving = (await this.credentials()).find((held) => held.card === card && held.profile === PROFILES[audience] && held.iat <= now && now < held.exp);
    if (serving === undefined) throw new StateError("phone-empty");
    const [row, signer] = await Promise.all([this.store.get("credentials", serving.sub), this.store.signer("credentials", serving.sub)]);
    if (signer === null) throw new SetupError("keys-missing");
    const iat = await this.store.takeIat(serving.sub, now);
    return makeCode(Credential.fromBytes(row.raw), signer, { audience, iat, cnonce });
  }

  /**
   * Send the holder's wish, proved for exactly this act.
   *
   * @param {string} path
   * @param {{ command: string, card: string, target: string, more?: object }} wish
   */
  async will(path, { command, card, target, more = {} }) {
    const { region } = await this.#card(card);
    return this.api.post(path, async (nonce) => {
      const proof = await this.#proof(region, await actBinding(nonce, command, card, target));
      return { card, nonce: toBase64url(nonce), proof: toBase64url(proof), ...more };
    });
  }

  /** @param {string} card */
  async forget(card) {
    for (const held of await this.credentials()) if (held.card === card) await this.store.remove("credentials", held.sub);
    await this.store.remove("cards", card);
  }

  /**
   * @param {string} region
   * @param {Uint8Array<ArrayBuffer>} nonce
   */
  async #proof(region, nonce) {
    const signer = await this.store.signer("keys", KEY);
    if (signer === null) throw new SetupError("keys-missing");
    return makeProof(signer, { region, purpose: ENROLMENT, nonce, iat: this.now() });
  }

  /** @param {string} card @returns {Promise<KeptCard>} */
  async #card(card) {
    const kept = await this.store.get("cards", card);
    if (kept === undefined) throw new StateError("card-unknown-here");
    return kept;
  }

  /** @param {Partial<KeptCard> & { card: string }} changed */
  async #keep(changed) {
    const before = await this.store.get("cards", changed.card);
    await this.store.put("cards", { added: this.now(), enrolment: null, says: null, asOf: null, ...before, ...changed });
  }

  /**
   * @param {KeptCard} kept
   * @param {{ state: string, provisional_until: number | null }} told
   */
  async #enrolled(kept, { state, provisional_until: until }) {
    await this.#keep({ card: kept.card, enrolment: kept.enrolment && { ...kept.enrolment, state, until: until ?? null } });
  }
}
