// First use: what this is, how to install it on this phone, and where the code to begin with comes from. Nothing is stored yet.

import { html, useState } from "../../vendor/preact-htm.js";
import { Mark } from "../icons.js";
import { Button, Choice, Help, Note } from "../parts.js";
import { wasEnrolled } from "../settings.js";

const STEPS = { ios: 3, "ios-other": 2, wechat: 2, android: 3, desktop: 2 };

/** Where this page runs, as far as it matters for installing. @returns {keyof typeof STEPS} */
export function platform({ userAgent, maxTouchPoints } = navigator) {
  if (/MicroMessenger/i.test(userAgent)) return "wechat";
  const apple = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
  if (apple) return /CriOS|FxiOS|EdgiOS|QQ|UCBrowser|baidu/i.test(userAgent) ? "ios-other" : "ios";
  return /Android|HarmonyOS|OpenHarmony/i.test(userAgent) ? "android" : "desktop";
}

export const isInstalled = () => matchMedia("(display-mode: standalone)").matches || /** @type {any} */ (navigator).standalone === true;

/** @param {{ session: import("../session.js").Session }} props */
export function Welcome({ session }) {
  const texts = session.texts.value;
  const { elder, language } = session.settings.value;
  const [here] = useState(() => platform());
  const installed = isInstalled();
  document.title = texts.say("name");
  const first = installed || here === "desktop";
  const begin = html`<${Button} kind=${first ? "main" : "plain"} onClick=${() => session.go("activation")}>${texts.say("welcome.begin")}<//>`;
  return html`
    <header class="top">
      <${Mark} /><p class="top__name">${texts.say("name")}</p>
      <button class="pill" type="button" onClick=${() => session.set({ elder: !elder })}>${texts.say(elder ? "mode.standard" : "mode.elder")}</button>
    </header>
    <main class="page">
      <div class="hero"><p class="hero__demo">${texts.say("demo")}</p><h1>${texts.say("welcome.title")}</h1><p>${texts.say("welcome.what")}</p></div>
      ${wasEnrolled() && html`<${Note} tone="warn" title=${texts.say("state.cleared")}><p>${texts.say("state.cleared.more")}</p><//>`}
      ${!installed && html`
        <section class="block">
          <h2>${texts.say(`install.${here}.title`)}</h2>
          <ol class="steps">${Array.from({ length: STEPS[here] }, (_, step) => html`<li>${texts.say(`install.${here}.${step + 1}`)}</li>`)}</ol>
          <p class="quiet">${texts.say(`install.${here}.why`)}</p>
        </section>
      `}
      <section class="block">
        <h2>${texts.say("welcome.code.title")}</h2>
        <p>${texts.say("welcome.code")}</p>
        ${begin}
      </section>
      <${Choice} name="language" legend=${texts.say("mine.language")} value=${language} choices=${[["zh-CN", "中文"], ["en", "English"]]}
        onPick=${(/** @type {any} */ picked) => session.set({ language: picked })} />
      <${Help} texts=${texts} />
    </main>
  `;
}
