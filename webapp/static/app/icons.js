// Icons, drawn in one weight on a grid of 24: never an emoji, which another phone might not have.

import { html } from "../vendor/preact-htm.js";

/** @type {Record<string, string>} */
const PATHS = {
  back: "M15 5l-7 7 7 7",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 14h2v2h-2zM14 18h2v2h-2zM18 18h2v2h-2z",
  person: "M12 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM4.5 20c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
  loss: "M12 4.2L21 19.5H3zM12 10v4.2M12 16.9v.1",
  pause: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.5 9v6M14.5 9v6",
  speak: "M5 5h14v11H10l-5 4zM9 9.5h6M9 12.5h4",
  record: "M6.5 3.5h8l3.5 3.5v13.5H6.5zM9.5 11h5.5M9.5 14.5h5.5",
  phone: "M7.5 3h9v18h-9zM10.8 18h2.4",
  call: "M6 3.8l3.2-.6 1.8 4.3-2.2 1.8a12 12 0 0 0 5.7 5.7l1.8-2.2 4.3 1.8-.6 3.2c-.2 1-1 1.7-2 1.6C10.2 18.8 4.9 13.6 4.4 5.8c-.1-1 .6-1.8 1.6-2z",
  gear: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 3.5v2.3M12 18.2v2.3M3.5 12h2.3M18.2 12h2.3M6 6l1.6 1.6M16.4 16.4L18 18M6 18l1.6-1.6M16.4 7.6L18 6",
  add: "M12 5v14M5 12h14",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M7 12h10",
  close: "M6 6l12 12M18 6L6 18",
  right: "M9.5 5.5l6.5 6.5-6.5 6.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
};

/** @param {{ name: string }} props */
export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>
`;

/** The house's own mark: two rivers that become one. */
export const Mark = () => html`
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect class="mark__ground" width="32" height="32" rx="7" />
    <path class="mark__river" d="M8 8c1 5 3 7.5 8 9.5M24 8c-1 5-3 7.5-8 9.5" />
    <path class="mark__gold" d="M16 17.5V25" />
  </svg>
`;
