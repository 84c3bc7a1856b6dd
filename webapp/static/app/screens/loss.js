// Reporting a loss: two questions, what it does in a sentence, the receipt; and taking it back when the thing is found. Never queued: without a
// network it is 12333.

import { html, useRef, useState } from "../../vendor/preact-htm.js";
import { freshKey } from "../../shared/api.js";
import { coversThisPhone, LOSSES, thisPhone } from "../cards.js";
import { Icon } from "../icons.js";
import { Button, Facts, Note, Page, Row, Wrong } from "../parts.js";

/** @typedef {{ of: "card" | "chip" | "phone", phone: string | null, mine: boolean }} Lost */
/** @typedef {{ receipt: Receipt, due: number | null, gates: { connected_s: number, offline_s: number } }} Reported */
/** @typedef {{ number: string, title: { zh: string, en: string }, effective: number, card: string, command: string }} Receipt */

/** @param {{ session: import("../session.js").Session }} props */
export function Loss({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  const [lost, setLost] = useState(/** @type {Lost | null} */ (null));
  const [found, setFound] = useState(/** @type {import("../cards.js").Hold | null} */ (null));
  const [reported, setReported] = useState(/** @type {Reported | null} */ (null));
  if (card === null) return null;
  const title = texts.say(lost !== null && reported === null ? "loss.confirm.title" : "loss.title");
  return html`
    <${Page} session=${session} title=${title}>
      ${reported !== null ? html`<${Receipted} session=${session} reported=${reported} />`
        : lost !== null ? html`<${Confirm} session=${session} card=${card} lost=${lost} onDone=${setReported} onBack=${() => setLost(null)} />`
        : found !== null ? html`<${Found} session=${session} card=${card} hold=${found} onBack=${() => setFound(null)} />`
        : html`<${Hub} session=${session} card=${card} onLost=${setLost} onFound=${setFound} />`}
    <//>
  `;
}

/** @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, onLost: (lost: Lost) => void, onFound: (hold: import("../cards.js").Hold) => void }} props */
function Hub({ session, card, onLost, onFound }) {
  const texts = session.texts.value;
  if (!session.online.value) return html`<${Offline} session=${session} />`;
  const holds = (card.says?.holds ?? []).filter((hold) => LOSSES.includes(hold.kind));
  const others = (card.says?.carriers ?? []).filter((carrier) => carrier.kind === "phone" && !carrier.this);
  const chip = card.says?.carriers.find((carrier) => carrier.kind === "chip");
  const held = (/** @type {string | null} */ ref) => holds.some((hold) => hold.carrier === ref || hold.carrier === null);
  return html`
    ${holds.map((hold) => html`
      <${Note} tone="bad" title=${texts.say(`loss.held.${placeOf(card, hold)}`)}>
        <p>${texts.say("loss.held.since", { when: texts.moment(hold.placed) })}</p>
        ${hold.kind === "pre-loss" && !coversThisPhone(card, hold)
          ? html`${hold.due !== null && html`<p>${texts.say("loss.due", { day: texts.day(hold.due) })}</p>`}
              <${Button} onClick=${() => onFound(hold)}>${texts.say(`loss.found.${placeOf(card, hold)}`)}<//>`
          : html`<p>${texts.say(hold.kind === "pre-loss" ? "loss.desk" : "loss.written")}</p>`}
      <//>
    `)}
    ${chip && !held(chip.ref) && html`
      <section class="block"><h2>${texts.say("loss.card.title")}</h2><p>${texts.say("loss.card.what")}</p>
        <${Button} kind="danger" icon="loss" onClick=${() => onLost({ of: "chip", phone: null, mine: false })}>${texts.say("loss.card.go")}<//>
      </section>
    `}
    <section class="block"><h2>${texts.say("loss.phone.title")}</h2><p>${texts.say("loss.phone.what")}</p>
      ${others.filter((phone) => !held(phone.ref)).map((phone) => html`
        <${Button} kind="danger" icon="phone" onClick=${() => onLost({ of: "phone", phone: phone.ref, mine: false })}>
          ${texts.say("loss.phone.other", { day: texts.day(phone.created) })}
        <//>
      `)}
      ${!held(thisPhone(card)?.ref ?? "") && html`
        <${Button} kind="plain" icon="phone" onClick=${() => onLost({ of: "phone", phone: thisPhone(card)?.ref ?? null, mine: true })}>${texts.say("loss.phone.this")}<//>
      `}
    </section>
    ${!held(null) && !holds.some((hold) => hold.carrier === null) && html`
      <section class="block"><h2>${texts.say("loss.all.title")}</h2><p>${texts.say("loss.all.what")}</p>
        <${Button} kind="plain" onClick=${() => onLost({ of: "card", phone: null, mine: true })}>${texts.say("loss.all.go")}<//>
      </section>
    `}
    ${session.settings.value.elder && html`<${Row} icon="pause" title=${texts.say("lock.title")} said=${texts.say("lock.row")} onClick=${() => session.go("lock")} />`}
  `;
}

/** What always works. @param {{ texts: import("../../shared/texts.js").Texts }} props */
const Call = ({ texts }) => html`
  <a class="button button--danger" href="tel:12333"><${Icon} name="call" /><span>${texts.say("loss.offline.call")}</span></a>
`;

/** @param {{ session: import("../session.js").Session }} props */
const Offline = ({ session }) => {
  const texts = session.texts.value;
  return html`
    <${Note} tone="warn" live=${true} title=${texts.say("loss.offline")}><p>${texts.say("loss.offline.more")}</p><//>
    <${Call} texts=${texts} />
    <${Button} kind="plain" onClick=${() => session.sync()} busy=${session.syncing.value} busyText=${texts.say("next.renew.busy")}>${texts.say("again")}<//>
  `;
};

/** @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, lost: Lost, onDone: (reported: Reported) => void, onBack: () => void }} props */
function Confirm({ session, card, lost, onDone, onBack }) {
  const texts = session.texts.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const key = useRef(freshKey());
  const report = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const reported = await session.wallet.api.post("/v1/reports", { card: card.card, of: lost.of, phone: lost.phone }, key.current);
      onDone(reported);
      session.sync();
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  const which = `loss.confirm.${lost.of}${lost.of === "phone" && lost.mine ? ".mine" : ""}`;
  return html`
    <p class="lead">${texts.say(which)}</p>
    <ul class="list"><li>${texts.say("loss.confirm.gates")}</li><li>${texts.say(`loss.confirm.back${lost.mine ? ".desk" : ""}`)}</li><li>${texts.say("loss.confirm.written")}</li></ul>
    <${Wrong} session=${session} problem=${problem} />
    ${problem !== null && !session.online.value && html`<${Call} texts=${texts} />`}
    <${Button} kind="danger" onClick=${report} busy=${busy} busyText=${texts.say("loss.confirm.busy")}>${texts.say("loss.confirm.go")}<//>
    <${Button} kind="plain" onClick=${onBack}>${texts.say("cancel")}<//>
  `;
}

/** @param {{ session: import("../session.js").Session, reported: Reported }} props */
function Receipted({ session, reported }) {
  const texts = session.texts.value;
  const { receipt, due, gates } = reported;
  return html`
    <${Note} tone="ok" live=${true} title=${texts.say("loss.done")}>
      <p>${texts.say("loss.done.gates", { connected: texts.span(gates.connected_s), offline: texts.span(gates.offline_s) })}</p>
    <//>
    <${ReceiptFacts} session=${session} receipt=${receipt} />
    ${due !== null && html`<p>${texts.say("loss.due", { day: texts.day(due) })}</p>`}
    <${Button} onClick=${() => session.home()}>${texts.say("finish")}<//>
  `;
}

/** @param {{ session: import("../session.js").Session, receipt: Receipt }} props */
export const ReceiptFacts = ({ session, receipt }) => {
  const texts = session.texts.value;
  return html`<${Facts} lines=${[
    [texts.say("receipt.act"), texts.pick(receipt.title)],
    [texts.say("receipt.number"), html`<span class="digits" translate="no">${receipt.number}</span>`],
    [texts.say("receipt.effective"), texts.moment(receipt.effective)],
    [texts.say("receipt.card"), html`<span class="digits" translate="no">${receipt.card}</span>`],
  ]} />`;
};

/** @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, hold: import("../cards.js").Hold, onBack: () => void }} props */
function Found({ session, card, hold, onBack }) {
  const texts = session.texts.value;
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(/** @type {{ receipt: Receipt | null } | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const place = placeOf(card, hold);
  const withdraw = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const phone = place === "phone" ? hold.carrier : null;
      const wish = { command: "withdraw-pre-loss", card: card.card, target: phone ?? place, more: { of: place, phone } };
      setDone(await session.wallet.will("/v1/reports/withdraw", wish));
      session.sync();
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  if (done !== null) {
    return html`
      <${Note} tone="ok" live=${true} title=${texts.say("loss.back.done")}><p>${texts.say("loss.back.done.more")}</p><//>
      ${done.receipt !== null && html`<${ReceiptFacts} session=${session} receipt=${done.receipt} />`}
      <${Button} onClick=${() => session.home()}>${texts.say("finish")}<//>
    `;
  }
  return html`
    <p class="lead">${texts.say(`loss.back.${place}`)}</p>
    <${Wrong} session=${session} problem=${problem} />
    <${Button} onClick=${withdraw} busy=${busy} busyText=${texts.say("busy")}>${texts.say(`loss.found.${place}`)}<//>
    <${Button} kind="plain" onClick=${onBack}>${texts.say("loss.found.not")}<//>
  `;
}

/** What a hold is on. @param {import("../cards.js").KeptCard} card @param {import("../cards.js").Hold} hold @returns {"card" | "chip" | "phone"} */
function placeOf(card, hold) {
  if (hold.carrier === null) return "card";
  return card.says?.carriers.find((carrier) => carrier.ref === hold.carrier)?.kind === "chip" ? "chip" : "phone";
}
