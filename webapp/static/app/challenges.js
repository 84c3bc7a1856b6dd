// A terminal's challenge: what it shows as a QR code or as characters to type, and what the phone puts into its code in answer.
//
//   bare      8 to 32 bytes in hexadecimal, spaces and hyphens allowed; they themselves stand in the code
//   signed    "SCC1:" + Base45 of a COSE_Sign1 that says who asks, for which item, when; its SHA-256 stands in the code

import * as base45 from "../shared/base45.js";
import { fromHex, sha256 } from "../shared/bytes.js";
import { decode } from "../shared/cbor.js";
import { Sign1 } from "../shared/cose.js";
import { CardError, InputError } from "../shared/errors.js";

const PREFIX = "SCC1:";
const TYP = "ecard-challenge";
const BARE = /^(?:[0-9a-f]{2}){8,32}$/;
const VENUE = 1, ITEM = 2, TIME = 6;

/** @typedef {{ cnonce: Uint8Array<ArrayBuffer>, asks: { venue: string, item: string, time: number } | null }} Challenge */

/**
 * Read what a terminal shows. Rejects with `InputError` challenge.
 *
 * @param {string} text
 * @returns {Promise<Challenge>}
 */
export async function readChallenge(text) {
  const said = text.normalize("NFKC").trim();
  if (said.startsWith(PREFIX)) return signed(said.slice(PREFIX.length));
  const hex = said.toLowerCase().replace(/[\s-]/g, "");
  if (!BARE.test(hex)) throw new InputError("challenge");
  return { cnonce: fromHex(hex), asks: null };
}

/** @param {string} body */
async function signed(body) {
  try {
    const raw = base45.decode(body);
    const claims = decode(Sign1.parse(decode(raw), TYP).payload);
    const [venue, item, time] = claims instanceof Map ? [VENUE, ITEM, TIME].map((name) => claims.get(name)) : [];
    if (typeof venue !== "string" || typeof item !== "string" || typeof time !== "number") throw new InputError("challenge");
    return { cnonce: await sha256(raw), asks: { venue, item, time } };
  } catch (problem) {
    if (problem instanceof CardError) throw new InputError("challenge", { problem: problem.code });
    throw problem;
  }
}
