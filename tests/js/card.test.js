// How a card stands, what a challenge says, and the digits of RFC 6238.

import assert from "node:assert/strict";
import test from "node:test";
import { coversThisPhone, holdsHere, roughly, standingOf } from "../../webapp/static/app/cards.js";
import { readChallenge } from "../../webapp/static/app/challenges.js";
import { totp } from "../../webapp/static/app/totp.js";
import { toBase64url, toHex, utf8 } from "../../webapp/static/shared/bytes.js";

const NOW = 1795248000, DAY = 86400;
const GOOD = { offset: 0, measured: NOW * 1000, wentBack: false, jumped: false };
const HERE = { ref: "p1", kind: "phone", state: "active", status: "valid", this: true, provisional_until: null, created: NOW };
const CHIP = { ref: "c1", kind: "chip", state: "active", status: "valid", this: false, provisional_until: null, created: NOW };

const card = ({ holds = [], phone = {}, state = "active", enrolment = null, says = true } = {}) => ({
  card: "k", region: "CN-CQ", name: "嘉*晴", added: NOW, asOf: NOW, enrolment,
  says: says ? { card: "k", state, holds, carriers: [CHIP, { ...HERE, ...phone }], locked_groups: [] } : null,
});
const hold = (kind, carrier = null, until = null) => ({ ref: kind, kind, carrier, placed: NOW, until, due: null });
const held = (left) => [{ sub: "s", card: "k", profile: 1, iat: NOW - DAY, exp: NOW + left }];
const stands = (given, has = held(6 * DAY), about = {}) =>
  standingOf(given, has, { now: NOW, online: true, clock: GOOD, span: (seconds) => `${Math.round(seconds)} s`, ...about });

for (const [name, given, has, about] of [
  ["online", card()],
  ["offline", card(), held(6 * DAY), { online: false }],
  ["aging", card(), held(DAY), { online: false }],
  ["expired", card(), held(0)],
  ["empty", card(), []],
  ["empty", card(), [{ ...held(DAY)[0], profile: 2 }]],
  ["pending", card({ says: false, enrolment: { ref: "e", state: "pending", expires: NOW, until: null } }), []],
  ["unsynced", card(), held(6 * DAY), { clock: { ...GOOD, measured: null } }],
  ["clock-fast", card(), held(6 * DAY), { clock: { ...GOOD, offset: -30_001 } }],
  ["clock-slow", card(), held(6 * DAY), { clock: { ...GOOD, offset: 30_001 } }],
  ["online", card(), held(6 * DAY), { clock: { ...GOOD, offset: 30_000 } }],
  ["clock-changed", card(), held(6 * DAY), { clock: { ...GOOD, jumped: true, offset: 90_000 } }],
  ["clock-changed", card(), held(6 * DAY), { clock: { ...GOOD, wentBack: true } }],
  ["lost", card({ holds: [hold("pre-loss")] })],
  ["lost", card({ holds: [hold("loss", "p1"), hold("self-lock")] })],
  ["frozen", card({ holds: [hold("pre-loss"), hold("freeze")] })],
  ["drift", card({ holds: [hold("drift")] })],
  ["locked", card({ holds: [hold("self-lock")] })],
  ["online", card({ holds: [hold("pre-loss", "c1")] })],
  ["online", card({ holds: [hold("freeze", null, NOW)] })],
  ["frozen", card({ holds: [hold("freeze", null, NOW + 1)] })],
  ["unbound", card({ phone: { state: "ended" } })],
  ["provisional-ended", card({ phone: { provisional_until: NOW } })],
  ["online", card({ phone: { provisional_until: NOW + 1 } })],
  ["stopped", card({ phone: { status: "suspended" } })],
  ["replaced", card({ state: "ended" })],
]) {
  test(`${name}: ${JSON.stringify(about ?? given.says?.holds ?? "")}`, () => {
    const standing = stands(given, has, about);
    assert.equal(standing.name, name);
    const shown = ["online", "offline", "aging", "unsynced", "clock-fast", "clock-slow", "clock-changed"];
    assert.equal(standing.shows, shown.includes(name));
  });
}

test("a hold on the chip is not this phone's, one on the card is everybody's", () => {
  const given = card({ holds: [hold("pre-loss", "c1"), hold("loss", "p1"), hold("freeze")] });
  assert.deepEqual(given.says.holds.map((one) => coversThisPhone(given, one)), [false, true, true]);
  assert.equal(holdsHere(given, NOW).length, 2);
});

test("how far a clock is off is said to the minute", () => {
  assert.deepEqual([0, 29_400, 59_400, 239_500, -240_499, 269_000].map(roughly), [0, 29, 59, 240, 240, 240]);
});

test("a bare challenge is eight to thirty-two bytes, however it is written down", async () => {
  const nobody = () => assert.fail("nobody is asked");
  for (const text of ["0011223344556677", "0011-2233 4455 6677", "００１１２２３３４４５５６６７７", " 0011223344556677\n"]) {
    assert.deepEqual(await readChallenge(text, nobody), { cnonce: Uint8Array.of(0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77), asks: null });
  }
  for (const text of ["", "00112233445566", "001122334455667", "zz11223344556677", "ab".repeat(33), "SCQ1:short", "SC1:ABC", `SCQ1:${"A".repeat(44)}`]) {
    await assert.rejects(readChallenge(text, nobody), { code: "challenge" });
  }
});

test("a challenge that asks is looked up, and its digest stands in the code", async () => {
  const digest = crypto.getRandomValues(new Uint8Array(32));
  const asks = { venue: "区医院", title: { zh: "挂号", en: "Registration" }, fields: [], expires: NOW };
  const found = await readChallenge(`SCQ1:${toBase64url(digest)}`, async (cnonce) => {
    assert.equal(cnonce, toBase64url(digest));
    return asks;
  });
  assert.equal(toHex(found.cnonce), toHex(digest));
  assert.equal(found.asks, asks);
});

test("digits of RFC 6238, appendix B", async () => {
  const secret = utf8("12345678901234567890123456789012");
  for (const [time, digits] of [
    [59, "46119246"], [1111111109, "68084774"], [1111111111, "67062674"], [1234567890, "91819424"], [2000000000, "90698825"], [20000000000, "77737706"],
  ]) {
    assert.equal(await totp(secret, Math.floor(time / 30), 8), digits);
  }
});
