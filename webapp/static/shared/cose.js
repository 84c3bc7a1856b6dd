// COSE_Sign1 in the one shape that is signed here (RFC 9052, ESP256 of RFC 9864); the twin of codes/cose.py.
//
// A Sign1 keeps the bytes it was read from. What was signed is what is checked: nothing is encoded again on the way to a signature check.

import { concat } from "./bytes.js";
import { decode, encode, head, Tag18 } from "./cbor.js";
import { InputError } from "./errors.js";
import { checkSignature, verifies } from "./keys.js";

export const ALG = 1, KID = 4, KCWT = 13, TYP = 16;
export const ESP256 = -9;

const CONTEXT = concat([0x84, 0x6a], new TextEncoder().encode("Signature1"));

/** One COSE_Sign1 as read: well-formed and canonical, its signature not yet checked by anyone. */
export class Sign1 {
  /**
   * @param {Uint8Array<ArrayBuffer>} raw
   * @param {Uint8Array<ArrayBuffer>} protectedHeader
   * @param {import("./cbor.js").CborMap} headers
   * @param {Uint8Array<ArrayBuffer>} payload
   * @param {Uint8Array<ArrayBuffer>} signature
   */
  constructor(raw, protectedHeader, headers, payload, signature) {
    this.raw = raw;
    this.protectedHeader = protectedHeader;
    this.headers = headers;
    this.payload = payload;
    this.signature = signature;
  }

  /**
   * Read a decoded tag 18 whose protected type header is `typ`. An empty signature is an absent one: well-formed, and refused by `check`.
   *
   * Throws `InputError`: cose-shape, cose-unprotected, cose-header, cose-algorithm, cose-type, signature-range, signature-high-s, and the cbor-* codes.
   *
   * @param {import("./cbor.js").Value} value
   * @param {number | string} typ
   */
  static parse(value, typ) {
    if (!(value instanceof Tag18) || !Array.isArray(value.item) || value.item.length !== 4) throw new InputError("cose-shape");
    const [protectedHeader, unprotected, payload, signature] = value.item;
    if (!(protectedHeader instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array)) {
      throw new InputError("cose-shape");
    }
    if (signature.length !== 64 && signature.length !== 0) throw new InputError("cose-shape");
    if (!(unprotected instanceof Map) || unprotected.size) throw new InputError("cose-unprotected");
    const headers = decode(protectedHeader);
    if (!(headers instanceof Map)) throw new InputError("cose-header");
    if (headers.get(ALG) !== ESP256) throw new InputError("cose-algorithm");
    if (headers.get(TYP) !== typ) throw new InputError("cose-type");
    if (signature.length) checkSignature(signature);
    return new Sign1(value.raw, protectedHeader, headers, payload, signature);
  }

  /**
   * Return if `key` made this signature; reject with `InputError` of the code `otherwise` if not.
   *
   * @param {CryptoKey} key
   * @param {string} otherwise
   */
  async check(key, otherwise) {
    const good = this.signature.length === 64 && (await verifies(key, this.signature, sigStructure(this.protectedHeader, this.payload)));
    if (!good) throw new InputError(otherwise);
  }
}

/**
 * The bytes that a COSE_Sign1 signature covers (RFC 9052 section 4.4), with no external data.
 *
 * @param {Uint8Array} protectedHeader
 * @param {Uint8Array} payload
 */
export const sigStructure = (protectedHeader, payload) =>
  concat(CONTEXT, head(2, protectedHeader.length), protectedHeader, [0x40], head(2, payload.length), payload);

/**
 * Sign `payload` and resolve to the whole tagged COSE_Sign1. `headers` are protected; the algorithm is added.
 *
 * @param {[number, import("./cbor.js").Value][]} headers
 * @param {Uint8Array} payload
 * @param {import("./keys.js").Signer} signer
 */
export async function sign1(headers, payload, signer) {
  const protectedHeader = encode(new Map(/** @type {[number, any][]} */ ([[ALG, ESP256], ...headers])));
  const signature = await signer.sign(sigStructure(protectedHeader, payload));
  return concat([0xd2, 0x84], head(2, protectedHeader.length), protectedHeader, [0xa0], head(2, payload.length), payload, [0x58, 0x40], signature);
}
