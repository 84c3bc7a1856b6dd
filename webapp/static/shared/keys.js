// P-256 keys as COSE_Key, signatures in their one spelling, and the browser's bearer of the `Signer` protocol; the twin of codes/keys.py.
//
// A signer has `publicKey`, a CoseKey, and `sign(message)`, which resolves to r and s, 32 bytes each, s in the lower half of the order.

import { encode } from "./cbor.js";
import { concat, fromBase64url, fromInteger, sha256, toInteger } from "./bytes.js";
import { InputError } from "./errors.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{ publicKey: CoseKey, sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> }} Signer */

export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
export const HALF_ORDER = ORDER / 2n;

const FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const KTY = 1, CRV = -1, X = -2, Y = -3;
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const ES256 = { name: "ECDSA", hash: "SHA-256" };

/** A P-256 public key as it stands on the wire: the x coordinate and which of the two points has it. Not yet known to lie on the curve. */
export class CoseKey {
  /**
   * @param {Uint8Array<ArrayBuffer>} x
   * @param {boolean} yIsOdd
   */
  constructor(x, yIsOdd) {
    this.x = x;
    this.yIsOdd = yIsOdd;
  }

  /**
   * Read {1: 2, -1: 1, -2: x, -3: bool}: exactly these. Throws `InputError` key-shape.
   *
   * @param {import("./cbor.js").Value} value
   */
  static parse(value) {
    if (value instanceof Map && value.size === 4 && value.get(KTY) === 2 && value.get(CRV) === 1) {
      const x = value.get(X), yIsOdd = value.get(Y);
      if (x instanceof Uint8Array && x.length === 32 && typeof yIsOdd === "boolean") return new CoseKey(/** @type {Bytes} */ (x), yIsOdd);
    }
    throw new InputError("key-shape");
  }

  /**
   * The wire form of a public key of WebCrypto.
   *
   * @param {CryptoKey} key
   */
  static async of(key) {
    const { x, y } = await crypto.subtle.exportKey("jwk", key);
    if (x === undefined || y === undefined) throw new TypeError("not the public key of an elliptic curve");
    return new CoseKey(fromBase64url(x), fromBase64url(y)[31] % 2 === 1);
  }

  /** The COSE_Key map that `parse` reads. */
  toCbor() {
    return new Map(/** @type {[number, any][]} */ ([[KTY, 2], [CRV, 1], [X, this.x], [Y, this.yIsOdd]]));
  }

  /** The y coordinate, 32 bytes. Throws `InputError` key-point where no point has this x. */
  y() {
    const x = toInteger(this.x);
    if (x >= FIELD) throw new InputError("key-point");
    const square = (((x * x - 3n) % FIELD) * x + B) % FIELD;
    const root = power((square + FIELD) % FIELD, (FIELD + 1n) / 4n);
    if ((root * root - square) % FIELD !== 0n) throw new InputError("key-point");
    return fromInteger((root % 2n === 1n) === this.yIsOdd ? root : FIELD - root);
  }

  /** The point itself, for checking signatures. Rejects with `InputError` key-point. @returns {Promise<CryptoKey>} */
  async load() {
    return crypto.subtle.importKey("raw", concat([4], this.x, this.y()), CURVE, false, ["verify"]);
  }

  /** COSE key thumbprint (RFC 9679), 32 bytes. Rejects with `InputError` key-point. */
  async thumbprint() {
    return sha256(encode(new Map(/** @type {[number, any][]} */ ([[KTY, 2], [CRV, 1], [X, this.x], [Y, this.y()]]))));
  }

  /** The key's name in headers: the first 8 bytes of its thumbprint. */
  async kid() {
    return (await this.thumbprint()).slice(0, 8);
  }

  /** @param {CoseKey} other */
  equals(other) {
    return toInteger(this.x) === toInteger(other.x) && this.yIsOdd === other.yIsOdd;
  }
}

/** A `Signer` whose private key the browser holds; it may be one that can never be taken out. */
export class BrowserSigner {
  /**
   * @param {CryptoKey} privateKey
   * @param {CoseKey} publicKey
   */
  constructor(privateKey, publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** @param {CryptoKeyPair} pair */
  static async of(pair) {
    return new BrowserSigner(pair.privateKey, await CoseKey.of(pair.publicKey));
  }

  /** A new pair whose private key cannot be exported, by anybody, ever. @returns {Promise<CryptoKeyPair>} */
  static async generate() {
    return crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  }

  /** @param {Uint8Array<ArrayBuffer>} message */
  async sign(message) {
    return lowS(new Uint8Array(await crypto.subtle.sign(ES256, this.privateKey, message)));
  }
}

/**
 * The twin of a signature whose s lies in the lower half of the order.
 *
 * @param {Uint8Array<ArrayBuffer>} signature
 */
export function lowS(signature) {
  const s = toInteger(signature.subarray(32));
  return s > HALF_ORDER ? concat(signature.subarray(0, 32), fromInteger(ORDER - s)) : signature;
}

/**
 * Return if the 64 bytes are a signature in its one spelling. Throws `InputError`: signature-range, signature-high-s.
 *
 * @param {Uint8Array} signature
 */
export function checkSignature(signature) {
  const r = toInteger(signature.subarray(0, 32)), s = toInteger(signature.subarray(32));
  if (r === 0n || r >= ORDER || s === 0n || s >= ORDER) throw new InputError("signature-range");
  if (s > HALF_ORDER) throw new InputError("signature-high-s");
}

/**
 * Whether `signature` is one of `message` under `key`.
 *
 * @param {CryptoKey} key
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 */
export const verifies = (key, signature, message) => crypto.subtle.verify(ES256, key, signature, message);

/**
 * @param {bigint} base
 * @param {bigint} exponent
 */
function power(base, exponent) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % FIELD;
    if (bit === "1") result = (result * base) % FIELD;
  }
  return result;
}
