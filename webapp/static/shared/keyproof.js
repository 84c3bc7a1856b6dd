// Key proofs: a phone proves that it holds a key, for one request and one region (codes/keyproof.py), and what those proofs are bound to.

import { equal, sha256 } from "./bytes.js";
import { decode, encode } from "./cbor.js";
import { Sign1, sign1, TYP } from "./cose.js";
import { AUD, CNF, CNONCE, IAT } from "./credential.js";
import { InputError } from "./errors.js";
import { CoseKey } from "./keys.js";

export const ENROLMENT = 1, HOLDER = 2;
const TYP_KEY_PROOF = "ecard-key-proof";
const PURPOSE = -65540;

/**
 * What the phone sends.
 *
 * @param {import("./keys.js").Signer} signer
 * @param {{ region: string, purpose: number, nonce: Uint8Array<ArrayBuffer>, iat: number }} claims
 */
export function makeProof(signer, { region, purpose, nonce, iat }) {
  const cnf = new Map(/** @type {[number, any][]} */ ([[1, signer.publicKey.toCbor()]]));
  const claims = new Map(/** @type {[number, any][]} */ ([[AUD, region], [IAT, iat], [CNF, cnf], [CNONCE, nonce], [PURPOSE, purpose]]));
  return sign1([[TYP, TYP_KEY_PROOF]], encode(claims), signer);
}

/**
 * Read and verify a proof made for exactly this region, purpose and nonce.
 *
 * Rejects with `InputError`: cbor-*, cose-*, signature-*, key-shape, key-point, claims-set, claim-value, key-proof.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {{ region: string, purpose: number, nonce: Uint8Array }} expected
 */
export async function checkProof(bytes, { region, purpose, nonce }) {
  const signed = Sign1.parse(decode(bytes), TYP_KEY_PROOF);
  if (signed.headers.size !== 2) throw new InputError("cose-header");
  const claims = decode(signed.payload);
  if (!(claims instanceof Map) || claims.size !== 5 || ![AUD, IAT, CNF, CNONCE, PURPOSE].every((claim) => claims.has(claim))) {
    throw new InputError("claims-set");
  }
  const cnf = claims.get(CNF), iat = claims.get(IAT), found = claims.get(CNONCE);
  if (!(cnf instanceof Map) || cnf.size !== 1 || !cnf.has(1) || (typeof iat !== "number" && typeof iat !== "bigint") || iat < 0) {
    throw new InputError("claim-value", { claim: "cnf and iat" });
  }
  const key = CoseKey.parse(cnf.get(1));
  if (claims.get(AUD) !== region) throw new InputError("key-proof", { wrong: "region" });
  if (claims.get(PURPOSE) !== purpose) throw new InputError("key-proof", { wrong: "purpose" });
  if (!(found instanceof Uint8Array) || !equal(found, nonce)) throw new InputError("key-proof", { wrong: "nonce" });
  await signed.check(await key.load(), "key-proof");
  return { key, iat };
}

/**
 * What stands as nonce in the enrolment key's proof of a renewal: exactly these holder keys, on the card that calls this
 * phone so (ecard.phones.renewal_binding).
 *
 * @param {Uint8Array<ArrayBuffer>} nonce
 * @param {string} phone
 * @param {{ profile: number, proof: Uint8Array<ArrayBuffer> }[]} requests
 */
export const renewalBinding = (nonce, phone, requests) =>
  sha256(encode(["ecard-renew", 2, nonce, phone, requests.map(({ profile, proof }) => [profile, proof])]));

/**
 * What stands as nonce in the proof of an act: this command, this card, this target (ecard.holderacts.act_binding).
 *
 * @param {Uint8Array<ArrayBuffer>} nonce
 * @param {string} command
 * @param {string} card
 * @param {string} target
 */
export const actBinding = (nonce, command, card, target) => sha256(encode(["ecard-act", 1, nonce, command, card, target]));
