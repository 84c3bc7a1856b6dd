// What the world sent is wrong, or this device is not fit: an error with the stable code that every language of the house uses for it.

/** @typedef {Record<string, string | number | boolean | null>} Facts */

/** Base of the families: a code and the facts of the case, never a person's name, number or key. */
export class CardError extends Error {
  /**
   * @param {string} code
   * @param {Facts} [facts]
   */
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

/** What the world sent is wrong. */
export class InputError extends CardError {}

/** Well-formed, but not now. */
export class StateError extends CardError {}

/** Storage, clock, network or the browser itself is not fit; trying again or mending can help. */
export class SetupError extends CardError {}
