// What happened to the card: acts, who looked at it, what a venue was told, and where it was used.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { Button, Page, Row, Wrong } from "../parts.js";
import { MAY_BE_OTHERS, NotMine } from "./notmine.js";

/** @typedef {{ at: number, kind: string, title: { zh: string, en: string }, by: { zh: string, en: string }, articles: string[] }} Entry */

/** @param {{ session: import("../session.js").Session }} props */
export function Timeline({ session }) {
  const texts = session.texts.value;
  const kept = session.card.value;
  const card = kept?.card ?? "";
  const [entries, setEntries] = useState(/** @type {Entry[] | null} */ (null));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [doubted, setDoubted] = useState(/** @type {Entry | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const load = async (/** @type {string | null} */ cursor, /** @type {Entry[]} */ before) => {
    setBusy(true);
    setProblem(null);
    try {
      const page = await session.wallet.api.get(`/v1/cards/${card}/timeline${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
      setEntries([...before, ...page.entries]);
      setNext(page.next);
    } catch (found) {
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    setEntries(null);
    load(null, []);
  }, [card]);
  if (doubted !== null && kept !== null) {
    const end = () => setDoubted(null);
    return html`
      <${Page} session=${session} title=${texts.say("notmine.title")} back="record" onBack=${end}>
        <${NotMine} session=${session} card=${kept} entry=${doubted} onEnd=${end} />
      <//>
    `;
  }
  const when = (/** @type {Entry} */ entry) => texts.moment(entry.at);
  return html`
    <${Page} session=${session} title=${texts.say("record.title")}>
      <p class="quiet">${texts.say("record.what")}</p>
      <div role="status">${entries === null && busy && html`<p class="quiet">${texts.say("busy")}</p>`}</div>
      <${Wrong} session=${session} problem=${problem} />
      ${problem !== null && html`<${Button} kind="plain" onClick=${() => load(null, [])}>${texts.say("again")}<//>`}
      ${entries !== null && entries.length === 0 && html`<p>${texts.say("record.none")}</p>`}
      <ol class="events">
        ${(entries ?? []).map((entry) => html`
          <li class=${`event event--${entry.kind}`}>
            <p class="event__title">${texts.pick(entry.title)}</p>
            <p class="event__said"><time datetime=${new Date(entry.at * 1000).toISOString()}>${when(entry)}</time> · ${texts.say(`record.kind.${entry.kind}`)} · ${texts.pick(entry.by)}</p>
            ${MAY_BE_OTHERS.has(entry.kind) && html`
              <button class="text-button event__doubt" type="button" aria-label=${`${texts.say("notmine")}${texts.say("colon")}${texts.pick(entry.title)} ${texts.pick(entry.by)} ${when(entry)}`}
                onClick=${() => setDoubted(entry)}>${texts.say("notmine")}</button>
            `}
          </li>
        `)}
      </ol>
      ${next !== null && html`<${Button} kind="plain" busy=${busy} busyText=${texts.say("busy")} onClick=${() => load(next, entries ?? [])}>${texts.say("record.more")}<//>`}
      <${Row} icon="record" title=${texts.say("receipts.title")} said=${texts.say("receipts.row")} onClick=${() => session.go("receipts")} />
      ${session.settings.value.elder && html`<${Row} icon="gear" title=${texts.say("mine.title")} said=${texts.say("mine.row")} onClick=${() => session.go("mine")} />`}
    <//>
  `;
}
