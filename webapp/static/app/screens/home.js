// The first page of the standard edition: the card, its live code, how it stands, and what can be done.

import { html } from "../../vendor/preact-htm.js";
import { LiveCode } from "../codebox.js";
import { Face } from "../face.js";
import { Icon, Mark } from "../icons.js";
import { Button, Help, Sign, Wrong } from "../parts.js";

const TILES = [["identity", "person"], ["loss", "loss"], ["lock", "pause"], ["spoken", "speak"]];

/** @param {{ session: import("../session.js").Session }} props */
export function Home({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  if (card === null) return null;
  document.title = texts.say("name");
  return html`
    <${Top} session=${session} />
    <main class="page page--home">
      <h1 class="unseen">${texts.say("home.title")}</h1>
      <${CardPaper} session=${session} card=${card} />
      ${session.cards.value.length > 1 && html`<${Chips} session=${session} card=${card} />`}
      <div class="tiles">
        ${TILES.map(([page, icon]) => html`
          <button class="tile" type="button" onClick=${() => session.go(page)}><${Icon} name=${icon} /><span>${texts.say(`tile.${page}`)}</span></button>
        `)}
      </div>
      <${Help} texts=${texts} />
    </main>
  `;
}

/** @param {{ session: import("../session.js").Session }} props */
export function Top({ session }) {
  const texts = session.texts.value;
  const { elder } = session.settings.value;
  return html`
    <header class="top">
      <${Mark} /><p class="top__name">${texts.say("name")}</p>
      <button class="pill" type="button" onClick=${() => session.set({ elder: !elder })}>${texts.say(elder ? "mode.standard" : "mode.elder")}</button>
    </header>
  `;
}

/** The card: face, code where there is one, and how it stands. @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard }} props */
export function CardPaper({ session, card }) {
  const texts = session.texts.value;
  const standing = session.standingOf(card);
  return html`
    <article class="card">
      <${Face} session=${session} card=${card} />
      ${standing.shows && html`<${LiveCode} session=${session} card=${card.card} label=${texts.say("code.enlarge")} onTap=${() => session.go("big")} />`}
      <${State} session=${session} card=${card} standing=${standing} />
    </article>
  `;
}

/** @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, standing: import("../cards.js").Standing }} props */
function State({ session, card, standing }) {
  const texts = session.texts.value;
  const { name, tone, places, next, shows } = standing;
  const until = card.says?.carriers.find((carrier) => carrier.this)?.provisional_until;
  const said = `state.${name}.more`;
  return html`
    <div class=${shows ? "state" : "state state--alone"} role="status">
      <p class=${`state__line state__line--${tone}`}><${Sign} tone=${tone} /><span>${texts.say(`state.${name}`, places)}</span></p>
      ${texts.has(said) && html`<p class="state__more">${texts.say(said, places)}</p>`}
      ${shows && until && html`<p class="state__more">${texts.say("state.provisional", { day: texts.day(until) })}</p>`}
      <${Next} session=${session} next=${next} />
    </div>
  `;
}

/** The one next action. @param {{ session: import("../session.js").Session, next: string | null }} props */
function Next({ session, next }) {
  const texts = session.texts.value;
  if (next === null) return null;
  if (next === "help") return html`<a class="button button--main" href="tel:12333"><${Icon} name="call" /><span>${texts.say("next.help")}</span></a>`;
  if (next === "renew") {
    const busy = session.syncing.value;
    return html`
      <${Button} onClick=${() => session.sync()} busy=${busy} busyText=${texts.say("next.renew.busy")}>${texts.say("next.renew")}<//>
      ${!busy && !session.online.value && html`<p class="state__more">${texts.say("next.renew.offline")}</p>`}
      ${!busy && session.online.value && html`<${Wrong} session=${session} problem=${session.trouble.value} />`}
    `;
  }
  return html`<${Button} kind=${next === "clock" ? "plain" : "main"} onClick=${() => session.go(next)}>${texts.say(`next.${next}`)}<//>`;
}

/** Several cards on one phone; where masked names are the same, with the end of the number. @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard }} props */
export function Chips({ session, card }) {
  const texts = session.texts.value;
  const names = session.cards.value.map((one) => one.name);
  const tail = (/** @type {import("../cards.js").KeptCard} */ one) => (new Set(names).size < names.length ? ` ${one.says?.social_tail ?? ""}` : "");
  return html`
    <div class="chips" role="group" aria-label=${texts.say("home.cards")}>
      ${session.cards.value.map((one) => html`
        <button class="chip" type="button" aria-pressed=${one.card === card.card ? "true" : "false"} onClick=${() => session.choose(one.card)} key=${one.card}>
          ${one.name}${tail(one)}
        </button>
      `)}
    </div>
  `;
}
