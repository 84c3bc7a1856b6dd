// The spoken code, for when no camera can see: the holder reads out two numbers, the clerk types them, and the service alone can check them.

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";

/** @param {{ context: import("./context.js").Context }} props */
export function SpokenDialog({ context }) {
  const { desk, texts } = context;
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [locator, setLocator] = useState(""), [code, setCode] = useState("");
  const isOpen = context.isSpokenOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const [venue, setVenue] = useState(/** @type {{ venue: string, number: string } | null | undefined} */ (undefined));
  useEffect(() => {
    setVenue(undefined);
    if (isOpen) desk.agent.venue().then(setVenue, () => setVenue(null));
  }, [isOpen]);
  const isWhole = /^[0-9]{9}$/.test(locator) && /^[0-9]{8}$/.test(code);
  const close = () => (context.isSpokenOpen.value = false);
  /** @param {Event} event */
  const send = (event) => {
    event.preventDefault();
    if (!isWhole) return;
    desk.spoken(locator, code);
    setLocator("");
    setCode("");
    close();
  };
  /** @param {(digits: string) => void} set @param {number} most */
  const digits = (set, most) => (/** @type {any} */ event) => set(event.target.value.replace(/[^0-9]/g, "").slice(0, most));
  return html`<dialog ref=${dialog} class="spoken" aria-labelledby="spoken-title" onClose=${close}>
    <form onSubmit=${send}>
      <h2 id="spoken-title">${texts.say("spoken")}</h2>
      <p>${texts.say("spoken.about")}</p>
      <p class="spoken__venue">${venue ? html`${texts.say("spoken.venue", { venue: venue.venue })}<strong data-venue>${venue.number.replace(/(?=.{4}$)/, " ")}</strong>` : texts.say(venue === null ? "spoken.venue-failed" : "spoken.venue-none")}</p>
      <label class="field">${texts.say("spoken.locator")}<input inputmode="numeric" autocomplete="off" value=${locator} onInput=${digits(setLocator, 9)} /></label>
      <label class="field">${texts.say("spoken.code")}<input inputmode="numeric" autocomplete="off" value=${code} onInput=${digits(setCode, 8)} /></label>
      <div class="spoken__buttons">
        <button type="button" onClick=${close}>${texts.say("cancel")}</button>
        <button type="submit" class="begin" disabled=${!isWhole}>${texts.say("spoken.check")}</button>
      </div>
    </form>
  </dialog>`;
}
