// The phone's clock: what it says, what is true, and how to put it right.

import { html, useState } from "../../vendor/preact-htm.js";
import { roughly } from "../cards.js";
import { Button, Facts, Note, Page, Wrong } from "../parts.js";

/** @param {{ session: import("../session.js").Session }} props */
export function ClockCheck({ session }) {
  const texts = session.texts.value;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const { measured, offset } = session.clock.value;
  const off = Math.abs(offset) > 30_000;
  const check = async () => {
    setBusy(true);
    try {
      const good = await session.measure();
      setProblem(good ? null : { title: { zh: "", en: "" } });
      if (good) await session.sync();
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <${Page} session=${session} title=${texts.say("clock.title")} back=${session.cards.value.length ? "home" : "mine"}>
      ${measured === null
        ? html`<${Note} tone="warn" title=${texts.say("clock.never")}><p>${texts.say("clock.never.more")}</p><//>`
        : html`<${Note} tone=${off ? "warn" : "ok"} live=${true}
            title=${off ? texts.say(offset < 0 ? "clock.fast" : "clock.slow", { off: texts.span(roughly(offset)) }) : texts.say("clock.right")}>
            ${off && html`<p>${texts.say("clock.off.more")}</p>`}
          <//>`}
      <${Facts} lines=${[
        [texts.say("clock.true"), html`<span class="digits">${texts.time(session.now.value)}</span>`],
        measured === null ? null : [texts.say("clock.measured"), texts.moment(measured / 1000)],
      ]} />
      <${Wrong} session=${session} problem=${problem} />
      <${Button} onClick=${check} busy=${busy} busyText=${texts.say("clock.busy")}>${texts.say("clock.check")}<//>
      <p class="quiet">${texts.say("clock.why")}</p>
    <//>
  `;
}
