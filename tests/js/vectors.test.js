// The same vectors as the Python library's, word for word.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { replayer } from "./replay.js";

const VECTORS = new URL("../vectors/", import.meta.url);
const { knows, outcome } = await replayer(new URL("../../webapp/static/shared", import.meta.url).href);
const sorted = (value) =>
  JSON.stringify(value, (_, item) =>
    item && typeof item === "object" && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort()) : item,
  );

let replayed = 0;
for (const file of readdirSync(VECTORS).filter((name) => name.endsWith(".json"))) {
  const { cases } = JSON.parse(readFileSync(new URL(file, VECTORS), "utf8"));
  const known = cases.filter((given) => knows.includes(given.do));
  if (!known.length) continue;
  replayed += known.length;
  test(`${file}: ${known.length} cases`, async () => {
    for (const given of known) assert.equal(sorted(await outcome(given)), sorted(given.expect), given.name);
  });
}

test("every deed of codes and keys was replayed", () => assert.ok(replayed > 600, String(replayed)));
