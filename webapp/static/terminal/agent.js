// The local agent (docs/agent.md): the verdict is given on this machine, offline, by the program that also keeps lists, memory and journal.

import { completed } from "./verdict.js";

const PATIENCE_MS = 4000;
const CHIP_PATIENCE_MS = 30_000;

/** @typedef {import("./verdict.js").Verdict} Verdict */
/** @typedef {import("./reasons.js").Text} Text */
/** What is wrong with an answer: the agent's own words, or none when nobody answered. */
export class AgentProblem extends Error {
  /** @param {{ code: string, title: Text | null, hint: Text | null }} told */
  constructor({ code, title, hint }) {
    super(code);
    this.code = code;
    this.title = title;
    this.hint = hint;
  }
}

export class Agent {
  /** @param {number} port */
  constructor(port) {
    this.origin = `http://127.0.0.1:${port}`;
  }

  /**
   * @param {string} text
   * @param {string | null} challenge in hexadecimal
   * @returns {Promise<Verdict>}
   */
  verify(text, challenge) {
    return this.#ask("/v1/verify", challenge === null ? { text } : { text, challenge });
  }

  /** @returns {Promise<Verdict>} */
  chip() {
    return this.#ask("/v1/chip", {}, CHIP_PATIENCE_MS);
  }

  /**
   * @param {string} locator
   * @param {string} code
   * @returns {Promise<Verdict>}
   */
  async spoken(locator, code) {
    return completed(await this.#ask("/v1/spoken", { locator, code }, CHIP_PATIENCE_MS));
  }

  /** The venue's number, which the holder types into the phone first. @returns {Promise<{ venue: string, number: string }>} */
  venue() {
    return this.#ask("/v1/spoken", null, CHIP_PATIENCE_MS);
  }

  /** @returns {Promise<any>} */
  health() {
    return this.#ask("/v1/health", null);
  }

  /**
   * @param {string} path
   * @param {object | null} body
   * @param {number} [patience]
   */
  async #ask(path, body, patience = PATIENCE_MS) {
    const request = body === null ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    let answer, page;
    try {
      answer = await fetch(this.origin + path, { ...request, signal: AbortSignal.timeout(patience), cache: "no-store", credentials: "omit" });
      page = await answer.json();
    } catch {
      throw new AgentProblem({ code: "agent-away", title: null, hint: null });
    }
    if (!answer.ok) {
      const [zh, en = zh] = String(page.title ?? "").split(" / ");
      throw new AgentProblem({ code: String(page.code), title: { zh, en }, hint: page.hint ?? null });
    }
    return page;
  }
}
