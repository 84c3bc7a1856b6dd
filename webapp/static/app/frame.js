// The frame around every page: which page is open, the bar at the bottom of the standard edition, word of a new version, and the rest while another page has the app.

import { html } from "../vendor/preact-htm.js";
import { Icon } from "./icons.js";
import { Button } from "./parts.js";
import { Activation } from "./screens/activation.js";
import { Big } from "./screens/big.js";
import { Choose } from "./screens/choose.js";
import { ClockCheck } from "./screens/clockcheck.js";
import { ElderHome } from "./screens/elderhome.js";
import { Elsewhere } from "./screens/elsewhere.js";
import { Home } from "./screens/home.js";
import { IdentityCode } from "./screens/identity.js";
import { Licences } from "./screens/licences.js";
import { Lock } from "./screens/lock.js";
import { Loss } from "./screens/loss.js";
import { Mine } from "./screens/mine.js";
import { Phones } from "./screens/phones.js";
import { Receipts } from "./screens/receipts.js";
import { Spoken } from "./screens/spoken.js";
import { Timeline } from "./screens/timeline.js";
import { Welcome } from "./screens/welcome.js";

/** @type {Record<string, (props: { session: import("./session.js").Session }) => any>} */
const PAGES = {
  activation: Activation, big: Big, choose: Choose, clock: ClockCheck, identity: IdentityCode, licences: Licences, lock: Lock, loss: Loss, mine: Mine, phones: Phones,
  receipts: Receipts, spoken: Spoken, record: Timeline,
};
/** Pages that make sense before there is a card. */
const OPEN = new Set(["activation", "mine", "licences", "clock"]);
/** The three places of the standard edition, in the order of the bar. */
const PLACES = [["home", "code"], ["record", "record"], ["mine", "gear"]];

/** @param {{ session: import("./session.js").Session }} props */
export function Frame({ session }) {
  const name = session.route.value.split("/")[0];
  const empty = session.cards.value.length === 0;
  const { elder } = session.settings.value;
  const here = session.here.value;
  const First = empty ? Welcome : elder ? ElderHome : Home;
  const Shown = PAGES[name] !== undefined && (!empty || OPEN.has(name)) ? PAGES[name] : First;
  const bar = !empty && !elder && Shown !== Big && (Shown === First || PLACES.some(([place]) => place === name));
  return html`
    ${!here && html`<${Elsewhere} session=${session} />`}
    <div class=${`frame${bar ? " frame--bar" : ""}`} hidden=${!here}>
      ${session.update.value !== null && html`<${NewVersion} session=${session} />`}
      <${Shown} session=${session} key=${Shown === First ? "first" : name} />
      ${bar && html`<${Places} session=${session} here=${Shown === First ? "home" : name} />`}
    </div>
  `;
}

/** @param {{ session: import("./session.js").Session, here: string }} props */
const Places = ({ session, here }) => html`
  <nav class="places" aria-label=${session.texts.value.say("places")}>
    ${PLACES.map(([place, icon]) => html`
      <button type="button" class="places__one" aria-current=${place === here ? "page" : undefined} onClick=${() => session.go(place)}>
        <${Icon} name=${icon} /><span>${session.texts.value.say(`place.${place}`)}</span>
      </button>
    `)}
  </nav>
`;

/** @param {{ session: import("./session.js").Session }} props */
const NewVersion = ({ session }) => html`
  <section class="news" role="status">
    <p>${session.texts.value.say("update.ready")}</p>
    <${Button} kind="small" onClick=${() => session.takeUpdate()}>${session.texts.value.say("update.take")}<//>
  </section>
`;
