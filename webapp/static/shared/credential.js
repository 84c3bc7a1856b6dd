// The credential: what an issuer says about one holder key for a while (FORMATS section 1); the twin of codes/credential.py and codes/claims.py.
//
// A Credential read from the wire is a well-formed statement and nothing more: its issuer's signature is checked by whoever holds the issuer's key.

import { utf8 } from "./bytes.js";
import { decode } from "./cbor.js";
import { KID, Sign1 } from "./cose.js";
import { InputError } from "./errors.js";
import { CoseKey } from "./keys.js";

export const ISS = 1, SUB = 2, AUD = 3, EXP = 4, IAT = 6, CNF = 8, CNONCE = 39, STATUS = 65535;
export const CARD = -65537, NAME = -65538, TAIL = -65539;
export const GENERAL = 1, IDENTITY = 2, CHIP = 3, DELEGATE = 4;
export const TYP_SD_CWT = 293;
export const HOUR = 3600;
const MAX_MAX_AGE = 3600;
const MAX_NAME_BYTES = 60;

const REGION = /^[A-Z]{2}-[A-Z0-9]{1,3}$/;
const SUBJECT = /^[A-Za-z0-9_-]{8}$/;
const URI = /^sl:([a-z])(0|[1-9a-z][0-9a-z]{0,3})$/;
const PRINTABLE = /^(?:[^\p{C}\p{Z}]| )*$/u;
const LAST_FOUR = /^[0-9]{3}[0-9X]$/;
/** How many of the two identity claims each profile may carry. @type {Record<number, number[]>} */
const IDENTITY_CLAIMS = { [GENERAL]: [0], [IDENTITY]: [2], [CHIP]: [0], [DELEGATE]: [0, 2] };

/**
 * What a credential says. Times are whole seconds since 1970 UTC.
 *
 * @typedef {{
 *   iss: string, sub: string, exp: number, iat: number, holder: CoseKey, status: { uri: string, idx: number }, chipTag: Uint8Array,
 *   maxAge: number, profile: number, fare: number, name: string | null, tail: string | null,
 * }} Statement
 */

/** A credential as read: the signed parts and what they say. Not yet believed. */
export class Credential {
  /**
   * @param {Sign1} signed
   * @param {Uint8Array} kid
   * @param {Statement} says
   */
  constructor(signed, kid, says) {
    this.signed = signed;
    this.kid = kid;
    this.says = says;
  }

  /** The exact encoding, tag included. */
  get raw() {
    return this.signed.raw;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  static fromBytes(bytes) {
    return Credential.parse(decode(bytes));
  }

  /**
   * Read a decoded tag 18. Throws `InputError`: cose-*, signature-*, claims-set, claim-value, key-shape, and the cbor-* codes.
   *
   * @param {import("./cbor.js").Value} value
   */
  static parse(value) {
    const signed = Sign1.parse(value, TYP_SD_CWT);
    const kid = signed.headers.get(KID);
    if (!(kid instanceof Uint8Array) || kid.length !== 8 || signed.headers.size !== 3) throw new InputError("cose-header");
    return new Credential(signed, kid, statement(decode(signed.payload)));
  }

  /** @param {CryptoKey} issuer */
  check(issuer) {
    return this.signed.check(issuer, "issuer-signature");
  }
}

/**
 * Shapes, types and ranges of every claim; nothing optional beyond what the profile names.
 *
 * @param {import("./cbor.js").Value} claims
 * @returns {Statement}
 */
function statement(claims) {
  if (!(claims instanceof Map)) throw new InputError("claims-set");
  for (const claim of [ISS, SUB, EXP, IAT, CNF, STATUS, CARD]) {
    if (!claims.has(claim)) throw new InputError("claims-set", { missing: claim });
  }
  const iss = claims.get(ISS), sub = claims.get(SUB), exp = claims.get(EXP), iat = claims.get(IAT), cnf = claims.get(CNF);
  const card = claims.get(CARD);
  want(typeof iss === "string" && REGION.test(iss), "iss");
  want(typeof sub === "string" && SUBJECT.test(sub), "sub");
  want(isWhole(exp) && isWhole(iat) && 0 <= iat && iat < exp && onTheHour(iat) && onTheHour(exp), "exp and iat");
  want(cnf instanceof Map && cnf.size === 1 && cnf.has(1), "cnf");
  want(Array.isArray(card) && card.length === 4, "card");
  const [chipTag, maxAge, profile, fare] = card;
  want(chipTag instanceof Uint8Array && chipTag.length === 8, "chip_tag");
  want(isWhole(maxAge) && 0 < maxAge && maxAge <= MAX_MAX_AGE, "max_age");
  want(isWhole(profile) && Number(profile) in IDENTITY_CLAIMS, "profile");
  want(isWhole(fare) && 0 <= fare && fare < 8, "fare");
  const name = claims.get(NAME) ?? null, tail = claims.get(TAIL) ?? null;
  const identity = Number(name !== null) + Number(tail !== null);
  if (claims.size !== 7 + identity || !IDENTITY_CLAIMS[profile].includes(identity)) throw new InputError("claims-set", { profile });
  if (name !== null) {
    want(typeof name === "string" && name.includes("*") && PRINTABLE.test(name) && utf8(name).length <= MAX_NAME_BYTES, "name");
  }
  if (tail !== null) want(typeof tail === "string" && LAST_FOUR.test(tail), "tail");
  return { iss, sub, exp, iat, holder: CoseKey.parse(cnf.get(1)), status: statusRef(claims.get(STATUS)), chipTag, maxAge, profile, fare, name, tail };
}

/**
 * Read {"status_list": {"idx": uint, "uri": "sl:c4k2"}}: exactly this. Throws `InputError` claims-set or claim-value.
 *
 * @param {import("./cbor.js").Value} value
 */
export function statusRef(value) {
  const entry = value instanceof Map && value.size === 1 ? value.get("status_list") : undefined;
  if (!(entry instanceof Map) || entry.size !== 2) throw new InputError("claims-set", { claim: "status" });
  const idx = entry.get("idx"), uri = entry.get("uri");
  want(isWhole(idx) && typeof uri === "string" && idx >= 0, "status");
  want(URI.test(uri), "uri");
  return { uri, idx };
}

/**
 * @param {boolean} so
 * @param {string} claim
 */
function want(so, claim) {
  if (!so) throw new InputError("claim-value", { claim });
}

/** @param {unknown} value */
const isWhole = (value) => typeof value === "number" || typeof value === "bigint";

/** @param {number | bigint} time */
const onTheHour = (time) => BigInt(time) % BigInt(HOUR) === 0n;
