// Shapes: each result has its own, so that colour is never the only sign; and the few pictures of the tray.

import { html } from "../vendor/preact-htm.js";

/** @type {Record<string, import("../vendor/preact-htm.js").VNode>} */
const SHAPES = {
  green: html`<circle cx="60" cy="60" r="52" /><path d="M38 62 54 78 84 44" />`,
  yellow: html`<path d="M60 12 112 104H8Z" /><path d="M60 46v26" /><path d="M60 88v1" />`,
  red: html`<path d="M39 8h42l31 31v42l-31 31H39L8 81V39Z" /><path d="m43 43 34 34M77 43 43 77" />`,
  grey: html`<rect x="12" y="12" width="96" height="96" rx="18" /><path d="M44 47c1-10 8-15 16-15s16 5 16 14c0 11-16 12-16 24" /><path d="M60 87v1" />`,
};

/** @param {{ colour: string }} props */
export const Shape = ({ colour }) =>
  html`<svg class="shape" viewBox="0 0 120 120" aria-hidden="true" focusable="false">${SHAPES[colour] ?? SHAPES.grey}</svg>`;

/** @type {Record<string, import("../vendor/preact-htm.js").VNode>} */
const PICTURES = {
  camera: html`<path d="M4 8h3l2-3h6l2 3h3v11H4Z" /><circle cx="12" cy="13" r="3.5" />`,
  photo: html`<rect x="3" y="4" width="18" height="16" rx="2" /><path d="m4 17 5-5 4 4 3-3 4 4" /><circle cx="15.5" cy="8.5" r="1.5" />`,
  spoken: html`<path d="M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3Z" /><path d="M6 11a6 6 0 0 0 12 0M12 17v4" />`,
  chip: html`<rect x="3" y="5" width="18" height="14" rx="2" /><path d="M7 10h4v4H7ZM14 14h4" />`,
  gun: html`<path d="M3 6h13l4 3v2H10l-2 3H5Z" /><path d="m8 14-1 6h4l2-6" />`,
  settings: html`<path d="M4 7h9M17 7h3M4 17h3M11 17h9" /><circle cx="15" cy="7" r="2" /><circle cx="9" cy="17" r="2" />`,
  muted: html`<path d="M4 9h4l5-4v14l-5-4H4Z" /><path d="m17 9 4 6M21 9l-4 6" />`,
  good: html`<circle cx="12" cy="12" r="9" /><path d="m8 12 3 3 5-6" />`,
  bad: html`<path d="M12 3 22 20H2Z" /><path d="M12 10v4M12 17v.5" />`,
  screen: html`<rect x="3" y="4" width="18" height="12" rx="1" /><path d="M8 20h8M12 16v4" />`,
};

/** @param {{ name: string }} props */
export const Picture = ({ name }) =>
  html`<svg class="picture" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${PICTURES[name]}</svg>`;
