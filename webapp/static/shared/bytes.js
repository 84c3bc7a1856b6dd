// Byte strings: joined, compared, and as text.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const UTF8 = new TextEncoder();

/**
 * @param {...(Uint8Array | number[])} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export const equal = (a, b) => compare(a, b) === 0;

/**
 * Bytewise order: negative, zero or positive.
 *
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function compare(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    if (a[at] !== b[at]) return a[at] - b[at];
  }
  return a.length - b.length;
}

/** @param {Uint8Array} bytes */
export const toHex = (bytes) => Array.from(bytes, (byte) => HEX[byte]).join("");

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromHex(text) {
  if (text.length % 2 || /[^0-9a-f]/.test(text)) throw new TypeError("not hexadecimal in lower case");
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/**
 * Base64url without padding (RFC 4648 section 5), as every byte string in JSON is written here.
 *
 * @param {Uint8Array} bytes
 */
export const toBase64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromBase64url(text) {
  if (!BASE64URL.test(text) || text.length % 4 === 1) throw new TypeError("not base64url without padding");
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const utf8 = (text) => UTF8.encode(text);

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/**
 * The unsigned integer that big-endian bytes say.
 *
 * @param {Uint8Array} bytes
 */
export const toInteger = (bytes) => BigInt(`0x0${toHex(bytes)}`);

/**
 * Thirty-two big-endian bytes of an unsigned integer.
 *
 * @param {bigint} integer
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const fromInteger = (integer) => fromHex(integer.toString(16).padStart(64, "0"));
