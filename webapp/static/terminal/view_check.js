// Setup and health: who decides, what it holds and how old that is, camera, sound, gun, whom the screen faces. Then: begin.

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Picture } from "./icons.js";
import { openFacing } from "./mirror.js";
import { Bar } from "./view_bar.js";

/** @typedef {import("./context.js").Context} Context */

const TONES = [["rise", "green"], ["double", "yellow"], ["low", "red"], ["soft", "grey"]];

/** @param {{ context: Context }} props */
export function CheckPage({ context }) {
  const { desk, texts } = context;
  return html`<div class="stage stage--check">
    <${Bar} context=${context} />
    <main class="check">
      <div class="check__head">
        <div><h1>${texts.say("check")}</h1><p>${texts.say("check.about")}</p></div>
        <button type="button" class="begin" onClick=${() => context.begin()}>${texts.say("begin")}</button>
      </div>
      <div class="check__cards">
        <${Judging} context=${context} />
        <${Holdings} context=${context} />
        <${Seeing} context=${context} />
        <${Hearing} context=${context} />
        <${Facing} context=${context} />
      </div>
    </main>
  </div>`;
}

/** @param {{ title: string, isGood?: boolean | null, children?: any }} props */
const Card = ({ title, isGood = null, children }) => html`<section class="card">
  <h2>${isGood === null ? null : html`<${Picture} name=${isGood ? "good" : "bad"} />`}${title}</h2>
  ${children}
</section>`;

/** @param {{ context: Context }} props */
function Judging({ context }) {
  const { desk, texts } = context;
  const { judge, port, scene, region } = desk.settings.value, condition = desk.condition.value;
  const scenes = desk.alone.trust?.scenes ?? [];
  return html`<${Card} title=${texts.say("judging.title")} isGood=${condition?.isReady ?? null}>
    <div class="choice" role="radiogroup" aria-label=${texts.say("judging.title")}>
      ${/** @type {const} */ (["agent", "page"]).map((who) => html`<label><input type="radio" name="judge" checked=${judge === who}
        onChange=${() => desk.change({ judge: who })} /><span>${texts.say(`judging.${who}`)}</span></label>`)}
    </div>
    <p class="hint">${texts.say(`judging.${judge}.about`)}</p>
    ${judge === "agent"
      ? html`<label class="field">${texts.say("judging.port")}<input type="number" min="1" max="65535" value=${port}
          onChange=${(/** @type {any} */ event) => desk.change({ port: Number(event.target.value) || 7410 })} /></label>`
      : html`<button type="button" onClick=${() => setUp(context)}>${texts.say(scenes.length ? "judging.renew" : "judging.setup")}</button>
          ${scenes.length ? html`<label class="field">${texts.say("judging.scene")}<select value=${`${region} ${scene}`}
            onChange=${(/** @type {any} */ event) => choose(context, event.target.value)}>
            <option value=" ">${texts.say("judging.choose")}</option>
            ${scenes.map((rules) => html`<option value=${`${rules.region} ${rules.name}`}>${texts.say(`region.${rules.region}`)} · ${texts.pick(rules.title)}</option>`)}
          </select></label>` : null}`}
    <${Problems} context=${context} />
  <//>`;
}

/** @param {Context} context */
async function setUp({ desk }) {
  await desk.alone.setClock();
  await desk.alone.renew({ isSetup: true }).then(() => desk.look(), (error) => desk.look().then(() => desk.worry(error.code)));
}

/**
 * @param {Context} context
 * @param {string} value
 */
function choose({ desk }, value) {
  const [region, scene] = value.split(" ");
  desk.change({ region, scene });
}

/** @param {{ context: Context }} props */
function Problems({ context: { desk, texts } }) {
  const problems = desk.condition.value?.problems ?? [];
  return problems.map(({ code, title, hint }) => html`<div class="advice"><${Picture} name="bad" /><p>
    <strong>${title ? texts.pick(title) : texts.say(`${code}.title`)}</strong>
    <span>${hint ? texts.pick(hint) : texts.say(`${code}.hint`, { origin: location.origin })}</span></p></div>`);
}

/** @param {{ context: Context }} props */
function Holdings({ context: { desk, texts } }) {
  const condition = desk.condition.value;
  const rows = [
    ...(condition?.lists ?? []).map(({ region, age }) => [texts.say("holdings.list", { region: texts.say(`region.${region}`) }), texts.say("ago", { age: texts.span(age) })]),
    ["holdings.trust", condition?.trustAge === null || condition === null ? texts.say("none") : texts.say("ago", { age: texts.span(condition.trustAge) })],
    ["holdings.clock", clockWords(texts, condition)],
    condition?.journal ? ["holdings.journal", texts.say(condition.journal.kept ? "holdings.journal-kept" : "holdings.journal-off", { depth: condition.journal.depth })] : null,
  ];
  return html`<${Card} title=${texts.say("holdings")} isGood=${condition ? condition.listAge !== null : null}>
    <dl class="rows">${condition && condition.listAge === null ? html`<div><dt>${texts.say("holdings.lists")}</dt><dd>${texts.say(condition.by === "page" ? "holdings.fetched" : "none")}</dd></div>` : null}
    ${rows.map((row) => row && html`<div><dt>${texts.say(row[0])}</dt><dd>${row[1]}</dd></div>`)}</dl>
  <//>`;
}

