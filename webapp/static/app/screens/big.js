// The code alone on white, as large as the screen is wide: the screen stays on, a strip moves and a clock runs for staff who look with their eyes.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { LiveCode } from "../codebox.js";
import { Icon } from "../icons.js";
import { Button } from "../parts.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Big({ session }) {
  const texts = session.texts.value;
  const card = session.card.value;
  const awake = useWakeLock(session);
  if (card === null) return null;
  document.title = texts.say("name");
  const standing = session.standingOf(card);
  const { strip } = session.settings.value;
  return html`
    <main class="big">
      <h1 class="unseen">${texts.say("big.title")}</h1>
      <p class="big__who"><strong translate="no">${card.name}</strong> <span>${texts.say("demo")}</span></p>
      ${standing.shows
        ? html`<${LiveCode} session=${session} card=${card.card} label=${texts.say("code.renew")} />`
        : html`<p class="big__none">${texts.say(`state.${standing.name}`, standing.places)}</p>`}
      <${Alive} session=${session} />
      <p class="big__hint">${texts.say(awake ? "big.hint" : "big.hint.asleep")}</p>
      <div class="big__do">
        <${Button} kind="plain" onClick=${() => session.set({ strip: !strip })}>${texts.say(strip ? "big.strip.off" : "big.strip.on")}<//>
        <${Button} kind="plain" onClick=${() => session.go("spoken")}>${texts.say("big.spoken")}<//>
      </div>
      <button class="big__close" type="button" onClick=${() => session.home()}><${Icon} name="close" /><span>${texts.say("close")}</span></button>
    </main>
  `;
}

/** What a picture of a screen does not do: a strip that moves and the time that runs. @param {{ session: import("../session.js").Session }} props */
export function Alive({ session }) {
  const { strip } = session.settings.value;
  return html`
    <div class="alive">
      <div class=${strip ? "alive__strip alive__strip--on" : "alive__strip"} aria-hidden="true"><span></span></div>
      <p class="alive__time digits">${session.texts.value.time(session.now.value)}</p>
    </div>
  `;
}

/** Keeps the screen on while it stands on a page. @param {{ session: import("../session.js").Session }} props */
export function Awake({ session }) {
  useWakeLock(session);
  return null;
}

/** Keep the screen on while this page is seen; whether the phone agreed. @param {import("../session.js").Session} session */
function useWakeLock(session) {
  const here = session.here.value;
  const [awake, setAwake] = useState(true);
  useEffect(() => {
    /** @type {WakeLockSentinel | null} */
    let lock = null;
    let left = false;
    const ask = async () => {
      if (!session.isWatched() || left) return;
      try {
        lock = await navigator.wakeLock.request("screen");
        setAwake(true);
        if (left) await lock.release();
      } catch {
        setAwake(false);
      }
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      left = true;
      document.removeEventListener("visibilitychange", ask);
      lock?.release();
    };
  }, [here]);
  return awake;
}
