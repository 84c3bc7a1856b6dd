// Pieces that every page is made of.

import { html, useEffect, useRef } from "../vendor/preact-htm.js";
import { Icon } from "./icons.js";

/** @typedef {import("./session.js").Session} Session */

/** A page below the first: a way back, a title that is read out, the content, and 12333 in its place. @param {{ session: Session, title: string, back?: string, onBack?: () => void, children?: any }} props */
export function Page({ session, title, back = "home", onBack = () => session.go(back), children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    document.title = `${title} · ${session.texts.value.say("name")}`;
    scrollTo(0, 0);
  }, [title]);
  const texts = session.texts.value;
  return html`
    <header class="bar">
      <button class="bar__back" type="button" onClick=${onBack}><${Icon} name="back" /><span>${texts.say("back")}</span></button>
      <h1 class="bar__title" tabindex="-1" ref=${heading}>${title}</h1>
    </header>
    <main class="page">${children}<${Help} texts=${texts} /></main>
  `;
}

/** The telephone of the social security service, always last on the page. @param {{ texts: import("../shared/texts.js").Texts }} props */
export const Help = ({ texts }) => html`
  <a class="help" href="tel:12333"><${Icon} name="call" /><span><strong>${texts.say("help.call")}</strong><small>${texts.say("help.hours")}</small></span></a>
`;

/** @param {{ tone?: string, title: string, children?: any, live?: boolean }} props */
export const Note = ({ tone = "quiet", title, children = null, live = false }) => html`
  <div class=${`note note--${tone}`} role=${live ? "status" : undefined}>
    <p class="note__title"><${Sign} tone=${tone} />${title}</p>
    ${children}
  </div>
`;

/** A tone as a shape, so that colour never stands alone. @param {{ tone: string }} props */
export const Sign = ({ tone }) => html`
  <svg class=${`sign sign--${tone}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    ${tone === "ok" && html`<circle cx="10" cy="10" r="9" /><path d="M5.8 10.3l2.9 2.9 5.6-5.9" />`}
    ${tone === "warn" && html`<path class="sign__body" d="M10 1.8L19 18H1z" /><path d="M10 7.5v4.8M10 14.9v.2" />`}
    ${tone === "bad" && html`<path class="sign__body" d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" /><path d="M6.7 6.7l6.6 6.6M13.3 6.7l-6.6 6.6" />`}
    ${tone === "quiet" && html`<circle cx="10" cy="10" r="9" /><path d="M10 9.2v5M10 5.8v.2" />`}
  </svg>
`;

/** What went wrong, in words, at once read out. @param {{ session: Session, problem: unknown }} props */
export function Wrong({ session, problem }) {
  if (problem === null || problem === undefined) return html`<div role="alert"></div>`;
  const { title, hint } = session.words(problem);
  return html`<div role="alert"><${Note} tone="bad" title=${title}><p>${hint}</p><//></div>`;
}

/** @param {{ children?: any, onClick?: () => void, kind?: string, busy?: boolean, busyText?: string, type?: "button" | "submit", icon?: string }} props */
export const Button = ({ children, onClick, kind = "main", busy = false, busyText = "", type = "button", icon = "" }) => html`
  <button class=${`button button--${kind}`} type=${type} onClick=${onClick} aria-disabled=${busy ? "true" : undefined} disabled=${busy}>
    ${icon !== "" && html`<${Icon} name=${icon} />`}<span>${busy && busyText !== "" ? busyText : children}</span>
  </button>
`;

/** A row that leads somewhere. @param {{ icon: string, title: string, said?: string, onClick: () => void }} props */
export const Row = ({ icon, title, said = "", onClick }) => html`
  <button class="row" type="button" onClick=${onClick}>
    <${Icon} name=${icon} /><span class="row__text"><span>${title}</span>${said !== "" && html`<small>${said}</small>`}</span><${Icon} name="right" />
  </button>
`;

/** One of a few, as a group of radio buttons. @param {{ name: string, legend: string, value: string, choices: [string, string][], onPick: (value: string) => void }} props */
export const Choice = ({ name, legend, value, choices, onPick }) => html`
  <fieldset class="choice">
    <legend>${legend}</legend>
    <div class="choice__all">
      ${choices.map(([one, said]) => html`
        <label class="choice__one"><input type="radio" name=${name} value=${one} checked=${one === value} onChange=${() => onPick(one)} /><span>${said}</span></label>
      `)}
    </div>
  </fieldset>
`;

/** @param {{ label: string, said?: string, checked: boolean, onToggle: (on: boolean) => void }} props */
export const Switch = ({ label, said = "", checked, onToggle }) => html`
  <label class="switch">
    <span class="switch__text"><span>${label}</span>${said !== "" && html`<small>${said}</small>`}</span>
    <input type="checkbox" role="switch" checked=${checked} onChange=${(/** @type {Event} */ event) => onToggle(/** @type {HTMLInputElement} */ (event.target).checked)} />
    <span class="switch__track" aria-hidden="true"></span>
  </label>
`;

/** Lines of a name and what it says. @param {{ lines: ([string, any] | null)[] }} props */
export const Facts = ({ lines }) => html`
  <dl class="facts">${lines.map((line) => line !== null && html`<div><dt>${line[0]}</dt><dd>${line[1]}</dd></div>`)}</dl>
`;
