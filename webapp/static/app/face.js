// The face of the card, masked: who, which region, the end of the number. Everything else stays with the record.

import { html } from "../vendor/preact-htm.js";

/** @param {import("../shared/texts.js").Texts} texts @param {import("./cards.js").KeptCard} card */
export const regionOf = (texts, { region }) => (texts.has(`region.${region}`) ? texts.say(`region.${region}`) : region);

/** @param {{ session: import("./session.js").Session, card: import("./cards.js").KeptCard }} props */
export function Face({ session, card }) {
  const texts = session.texts.value;
  const tail = card.says?.social_tail || card.says?.number_tail;
  return html`
    <div class="face">
      <p class="face__top"><span>${regionOf(texts, card)}</span><span class="face__demo">${texts.say("demo")}</span></p>
      <p class="face__name" translate="no">${card.name}</p>
      <p class="face__number">${tail ? html`${texts.say("face.number")} <span class="digits" translate="no">**** ${tail}</span>` : texts.say("face.kind")}</p>
    </div>
  `;
}
