// Strict deterministic CBOR: RFC 8949 section 4.2.1 narrowed to what this house puts on the wire; the twin of codes/cbor.py.
//
// Values are integers (number, or bigint beyond 2^53), Uint8Array, string, boolean, Array, Map with integer or text keys, and Tag18. Nothing else
// exists, and for every value there is exactly one encoding: encode(decode(bytes)) equals bytes whenever decode returns.

import { compare, concat, utf8 } from "./bytes.js";
import { InputError } from "./errors.js";

export const MAX_DEPTH = 8;
export const MAX_BYTES = 4096;
export const MAX_CONTAINERS = 1024;

/** A COSE_Sign1 tag as it was read: the tagged item and the exact bytes it came from, tag included. */
export class Tag18 {
  /**
   * @param {Value} item
   * @param {Uint8Array<ArrayBuffer>} raw
   */
  constructor(item, raw) {
    this.item = item;
    this.raw = raw;
  }
}

/** @typedef {number | bigint | Uint8Array<ArrayBuffer> | string | boolean | Value[] | Tag18 | CborMap} Value */
/** @typedef {number | bigint | string} Key */
/** @typedef {Map<Key, any>} CborMap */

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Bytes of the argument after each longer head, and the smallest argument that needs them. @type {Record<number, [number, bigint]>} */
const LONG = { 25: [2, 0x100n], 26: [4, 0x10000n], 27: [8, 0x100000000n] };

/**
 * Read exactly one item from all of `bytes`. Throws `InputError` with one of the cbor-* codes, whatever the bytes.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} [limit]
 * @returns {Value}
 */
export function decode(bytes, limit = MAX_BYTES) {
  if (bytes.length > limit) throw new InputError("cbor-size", { size: bytes.length, limit });
  const reader = new Reader(bytes);
  if (bytes.length > MAX_BYTES) reader.countContainers();
  const value = reader.item(0);
  if (reader.at !== bytes.length) {
    throw new InputError(reader.at > bytes.length ? "cbor-truncated" : "cbor-trailing", { size: bytes.length, end: reader.at });
  }
  return value;
}

class Reader {
  /** @param {Uint8Array<ArrayBuffer>} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new InputError("cbor-truncated", { size: this.bytes.length });
    return this.bytes[this.at++];
  }

  /** Go from head to head, past the strings, without keeping anything. */
  countContainers() {
    let containers = 0;
    while (this.at < this.bytes.length) {
      const head = this.byte();
      let argument = head & 0x1f;
      if (argument > 23 && head < 0xe0) argument = Number(this.argument(argument));
      if (head >= 0x40 && head < 0x80) this.at += argument;
      else if (head >= 0x80 && head < 0xe0 && ++containers > MAX_CONTAINERS) {
        throw new InputError("cbor-size", { containers, limit: MAX_CONTAINERS });
      }
    }
    this.at = 0;
  }

  /**
   * The item here. What claims more than there is ends at the next byte that is missing, or beyond the end, where `decode` looks once.
   *
   * @param {number} depth
   * @returns {Value}
   */
  item(depth) {
    const start = this.at;
    const head = this.byte();
    if (head >= 0xe0) return simple(head, start);
    const argument = (head & 0x1f) > 23 ? this.argument(head & 0x1f) : BigInt(head & 0x1f);
    if (head < 0x20) return narrow(argument);
    if (head < 0x40) return narrow(-1n - argument);
    const count = Number(argument);
    if (head < 0x80) {
      const chunk = this.bytes.slice(this.at, this.at + count);
      this.at += count;
      return head < 0x60 ? chunk : this.text(chunk);
    }
    if (depth === MAX_DEPTH) throw new InputError("cbor-depth", { at: start, limit: MAX_DEPTH });
    if (head < 0xa0) {
      const items = [];
      for (let number = 0; number < count; number += 1) items.push(this.item(depth + 1));
      return items;
    }
    if (head < 0xc0) return this.map(depth + 1, count);
    if (argument !== 18n) throw new InputError("cbor-tag", { at: start });
    const item = this.item(depth + 1);
    return new Tag18(item, this.bytes.slice(start, this.at));
  }

  /** @param {Uint8Array} chunk */
  text(chunk) {
    try {
      return TEXT.decode(chunk);
    } catch {
      throw new InputError(this.at > this.bytes.length ? "cbor-truncated" : "cbor-text", { size: this.bytes.length });
    }
  }

