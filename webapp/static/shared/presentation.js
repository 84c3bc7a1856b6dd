// The code: a credential presented once, now, by the phone that holds its key (FORMATS section 1); the twin of codes/presentation.py.
//
//   text = "SC1:" + Base45(KBT)
//
// `Presentation.fromText` says what a text claims and keeps the signed bytes; it believes nothing. `makeCode` is what the phone does.

import * as base45 from "./base45.js";
import { decode, encode, Tag18 } from "./cbor.js";
import { KCWT, Sign1, sign1, TYP } from "./cose.js";
import { AUD, CHIP, CNONCE, Credential, IAT } from "./credential.js";
import { InputError } from "./errors.js";

export const PREFIX = "SC1:";
export const TYP_KB_CWT = 294;
export const MAX_LENGTH = 1200;
export const AUDIENCES = ["general", "identity"];
const MIN_CNONCE = 8, MAX_CNONCE = 32;

/** @typedef {"general" | "identity"} Audience */

/** A code as read: the credential inside, whom it addresses, when the phone says it was made. Not yet believed. */
export class Presentation {
  /**
   * @param {Sign1} signed
   * @param {Credential} credential
   * @param {Audience} audience
   * @param {number} iat
   * @param {Uint8Array | null} cnonce
   */
  constructor(signed, credential, audience, iat, cnonce) {
    this.signed = signed;
    this.credential = credential;
    this.audience = audience;
    this.iat = iat;
    this.cnonce = cnonce;
  }

  /**
   * Read a scanned text. Throws `InputError`: code-prefix, code-length, base45-*, cbor-*, cose-*, signature-*, claims-set, claim-value, key-shape,
   * chip-in-code.
   *
   * @param {string} text
   */
  static fromText(text) {
    if (!text.startsWith(PREFIX)) throw new InputError("code-prefix");
    if (text.length > MAX_LENGTH) throw new InputError("code-length", { length: text.length, limit: MAX_LENGTH });
    return Presentation.fromBytes(base45.decode(text.slice(PREFIX.length)));
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  static fromBytes(bytes) {
    const signed = Sign1.parse(decode(bytes), TYP_KB_CWT);
    const kcwt = signed.headers.get(KCWT);
    if (signed.headers.size !== 3 || kcwt === undefined) throw new InputError("cose-header");
    const credential = Credential.parse(kcwt);
    if (credential.says.profile === CHIP) throw new InputError("chip-in-code");
    const claims = decode(signed.payload);
    if (!(claims instanceof Map) || !claims.has(AUD) || !claims.has(IAT) || claims.size !== 2 + Number(claims.has(CNONCE))) {
      throw new InputError("claims-set");
    }
    const audience = claims.get(AUD), iat = claims.get(IAT), cnonce = claims.get(CNONCE) ?? null;
    if (!AUDIENCES.includes(audience)) throw new InputError("claim-value", { claim: "aud" });
    if ((typeof iat !== "number" && typeof iat !== "bigint") || iat < 0) throw new InputError("claim-value", { claim: "iat" });
    if (cnonce !== null && !(cnonce instanceof Uint8Array && MIN_CNONCE <= cnonce.length && cnonce.length <= MAX_CNONCE)) {
      throw new InputError("claim-value", { claim: "cnonce" });
    }
    return new Presentation(signed, credential, audience, /** @type {number} */ (iat), cnonce);
  }

  /**
   * Return if `holder` signed exactly these bytes; reject with `InputError` holder-signature if not.
   *
   * @param {CryptoKey} holder
   */
  check(holder) {
    return this.signed.check(holder, "holder-signature");
  }

  /** The one text of this presentation, as the QR code carries it. */
  toText() {
    return PREFIX + base45.encode(this.signed.raw);
  }
}

/**
 * Present `credential` at device time `iat` with the holder key that it names; resolves to the code's text.
 *
 * @param {Credential} credential
 * @param {import("./keys.js").Signer} signer
 * @param {{ audience: Audience, iat: number, cnonce?: Uint8Array<ArrayBuffer> | null }} claims
 */
export async function makeCode(credential, signer, { audience, iat, cnonce = null }) {
  if (!signer.publicKey.equals(credential.says.holder)) throw new TypeError("the signer does not hold the key that the credential names");
  /** @type {[number, any][]} */
  const claims = [[AUD, audience], [IAT, iat]];
  if (cnonce !== null) claims.push([CNONCE, cnonce]);
  const raw = await sign1([[KCWT, new Tag18([], credential.raw)], [TYP, TYP_KB_CWT]], encode(new Map(claims)), signer);
  return PREFIX + base45.encode(raw);
}

/**
 * The time to put into the next code of a credential: two codes of one credential never share an iat.
 *
 * @param {number} now
 * @param {number | null} last
 */
export const nextIat = (now, last) => (last === null ? now : Math.max(now, last + 1));
