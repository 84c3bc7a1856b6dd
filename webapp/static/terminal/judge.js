// The offline decision of the page alone: the twin of verify/verifier.py, step for step, held to it by every case of the conformance pack.
//
// Without an agent the page knows less: what it cannot know it answers with grey. It never says more than the lists that it could check.

import * as base45 from "../shared/base45.js";
import { toHex } from "../shared/bytes.js";
import { DELEGATE } from "../shared/credential.js";
import { CardError, InputError, SetupError, StateError } from "../shared/errors.js";
import { MAX_LENGTH, PREFIX, Presentation } from "../shared/presentation.js";
import { judgeStatus } from "./judge_status.js";
import { accepted, notAccepted } from "./verdict.js";

const TOLERANCE = 60;

/** @typedef {import("./judge_trust.js").TrustView} TrustView */
/** @typedef {import("./judge_trust.js").Scene} Scene */
/** Signed times that were seen, in seconds since 1970: over all, and of each region's lists. @typedef {{ overall: number, regions: Map<string, number> }} Floor */
/** One acceptance per credential and passback interval. @typedef {{ admit(name: string, passage: import("./replay.js").Passage): void }} Replay */

export class Judge {
  /** @param {{ trust: TrustView, scene: Scene, status: import("./judge_status.js").StatusSource, replay: Replay, floor: Floor }} by */
  constructor({ trust, scene, status, replay, floor }) {
    this.trust = trust;
    this.scene = scene;
    this.status = status;
    this.replay = replay;
    this.floor = floor;
  }

  /**
   * Judge one scanned text at `now` (whole seconds since 1970), and against the terminal's own `challenge` where it showed one.
   *
   * @param {string} text
   * @param {number} now
   * @param {Uint8Array | null} [challenge]
   * @returns {Promise<import("./verdict.js").Verdict>}
   */
  async verify(text, now, challenge = null) {
    const { scene } = this;
    let step = -1;
    try {
      this.ready(now); // a code never moves the clock

      step = 0; // text
      if (!text.startsWith(PREFIX)) throw new InputError("code-prefix");
      if (text.length > MAX_LENGTH) throw new InputError("code-length", { length: text.length, limit: MAX_LENGTH });

      step = 1; // form
      const code = Presentation.fromBytes(base45.decode(text.slice(PREFIX.length)));
      const says = code.credential.says;

      step = 2; // issuer
      const issuer = this.trust.issuer(says.iss, toHex(code.credential.kid));
      if (issuer === undefined) throw new InputError("issuer-unknown");

      step = 3; // scope
      this.scope(issuer, says, now);

      step = 4; // issuer signature
      await code.credential.check(issuer.key);

      step = 5; // recognition
      if (!scene.recognises.includes(says.iss)) throw new StateError("issuer-not-here", { region: says.iss });

      step = 6; // credential time
      if (now >= says.exp) throw new StateError("credential-expired", { late_s: now - Number(says.exp) });
      if (now < says.iat) throw new StateError("credential-not-yet-valid", { early_s: Number(says.iat) - now });

      step = 7; // holder signature
      await code.check(await says.holder.load());

      step = 8; // audience and challenge
      this.audience(code);
      this.challenged(code.cnonce, challenge);

      step = 9; // window
      const maxAge = Math.min(says.maxAge, scene.max_age_s);
      if (Number(code.iat) - now > scene.future_s) throw new StateError("code-from-future", { ahead_s: Number(code.iat) - now });
      if (now - Number(code.iat) > maxAge + scene.past_s) {
        throw new StateError("code-expired", { late_s: now - code.iat - maxAge, age_s: now - code.iat });
      }

      step = 10; // status
      const { asOf, notes } = await judgeStatus(says, { scene, trust: this.trust, status: this.status, now });

      step = 11; // scene rule
      if (says.profile === DELEGATE && !scene.delegate) throw new StateError("delegate-not-here");
      if (says.profile === DELEGATE) notes.push("delegate");
      if (scene.fares !== null && !(String(says.fare) in scene.fares)) throw new StateError("fare-not-here", { fare: says.fare });
      if (scene.freshness === "online") throw new SetupError("scene-online");

      step = 12; // not replayed
      this.replay.admit(`${says.iss} ${says.sub}`, { iat: code.iat, now, until: now + scene.passback_s });

      return accepted(says, scene, { notes, asOf, now });
    } catch (error) {
      if (!(error instanceof CardError)) throw error;
      return notAccepted(error, step);
    }
  }

  /** @param {number} now */
  ready(now) {
    if (now < this.floor.overall - TOLERANCE) throw new SetupError("clock-below-floor", { behind_s: this.floor.overall - now });
    if (now >= this.trust.expires) throw new SetupError("trust-expired", { late_s: now - this.trust.expires });
  }

  /**
   * @param {import("./judge_trust.js").Issuer} issuer
   * @param {import("../shared/credential.js").Statement} says
   * @param {number} now
   */
  scope(issuer, says, now) {
    const floor = this.floor.regions.get(issuer.region) ?? 0;
    if (now < floor - TOLERANCE) throw new SetupError("clock-below-floor", { behind_s: floor - now, region: issuer.region });
    if (now < issuer.notBefore || now >= issuer.notAfter) throw new InputError("issuer-key-period");
    const bounds = issuer.profiles[String(says.profile)];
    if (bounds === undefined) throw new InputError("issuer-key-profile", { profile: Number(says.profile) });
    const [life, maxAge] = bounds;
    if (BigInt(says.exp) - BigInt(says.iat) > BigInt(life)) throw new InputError("issuer-key-life", { limit_s: life });
    if (says.maxAge > maxAge) throw new InputError("issuer-key-max-age", { max_age_s: says.maxAge, limit_s: maxAge });
  }

  /** @param {Presentation} code */
  audience(code) {
    if (code.audience !== this.scene.audience) throw new StateError("audience-other", { audience: code.audience, scene: this.scene.audience });
    if ((code.audience === "identity") === (code.credential.says.name === null)) throw new StateError("audience-profile", { audience: code.audience });
  }

  /**
   * @param {Uint8Array | null} answer
   * @param {Uint8Array | null} challenge
   */
  challenged(answer, challenge) {
    if (challenge === null && this.scene.freshness !== "challenge") {
      if (answer !== null) throw new StateError("challenge-unasked");
    } else if (answer === null) {
      throw new StateError("challenge-missing");
    } else if (challenge === null) {
      throw new StateError("challenge-unasked");
    } else if (toHex(answer) !== toHex(challenge)) {
      throw new StateError("challenge-other");
    }
  }
}
