// The phone's clock is corrected, watched, and never believed.

import assert from "node:assert/strict";
import test from "node:test";
import { Clock } from "../../webapp/static/shared/clock.js";

/** A phone: what its clock says and what has passed, moved by hand. */
function phone(wall = 1_000_000) {
  const now = { wall, steady: 0 };
  const parts = { wall: () => now.wall, steady: () => now.steady };
  const pass = (by) => {
    now.wall += by;
    now.steady += by;
  };
  return { now, parts, pass };
}

/** A service that is ahead by so much, over a line that takes so long there and back. */
const service = ({ pass, now }, ahead, trips) => async () => {
  const trip = trips.shift();
  pass(trip / 2);
  const told = now.wall + ahead;
  pass(trip / 2);
  return told;
};

test("the answer that travelled shortest counts", async () => {
  const here = phone();
  const clock = new Clock(here.parts);
  assert.equal(clock.measured, null);
  assert.ok(await clock.measure(service(here, -240_000, [900, 40, 1500])));
  assert.equal(clock.offset, -240_000);
  assert.equal(clock.fast, 240_000);
  assert.equal(clock.now(), here.now.wall - 240_000);
  assert.equal(clock.measured, clock.now());
});

test("answers that took two seconds are no answers", async () => {
  const here = phone();
  const clock = new Clock(here.parts);
  assert.equal(await clock.measure(service(here, 5000, [2000, 9000, 2001])), false);
  assert.deepEqual([clock.offset, clock.measured], [0, null]);
});

test("a clock that is moved while somebody looks changes nothing, and is noticed", () => {
  const here = phone();
  const clock = new Clock(here.parts);
  here.pass(5000);
  assert.equal(clock.jumped(), false);
  here.now.wall += 2001;
  assert.equal(clock.jumped(), true);
  assert.equal(clock.now(), 1_005_000);
  here.now.wall -= 3;
  assert.equal(clock.jumped(), false);
});

test("a sleep, in which the timer stood still, is caught up with on return", () => {
  const here = phone();
  const clock = new Clock(here.parts);
  here.now.wall += 3_600_000;
  assert.equal(clock.now(), 1_000_000);
  clock.anchor();
  assert.equal(clock.now(), 4_600_000);
  assert.equal(clock.jumped(), false);
});

test("a clock that went back since the last visit is noticed, until it is measured again", async () => {
  const here = phone();
  const before = new Clock({ ...here.parts, kept: { offset: 500, measured: 990_000, seen: 0 } });
  here.pass(60_000);
  before.now();
  const kept = before.keep();
  assert.deepEqual(kept, { offset: 500, measured: 990_000, seen: 1_060_500 });
  here.now.wall -= 30_000;
  const after = new Clock({ ...here.parts, kept });
  assert.equal(after.wentBack, true);
  await after.measure(service(here, 0, [10, 10, 10]));
  assert.equal(after.wentBack, false);
});

test("what another page has measured since is taken over, and nothing older", () => {
  const here = phone();
  const clock = new Clock({ ...here.parts, kept: { offset: 500, measured: 990_000, seen: 995_000 } });
  clock.heed(null);
  clock.heed({ offset: 7, measured: null, seen: 0 });
  clock.heed({ offset: 7, measured: 980_000, seen: 2_000_000 });
  assert.deepEqual([clock.offset, clock.now()], [500, 1_000_500]);
  clock.heed({ offset: -240_000, measured: 999_000, seen: 999_000 });
  assert.deepEqual([clock.offset, clock.measured, clock.now()], [-240_000, 999_000, 760_000]);
  assert.equal(clock.jumped(), false);
});

test("what is no time is not believed", async () => {
  const here = phone();
  const clock = new Clock(here.parts);
  assert.equal(await clock.measure(async () => undefined), false);
  assert.equal(clock.measured, null);
  assert.equal(clock.offset, 0);
});
