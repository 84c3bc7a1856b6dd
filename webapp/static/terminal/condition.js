// How this terminal is, in one form for both who may decide: what stands in the bar, and what stands on the page of checks.

/** @typedef {import("./reasons.js").Text} Text */
/**
 * Ages in seconds, null where there is nothing. `problems` in words, each with what to do.
 *
 * @typedef {{
 *   by: "agent" | "page", isThere: boolean, isReady: boolean, terminal: string, title: Text | null, freshness: string | null, listAge: number | null,
 *   trustAge: number | null, lists: { region: string, age: number }[], problems: { code: string, title: Text | null, hint: Text | null }[],
 *   inputs: { chip: boolean, spoken: boolean }, journal: { kept: boolean, depth: number } | null, isTimed: boolean, clockOff: number,
 * }} Condition
 */

/**
 * From the agent's health page; null when nobody answered.
 *
 * @param {any} page
 * @param {import("./agent.js").AgentProblem | null} [problem]
 * @returns {Condition}
 */
export function ofAgent(page, problem = null) {
  const lists = Object.entries(page?.status ?? {}).map(([region, { age_s: age }]) => ({ region, age: Math.max(0, age) }));
  const away = page === null ? [{ code: problem?.code ?? "agent-away", title: problem?.title ?? null, hint: problem?.hint ?? null }] : [];
  return {
    by: "agent",
    isThere: page !== null,
    isReady: page?.ready === true,
    terminal: page?.terminal ?? "",
    title: page?.rules?.title ?? null,
    freshness: page?.rules?.freshness ?? null,
    listAge: oldest(lists),
    trustAge: page?.trust ? Math.max(0, page.trust.age_s) : null,
    lists,
    problems: page?.problems ?? away,
    inputs: page?.inputs ?? { chip: false, spoken: false },
    journal: page?.journal ?? null,
    isTimed: true,
    clockOff: page?.clock?.behind_s ?? 0,
  };
}

/**
 * @param {import("./alone.js").Alone} alone
 * @param {import("./settings.js").Settings} settings
 * @returns {Condition}
 */
export function ofPage(alone, { scene, region }) {
  const { trust } = alone;
  const now = alone.now();
  const rules = trust?.scene(scene, region || null);
  const lists = Array.from(alone.lists?.heads() ?? [], ([name, iat]) => ({ region: name, age: Math.max(0, now - iat) }));
  const problems = [];
  if (trust === null) problems.push("setup-trust");
  else if (rules === undefined) problems.push("setup-scene");
  else if (now >= trust.expires) problems.push("trust-expired");
  else if (now < trust.issued - 60) problems.push("clock-untrusted");
  if (alone.isForeign) problems.push("trust-foreign-root");
  return {
    by: "page",
    isThere: true,
    isReady: problems.length === 0,
    terminal: "",
    title: rules?.title ?? null,
    freshness: rules?.freshness ?? null,
    listAge: oldest(lists),
    trustAge: trust === null ? null : Math.max(0, now - trust.issued),
    lists,
    problems: problems.map((code) => ({ code, title: null, hint: null })),
    inputs: { chip: false, spoken: false },
    journal: null,
    isTimed: alone.clock.measured !== null,
    clockOff: Math.round(alone.clock.fast / 1000),
  };
}

/** The age to show is that of the oldest. @param {{ age: number }[]} lists */
const oldest = (lists) => (lists.length ? Math.max(...lists.map(({ age }) => age)) : null);
