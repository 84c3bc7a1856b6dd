// Answers, line by line, what its Python twin asks: the same deeds of a phone, done by the app's own modules.

import { createInterface } from "node:readline";
import * as base45 from "../../webapp/static/shared/base45.js";
import { fromHex, toHex } from "../../webapp/static/shared/bytes.js";
import { decode, encode } from "../../webapp/static/shared/cbor.js";
import { Credential } from "../../webapp/static/shared/credential.js";
import { CardError } from "../../webapp/static/shared/errors.js";
import { BrowserSigner } from "../../webapp/static/shared/keys.js";
import { actBinding, makeProof, renewalBinding } from "../../webapp/static/shared/keyproof.js";
import { makeCode } from "../../webapp/static/shared/presentation.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };

async function signer({ jwk }) {
  const { d, ...open } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", { ...open, d }, CURVE, false, ["sign"]),
    crypto.subtle.importKey("jwk", open, CURVE, true, ["verify"]),
  ]);
  return BrowserSigner.of({ privateKey, publicKey });
}

const DEEDS = {
  cbor: ({ hex }) => toHex(encode(decode(fromHex(hex)))),
  base45: ({ hex }) => base45.encode(fromHex(hex)),
  renewal: async ({ nonce, phone, requests }) =>
    toHex(await renewalBinding(fromHex(nonce), phone, requests.map(({ profile, proof }) => ({ profile, proof: fromHex(proof) })))),
  act: async ({ nonce, command, card, target }) => toHex(await actBinding(fromHex(nonce), command, card, target)),
  proof: async (given) => toHex(await makeProof(await signer(given), { ...given, nonce: fromHex(given.nonce) })),
  code: async (given) =>
    makeCode(Credential.fromBytes(fromHex(given.credential)), await signer(given), {
      audience: given.audience,
      iat: given.iat,
      cnonce: given.cnonce === undefined ? null : fromHex(given.cnonce),
    }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: await DEEDS[given.do](given) }));
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    console.log(JSON.stringify({ code: error.code }));
  }
}
