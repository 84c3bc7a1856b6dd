// The identity code, for hospitals and service halls, on request only: what it shows is said first, and it can answer a terminal's challenge.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { toHex } from "../../shared/bytes.js";
import { IDENTITY } from "../../shared/credential.js";
import { CardError } from "../../shared/errors.js";
import { thisPhone } from "../cards.js";
import { CHALLENGE, readChallenge } from "../challenges.js";
import { LiveCode } from "../codebox.js";
import { Button, Facts, Note, Page, Switch, Wrong } from "../parts.js";
import { Scanner } from "../scanner.js";
import { Alive, Awake } from "./big.js";

/** @typedef {import("../challenges.js").Challenge} Challenge */

/** @param {{ session: import("../session.js").Session }} props */
export function IdentityCode({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  const [shown, setShown] = useState(false);
  const [asking, setAsking] = useState(false);
  const [challenge, setChallenge] = useState(/** @type {Challenge | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  if (card === null) return null;
  const phone = thisPhone(card);
  const standing = session.standingOf(card);
  const ready = session.held.value.some((held) => held.card === card.card && held.profile === IDENTITY && !held.isAhead && held.exp > session.now.value);
  const show = async () => {
    setBusy(true);
    setProblem(null);
    try {
      if (!ready) {
        await session.wallet.renewIfDue(card.card, IDENTITY);
        await session.read();
      }
      setShown(true);
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  const stopped = !standing.shows && standing.name !== "expired" && standing.name !== "empty";
  const provisional = phone !== null && phone.provisional_until !== null;
  return html`
    <${Page} session=${session} title=${texts.say("identity.title")}>
      ${stopped ? html`<${Note} tone=${standing.tone} title=${texts.say(`state.${standing.name}`, standing.places)} />`
        : provisional ? html`<${Note} tone="warn" title=${texts.say("identity.provisional")}><p>${texts.say("identity.provisional.more")}</p><//>`
        : asking ? html`<${Ask} session=${session} onFound=${(/** @type {Challenge} */ found) => { setChallenge(found); setAsking(false); }} onEnd=${() => setAsking(false)} />`
        : shown ? html`
          <section class="paper">
            <p class="paper__who"><strong translate="no">${card.name}</strong> <span class="digits" translate="no">**** ${card.says?.social_tail ?? ""}</span></p>
            <${LiveCode} session=${session} card=${card.card} audience="identity" cnonce=${challenge?.cnonce ?? null} label=${texts.say("code.renew")} key=${challenge === null ? "plain" : toHex(challenge.cnonce)} />
            <${Alive} session=${session} /><${Awake} session=${session} />
          </section>
          ${challenge !== null
            ? html`<${Asked} session=${session} challenge=${challenge} onDrop=${() => setChallenge(null)} />`
            : html`<${Button} kind="plain" icon="scan" onClick=${() => setAsking(true)}>${texts.say("challenge.begin")}<//>`}
        ` : html`
          <p class="lead">${texts.say("identity.what")}</p>
          <ul class="list"><li>${texts.say("identity.shows.1")}</li><li>${texts.say("identity.shows.2")}</li><li>${texts.say("identity.shows.3")}</li></ul>
          <${Wrong} session=${session} problem=${problem} />
          <${Button} onClick=${show} busy=${busy} busyText=${texts.say("identity.busy")}>${texts.say("identity.show")}<//>
          ${!session.settings.value.elder && html`<${Switch} label=${texts.say("identity.ready")} said=${texts.say("identity.ready.more")} checked=${session.settings.value.ready}
            onToggle=${(/** @type {boolean} */ on) => { session.set({ ready: on }); if (on) session.sync(); }} />`}
        `}
    <//>
  `;
}

/** The code above answers one desk. @param {{ session: import("../session.js").Session, challenge: Challenge, onDrop: () => void }} props */
function Asked({ session, challenge, onDrop }) {
  const texts = session.texts.value;
  return html`
    <${Note} tone="ok" live=${true} title=${texts.say("challenge.answered")}>
      <p>${texts.say("challenge.bare")}</p>
      ${challenge.asks !== null && html`<${Asks} session=${session} asks=${challenge.asks} />`}
    <//>
    <${Button} kind="plain" onClick=${onDrop}>${texts.say("challenge.drop")}<//>
  `;
}

/** @param {{ session: import("../session.js").Session, asks: import("../challenges.js").Asks }} props */
const Asks = ({ session, asks }) => {
  const texts = session.texts.value;
  const told = asks.fields.map((field) => texts.pick(field)).join(texts.say("comma"));
  return html`<${Facts} lines=${[[texts.say("challenge.venue"), asks.venue], [texts.say("challenge.item"), texts.pick(asks.title)], [texts.say("challenge.fields"), told]]} />`;
};

/** Who asks, for what, and what they would be told: nothing is told before the holder says yes. @param {{ session: import("../session.js").Session, challenge: Challenge, onYes: () => void, onNo: () => void }} props */
function Consent({ session, challenge, onYes, onNo }) {
  const texts = session.texts.value;
  return html`
    <section class="block">
      <h2>${texts.say("consent.title")}</h2>
      ${challenge.asks !== null && html`<${Asks} session=${session} asks=${challenge.asks} />`}
      <p class="quiet">${texts.say("consent.once")}</p>
      <${Button} onClick=${onYes}>${texts.say("consent.yes")}<//>
      <${Button} kind="plain" onClick=${onNo}>${texts.say("consent.no")}<//>
    </section>
  `;
}

/** Scan or type what the terminal shows. @param {{ session: import("../session.js").Session, onFound: (challenge: Challenge) => void, onEnd: () => void }} props */
function Ask({ session, onFound, onEnd }) {
  const texts = session.texts.value;
  const [typed, setTyped] = useState("");
  const [scanning, setScanning] = useState(true);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [asking, setAsking] = useState(/** @type {Challenge | null} */ (null));
  useEffect(() => setProblem(null), [typed]);
  const take = async (/** @type {string} */ text) => {
    setScanning(false);
    try {
      const found = await readChallenge(text, (cnonce) => session.wallet.api.get(`/v1/challenges/${cnonce}`));
      if (found.asks === null) onFound(found);
      else setAsking(found);
    } catch (found) {
      if (!(found instanceof CardError)) throw found;
      setProblem(found);
    }
  };
  if (asking !== null) return html`<${Consent} session=${session} challenge=${asking} onYes=${() => onFound(asking)} onNo=${onEnd} />`;
  return html`
    <section class="block">
      <h2>${texts.say("challenge.title")}</h2>
      <p>${texts.say("challenge.what")}</p>
      ${scanning && html`<${Scanner} session=${session} wanted=${CHALLENGE} onFound=${take} onEnd=${() => setScanning(false)} />`}
      <form novalidate onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); take(typed); }}>
        <label class="field"><span>${texts.say("challenge.type")}</span>
          <input class="field__code digits" name="challenge" autocomplete="off" autocapitalize="characters" spellcheck="false" value=${typed}
            onInput=${(/** @type {Event} */ event) => setTyped(/** @type {HTMLInputElement} */ (event.target).value)} />
        </label>
        <${Wrong} session=${session} problem=${problem} />
        <${Button} type="submit">${texts.say("challenge.answer")}<//>
      </form>
      <${Button} kind="plain" onClick=${onEnd}>${texts.say("challenge.stop")}<//>
    </section>
  `;
}
