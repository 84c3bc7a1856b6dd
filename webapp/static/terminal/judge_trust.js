// Whom the page trusts when no agent stands beside it: issuer keys, status keys and scene rules as the server rendered them from the verified trust
// repository (/terminal/trust.json). One immutable view; the twin of verify/trust.py.

import { fromBase64url } from "../shared/bytes.js";
import { CoseKey } from "../shared/keys.js";

/** @typedef {{ region: string, key: CryptoKey, profiles: Record<string, [number, number]>, notBefore: number, notAfter: number }} Issuer */
/** @typedef {{ kid: string, key: CryptoKey, notBefore: number, notAfter: number }} StatusKey */
/** @typedef {{ region: string, letter: string, keys: StatusKey[], spaces: Record<string, [number, number]> }} Authority */
/**
 * @typedef {{
 *   name: string, region: string, title: { zh: string, en: string }, class: string, audience: string, freshness: string, future_s: number,
 *   past_s: number, max_age_s: number, passback_s: number, recognises: string[], delegate: boolean, chip: boolean,
 *   fares: Record<string, string> | null, staleness: { fresh_s: number, aging_s: number, allowed_s: number, check_s: number },
 * }} Scene
 */
/** @typedef {{ kid: string, x: string, odd: boolean, not_before: number, not_after: number }} WrittenKey */
/**
 * What /terminal/trust.json says.
 *
 * @typedef {{
 *   anchor: string, version: number, issued: number, expires: number,
 *   issuers: (WrittenKey & { region: string, profiles: Record<string, [number, number]> })[],
 *   authorities: { region: string, letter: string, keys: WrittenKey[], spaces: Record<string, [number, number]> }[],
 *   scenes: Scene[],
 * }} WrittenTrust
 */

export class TrustView {
  /**
   * @param {WrittenTrust} written
   * @param {Map<string, Issuer>} issuers
   * @param {Map<string, Authority>} authorities
   */
  constructor(written, issuers, authorities) {
    this.version = written.version;
    this.issued = written.issued;
    this.expires = written.expires;
    this.scenes = written.scenes;
    this.issuers = issuers;
    this.authorities = authorities;
  }

  /**
   * Load every key once. Rejects with `InputError` key-point.
   *
   * @param {WrittenTrust} written
   */
  static async of(written) {
    /** @type {Map<string, Issuer>} */
    const issuers = new Map();
    for (const issuer of written.issuers) {
      const bounds = { region: issuer.region, profiles: issuer.profiles, notBefore: issuer.not_before, notAfter: issuer.not_after };
      issuers.set(nameOf(issuer.region, issuer.kid), { ...bounds, key: await load(issuer) });
    }
    /** @type {Map<string, Authority>} */
    const authorities = new Map();
    for (const { region, letter, keys, spaces } of written.authorities) {
      const loaded = [];
      for (const key of keys) loaded.push({ kid: key.kid, key: await load(key), notBefore: key.not_before, notAfter: key.not_after });
      authorities.set(region, { region, letter, keys: loaded, spaces });
    }
    return new TrustView(written, issuers, authorities);
  }

  /**
   * The one key that region and key id name; a key id is a hint, and nothing tries a second key.
   *
   * @param {string} region
   * @param {string} kid
   */
  issuer(region, kid) {
    return this.issuers.get(nameOf(region, kid));
  }

  /**
   * The rules of a scene; undefined where no region, or more than one, defines it.
   *
   * @param {string} name
   * @param {string | null} region
   */
  scene(name, region) {
    const found = this.scenes.filter((scene) => scene.name === name && (region === null || scene.region === region));
    return found.length === 1 ? found[0] : undefined;
  }

  /**
   * Who publishes the list `uri`, and for which profile; undefined if nobody does.
   *
   * @param {string} uri
   */
  owner(uri) {
    const letter = uri[3], number = parseInt(uri.slice(4), 36);
    for (const authority of this.authorities.values()) {
      for (const [profile, [first, last]] of Object.entries(authority.spaces)) {
        if (letter === authority.letter && first <= number && number <= last) return { authority, profile: Number(profile) };
      }
    }
    return undefined;
  }
}

/**
 * @param {string} region
 * @param {string} kid
 */
const nameOf = (region, kid) => `${region} ${kid}`;

/** @param {WrittenKey} key */
const load = ({ x, odd }) => new CoseKey(fromBase64url(x), odd).load();
