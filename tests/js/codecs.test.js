// What vectors cannot say: writing, the making of codes and proofs, and agreement with a stranger's CBOR.

import assert from "node:assert/strict";
import test from "node:test";
import { fromBase64url, fromHex, fromInteger, toBase64url, toHex, toInteger } from "../../webapp/static/shared/bytes.js";
import * as base45 from "../../webapp/static/shared/base45.js";
import { decode, encode, head } from "../../webapp/static/shared/cbor.js";
import { BrowserSigner, checkSignature, CoseKey, HALF_ORDER, lowS, ORDER } from "../../webapp/static/shared/keys.js";
import { checkProof, ENROLMENT, HOLDER, makeProof } from "../../webapp/static/shared/keyproof.js";
import { nextIat } from "../../webapp/static/shared/presentation.js";

test("what has no encoding is our own bug, and said at once", () => {
  for (const value of [1.5, NaN, Infinity, 2 ** 53, null, undefined, () => 0, "\ud800", new Map([[true, 1]]), new Map([[1.5, 1]])]) {
    assert.throws(() => encode(value), TypeError);
  }
  assert.throws(() => head(0, 1n << 64n), RangeError);
});

test("heads grow exactly where they must", () => {
  for (const [value, hex] of [[23, "17"], [24, "1818"], [255, "18ff"], [256, "190100"], [65535, "19ffff"], [65536, "1a00010000"], [-65537, "3a00010000"]]) {
    assert.equal(toHex(encode(value)), hex);
    assert.equal(decode(fromHex(hex)), value);
  }
  assert.equal(decode(encode((1n << 64n) - 1n)), (1n << 64n) - 1n);
  assert.equal(decode(encode(-(1n << 64n))), -(1n << 64n));
});

test("random bytes go through Base45 and base64url unchanged, at every length", () => {
  for (let size = 0; size < 200; size += 1) {
    const bytes = crypto.getRandomValues(new Uint8Array(size));
    assert.deepEqual(base45.decode(base45.encode(bytes)), bytes);
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
  }
  for (const bad of ["=", "AA==", "A", "a+b", "a/b", " "]) assert.throws(() => fromBase64url(bad), TypeError);
  assert.throws(() => fromHex("0"), TypeError);
  assert.throws(() => fromHex("AB"), TypeError);
});

test("a signature leaves in the lower half, whichever half the browser drew", async () => {
  const signer = await BrowserSigner.of(await BrowserSigner.generate());
  const key = await signer.publicKey.load();
  for (let turn = 0; turn < 64; turn += 1) {
    const message = crypto.getRandomValues(new Uint8Array(40));
    const signature = await signer.sign(message);
    checkSignature(signature);
    assert.ok(toInteger(signature.subarray(32)) <= HALF_ORDER);
    assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message));
  }
  const high = new Uint8Array([...fromInteger(1n), ...fromInteger(ORDER - 5n)]);
  assert.equal(toInteger(lowS(high).subarray(32)), 5n);
});

test("a private key cannot be taken out", async () => {
  const { privateKey } = await BrowserSigner.generate();
  await assert.rejects(crypto.subtle.exportKey("pkcs8", privateKey));
  await assert.rejects(crypto.subtle.exportKey("jwk", privateKey));
});

test("keys come out of the browser as they go into it", async () => {
  for (let turn = 0; turn < 16; turn += 1) {
    const { publicKey } = await BrowserSigner.generate();
    const key = await CoseKey.of(publicKey);
    assert.deepEqual(toHex(key.y()), toHex(new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)).slice(33)));
    assert.ok(CoseKey.parse(decode(encode(key.toCbor()))).equals(key));
  }
});

test("a proof says what it was made for, and only that", async () => {
  const signer = await BrowserSigner.of(await BrowserSigner.generate());
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  const proof = await makeProof(signer, { region: "CN-CQ", purpose: HOLDER, nonce, iat: 1795248000 });
  const { key, iat } = await checkProof(proof, { region: "CN-CQ", purpose: HOLDER, nonce });
  assert.ok(key.equals(signer.publicKey));
  assert.equal(iat, 1795248000);
  for (const other of [{ region: "CN-SC" }, { purpose: ENROLMENT }, { nonce: new Uint8Array(16) }]) {
    await assert.rejects(checkProof(proof, { region: "CN-CQ", purpose: HOLDER, nonce, ...other }), { code: "key-proof" });
  }
});

test("two codes of one credential never share a time", () => {
  assert.equal(nextIat(100, null), 100);
  assert.equal(nextIat(100, 99), 100);
  assert.equal(nextIat(100, 100), 101);
  assert.equal(nextIat(50, 100), 101);
});
