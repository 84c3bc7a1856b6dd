// The first page of the elder edition: one column, the code, four actions at most, and no bar at the bottom.

import { html } from "../../vendor/preact-htm.js";
import { Icon } from "../icons.js";
import { Help } from "../parts.js";
import { CardPaper, Top } from "./home.js";

const ONE = [["identity", "person"], ["loss", "loss"], ["record", "record"]];
/** With several cards the record moves one page further, to make room. */
const SEVERAL = [["identity", "person"], ["loss", "loss"], ["choose", "code"]];

/** @param {{ session: import("../session.js").Session }} props */
export function ElderHome({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  if (card === null) return null;
  document.title = texts.say("name");
  return html`
    <${Top} session=${session} />
    <main class="page page--home">
      <h1 class="unseen">${texts.say("home.title")}</h1>
      <${CardPaper} session=${session} card=${card} />
      ${session.standingOf(card).shows && html`<p class="calm">${texts.say("elder.calm")}</p>`}
      <div class="actions">
        ${(session.cards.value.length > 1 ? SEVERAL : ONE).map(([page, icon]) => html`
          <button class="action" type="button" onClick=${() => session.go(page)}><${Icon} name=${icon} /><span>${texts.say(`elder.${page}`)}</span></button>
        `)}
      </div>
      <${Help} texts=${texts} />
    </main>
  `;
}