/**
 * @param {import("../shared/texts.js").Texts} texts
 * @param {import("./condition.js").Condition | null} condition
 */
function clockWords(texts, condition) {
  if (!condition?.isTimed) return texts.say("clock.unset");
  if (Math.abs(condition.clockOff) < 5) return texts.say("clock.right");
  return texts.say(condition.by === "page" ? "clock.corrected" : "clock.behind", { off: texts.span(condition.clockOff) });
}

/** @param {{ context: Context }} props */
function Seeing({ context }) {
  const { desk, texts, camera } = context;
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const isOn = context.isCameraOn.value, problem = context.cameraProblem.value, heard = context.heard.value;
  const [isFit, setFit] = useState(/** @type {boolean | null} */ (null));
  useEffect(() => void context.decoder.ready.then(setFit), []);
  useEffect(() => {
    camera.attach(video.current);
    return () => void camera.attach(null);
  }, [isOn]);
  return html`<${Card} title=${texts.say("seeing")} isGood=${isFit === false || problem ? false : isOn ? true : null}>
    <div class=${`finder finder--small ${isOn ? "finder--on" : ""}`}><video ref=${video} muted playsinline aria-label=${texts.say("finder")}></video>
      ${isOn ? null : html`<p class="finder__off">${texts.say("finder.off")}</p>`}</div>
    ${context.cameras.value.length > 1 ? html`<label class="field">${texts.say("seeing.which")}<select value=${desk.settings.value.camera}
      onChange=${(/** @type {any} */ event) => (desk.change({ camera: event.target.value }), context.startCamera(event.target.value))}>
      <option value="">${texts.say("seeing.any")}</option>
      ${context.cameras.value.map(({ deviceId, label }) => html`<option value=${deviceId}>${label}</option>`)}</select></label>` : null}
    ${isFit === false ? html`<div class="advice"><${Picture} name="bad" /><p><strong>${texts.say("decoder.title")}</strong><span>${texts.say("decoder.hint")}</span></p></div>` : null}
    ${problem ? html`<div class="advice"><${Picture} name="bad" /><p><strong>${texts.say(`${problem}.title`)}</strong><span>${texts.say(`${problem}.hint`)}</span></p></div>` : null}
    <button type="button" onClick=${() => (isOn ? context.stopCamera() : context.startCamera())}>${texts.say(isOn ? "seeing.off" : problem ? "again" : "seeing.on")}</button>
    <p class="hint" role="status">${heard ? texts.say("seeing.heard", { source: texts.say(`source.${heard.source}`), length: heard.length }) : texts.say("seeing.try")}</p>
  <//>`;
}

/** @param {{ context: Context }} props */
function Hearing({ context: { desk, texts } }) {
  const { volume, isMuted } = desk.settings.value;
  return html`<${Card} title=${texts.say("hearing")}>
    <div class="tones">${TONES.map(([tone, colour]) => html`<button type="button" class=${`tone tone--${colour}`}
      onClick=${() => desk.sound.wake().then(() => desk.sound.play(tone))}>${texts.say(`count.${colour}`)}</button>`)}</div>
    <label class="field">${texts.say("hearing.volume")}<input type="range" min="0" max="1" step="0.1" value=${volume}
      onChange=${(/** @type {any} */ event) => desk.change({ volume: Number(event.target.value) })} /></label>
    <label class="tick"><input type="checkbox" checked=${isMuted} onChange=${(/** @type {any} */ event) => desk.change({ isMuted: event.target.checked })} />
      <span>${texts.say("hearing.mute")}</span></label>
  <//>`;
}

/** @param {{ context: Context }} props */
function Facing({ context }) {
  const { desk, texts } = context;
  const { screen, language } = desk.settings.value;
  return html`<${Card} title=${texts.say("facing")}>
    <div class="choice" role="radiogroup" aria-label=${texts.say("facing")}>
      ${/** @type {const} */ (["staff", "public"]).map((who) => html`<label><input type="radio" name="screen" checked=${screen === who}
        onChange=${() => desk.change({ screen: who })} /><span>${texts.say(`facing.${who}`)}</span></label>`)}
    </div>
    <p class="hint">${texts.say(`facing.${screen}.about`)}</p>
    <button type="button" onClick=${openFacing}><${Picture} name="screen" />${texts.say("facing.open")}</button>
    <div class="choice" role="radiogroup" aria-label=${texts.say("language")}>
      ${/** @type {const} */ (["zh-CN", "en"]).map((code) => html`<label lang=${code}><input type="radio" name="language" checked=${language === code}
        onChange=${() => context.speak(code)} /><span>${code === "en" ? "English" : "中文"}</span></label>`)}
    </div>
  <//>`;
}
