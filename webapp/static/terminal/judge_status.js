// Status lists (IETF Token Status List, CWT form) and step 10 of the decision; the twin of codes/status.py, verify/status_store.py and verify/freshness.py.

import { toHex } from "../shared/bytes.js";
import { decode } from "../shared/cbor.js";
import { KID, Sign1 } from "../shared/cose.js";
import { CHIP, EXP, IAT, SUB } from "../shared/credential.js";
import { InputError, SetupError, StateError } from "../shared/errors.js";

const TYP_STATUS_LIST = "application/statuslist+cwt";
const TTL = 65534, STATUS_LIST = 65533;
const LARGEST_LIST = (1 << 20) / 4;
const LARGEST_TOKEN = LARGEST_LIST + 1024;
const URI = /^sl:([a-z])(0|[1-9a-z][0-9a-z]{0,3})$/;
const STOPPED = ["", "status-revoked", "status-suspended", "status-frozen"];

/** A list that is believed. @typedef {{ uri: string, region: string, profile: number, iat: number, packed: Uint8Array }} Shard */
/**
 * Where lists come from: one of them, and the newest signing time among a region's lists, null where nobody can say that all of them are here.
 *
 * @typedef {{ shard(uri: string): Promise<Shard | null>, head(region: string): number | null }} StatusSource
 */

/**
 * Believe a token, or not: a status key of the region that owns its letter and shard number signed it while that key was valid.
 *
 * Rejects with `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value, status-foreign, status-key-unknown, status-key-period,
 * status-signature, status-list.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {import("./judge_trust.js").TrustView} trust
 * @returns {Promise<Shard>}
 */
export async function readToken(bytes, trust) {
  const signed = Sign1.parse(decode(bytes, LARGEST_TOKEN), TYP_STATUS_LIST);
  const kid = signed.headers.get(KID);
  if (!(kid instanceof Uint8Array) || kid.length !== 8 || signed.headers.size !== 3) throw new InputError("cose-header");
  const claims = decode(signed.payload, LARGEST_TOKEN);
  if (!(claims instanceof Map) || claims.size !== 5 || ![SUB, IAT, EXP, TTL, STATUS_LIST].every((claim) => claims.has(claim))) {
    throw new InputError("claims-set");
  }
  const uri = claims.get(SUB), iat = claims.get(IAT), exp = claims.get(EXP), ttl = claims.get(TTL), list = claims.get(STATUS_LIST);
  if (typeof uri !== "string" || !URI.test(uri)) throw new InputError("claim-value", { claim: "sub" });
  if (!isWhole(iat) || !isWhole(exp) || !isWhole(ttl) || iat < 0 || iat >= exp || ttl <= 0) throw new InputError("claim-value", { claim: "iat, exp and ttl" });
  const lst = list instanceof Map && list.size === 2 && list.get("bits") === 2 ? list.get("lst") : undefined;
  if (!(lst instanceof Uint8Array)) throw new InputError("claim-value", { claim: "status_list" });
  const found = trust.owner(uri);
  if (found === undefined) throw new InputError("status-foreign", { uri });
  const key = found.authority.keys.find((candidate) => candidate.kid === toHex(kid));
  if (key === undefined) throw new InputError("status-key-unknown", { region: found.authority.region });
  if (iat < key.notBefore || iat >= key.notAfter) throw new InputError("status-key-period", { region: found.authority.region, iat });
  await signed.check(key.key, "status-signature");
  return { uri, region: found.authority.region, profile: found.profile, iat, packed: await inflate(new Uint8Array(lst)) };
}

/**
 * The packed array behind a `lst` value, at most the largest shard; never more memory than that and a piece.
 *
 * Rejects with `InputError` status-list: a broken, truncated, over-long or empty stream, or bytes after its end.
 *
 * @param {Uint8Array<ArrayBuffer>} lst
 */
async function inflate(lst) {
  const packed = new Uint8Array(LARGEST_LIST);
  let size = 0;
  const reader = new Blob([lst]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (size + piece.value.length > LARGEST_LIST) throw new RangeError("more than a shard");
      packed.set(piece.value, size);
      size += piece.value.length;
    }
  } catch {
    reader.cancel().catch(() => undefined);
    throw new InputError("status-list");
  }
  if (size === 0) throw new InputError("status-list", { wrong: "empty" });
  return packed.slice(0, size);
}

/**
 * Evidence time of a good status, and the notes that its age deserves (step 10).
 *
 * Rejects with `InputError` status-elsewhere or status-index, `StateError` status-suspended, status-frozen or status-revoked at any age, `SetupError`
 * status-missing, status-too-old or status-check-online.
 *
 * @param {import("../shared/credential.js").Statement} says
 * @param {{ scene: import("./judge_trust.js").Scene, trust: import("./judge_trust.js").TrustView, status: StatusSource, now: number }} by
 */
export async function judgeStatus(says, { scene, trust, status, now }) {
  const shard = await status.shard(says.status.uri);
  let head;
  if (shard === null) {
    head = headBeforeList(says, trust, status);
  } else if (shard.region !== says.iss || shard.profile !== Number(says.profile)) {
    throw new InputError("status-elsewhere", { uri: says.status.uri });
  } else {
    head = shard.iat;
    const value = valueAt(shard.packed, says.status.idx);
    if (value !== 0) throw new StateError(STOPPED[value], { as_of: head, age_s: Math.max(0, now - head) });
  }
  // A credential signed after the list was checked by its issuer when it was signed: younger evidence, but not where money is at stake or for a chip.
  const asOf = scene.class === "A" || says.profile === CHIP ? head : Math.max(head, says.iat);
  return { asOf, notes: ageNotes(now - asOf, scene.staleness, asOf) };
}

/**
 * @param {Uint8Array} packed
 * @param {number} idx
 */
function valueAt(packed, idx) {
  const size = 4 * packed.length;
  if (idx >= size) throw new InputError("status-index", { size });
  const at = Number(idx);
  return (packed[at >> 2] >> (2 * (at & 3))) & 3;
}

/**
 * @param {import("../shared/credential.js").Statement} says
 * @param {import("./judge_trust.js").TrustView} trust
 * @param {StatusSource} status
 */
function headBeforeList(says, trust, status) {
  const found = trust.owner(says.status.uri);
  if (found === undefined || found.authority.region !== says.iss || found.profile !== Number(says.profile)) {
    throw new InputError("status-elsewhere", { uri: says.status.uri });
  }
  const head = status.head(says.iss);
  if (head === null || says.iat <= head) throw new SetupError("status-missing", { uri: says.status.uri });
  return head;
}

/**
 * @param {number} age
 * @param {import("./judge_trust.js").Scene["staleness"]} budget
 * @param {number} asOf
 */
function ageNotes(age, budget, asOf) {
  if (age <= budget.fresh_s) return [];
  if (age <= budget.aging_s) return ["status-aging"];
  if (age <= budget.allowed_s) return ["status-stale-allowed"];
  if (age <= budget.check_s) throw new SetupError("status-check-online", { as_of: asOf, age_s: age, limit_s: budget.allowed_s });
  throw new SetupError("status-too-old", { as_of: asOf, age_s: age, limit_s: budget.check_s });
}

/** @param {unknown} value */
const isWhole = (value) => typeof value === "number";
