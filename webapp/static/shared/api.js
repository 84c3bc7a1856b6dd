// Requests to the service, each with a proof of this phone's key over exactly this request (RFC 9449, with the body's digest and the Idempotency-Key).

import { concat, fromBase64url, sha256, toBase64url, utf8 } from "./bytes.js";
import { CardError, SetupError } from "./errors.js";

const PATIENCE_MS = 15_000;
/** What a phone draws for a nonce of its own (ecard.enrolment.OWN_BYTES). */
const OWN_BYTES = 8;

/** @typedef {{ zh: string, en: string }} Bilingual */

/** What the service refused, with its own words for people. */
export class Problem extends CardError {
  /**
   * @param {number} status
   * @param {{ code?: string, title?: string | Bilingual, hint?: Bilingual, facts?: Record<string, string | number | boolean | null> }} details
   */
  constructor(status, { code = "request", title = "", hint = { zh: "", en: "" }, facts = {} }) {
    super(code, facts);
    this.status = status;
    this.title = typeof title === "string" ? split(title) : title;
    this.hint = hint;
  }
}

export class Api {
  /**
   * @param {{ origin?: string, signer?: () => Promise<import("./keys.js").Signer | null>, now?: () => number }} [parts]
   */
  constructor({ origin = location.origin, signer = async () => null, now = () => Date.now() } = {}) {
    this.origin = origin;
    this.signer = signer;
    this.now = now;
    this.nonce = "";
    /** Told after each exchange whether the service was there. @type {(there: boolean) => void} */
    this.onReach = () => {};
  }

  /**
   * The service's time in milliseconds.
   *
   * @returns {Promise<number>}
   */
  async time() {
    return (await this.#send("GET", "/v1/time", {})).page.now;
  }

  /** @param {string} path */
  async get(path) {
    return (await this.#proven("GET", path)).page;
  }

  /**
   * What stands at `path`, if it is another thing than the one that `etag` names; null if it is not.
   *
   * @param {string} path
   * @param {string | null} etag
   * @returns {Promise<{ page: any, etag: string | null } | null>}
   */
  async getChanged(path, etag) {
    const { answer, page } = await this.#proven("GET", path, undefined, undefined, etag === null ? {} : { "If-None-Match": etag });
    return answer.status === 304 ? null : { page, etag: answer.headers.get("ETag") };
  }

  /**
   * Do something, once, however often it has to be sent: a request that is sent again keeps its key. A body in which something is signed for this request
   * alone is made anew each time, of a nonce of this phone's own.
   *
   * @param {string} path
   * @param {object | ((nonce: Uint8Array<ArrayBuffer>) => Promise<object>)} body
   * @param {string} [key]
   */
  async post(path, body, key = freshKey()) {
    const make = async (/** @type {string} */ nonce) => utf8(JSON.stringify(typeof body === "function" ? await body(ownNonce(nonce)) : body));
    return (await this.#proven("POST", path, make, key)).page;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {(nonce: string) => Promise<Uint8Array<ArrayBuffer> | undefined>} [make] the body
   * @param {string} [key]
   * @param {Record<string, string>} [more] headers
   */
  async #proven(method, path, make = async () => undefined, key = undefined, more = {}) {
    const signer = await this.signer();
    if (signer === null) throw new SetupError("keys-missing");
    for (let turn = 0; ; turn += 1) {
      const nonce = this.nonce; // one for the proof and for what is signed in the body, whatever other answers bring meanwhile
      const body = await make(nonce);
      /** @type {Record<string, string>} */
      const headers = { ...more, DPoP: await this.proof(signer, { method, path, nonce, body, key }) };
      if (body !== undefined) headers["Content-Type"] = "application/json";
      if (key !== undefined) headers["Idempotency-Key"] = key;
      try {
        return await this.#send(method, path, { headers, body });
      } catch (problem) {
        if (!(problem instanceof Problem && problem.code === "proof-nonce" && turn < 2)) throw problem;
      }
    }
  }

  /**
   * @param {import("./keys.js").Signer} signer
   * @param {{ method: string, path: string, nonce: string, body?: Uint8Array<ArrayBuffer>, key?: string }} request
   */
  async proof(signer, { method, path, nonce, body = new Uint8Array(0), key = undefined }) {
    const { publicKey } = signer;
    const jwk = { kty: "EC", crv: "P-256", x: toBase64url(publicKey.x), y: toBase64url(publicKey.y()) };
    const claims = {
      htm: method,
      htu: `${this.origin}${path.split("?")[0]}`,
      iat: Math.floor(this.now() / 1000),
      jti: freshKey(),
      nonce,
      bsh: toBase64url(await sha256(body)),
      ...(key === undefined ? {} : { idk: key }),
    };
    const said = [{ typ: "dpop+jwt", alg: "ES256", jwk }, claims].map((part) => toBase64url(utf8(JSON.stringify(part)))).join(".");
    return `${said}.${toBase64url(await signer.sign(utf8(said)))}`;
  }

  /**
   * What came back, whole. An answer that broke off, or that somebody in between gave in place of the service, is no answer: `SetupError` offline.
   *
   * @param {string} method
   * @param {string} path
   * @param {{ headers?: Record<string, string>, body?: Uint8Array<ArrayBuffer> }} request
   */
  async #send(method, path, request) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    let answer, page = null;
    try {
      answer = await fetch(`${this.origin}${path}`, { method, ...request, signal, cache: "no-store", credentials: "omit", redirect: "error" });
      page = answer.status === 304 ? {} : await answer.json();
    } catch {
      // told apart below
    }
    const isOurs = typeof page === "object" && page !== null;
    const isThere = answer !== undefined && (isOurs || (answer.status >= 400 && answer.status < 500));
    this.onReach(isThere);
    if (answer === undefined || !isThere) throw new SetupError("offline");
    this.nonce = answer.headers.get("DPoP-Nonce") ?? this.nonce;
    if (!answer.ok && answer.status !== 304) throw new Problem(answer.status, isOurs ? page : {});
    return { answer, page };
  }
}

/**
 * What nobody signed before: the service's nonce, and bytes drawn here. Without one of the service's the proof beside it is refused, and both are made again.
 *
 * @param {string} nonce
 */
function ownNonce(nonce) {
  let given = new Uint8Array(0);
  try {
    given = fromBase64url(nonce);
  } catch {
    // whoever stands in between has changed the header: as good as none
  }
  return concat(given, crypto.getRandomValues(new Uint8Array(OWN_BYTES)));
}

/** 22 characters that nobody drew before. */
export const freshKey = () => toBase64url(crypto.getRandomValues(new Uint8Array(16)));

/** @param {string} title "中文 · English" @returns {Bilingual} */
function split(title) {
  const [zh, en = zh] = title.split(" · ");
  return { zh, en };
}
