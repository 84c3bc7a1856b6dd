// What stands here while the app is in use on another page of this phone: that it is, that nothing is lost, and one way to have it here again.

import { html, useEffect, useRef } from "../../vendor/preact-htm.js";
import { Mark } from "../icons.js";
import { Button, Help, Note } from "../parts.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Elsewhere({ session }) {
  const texts = session.texts.value;
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const before = document.title;
    document.title = `${texts.say("elsewhere.title")} · ${texts.say("name")}`;
    heading.current?.focus({ preventScroll: true });
    return () => {
      document.title = before;
    };
  }, []);
  return html`
    <div class="frame">
      <header class="top"><${Mark} /><p class="top__name">${texts.say("name")}</p></header>
      <main class="page">
        <h1 tabindex="-1" ref=${heading}>${texts.say("elsewhere.title")}</h1>
        <${Note} title=${texts.say("elsewhere.what")}><p>${texts.say("elsewhere.what.more")}</p><//>
        <${Button} onClick=${() => session.takeBack()}>${texts.say("elsewhere.here")}<//>
        <${Help} texts=${texts} />
      </main>
    </div>
  `;
}
