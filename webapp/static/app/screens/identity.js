// The identity code, for hospitals and service halls, on request only: what it shows is said first, and it can answer a terminal's challenge.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { toHex } from "../../shared/bytes.js";
import { IDENTITY } from "../../shared/credential.js";
import { CardError } from "../../shared/errors.js";
import { thisPhone } from "../cards.js";
import { readChallenge } from "../challenges.js";
import { LiveCode } from "../codebox.js";
import { Button, Facts, Note, Page, Switch, Wrong } from "../parts.js";
import { Scanner } from "../scanner.js";
import { Alive } from "./big.js";

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
  const ready = session.held.value.some((held) => held.card === card.card && held.profile === IDENTITY && held.exp > session.now.value);
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
        : shown ? html`
          <section class="paper">
            <p class="paper__who"><strong translate="no">${card.name}</strong> <span class="digits" translate="no">•••• ${card.says?.social_tail ?? ""}</span></p>
            <${LiveCode} session=${session} card=${card.card} audience="identity" cnonce=${challenge?.cnonce ?? null} label=${texts.say("code.renew")} key=${challenge === null ? "plain" : toHex(challenge.cnonce)} />
            <${Alive} session=${session} />
          </section>
          ${challenge !== null
            ? html`<${Asked} session=${session} challenge=${challenge} onDrop=${() => setChallenge(null)} />`
            : asking
              ? html`<${Ask} session=${session} onFound=${(/** @type {Challenge} */ found) => { setChallenge(found); setAsking(false); }} onEnd=${() => setAsking(false)} />`
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

/** Who asks, for what: said before the code that answers is believed by anybody. @param {{ session: import("../session.js").Session, challenge: Challenge, onDrop: () => void }} props */
function Asked({ session, challenge, onDrop }) {
  const texts = session.texts.value;
  const { asks } = challenge;
  return html`
    <${Note} tone="ok" live=${true} title=${texts.say("challenge.answered")}>
      ${asks === null
        ? html`<p>${texts.say("challenge.bare")}</p>`
        : html`<${Facts} lines=${[[texts.say("challenge.venue"), asks.venue], [texts.say("challenge.item"), asks.item], [texts.say("challenge.time"), texts.moment(asks.time)]]} />`}
    <//>
    <${Button} kind="plain" onClick=${onDrop}>${texts.say("challenge.drop")}<//>
  `;
}

/** Scan or type what the terminal shows. @param {{ session: import("../session.js").Session, onFound: (challenge: Challenge) => void, onEnd: () => void }} props */
function Ask({ session, onFound, onEnd }) {
  const texts = session.texts.value;
  const [typed, setTyped] = useState("");
  const [scanning, setScanning] = useState(true);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  useEffect(() => setProblem(null), [typed]);
  const take = async (/** @type {string} */ text) => {
    try {
      onFound(await readChallenge(text));
    } catch (found) {
      if (!(found instanceof CardError)) throw found;
      setProblem(found);
    }
  };
  return html`
    <section class="block">
      <h2>${texts.say("challenge.title")}</h2>
      <p>${texts.say("challenge.what")}</p>
      ${scanning && html`<${Scanner} session=${session} wanted=${/^(SCC1:|[0-9A-Fa-f]{16,64}$)/} onFound=${take} onEnd=${() => setScanning(false)} />`}
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