  /**
   * @param {number} depth
   * @param {number} count
   */
  map(depth, count) {
    /** @type {CborMap} */
    const entries = new Map();
    let last = null;
    for (let number = 0; number < count; number += 1) {
      const start = this.at;
      const major = this.byte() >> 5;
      this.at = start;
      // told by the first byte, so that 1, 1.0 and true can never meet as one key
      if (major !== 0 && major !== 1 && major !== 3) throw new InputError("cbor-key-type", { at: start });
      const key = /** @type {Key} */ (this.item(depth));
      const spelling = this.bytes.subarray(start, this.at);
      const order = last === null ? 1 : compare(spelling, last);
      if (order <= 0) throw new InputError(order === 0 ? "cbor-duplicate-key" : "cbor-key-order", { at: start });
      last = spelling;
      entries.set(key, this.item(depth));
    }
    return entries;
  }

  /**
   * The argument after a head byte with additional information 24 or more.
   *
   * @param {number} extra
   * @returns {bigint}
   */
  argument(extra) {
    const head = this.at - 1;
    if (extra === 24) {
      const argument = this.byte();
      if (argument < 24) throw new InputError("cbor-not-shortest", { at: head });
      return BigInt(argument);
    }
    const form = LONG[extra];
    if (form === undefined) throw new InputError(extra === 31 ? "cbor-indefinite" : "cbor-reserved", { at: head });
    const [size, smallest] = form;
    let argument = 0n;
    for (const byte of this.bytes.subarray(this.at, this.at + size)) argument = (argument << 8n) | BigInt(byte);
    this.at += size;
    if (argument < smallest) {
      throw new InputError(this.at > this.bytes.length ? "cbor-truncated" : "cbor-not-shortest", { at: head });
    }
    return argument;
  }
}

/** @param {bigint} integer */
function narrow(integer) {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/**
 * @param {number} head
 * @param {number} at
 */
function simple(head, at) {
  if (head === 0xf4) return false;
  if (head === 0xf5) return true;
  if (head === 0xff) throw new InputError("cbor-indefinite", { at });
  throw new InputError(head >= 0xfc ? "cbor-reserved" : "cbor-simple", { at });
}

/**
 * Write `value` in its one encoding. `TypeError` or `RangeError` for what has none: our own bug, never the world's.
 *
 * @param {Value} value
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(value) {
  if (value === true) return Uint8Array.of(0xf5);
  if (value === false) return Uint8Array.of(0xf4);
  if (typeof value === "number" || typeof value === "bigint") return integer(value);
  if (value instanceof Uint8Array) return concat(head(2, value.length), value);
  if (typeof value === "string") {
    const text = utf8(value);
    if (TEXT.decode(text) !== value) throw new TypeError("no CBOR encoding for half a surrogate pair");
    return concat(head(3, text.length), text);
  }
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(encode));
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => /** @type {const} */ ([spell(key), encode(item)]));
    entries.sort(([a], [b]) => compare(a, b));
    return concat(head(5, entries.length), ...entries.flat());
  }
  if (value instanceof Tag18) return value.raw;
  throw new TypeError(`no CBOR encoding for ${typeof value}`);
}

/** @param {Key} key */
function spell(key) {
  if (typeof key !== "string" && typeof key !== "number" && typeof key !== "bigint") throw new TypeError("no CBOR map key of this type");
  return encode(key);
}

/** @param {number | bigint} value */
function integer(value) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError("no CBOR encoding for a number that is not a whole one");
  const whole = BigInt(value);
  return whole >= 0n ? head(0, whole) : head(1, -1n - whole);
}

/**
 * The initial bytes of an item: `major` 0-7 and its argument in the shortest form.
 *
 * @param {number} major
 * @param {number | bigint} argument
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function head(major, argument) {
  if (argument < 24) return Uint8Array.of((major << 5) | Number(argument));
  for (const [size, extra] of [[1, 24], [2, 25], [4, 26], [8, 27]]) {
    if (BigInt(argument) < 1n << BigInt(8 * size)) {
      const bytes = [(major << 5) | extra];
      for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes.push(Number((BigInt(argument) >> BigInt(shift)) & 0xffn));
      return Uint8Array.from(bytes);
    }
  }
  throw new RangeError("an integer that does not fit in 64 bits");
}
