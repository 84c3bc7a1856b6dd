// Something on the record that the holder knows nothing of: the card is paused at once, and 12333 finds out what it was.

import { html, useState } from "../../vendor/preact-htm.js";
import { holdsHere, thisPhone } from "../cards.js";
import { Button, Note, Wrong } from "../parts.js";
import { pause } from "./lock.js";

/** What may have been somebody else: not what was done to the card, which has its receipt. */
export const MAY_BE_OTHERS = new Set(["use", "look", "disclosure"]);

/** @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, entry: import("./timeline.js").Entry, onEnd: () => void }} props */
export function NotMine({ session, card, entry, onEnd }) {
  const texts = session.texts.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const isPaused = holdsHere(card, session.now.value).some((hold) => hold.kind === "self-lock");
  const provisional = (thisPhone(card)?.provisional_until ?? null) !== null;
  const stop = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await pause(session, card.card);
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <section class="block">
      <p class="event__title">${texts.pick(entry.title)}</p>
      <p class="event__said">${texts.moment(entry.at)} · ${texts.pick(entry.by)}</p>
    </section>
    ${isPaused
      ? html`<${Note} tone="ok" live=${true} title=${texts.say("state.locked")}><p>${texts.say("notmine.done")}</p><//>`
      : html`<p class="lead">${texts.say(`notmine.${entry.kind}`)}</p>
          ${provisional ? html`<${Note} tone="warn" title=${texts.say("lock.provisional")}><p>${texts.say("notmine.call")}</p><//>` : html`<p>${texts.say("lock.what")}</p>`}
          <${Wrong} session=${session} problem=${problem} />
          ${!provisional && html`<${Button} kind="danger" icon="pause" onClick=${stop} busy=${busy} busyText=${texts.say("busy")}>${texts.say("notmine.pause")}<//>`}`}
    <${Button} kind="plain" onClick=${onEnd}>${texts.say(isPaused ? "finish" : "cancel")}<//>
  `;
}
