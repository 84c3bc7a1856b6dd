// The stage: waiting for a code, and the result that fills it. What the holder reads never says why; the note for staff does.

import { html, useEffect, useRef } from "../vendor/preact-htm.js";
import encodeQR from "../vendor/qr.js";
import { challengeText, challengeWords } from "./challenge.js";
import { Picture, Shape } from "./icons.js";
import { Bar, Tray } from "./view_bar.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./verdict.js").Verdict} Verdict */

/** @param {{ context: Context }} props */
export function Stage({ context }) {
  const { desk, texts } = context;
  const shown = desk.result.value, isStaff = desk.settings.value.screen === "staff";
  return html`<div class=${`stage stage--${shown?.verdict.colour ?? "waiting"}`}>
    <${Bar} context=${context} />
    <main class="stage__main">
      <h1 class="unseen">${texts.say("title")}</h1>
      <${Waiting} context=${context} isHidden=${shown !== null} />
      ${shown ? html`<${Result} context=${context} word=${texts.pick(shown.verdict.public)} line=${context.line(shown.verdict, shown.source)} colour=${shown.verdict.colour}
        verdict=${isStaff ? shown.verdict : null} />` : null}
      ${shown && isStaff ? html`<${Note} context=${context} verdict=${shown.verdict} />` : null}
    </main>
    <${Tray} context=${context} />
    <p class="unseen" role="status" aria-live="assertive">${shown ? `${texts.pick(shown.verdict.public)}。${context.line(shown.verdict, shown.source)}` : ""}</p>
  </div>`;
}

/** @param {{ context: Context, isHidden: boolean }} props */
function Waiting({ context, isHidden }) {
  const { desk, texts, camera } = context;
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useEffect(() => {
    camera.attach(video.current);
    return () => void camera.attach(null);
  }, [context.isCameraOn.value]);
  const advice = desk.advice.value, problem = context.cameraProblem.value;
  const sorry = desk.condition.value?.problems[0];
  return html`<section class=${`waiting ${isHidden ? "waiting--behind" : ""}`} aria-label=${texts.say("waiting")} inert=${isHidden}>
    <div class=${`finder ${context.isCameraOn.value ? "finder--on" : ""}`}>
      <video ref=${video} muted playsinline aria-label=${texts.say("finder")}></video>
      <span class="finder__frame" aria-hidden="true"></span>
      ${context.isCameraOn.value ? null : html`<p class="finder__off">${texts.say(problem ? `${problem}.title` : "finder.off")}</p>`}
    </div>
    <div class="prompt">
      ${desk.challenge.value
        ? html`<${Challenge} digits=${desk.challenge.value} context=${context} />`
        : html`<p class="prompt__please">${texts.say("please")}<br /><strong>${texts.say("please.code")}</strong></p>
            <p class="prompt__how">${texts.say("please.how")}</p>
            <p class="prompt__other" lang=${texts.language === "en" ? "zh-CN" : "en"}>${texts.say("please.other")}</p>`}
      <div class="prompt__advice" role="status">
        ${desk.isJudging.value ? html`<p class="judging">${texts.say("judging")}</p>` : null}
        ${advice ? html`<${Advice} texts=${texts} name=${advice.code} told=${advice} />` : null}
        ${!advice && sorry ? html`<${Advice} texts=${texts} name=${sorry.code} told=${sorry} />` : null}
        ${!advice && !sorry && problem ? html`<${Advice} texts=${texts} name=${problem} />` : null}
        ${problem && !advice ? html`<button type="button" class="again" onClick=${() => context.startCamera()}>${texts.say("again")}</button>` : null}
      </div>
    </div>
  </section>`;
}

/** One plain sentence, and one thing to do. @param {{ texts: import("../shared/texts.js").Texts, name: string, told?: { title: any, hint: any } }} props */
function Advice({ texts, name, told }) {
  const title = told?.title ? texts.pick(told.title) : texts.say(`${name}.title`);
  const hint = told?.hint ? texts.pick(told.hint) : texts.say(`${name}.hint`);
  return html`<div class="advice"><${Picture} name="bad" /><p><strong>${title}</strong><span>${hint}</span></p></div>`;
}

/** @param {{ digits: string, context: Context }} props */
export function Challenge({ digits, context: { texts } }) {
  const field = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => draw(field.current, challengeText(digits)), [digits]);
  return html`<div class="challenge">
    <p class="challenge__please">${texts.say("challenge")}</p>
    <canvas ref=${field} role="img" aria-label=${texts.say("challenge.image")}></canvas>
    <p class="challenge__digits" data-challenge>${challengeWords(digits)}</p>
    <p class="prompt__how">${texts.say("challenge.how")}</p>
  </div>`;
}

/**
 * Whole pixels for each module and four modules of white around, black on white whatever the colours of the page.
 *
 * @param {HTMLCanvasElement | null} canvas
 * @param {string} text
 */
function draw(canvas, text) {
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const scale = 8;
  canvas.width = canvas.height = rows.length * scale;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  rows.forEach((row, y) => row.forEach((isDark, x) => isDark && context.fillRect(x * scale, y * scale, scale, scale)));
}

/** @param {{ context: Context, colour: string, word: string, line: string, verdict: Verdict | null }} props */
export function Result({ context: { texts }, colour, word, line, verdict }) {
  return html`<section class=${`result result--${colour}`} data-result=${colour} aria-label=${texts.say("result")}>
    <${Shape} colour=${colour} />
    <p class="result__word">${word}</p>
    ${verdict?.name ? html`<p class="result__who">${verdict.name}<span>${texts.say("tail", { tail: verdict.tail ?? "" })}</span></p>` : null}
    <p class="result__line">${line}</p>
  </section>`;
}

/** @param {{ context: Context, verdict: Verdict }} props */
function Note({ context, verdict }) {
  const { texts } = context;
  const rows = [
    verdict.iss ? ["note.region", texts.say(`region.${verdict.iss}`)] : null,
    verdict.profile ? ["note.profile", texts.say(`profile.${verdict.profile}`)] : null,
    verdict.fare !== null && verdict.fare !== undefined ? ["note.fare", String(verdict.fare)] : null,
    verdict.status_age_s !== null && verdict.status_age_s !== undefined ? ["note.list", texts.say("ago", { age: texts.span(verdict.status_age_s) })] : null,
    verdict.seq ? ["note.seq", String(verdict.seq)] : null,
    ["note.number", [verdict.number, verdict.code].filter((part) => part !== undefined).join(" · ")],
  ];
  return html`<aside class="note" aria-label=${texts.say("note")} data-reason=${verdict.reason ?? ""}>
    <p class="note__head">${texts.say("note")}</p>
    <p class="note__reason">${texts.pick(verdict.staff)}</p>
    <p class="note__action">${texts.pick(verdict.hint)}</p>
    <dl>${rows.map((row) => row && html`<div><dt>${texts.say(row[0])}</dt><dd>${row[1]}</dd></div>`)}</dl>
    <button type="button" onClick=${() => context.desk.dismiss()}>${texts.say("note.next")}</button>
  </aside>`;
}
