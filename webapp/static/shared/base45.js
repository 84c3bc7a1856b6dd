// Base45 (RFC 9285) with exactly one text per byte string; the twin of codes/base45.py.

import { InputError } from "./errors.js";

export const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/**
 * The bytes that `text` stands for. Throws `InputError`: base45-alphabet, base45-length, base45-overflow.
 *
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decode(text) {
  const letters = Array.from(text); // as people count: a letter beyond 16 bits is one
  if (letters.length % 3 === 1) throw new InputError("base45-length", { length: letters.length });
  const values = letters.map((letter) => ALPHABET.indexOf(letter));
  const bad = values.indexOf(-1);
  if (bad >= 0) throw new InputError("base45-alphabet", { at: bad });
  const bytes = new Uint8Array(Math.floor(values.length / 3) * 2 + (values.length % 3 ? 1 : 0));
  for (let at = 0, to = 0; at < values.length; at += 3) {
    const whole = at + 2 < values.length;
    const sum = values[at] + 45 * values[at + 1] + (whole ? 2025 * values[at + 2] : 0);
    if (sum > (whole ? 0xffff : 0xff)) throw new InputError("base45-overflow", { at });
    if (whole) bytes[to++] = sum >> 8;
    bytes[to++] = sum & 0xff;
  }
  return bytes;
}

/**
 * The one Base45 text of `bytes`.
 *
 * @param {Uint8Array} bytes
 */
export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const whole = at + 1 < bytes.length;
    const number = whole ? (bytes[at] << 8) | bytes[at + 1] : bytes[at];
    text += ALPHABET[number % 45] + ALPHABET[Math.floor(number / 45) % 45] + (whole ? ALPHABET[Math.floor(number / 2025)] : "");
  }
  return text;
}
