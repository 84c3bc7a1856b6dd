// Where the app begins: settings, texts, the phone's store, then the page. Whatever is missing is said in a sentence with one next step.

import { html, render } from "../vendor/preact-htm.js";
import { Api } from "../shared/api.js";
import { Clock } from "../shared/clock.js";
import { CardError } from "../shared/errors.js";
import { PhoneStore } from "../shared/store.js";
import { loadTexts } from "../shared/texts.js";
import { fetchWhenFree } from "./decoder.js";
import { Frame } from "./frame.js";
import { Session } from "./session.js";
import { applySettings, readSettings } from "./settings.js";
import { Unfit } from "./screens/unfit.js";
import { followUpdates } from "./updating.js";
import { Wallet } from "./wallet.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

async function start() {
  const settings = readSettings();
  applySettings(settings);
  const texts = await loadTexts("app", settings.language);
  root.replaceChildren();
  root.className = "";
  try {
    const store = await PhoneStore.open();
    const clock = new Clock({ kept: (await store.recall("clock")) ?? null });
    const session = new Session(new Wallet(store, new Api(), clock), settings, texts);
    store.onLost = () => location.reload();
    await session.begin();
    render(html`<${Frame} session=${session} />`, root);
    await followUpdates(session);
    fetchWhenFree();
  } catch (problem) {
    if (!(problem instanceof CardError)) throw problem;
    render(html`<${Unfit} texts=${texts} code=${problem.code} />`, root);
  }
}

start();
