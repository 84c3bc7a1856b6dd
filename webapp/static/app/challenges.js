// A terminal's challenge: what it shows as a QR code or as characters to type, and what the phone puts into its code in answer.
//
//   bare     8 to 32 bytes in hexadecimal, spaces and hyphens allowed: made in front of this terminal, nothing more is told
//   asking   "SCQ1:" + base64url of 32 bytes: the digest of what a terminal signed; the service says who asks for what, and the holder agrees or not

import { fromBase64url, fromHex } from "../shared/bytes.js";
import { InputError } from "../shared/errors.js";

/** What the camera looks for. */
export const CHALLENGE = /^(SCQ1:[A-Za-z0-9_-]{43}|[0-9A-Fa-f]{16,64})$/;
const ASKING = /^SCQ1:([A-Za-z0-9_-]{43})$/;
const BARE = /^(?:[0-9a-f]{2}){8,32}$/;

/** @typedef {{ zh: string, en: string }} Bilingual */
/** @typedef {{ venue: string, title: Bilingual, fields: (Bilingual & { name: string })[], expires: number }} Asks */
/** @typedef {{ cnonce: Uint8Array<ArrayBuffer>, asks: Asks | null }} Challenge */

/**
 * Read what a terminal shows. Rejects with `InputError` challenge, and as `look` does.
 *
 * @param {string} text
 * @param {(cnonce: string) => Promise<Asks>} look asks the service what stands behind a challenge
 * @returns {Promise<Challenge>}
 */
export async function readChallenge(text, look) {
  const said = text.normalize("NFKC").trim();
  const asking = ASKING.exec(said);
  if (asking !== null) return { cnonce: fromBase64url(asking[1]), asks: await look(asking[1]) };
  const hex = said.toLowerCase().replace(/[\s-]/g, "");
  if (!BARE.test(hex)) throw new InputError("challenge");
  return { cnonce: fromHex(hex), asks: null };
}
