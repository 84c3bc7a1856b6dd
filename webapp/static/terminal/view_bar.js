// What is always in sight: whose window this is, how old the list of stopped cards is, what the day has brought, and which inputs there are.

import { html } from "../vendor/preact-htm.js";
import { Picture } from "./icons.js";

/** @typedef {import("./context.js").Context} Context */

const COLOURS = /** @type {const} */ (["green", "yellow", "red", "grey"]);

/** @param {{ context: Context }} props */
export function Bar({ context }) {
  const { desk, texts, minute } = context;
  const condition = desk.condition.value, { isMuted } = desk.settings.value;
  const title = condition?.title ? texts.pick(condition.title) : texts.say("bar.untitled");
  return html`<header class="bar">
    <p class="bar__place"><strong>${title}</strong>${condition?.terminal ? html`<span>${condition.terminal}</span>` : null}<em>${texts.say("demo")}</em></p>
    <p class="bar__ages">
      <span>${texts.say(condition?.by === "page" ? "bar.page" : "bar.agent")}</span>
      ${html`<span class=${condition?.isReady ? "" : "bar__worry"} data-age="list">${age(context, "list", condition?.listAge ?? null)}</span>`}
      <span data-age="trust">${age(context, "trust", condition?.trustAge ?? null)}</span>
      ${isMuted ? html`<span class="bar__muted" role="img" aria-label=${texts.say("bar.muted")}><${Picture} name="muted" /></span>` : null}
      <time>${minute.value}</time>
    </p>
  </header>`;
}

/**
 * @param {Context} context
 * @param {"list" | "trust"} what
 * @param {number | null} seconds
 */
function age({ texts, desk }, what, seconds) {
  const condition = desk.condition.value;
  if (condition === null) return ""; // nobody has looked yet
  if (!condition.isThere) return what === "list" ? texts.say("bar.away") : "";
  return seconds === null ? texts.say(`bar.${what}-none`) : texts.say(`bar.${what}`, { age: texts.span(seconds) });
}

/** @param {{ context: Context }} props */
export function Tray({ context }) {
  const { desk, texts, camera } = context;
  const { inputs } = desk.condition.value ?? { inputs: { chip: false, spoken: false } };
  const isOn = context.isCameraOn.value;
  return html`<footer class="tray">
    <div class="tray__inputs" role="group" aria-label=${texts.say("tray.inputs")}>
      <p class="tray__gun"><${Picture} name="gun" />${texts.say("tray.gun")}</p>
      <button type="button" aria-pressed=${isOn} onClick=${() => (isOn ? context.stopCamera() : context.startCamera())}>
        <${Picture} name="camera" />${texts.say(isOn ? "tray.camera-off" : "tray.camera-on")}
      </button>
      <button type="button" onClick=${() => context.pickPhoto()}><${Picture} name="photo" />${texts.say("tray.photo")}</button>
      ${inputs.spoken ? html`<button type="button" onClick=${() => context.openSpoken()}><${Picture} name="spoken" />${texts.say("tray.spoken")}</button>` : null}
      ${inputs.chip ? html`<button type="button" onClick=${() => desk.chip()}><${Picture} name="chip" />${texts.say("tray.chip")}</button>` : null}
    </div>
    <dl class="tray__counts" aria-label=${texts.say("tray.today")}>
      ${COLOURS.map((colour) => html`<div class=${`count count--${colour}`}><dt>${texts.say(`count.${colour}`)}</dt><dd data-count=${colour}>${desk.counts.value[colour]}</dd></div>`)}
    </dl>
    <button type="button" class="tray__settings" onClick=${() => (desk.phase.value = "check")}><${Picture} name="settings" />${texts.say("tray.settings")}</button>
  </footer>`;
}
