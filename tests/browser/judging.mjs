// Runs the page's own judgement over scans that a test hands in: {trust, tokens, groups: [{scene, region, scans: [{text, at, challenge}]}]} on standard
// input, one list of verdicts for each group on standard output. A group has one memory; lists are all there, as on a terminal that imported them.

import { readFileSync } from "node:fs";
import { fromBase64url, fromHex } from "../../webapp/static/shared/bytes.js";
import { Judge } from "../../webapp/static/terminal/judge.js";
import { readToken } from "../../webapp/static/terminal/judge_status.js";
import { TrustView } from "../../webapp/static/terminal/judge_trust.js";
import { freshBox, ReplayMemory } from "../../webapp/static/terminal/replay.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const trust = await TrustView.of(asked.trust);
const shards = new Map();
const refused = [];
for (const token of asked.tokens) {
  try {
    const shard = await readToken(fromBase64url(token), trust);
    shards.set(shard.uri, shard);
    refused.push(null);
  } catch (error) {
    refused.push(error.code ?? String(error));
  }
}
const regions = new Map();
for (const { region, iat } of shards.values()) regions.set(region, Math.max(iat, regions.get(region) ?? 0));
const status = { shard: async (uri) => shards.get(uri) ?? null, head: (region) => regions.get(region) ?? null };
const groups = [];
for (const { scene, region, scans } of asked.groups) {
  const rules = trust.scene(scene, region);
  const judge = new Judge({ trust, scene: rules, status, replay: new ReplayMemory(freshBox()), floor: { overall: trust.issued, regions } });
  const verdicts = [];
  for (const { text, at, challenge } of scans) verdicts.push(await judge.verify(text, at, challenge ? fromHex(challenge) : null));
  groups.push(verdicts);
}
process.stdout.write(JSON.stringify({ refused, groups }));
