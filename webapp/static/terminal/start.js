// Where the terminal page begins: texts first, then the staff's window, or the holder's screen beside it (?screen=public).

import { effect, html, render, signal } from "../vendor/preact-htm.js";
import { loadTexts } from "../shared/texts.js";
import { Context } from "./context.js";
import { heardPublic, tellPublic } from "./mirror.js";
import { readSettings } from "./settings.js";
import { CheckPage } from "./view_check.js";
import { PublicScreen } from "./view_public.js";
import { SpokenDialog } from "./view_spoken.js";
import { Stage } from "./view_stage.js";

/** The page is drawn when it is known who judges, so that nothing moves under a finger; it does not wait for one who does not answer. */
const LOOK_MS = 300;

const home = /** @type {HTMLElement} */ (document.getElementById("terminal"));
const { language } = readSettings();
const texts = await loadTexts("terminal", language);
document.documentElement.lang = language;
document.title = texts.say("title");

if (new URLSearchParams(location.search).get("screen") === "public") {
  const told = heardPublic(), words = signal(texts);
  effect(() => {
    const wanted = told.value?.language;
    if (wanted && wanted !== words.peek().language) {
      loadTexts("terminal", wanted).then((found) => {
        words.value = found;
        document.documentElement.lang = wanted;
      });
    }
  });
  empty();
  render(html`<${PublicScreen} told=${told} words=${words} />`, home);
} else {
  const context = new Context(texts);
  tellPublic(context);
  await Promise.race([context.desk.watch(), new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
  const Root = () => html`${context.desk.phase.value === "check" ? html`<${CheckPage} context=${context} />` : html`<${Stage} context=${context} />`}
    <${SpokenDialog} context=${context} />`;
  empty();
  render(html`<${Root} />`, home);
}
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/terminal/sw.js").catch(() => undefined);

/** What stood here while the page was fetched goes. */
function empty() {
  home.classList.remove("starting");
  home.replaceChildren();
}
