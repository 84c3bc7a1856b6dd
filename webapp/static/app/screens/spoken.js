// When a camera fails: nine digits that find, and eight that change every half minute, to be read out to the clerk. Checked online only.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { fromBase64url } from "../../shared/bytes.js";
import { CardError } from "../../shared/errors.js";
import { thisPhone } from "../cards.js";
import { Button, Note, Page, Wrong } from "../parts.js";
import { totp } from "../totp.js";

/** @typedef {{ locator: string, secret: string, step: number, digits: number, expires: number }} Given */

/** @param {string} digits @param {number} each */
const grouped = (digits, each) => digits.match(new RegExp(`.{1,${each}}`, "g"))?.join(" ") ?? digits;

/** @param {{ session: import("../session.js").Session }} props */
export function Spoken({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  const [venue, setVenue] = useState("");
  const [given, setGiven] = useState(/** @type {Given | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  if (card === null) return null;
  const ask = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const number = venue.normalize("NFKC").replace(/[\s-]/g, "");
    if (!/^[0-9]{8}$/.test(number)) return setProblem(new CardError("venue-digits"));
    setBusy(true);
    setProblem(null);
    try {
      return setGiven(await session.wallet.api.post("/v1/spoken", { card: card.card, venue: number }));
    } catch (found) {
      return setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  const provisional = (thisPhone(card)?.provisional_until ?? null) !== null;
  const over = given !== null && given.expires <= session.now.value;
  return html`
    <${Page} session=${session} title=${texts.say("spoken.title")}>
      ${given !== null && !over
        ? html`<${Digits} session=${session} given=${given} /><${Button} kind="plain" onClick=${() => setGiven(null)}>${texts.say("spoken.other")}<//>`
        : provisional ? html`<${Note} tone="warn" title=${texts.say("spoken.provisional")}><p>${texts.say("lock.provisional.more")}</p><//>`
        : html`
          ${over && html`<${Note} tone="warn" live=${true} title=${texts.say("spoken.over")} />`}
          <p class="lead">${texts.say("spoken.what")}</p>
          <form class="block" novalidate onSubmit=${ask}>
            <label class="field"><span>${texts.say("spoken.venue")}</span>
              <input class="field__code digits" name="venue" inputmode="numeric" autocomplete="off" value=${venue} aria-describedby="venue-said"
                onInput=${(/** @type {Event} */ event) => setVenue(/** @type {HTMLInputElement} */ (event.target).value)} />
            </label>
            <p class="quiet" id="venue-said">${texts.say("spoken.venue.said")}</p>
            <${Wrong} session=${session} problem=${problem} />
            <${Button} type="submit" busy=${busy} busyText=${texts.say("busy")}>${texts.say("spoken.go")}<//>
          </form>
        `}
    <//>
  `;
}

/** @param {{ session: import("../session.js").Session, given: Given }} props */
function Digits({ session, given }) {
  const texts = session.texts.value;
  const now = session.now.value;
  const [code, setCode] = useState("");
  const turn = Math.floor(now / given.step);
  useEffect(() => {
    totp(fromBase64url(given.secret), turn, given.digits).then(setCode);
  }, [turn, given]);
  return html`
    <section class="block">
      <h2>${texts.say("spoken.first")}</h2>
      <p class="spoken digits" translate="no" aria-label=${Array.from(given.locator).join(" ")}>${grouped(given.locator, 3)}</p>
      <h2>${texts.say("spoken.second")}</h2>
      <p class="spoken digits" translate="no" aria-label=${Array.from(code).join(" ")}>${grouped(code, 4)}</p>
      <p class="quiet" aria-hidden="true">${texts.say("spoken.left", { left: given.step - (now % given.step) })}</p>
      <p>${texts.say("spoken.read")}</p>
    </section>
  `;
}
