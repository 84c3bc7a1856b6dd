// A scanner gun is a keyboard that types very fast. What it typed is rebuilt from the keys that were pressed, not from the letters that arrived: an input
// method for Chinese eats those. Guns are set to the American layout, as they leave the factory.

/** @type {Record<string, [string, string]>} */
const SIGNS = {
  Space: [" ", " "],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  Semicolon: [";", ":"],
  Comma: [",", "<"],
  Quote: ["'", '"'],
  BracketLeft: ["[", "{"],
  BracketRight: ["]", "}"],
  Backslash: ["\\", "|"],
  Backquote: ["`", "~"],
  NumpadDecimal: [".", "."],
  NumpadAdd: ["+", "+"],
  NumpadSubtract: ["-", "-"],
  NumpadMultiply: ["*", "*"],
  NumpadDivide: ["/", "/"],
};
const ABOVE_DIGITS = ")!@#$%^&*(";
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);
/** Between two keys of a gun: longer, and it was a person. */
const PAUSE_MS = 150;
/** A text without an end key is taken when nothing has followed for this long. */
const SILENCE_MS = 250;
const SHORTEST = 6;

/**
 * The letter of one key. Codes have no small letters, so that neither Shift nor CapsLock can make two texts of one code.
 *
 * @param {string} code `KeyboardEvent.code`
 * @param {boolean} shift
 * @returns {string | null}
 */
export function letterOf(code, shift) {
  if (/^Key[A-Z]$/.test(code)) return code[3];
  if (/^Numpad[0-9]$/.test(code)) return code[6];
  if (/^Digit[0-9]$/.test(code)) return shift ? ABOVE_DIGITS[Number(code[5])] : code[5];
  const signs = SIGNS[code];
  return signs === undefined ? null : signs[shift ? 1 : 0];
}

export class Gun {
  /**
   * @param {(text: string) => void} onText
   * @param {EventTarget} [keys]
   */
  constructor(onText, keys = window) {
    this.onText = onText;
    this.text = "";
    this.last = -Infinity;
    this.silence = 0;
    keys.addEventListener("keydown", (event) => this.press(/** @type {KeyboardEvent} */ (event)), { capture: true });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const goesOn = event.timeStamp - this.last <= PAUSE_MS;
    if (!goesOn) this.text = "";
    if (ENDS.has(event.code)) {
      if (goesOn && this.text.length >= SHORTEST) {
        event.preventDefault();
        event.stopPropagation();
        this.finish();
      }
      return;
    }
    const letter = letterOf(event.code, event.shiftKey);
    if (letter === null) return;
    if (this.text) event.preventDefault(); // in the middle of a code, so that a space presses no button
    this.text += letter;
    this.last = event.timeStamp;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.text.length >= SHORTEST && this.text.startsWith("SC1:") && this.finish(), SILENCE_MS);
  }

  finish() {
    clearTimeout(this.silence);
    const text = this.text;
    this.text = "";
    this.last = -Infinity;
    this.onText(text);
  }
}

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
