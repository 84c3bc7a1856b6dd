// Whose work this app stands on, with their licences in full.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { Page } from "../parts.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Licences({ session }) {
  const texts = session.texts.value;
  const [said, setSaid] = useState("");
  useEffect(() => {
    fetch(new URL("../../vendor/LICENSES", import.meta.url)).then((answer) => answer.text()).then(setSaid, () => setSaid(texts.say("licences.offline")));
  }, []);
  return html`
    <${Page} session=${session} title=${texts.say("licences.title")} back="mine">
      <p>${texts.say("licences.own")}</p>
      <pre class="licences" tabindex="0" lang="en">${said}</pre>
    <//>
  `;
}
