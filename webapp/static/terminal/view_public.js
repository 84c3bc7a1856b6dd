// The holder's screen, beside the staff's: what to show, and the result without its reason.

import { html } from "../vendor/preact-htm.js";
import { Challenge, Result } from "./view_stage.js";

/** @param {{ told: import("../vendor/preact-htm.js").Signal<import("./mirror.js").Told | null>, words: import("../vendor/preact-htm.js").Signal<import("../shared/texts.js").Texts> }} props */
export function PublicScreen({ told, words }) {
  const texts = words.value, now = told.value, shown = now?.shown ?? null;
  const own = `line.${shown?.reason}`;
  const line = shown ? texts.say(texts.has(own) ? own : `line.${shown.colour}`) : "";
  return html`<div class=${`stage stage--${shown?.colour ?? "waiting"} stage--public`}>
    <header class="bar"><p class="bar__place"><strong>${now?.title || texts.say("bar.untitled")}</strong><em>${texts.say("demo")}</em></p>
      <p class="bar__ages"><span>${now?.listAge === null || !now ? texts.say("bar.list-none") : texts.say("bar.list", { age: texts.span(now.listAge) })}</span></p></header>
    <main class="stage__main">
      <h1 class="unseen">${texts.say("title")}</h1>
      ${shown
        ? html`<${Result} context=${{ texts }} colour=${shown.colour} word=${texts.pick(shown.word)} line=${line} verdict=${null} />`
        : html`<section class="waiting waiting--public">${now?.challenge
            ? html`<${Challenge} digits=${now.challenge} context=${{ texts }} />`
            : html`<div class="prompt"><p class="prompt__please">${texts.say("please")}<br /><strong>${texts.say("please.code")}</strong></p>
                <p class="prompt__how">${texts.say("please.how")}</p><p class="prompt__other" lang=${texts.language === "en" ? "zh-CN" : "en"}>${texts.say("please.other")}</p></div>`}</section>`}
    </main>
    <p class="unseen" role="status" aria-live="assertive">${shown ? `${texts.pick(shown.word)}。${line}` : ""}</p>
  </div>`;
}
