// What a desk shows and a phone answers where a code must be made for this very desk (FORMATS section 2, "challenge"): eight bytes, scanned or typed.

import { toHex } from "../shared/bytes.js";

const SIZE = 8;

/** Eight bytes that nobody drew before, in hexadecimal. */
export const drawChallenge = () => toHex(crypto.getRandomValues(new Uint8Array(SIZE)));

/** As the symbol has it: capital letters need the fewest modules. @param {string} challenge */
export const challengeText = (challenge) => challenge.toUpperCase();

/** As people read and type it: 4F2A 91C3 7B02 D51E. @param {string} challenge */
export const challengeWords = (challenge) => (challenge.toUpperCase().match(/.{4}/g) ?? []).join(" ");
