// Every receipt of the card: what was done, when the record knew.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { Page, Wrong } from "../parts.js";
import { ReceiptFacts } from "./loss.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Receipts({ session }) {
  const texts = session.texts.value;
  const card = session.card.value?.card ?? "";
  const [receipts, setReceipts] = useState(/** @type {import("./loss.js").Receipt[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    session.wallet.api.get(`/v1/cards/${card}/receipts`).then((page) => setReceipts(page.receipts.toReversed()), setProblem);
  }, [card]);
  return html`
    <${Page} session=${session} title=${texts.say("receipts.title")} back="record">
      <div role="status">${receipts === null && problem === null && html`<p class="quiet">${texts.say("busy")}</p>`}</div>
      <${Wrong} session=${session} problem=${problem} />
      ${receipts !== null && receipts.length === 0 && html`<p>${texts.say("receipts.none")}</p>`}
      ${(receipts ?? []).map((receipt) => html`<section class="block"><${ReceiptFacts} session=${session} receipt=${receipt} /></section>`)}
    <//>
  `;
}
