// Several cards in the elder edition: whose card is shown, a wide row for each, on a page of its own; the first page keeps to four actions.

import { html } from "../../vendor/preact-htm.js";
import { regionOf } from "../face.js";
import { Icon } from "../icons.js";
import { Page, Row } from "../parts.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Choose({ session }) {
  const texts = session.texts.value;
  const pick = async (/** @type {string} */ card) => {
    await session.choose(card);
    session.home();
  };
  return html`
    <${Page} session=${session} title=${texts.say("choose.title")}>
      <div class="people" role="group" aria-label=${texts.say("home.cards")}>
        ${session.cards.value.map((one) => html`
          <button class="person" type="button" aria-pressed=${one.card === session.card.value?.card ? "true" : "false"} onClick=${() => pick(one.card)} key=${one.card}>
            <${Icon} name="person" />
            <span class="row__text"><strong translate="no">${one.name}</strong><small><span>${regionOf(texts, one)}</span>${one.says?.social_tail && html`<span class="digits" translate="no">**** ${one.says.social_tail}</span>`}</small></span>
            ${one.card === session.card.value?.card && html`<${Icon} name="check" />`}
          </button>
        `)}
      </div>
      <${Row} icon="record" title=${texts.say("elder.record")} said=${texts.say("choose.record")} onClick=${() => session.go("record")} />
    <//>
  `;
}
