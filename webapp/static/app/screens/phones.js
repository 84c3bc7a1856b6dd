// Chip and phones of the card: which is this one, which may go, and how another card comes onto this phone.

import { html, useState } from "../../vendor/preact-htm.js";
import { thisPhone } from "../cards.js";
import { Icon } from "../icons.js";
import { Button, Note, Page, Row, Wrong } from "../parts.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Phones({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  const [asked, setAsked] = useState(/** @type {import("../cards.js").Carrier | null} */ (null));
  if (card === null) return null;
  const carriers = (card.says?.carriers ?? []).filter((carrier) => carrier.state !== "ended");
  const gone = card.says !== null && thisPhone(card)?.state !== "active";
  return html`
    <${Page} session=${session} title=${texts.say("phones.title")} back="mine">
      ${asked !== null
        ? html`<${Unbind} session=${session} card=${card} phone=${asked} onEnd=${() => setAsked(null)} />`
        : html`
          <p class="lead">${texts.say("phones.of", { name: card.name })}</p>
          <ul class="carriers">
            ${carriers.map((carrier) => html`
              <li class="carrier" key=${carrier.ref}>
                <${Icon} name=${carrier.kind === "chip" ? "code" : "phone"} />
                <div class="carrier__text">
                  <strong>${texts.say(carrier.kind === "chip" ? "phones.chip" : carrier.this ? "phones.this" : "phones.other")}</strong>
                  <small>${texts.say("phones.since", { day: texts.day(carrier.created) })}</small>
                  <small>${texts.say(`phones.status.${carrier.status}`)}${carrier.provisional_until !== null ? ` · ${texts.say("phones.provisional", { day: texts.day(carrier.provisional_until) })}` : ""}</small>
                </div>
                ${carrier.kind === "phone" && html`<button class="text-button" type="button" onClick=${() => setAsked(carrier)}>${texts.say("phones.unbind")}</button>`}
              </li>
            `)}
          </ul>
          ${gone && html`<${Note} tone="warn" title=${texts.say("state.unbound")}><p>${texts.say("state.unbound.more")}</p>
            <${Button} kind="plain" onClick=${() => forget(session, card.card)}>${texts.say("phones.forget")}<//><//>`}
          <${Row} icon="add" title=${texts.say("phones.add")} said=${texts.say("phones.add.more")} onClick=${() => session.go("activation")} />
        `}
    <//>
  `;
}

/** @param {import("../session.js").Session} session @param {string} card */
async function forget(session, card) {
  await session.wallet.forget(card);
  await session.read();
  session.home();
}

/** @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, phone: import("../cards.js").Carrier, onEnd: () => void }} props */
function Unbind({ session, card, phone, onEnd }) {
  const texts = session.texts.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const unbind = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await session.wallet.will(`/v1/phones/${phone.ref}/unbind`, { command: "unbind-phone", card: card.card, target: phone.ref });
      if (phone.this) await forget(session, card.card);
      else await session.sync();
      onEnd();
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <p class="lead">${texts.say(phone.this ? "phones.unbind.this" : "phones.unbind.other")}</p>
    <p>${texts.say("phones.unbind.loss")}</p>
    <${Wrong} session=${session} problem=${problem} />
    <${Button} kind="danger" onClick=${unbind} busy=${busy} busyText=${texts.say("busy")}>${texts.say("phones.unbind.go")}<//>
    <${Button} kind="plain" onClick=${onEnd}>${texts.say("cancel")}<//>
  `;
}
