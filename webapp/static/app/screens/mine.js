// What a person sets on this phone, and what this phone can say about itself.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { Icon } from "../icons.js";
import { Choice, Facts, Page, Row, Switch } from "../parts.js";
import { isInstalled } from "./welcome.js";

/** @param {{ session: import("../session.js").Session }} props */
export function Mine({ session }) {
  const texts = session.texts.value;
  const { language, size, elder } = session.settings.value;
  const empty = session.cards.value.length === 0;
  return html`
    <${Page} session=${session} title=${texts.say("mine.title")}>
      <${Choice} name="size" legend=${texts.say("mine.size")} value=${size} onPick=${(/** @type {any} */ picked) => session.set({ size: picked })}
        choices=${[["standard", texts.say("mine.size.standard")], ["large", texts.say("mine.size.large")], ["largest", texts.say("mine.size.largest")]]} />
      <${Choice} name="language" legend=${texts.say("mine.language")} value=${language} choices=${[["zh-CN", "中文"], ["en", "English"]]}
        onPick=${(/** @type {any} */ picked) => session.set({ language: picked })} />
      <${Switch} label=${texts.say("mine.elder")} said=${texts.say("mine.elder.more")} checked=${elder}
        onToggle=${(/** @type {boolean} */ on) => { session.set({ elder: on }); session.home(); }} />
      <div class="rows">
        ${!empty && html`<${Row} icon="phone" title=${texts.say("phones.title")} said=${texts.say("phones.row")} onClick=${() => session.go("phones")} />`}
        ${!empty && html`<${Row} icon="add" title=${texts.say("phones.add")} onClick=${() => session.go("activation")} />`}
        <${Row} icon="clock" title=${texts.say("clock.title")} said=${texts.say("clock.row")} onClick=${() => session.go("clock")} />
        <a class="row" href=${`/help/?lang=${language}`} target="_blank" rel="noopener">
          <${Icon} name="speak" /><span class="row__text"><span>${texts.say("public.title")}</span><small>${texts.say("public.row")}</small></span><${Icon} name="right" />
        </a>
        <${Row} icon="record" title=${texts.say("licences.title")} onClick=${() => session.go("licences")} />
      </div>
      <${Storage} session=${session} />
      <p class="quiet">${texts.say("mine.version", { version: versionOf() })}</p>
    <//>
  `;
}

const versionOf = () => /\/static\/([0-9a-f]+)\//.exec(import.meta.url)?.[1].slice(0, 8) ?? "";

/** Whether this browser promises to keep what it holds. @param {{ session: import("../session.js").Session }} props */
function Storage({ session }) {
  const texts = session.texts.value;
  const [kept, setKept] = useState(/** @type {boolean | null} */ (null));
  useEffect(() => {
    (navigator.storage?.persisted?.() ?? Promise.resolve(false)).then(setKept);
  }, []);
  const lasting = kept === true || isInstalled();
  return html`
    <section class="block">
      <h2>${texts.say("storage.title")}</h2>
      <${Facts} lines=${[
        [texts.say("storage.keys"), texts.say(session.cards.value.length ? "storage.keys.here" : "storage.keys.none")],
        [texts.say("storage.lasting"), texts.say(lasting ? "storage.lasting.yes" : "storage.lasting.no")],
      ]} />
      ${!lasting && kept !== null && html`<p class="quiet">${texts.say("storage.install")}</p>`}
    </section>
  `;
}
