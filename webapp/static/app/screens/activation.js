// Enrolling this phone: the activation code, the fingerprint on both screens, then the chip at the counter, or the phone alone for a while.

import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { freshKey } from "../../shared/api.js";
import { CardError } from "../../shared/errors.js";
import { thisPhone } from "../cards.js";
import { Button, Note, Page, Wrong } from "../parts.js";
import { Scanner } from "../scanner.js";

const DIGITS = 8;
const POLL_MS = 2000;

/** What was typed or scanned, as eight digits; what is not one is kept as it is, for the person to look at. @param {string} text */
export const codeOf = (text) =>
  text.normalize("NFKC").replace(/^\s*SCA1:/i, "").replace(/[\s-]/g, "");

/** @param {{ session: import("../session.js").Session }} props */
export function Activation({ session }) {
  const texts = session.texts.value;
  const waiting = session.cards.value.find((card) => card.enrolment?.state === "pending" && thisPhone(card) === null) ?? null;
  const [again, setAgain] = useState(false);
  const [done, setDone] = useState(/** @type {string | null} */ (null));
  const back = session.cards.value.length ? "home" : "";
  return html`
    <${Page} session=${session} title=${texts.say("activation.title")} back=${back}>
      ${done !== null
        ? html`<${Done} session=${session} card=${done} />`
        : waiting !== null && !again
          ? html`<${Waiting} session=${session} card=${waiting} onDone=${setDone} onAgain=${() => setAgain(true)} />`
          : html`<${CodeForm} session=${session} onDone=${(/** @type {string | null} */ card) => { setAgain(false); setDone(card); }} />`}
    <//>
  `;
}

/** @param {{ session: import("../session.js").Session, onDone: (card: string | null) => void }} props */
function CodeForm({ session, onDone }) {
  const texts = session.texts.value;
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [scanning, setScanning] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const sent = useRef({ code: "", key: "" });
  const enrol = async (/** @type {string} */ text) => {
    const code = codeOf(text);
    if (!new RegExp(`^[0-9]{${DIGITS}}$`).test(code)) return setProblem(new CardError("activation-digits"));
    if (sent.current.code !== code) sent.current = { code, key: freshKey() };
    setBusy(true);
    setProblem(null);
    try {
      const card = await session.wallet.enrol(code, sent.current.key);
      await navigator.storage?.persist?.();
      await session.read();
      await session.choose(card);
      await session.sync();
      const state = session.cards.value.find((one) => one.card === card)?.enrolment?.state;
      return onDone(state === "pending" ? null : card);
    } catch (found) {
      if (!(found instanceof CardError && found.code === "offline")) sent.current = { code: "", key: "" };
      return setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  const taken = (/** @type {string} */ text) => {
    setScanning(false);
    setTyped(codeOf(text).slice(0, 40));
    enrol(text);
  };
  return html`
    <form class="block" novalidate onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); enrol(typed); }}>
      <label class="field"><span>${texts.say("activation.code")}</span>
        <input class="field__code digits" name="code" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" value=${typed} aria-describedby="code-said"
          onInput=${(/** @type {Event} */ event) => setTyped(/** @type {HTMLInputElement} */ (event.target).value)} />
      </label>
      <p class="quiet" id="code-said">${texts.say("activation.said")}</p>
      <${Wrong} session=${session} problem=${problem} />
      <${Button} type="submit" busy=${busy} busyText=${texts.say("activation.busy")}>${texts.say("activation.go")}<//>
      ${!scanning && html`<${Button} kind="plain" icon="scan" onClick=${() => setScanning(true)}>${texts.say("activation.scan")}<//>`}
    </form>
    ${scanning && html`<${Scanner} session=${session} wanted=${/^SCA1:/} onFound=${taken} onEnd=${() => setScanning(false)} />`}
    <${Note} title=${texts.say("activation.where")}><p>${texts.say("activation.where.more")}</p><//>
  `;
}

/** The phone's key waits for the chip; this page listens while it is open. @param {{ session: import("../session.js").Session, card: import("../cards.js").KeptCard, onDone: (card: string) => void, onAgain: () => void }} props */
function Waiting({ session, card, onDone, onAgain }) {
  const texts = session.texts.value;
  const [fingerprint, setFingerprint] = useState("");
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    let left = false;
    session.wallet.fingerprint().then(setFingerprint, setProblem);
    const look = async () => {
      if (left || !session.isWatched()) return;
      try {
        const state = await session.wallet.follow(card.card);
        if (left) return;
        setProblem(null);
        if (state === "active" || state === "provisional") {
          await session.sync();
          onDone(card.card);
        }
      } catch (found) {
        if (!left) setProblem(found);
      }
    };
    const polling = setInterval(look, POLL_MS);
    look();
    return () => {
      left = true;
      clearInterval(polling);
    };
  }, [card.card]);
  return html`
    <section class="block">
      <h2>${texts.say("fingerprint.title")}</h2>
      <p class="fingerprint digits" translate="no" aria-label=${Array.from(fingerprint).join(" ")}>${fingerprint}</p>
      <ol class="steps"><li>${texts.say("fingerprint.1")}</li><li>${texts.say("fingerprint.2")}</li><li>${texts.say("fingerprint.3")}</li></ol>
      <p class="waiting" role="status"><span class="waiting__dot" aria-hidden="true"></span>${texts.say("fingerprint.waiting")}</p>
      <${Wrong} session=${session} problem=${problem} />
    </section>
    <${Button} kind="plain" onClick=${onAgain}>${texts.say("fingerprint.again")}<//>
  `;
}

/** @param {{ session: import("../session.js").Session, card: string }} props */
function Done({ session, card }) {
  const texts = session.texts.value;
  const kept = session.cards.value.find((one) => one.card === card);
  const until = (kept && thisPhone(kept)?.provisional_until) ?? kept?.enrolment?.until ?? null;
  return html`
    <${Note} tone="ok" live=${true} title=${texts.say("done.title", { name: kept?.name ?? "" })}>
      <p>${until === null ? texts.say("done.full") : texts.say("done.provisional", { day: texts.day(until) })}</p>
      <p>${texts.say("done.offline")}</p>
    <//>
    <${Button} onClick=${() => session.home()}>${texts.say("done.show")}<//>
  `;
}
