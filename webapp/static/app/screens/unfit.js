// What stands here when this browser, or this page, cannot hold a card: what is missing, in a sentence, and what to do.

import { html } from "../../vendor/preact-htm.js";
import { Mark } from "../icons.js";
import { Help, Note } from "../parts.js";

/** @param {{ texts: import("../../shared/texts.js").Texts, code: string }} props */
export function Unfit({ texts, code }) {
  const name = texts.has(`problem.${code}.title`) ? code : "storage-blocked";
  return html`
    <div class="frame">
      <header class="top"><${Mark} /><p class="top__name">${texts.say("name")}</p></header>
      <main class="page">
        <h1>${texts.say("unfit.title")}</h1>
        <${Note} tone="bad" title=${texts.say(`problem.${name}.title`)}><p>${texts.say(`problem.${name}.hint`)}</p><//>
        <p>${texts.say("unfit.card")}</p>
        <${Help} texts=${texts} />
      </main>
    </div>
  `;
}
