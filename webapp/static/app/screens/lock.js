// Pausing the card oneself, and taking it up again: at once, and as often as one likes.

import { html, useState } from "../../vendor/preact-htm.js";
import { holdsHere, thisPhone } from "../cards.js";
import { Button, Note, Page, Wrong } from "../parts.js";

/** Nothing of the card works any more, until its holder says so. @param {import("../session.js").Session} session @param {string} card */
export async function pause(session, card) {
  await session.wallet.will("/v1/locks", { command: "lock", card, target: "card" });
  await session.sync();
}

/** @param {import("../session.js").Session} session @param {string} card */
async function takeUp(session, card) {
  await session.wallet.will("/v1/locks/lift", { command: "unlock", card, target: "card" });
  await session.sync();
}

/** @param {{ session: import("../session.js").Session }} props */
export function Lock({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  if (card === null) return null;
  const hold = holdsHere(card, session.now.value).find((one) => one.kind === "self-lock");
  const provisional = (thisPhone(card)?.provisional_until ?? null) !== null;
  const turn = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await (hold ? takeUp : pause)(session, card.card);
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <${Page} session=${session} title=${texts.say("lock.title")}>
      ${hold
        ? html`<${Note} tone="warn" live=${true} title=${texts.say("lock.on")}><p>${texts.say("lock.since", { when: texts.moment(hold.placed) })}</p><//>`
        : html`<${Note} tone="ok" live=${true} title=${texts.say("lock.off")} />`}
      <p class="lead">${texts.say(hold ? "lock.lift.what" : "lock.what")}</p>
      ${!session.online.value && html`<${Note} tone="warn" title=${texts.say("problem.offline.title")}><p>${texts.say("lock.offline")}</p><//>`}
      ${provisional && html`<${Note} tone="warn" title=${texts.say("lock.provisional")}><p>${texts.say("lock.provisional.more")}</p><//>`}
      <${Wrong} session=${session} problem=${problem} />
      ${!provisional && html`<${Button} kind=${hold ? "main" : "danger"} onClick=${turn} busy=${busy} busyText=${texts.say("busy")}>${texts.say(hold ? "lock.lift" : "lock.go")}<//>`}
      <p class="quiet">${texts.say("lock.not.loss")}</p>
    <//>
  `;
}
